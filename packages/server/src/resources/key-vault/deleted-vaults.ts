// Deleted vaults: listed, read, purged; and whether a name is free.
// Source: contracts/terraform-azurerm.md §4.5; Microsoft.KeyVault REST, DeletedVault.

import { newOperation, operationHeaders } from '#arm/operation.ts';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { type ArmRoute, defineArmRoute, type RouteCall } from '#arm/route.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import { endOperation, insertOperation } from '#storage/operation-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { nameAvailabilityRoute } from '../families/name-availability.ts';
import type { ResourcePorts } from '../ports.ts';
import { NAME } from './vaults.ts';

const VERSIONS = { since: '2015-06-01' };
const DELETED = '/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{vaultName}';
const PAGE = 100;

export function deletedVaultRoutes(vaults: AnyResourceType, ports: Pick<ResourcePorts, 'vaults'>): readonly ArmRoute[] {
  async function getDeleted({ params }: RouteCall): Promise<ResourceRecord> {
    const { subscriptionId = '', location = '', vaultName = '' } = params;
    const found = NAME.test(vaultName) ? await ports.vaults.findByName(vaultName) : undefined;
    const isHere = found?.deletedAt !== undefined && found.subscriptionId === subscriptionId.toLowerCase() && isSameLocation(found.location, location);
    if (!isHere) throw new Fault('notFound', 'DeletedVaultNotFound', `The specified deleted vault '${vaultName}' does not exist in location '${location}'.`, { target: vaultName });
    return found;
  }

  return [
    // Managed HSMs are no type of ours, so none was ever deleted; `az keyvault list-deleted` asks for both kinds at once.
    defineArmRoute({
      method: 'GET',
      path: '/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/deletedManagedHSMs',
      apiVersions: { since: '2020-04-01-preview' },
      permission: { action: 'Microsoft.KeyVault/deletedManagedHSMs/read' },
      run: async () => ({ body: { value: [] } }),
    }),
    defineArmRoute({
      method: 'GET',
      path: '/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/deletedVaults',
      apiVersions: VERSIONS,
      permission: { action: 'Microsoft.KeyVault/deletedVaults/read' },
      async run(_ctx, { params, query, origin, store, apiVersion }) {
        const next = valueOf(query, '$skiptoken');
        const page = await store.listDeleted(vaults.type, params['subscriptionId'] ?? '', { top: pageSize(valueOf(query, '$top')), ...(next === undefined ? {} : { next }) });
        const link = `${origin}/subscriptions/${params['subscriptionId'] ?? ''}/providers/Microsoft.KeyVault/deletedVaults?api-version=${encodeURIComponent(apiVersion)}`;
        return { body: { value: page.items.map(bodyOf), ...(page.next === undefined ? {} : { nextLink: `${link}&$skiptoken=${encodeURIComponent(page.next)}` }) } };
      },
    }),
    defineArmRoute({
      method: 'GET',
      path: DELETED,
      apiVersions: VERSIONS,
      permission: { action: 'Microsoft.KeyVault/locations/deletedVaults/read' },
      run: async (_ctx, call) => ({ body: bodyOf(await getDeleted(call)) }),
    }),
    defineArmRoute({
      method: 'POST',
      path: `${DELETED}/purge`,
      apiVersions: VERSIONS,
      permission: { action: 'Microsoft.KeyVault/locations/deletedVaults/purge/action' },
      async run(ctx, call) {
        const deleted = await getDeleted(call);
        if (deleted.properties['enablePurgeProtection'] === true)
          throw new Fault(
            'methodNotAllowed',
            'MethodNotAllowed',
            `Operation 'DeletedVaultPurge' is not allowed: purge protection is on. The vault goes by itself at ${deleted.purgeAt?.toISOString() ?? 'the end of its retention'}.`,
          );
        await call.store.purge(ctx, deleted.id);
        // Azure: purging is a long-running operation; clients look for its headers.
        const operation = newOperation(ctx, deleted, 'delete');
        await call.database.transaction(async (tx) => {
          await insertOperation(tx, operation);
          await endOperation(tx, operation.id, { status: 'Succeeded', at: new Date(ctx.clock.now()) });
        });
        return { reply: { status: 202, headers: operationHeaders(operation, vaults, call.origin, call.apiVersion, 'both') } };
      },
    }),
    nameAvailabilityRoute({
      namespace: 'Microsoft.KeyVault',
      apiVersions: VERSIONS,
      name: NAME,
      invalid: {
        reason: 'AccountNameInvalid',
        message: (name) => `The vault name '${name}' is invalid: it has 3 to 24 letters, digits and single hyphens, starts with a letter and ends with a letter or digit.`,
      },
      async takenBecause(name) {
        const other = await ports.vaults.findByName(name);
        if (other === undefined) return undefined;
        return other.deletedAt === undefined ? `The vault name '${name}' is already in use.` : `A vault with the name '${name}' exists in deleted state; recover or purge it.`;
      },
    }),
  ];
}

function bodyOf(vault: ResourceRecord): JsonObject {
  const location = vault.location ?? '';
  return {
    id: `/subscriptions/${vault.subscriptionId ?? ''}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${vault.name}`,
    name: vault.name,
    type: 'Microsoft.KeyVault/deletedVaults',
    properties: {
      vaultId: vault.id,
      location,
      tags: vault.tags,
      deletionDate: vault.deletedAt?.toISOString(),
      scheduledPurgeDate: vault.purgeAt?.toISOString(),
      ...(vault.properties['enablePurgeProtection'] === true ? { purgeProtectionEnabled: true } : {}),
    },
  };
}

/** `West Europe` and `westeurope` are one place. */
function isSameLocation(stored: string | undefined, asked: string): boolean {
  const plain = (text: string): string => text.replaceAll(' ', '').toLowerCase();
  return plain(stored ?? '') === plain(asked);
}

function valueOf(query: URLSearchParams, name: string): string | undefined {
  return [...query].find(([key, value]) => key.toLowerCase() === name && value !== '')?.[1];
}

function pageSize(value: string | undefined): number {
  if (value === undefined) return PAGE;
  const size = Number(value);
  if (!Number.isInteger(size) || size < 1) throw new Fault('invalid', 'InvalidQueryParameter', `$top is '${value.slice(0, 40)}'; a whole number from 1 on is accepted.`, { target: '$top' });
  return Math.min(size, 1_000);
}
