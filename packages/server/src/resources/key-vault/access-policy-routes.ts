// PUT {vault}/accessPolicies/{add|replace|remove}. Source: contracts/terraform-azurerm.md §4.6.

import { Type } from 'typebox';
import { type ArmRoute, defineArmRoute } from '#arm/route.ts';
import { Fault, type FaultDetail, isFault } from '#kernel/faults.ts';
import type { Json } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { accessPolicyEntry, type AccessPolicyEntry, type Change, changePolicies, checkPolicies, withoutEmptyIds } from './access-policies.ts';
import { vaultIdOf, VAULT_PATH } from './vault-path.ts';

const CHANGES: readonly Change[] = ['add', 'replace', 'remove'];
const MAX_RACES = 20;

export function accessPolicyRoutes(): readonly ArmRoute[] {
  return [
    defineArmRoute({
      method: 'PUT',
      path: `${VAULT_PATH}/accessPolicies/{operationKind}`,
      apiVersions: { since: '2015-06-01' },
      permission: { action: 'Microsoft.KeyVault/vaults/accessPolicies/write', scope: vaultIdOf },
      input: Type.Object({ properties: Type.Object({ accessPolicies: Type.Array(accessPolicyEntry) }) }),
      async run(ctx, { params, body, store }) {
        const kind = params['operationKind']?.toLowerCase();
        const change = CHANGES.find((known) => known === kind);
        if (change === undefined)
          throw new Fault('invalid', 'BadRequest', `'${params['operationKind']}' is no change of access policies; ${CHANGES.join(', ')} are accepted.`, { target: 'operationKind' });
        const entries = entriesOf(body);
        for (let race = 0; race < MAX_RACES; race += 1) {
          const vault = await store.get(vaultIdOf(params));
          check(entries, vault);
          const accessPolicies = toJson(changePolicies(stored(vault), change, entries));
          try {
            await store.patch(ctx, vault.id, { properties: { accessPolicies } }, { as: 'system', ifMatch: `"${vault.etag}"` });
            return { body: { id: `${vault.id}/accessPolicies/`, name: change, type: 'Microsoft.KeyVault/vaults/accessPolicies', location: vault.location, properties: { accessPolicies } } };
          } catch (error) {
            if (!isFault(error, 'precondition')) throw error;
          }
        }
        throw new Fault('conflict', 'Conflict', 'The access policies are being changed by others at the same time. Try again.');
      },
    }),
  ];
}

function check(entries: readonly AccessPolicyEntry[], vault: ResourceRecord): void {
  const details: FaultDetail[] = [];
  checkPolicies(entries, String(vault.properties['tenantId']), (place, message) => details.push({ code: 'ValidationError', message, target: `properties.accessPolicies${place}` }));
  const [first] = details;
  if (first !== undefined) throw new Fault('invalid', 'BadRequest', `${first.target ?? ''}: ${first.message}`, { details, target: first.target ?? '' });
}

/** Checked against the schema by the framework, at the request and when the vault was written. */
function isEntryList(value: unknown): value is readonly AccessPolicyEntry[] {
  return Array.isArray(value);
}

function entriesOf(body: unknown): readonly AccessPolicyEntry[] {
  const list: unknown = JSON.parse(JSON.stringify(body)).properties?.accessPolicies;
  return isEntryList(list) ? withoutEmptyIds(list) : [];
}

function stored(vault: ResourceRecord): readonly AccessPolicyEntry[] {
  const list: unknown = vault.properties['accessPolicies'];
  return isEntryList(list) ? list : [];
}

function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}
