// Access policies of a vault: their form, and how add, replace and remove change the list.
// Source: contracts/schemas/arm/2026-02-01/Microsoft.KeyVault.json (AccessPolicyEntry); contracts/terraform-azurerm.md §4.6.

import { type Static, Type } from 'typebox';

const GUID = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

const NAMES = {
  keys: 'all encrypt decrypt wrapKey unwrapKey sign verify get list create update import delete backup restore recover purge release rotate getrotationpolicy setrotationpolicy'.split(' '),
  secrets: 'all get list set delete backup restore recover purge'.split(' '),
  certificates: 'all get list delete create import update managecontacts getissuers listissuers setissuers deleteissuers manageissuers recover purge backup restore'.split(' '),
  storage: 'all get list delete set update regeneratekey recover purge backup restore setsas listsas getsas deletesas'.split(' '),
} as const;
const AREAS = ['keys', 'secrets', 'certificates', 'storage'] as const;

const permissionList = Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()]));

export const accessPolicyEntry = Type.Object({
  tenantId: Type.String({ pattern: GUID, accepts: 'a GUID' }),
  objectId: Type.String({ minLength: 1 }),
  // Observed: templates made by Bicep modules send an empty text for none.
  applicationId: Type.Optional(Type.Union([Type.String({ pattern: `^$|${GUID}`, accepts: 'a GUID' }), Type.Null()])),
  permissions: Type.Object({ keys: permissionList, secrets: permissionList, certificates: permissionList, storage: permissionList }),
});

export type AccessPolicyEntry = Static<typeof accessPolicyEntry>;

export type Change = 'add' | 'replace' | 'remove';

export function withoutEmptyIds(entries: readonly AccessPolicyEntry[]): AccessPolicyEntry[] {
  return entries.map(({ applicationId, ...entry }) => (applicationId === undefined || applicationId === '' ? entry : { ...entry, applicationId }));
}

/** What is wrong with the entries, each with the place below the list. */
export function checkPolicies(entries: readonly AccessPolicyEntry[], tenantId: string, reject: (place: string, message: string) => void): void {
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    if (entry.tenantId.toLowerCase() !== tenantId.toLowerCase()) reject(`[${index}].tenantId`, `tenantId is '${entry.tenantId}'; all entries have the tenant of the vault, '${tenantId}'.`);
    if (seen.has(identityOf(entry))) reject(`[${index}].objectId`, `objectId '${entry.objectId}' is in the list more than once.`);
    seen.add(identityOf(entry));
    for (const area of AREAS) {
      for (const name of entry.permissions[area] ?? []) {
        if (!NAMES[area].some((known) => known.toLowerCase() === name.toLowerCase()))
          reject(`[${index}].permissions.${area}`, `there is no ${area} permission '${name}'; ${NAMES[area].join(', ')} are accepted.`);
      }
    }
  }
}

/** `add` merges into the entry of the same identity, `replace` overwrites it, `remove` takes the named permissions, and an entry left with none. */
export function changePolicies(current: readonly AccessPolicyEntry[], change: Change, entries: readonly AccessPolicyEntry[]): readonly AccessPolicyEntry[] {
  return entries.reduce((policies, entry) => changeOne(policies, change, entry), current);
}

function changeOne(policies: readonly AccessPolicyEntry[], change: Change, entry: AccessPolicyEntry): readonly AccessPolicyEntry[] {
  const at = policies.findIndex((known) => identityOf(known) === identityOf(entry));
  const known = policies[at];
  if (known === undefined) return change === 'remove' ? policies : [...policies, entry];
  const next = change === 'replace' ? entry : { ...known, permissions: combine(known.permissions, change, entry.permissions) };
  const isEmpty = AREAS.every((area) => (next.permissions[area] ?? []).length === 0);
  return change === 'remove' && isEmpty ? policies.toSpliced(at, 1) : policies.toSpliced(at, 1, next);
}

function combine(known: AccessPolicyEntry['permissions'], change: 'add' | 'remove', given: AccessPolicyEntry['permissions']): AccessPolicyEntry['permissions'] {
  const lists = AREAS.map((area) => {
    const before = known[area] ?? [];
    const names = given[area] ?? [];
    const has = (list: readonly string[], name: string): boolean => list.some((other) => other.toLowerCase() === name.toLowerCase());
    return [area, change === 'add' ? [...before, ...names.filter((name) => !has(before, name))] : before.filter((name) => !has(names, name))] as const;
  });
  return Object.fromEntries(lists);
}

function identityOf(entry: AccessPolicyEntry): string {
  return `${entry.objectId}/${entry.applicationId ?? ''}`.toLowerCase();
}
