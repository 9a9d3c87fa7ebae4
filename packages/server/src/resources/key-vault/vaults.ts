// Key vaults as resources. What they hold is behind planes/key-vault.
// Source: contracts/schemas/arm/2026-02-01/Microsoft.KeyVault.json; contracts/terraform-azurerm.md §4.5.

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';
import { accessPolicyEntry, checkPolicies, withoutEmptyIds } from './access-policies.ts';

export const NAME = /^(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/;
/** Azure: from this version on a vault that does not say is one of roles. */
const RBAC_BY_DEFAULT_SINCE = '2026-02-01';
const GUID = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

const optionalFlag = Type.Optional(Type.Union([Type.Boolean(), Type.Null()]));

export function vaults(ports: Pick<ResourcePorts, 'sites' | 'vaults'>) {
  return defineResourceType({
    type: 'Microsoft.KeyVault/vaults',
    scope: 'resourceGroup',
    kind: 'tracked',
    apiVersions: { since: '2015-06-01' },
    name: NAME,
    nameRule: 'has 3 to 24 letters, digits and single hyphens, starts with a letter and ends with a letter or digit',
    properties: Type.Object({
      tenantId: Type.String({ pattern: GUID, accepts: 'a GUID' }),
      sku: Type.Object({ family: Type.Enum(['A'], { default: 'A' }), name: Type.Enum(['standard', 'premium']) }),
      accessPolicies: Type.Optional(Type.Array(accessPolicyEntry, { maxItems: 1024 })),
      enableRbacAuthorization: optionalFlag,
      enableSoftDelete: optionalFlag,
      softDeleteRetentionInDays: Type.Integer({ default: 90, minimum: 7, maximum: 90 }),
      enablePurgeProtection: optionalFlag,
      enabledForDeployment: optionalFlag,
      enabledForDiskEncryption: optionalFlag,
      enabledForTemplateDeployment: optionalFlag,
      publicNetworkAccess: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      networkAcls: Type.Optional(
        Type.Object({
          bypass: Type.Optional(Type.Enum(['AzureServices', 'None'])),
          defaultAction: Type.Optional(Type.Enum(['Allow', 'Deny'])),
          ipRules: Type.Optional(Type.Array(Type.Object({ value: Type.String() }))),
          virtualNetworkRules: Type.Optional(Type.Array(Type.Object({ id: Type.String() }))),
        }),
      ),
      createMode: Type.Optional(Type.Enum(['default', 'recover'])),
      vaultUri: Type.Optional(Type.String()),
    }),
    readOnly: ['/vaultUri', '/hsmPoolResourceId', '/privateEndpointConnections'],
    immutable: ['/softDeleteRetentionInDays'],
    softDelete: { days: 90, daysOf: (resource) => resource.properties.softDeleteRetentionInDays, survivesParent: true, recoverWhen: () => true },
    validate(_ctx, { desired, reject }) {
      const { properties } = desired;
      // Azure: soft delete and, once on, purge protection are for good.
      if (properties.enableSoftDelete === false) reject('properties.enableSoftDelete', 'enableSoftDelete is false; soft delete is part of every vault and cannot be switched off.');
      if (properties.enablePurgeProtection === false)
        reject(
          'properties.enablePurgeProtection',
          'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an irreversible action; leave it out for a vault without.',
        );
      checkPolicies(properties.accessPolicies ?? [], properties.tenantId, (place, message) => reject(`properties.accessPolicies${place}`, message));
    },
    async prepare(_ctx, { desired, current, query }) {
      const { createMode, enablePurgeProtection, ...given } = desired.properties;
      if (current === undefined) await checkNameIsFree(ports, desired.name, desired.key);
      if (current === undefined && createMode === 'recover') {
        throw new Fault('notFound', 'SoftDeletedVaultDoesNotExist', `A soft deleted vault with the name '${desired.name}' does not exist. Leave createMode out to make a new one.`, {
          target: 'properties.createMode',
        });
      }
      if (current?.deletedAt !== undefined && createMode !== 'recover') {
        throw new Fault(
          'conflict',
          'ConflictError',
          `A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Recover it with createMode 'recover'; it goes by itself at ${current.purgeAt?.toISOString() ?? ''}.`,
          { target: 'name' },
        );
      }
      const before = current?.properties;
      // Why: to recover, a name and a tenant are enough; the vault comes back as it was.
      const kept = createMode === 'recover' ? before : undefined;
      return {
        ...desired,
        properties: {
          ...given,
          sku: { family: 'A' as const, name: given.sku.name },
          accessPolicies: (given.accessPolicies === undefined ? undefined : withoutEmptyIds(given.accessPolicies)) ?? before?.accessPolicies ?? [],
          enableRbacAuthorization: given.enableRbacAuthorization ?? before?.enableRbacAuthorization ?? isRbacDefault(query),
          enableSoftDelete: true,
          enabledForDeployment: given.enabledForDeployment ?? kept?.enabledForDeployment ?? false,
          enabledForDiskEncryption: given.enabledForDiskEncryption ?? kept?.enabledForDiskEncryption ?? false,
          enabledForTemplateDeployment: given.enabledForTemplateDeployment ?? kept?.enabledForTemplateDeployment ?? false,
          publicNetworkAccess: given.publicNetworkAccess ?? kept?.publicNetworkAccess ?? 'Enabled',
          ...(enablePurgeProtection === true || before?.enablePurgeProtection === true ? { enablePurgeProtection: true } : {}),
          vaultUri: uriOf(ports, desired.name),
        },
      };
    },
    async onDelete(tx, _ctx, resource, how) {
      if (how === 'removed') await ports.vaults.removeContent(tx, resource.key);
    },
    // Why live: the port of the server is part of it.
    view: async (_ctx, resources) => new Map<string, JsonObject>(resources.map((resource) => [resource.key, { vaultUri: uriOf(ports, resource.name) }])),
  });
}

/** Names are unique over all subscriptions, those of deleted vaults included. */
async function checkNameIsFree(ports: Pick<ResourcePorts, 'vaults'>, name: string, key: string): Promise<void> {
  const other = await ports.vaults.findByName(name);
  if (other === undefined || other.key === key) return;
  if (other.deletedAt === undefined)
    throw new Fault('conflict', 'VaultAlreadyExists', `The vault name '${name}' is already in use. Vault names are globally unique, so it is possible that the name is already taken.`, {
      target: 'name',
    });
  throw new Fault('conflict', 'ConflictError', `A vault with the same name already exists in deleted state: '${other.id}'. Recover it there or purge it.`, { target: 'name' });
}

function isRbacDefault(query: URLSearchParams): boolean {
  const version = [...query].find(([name]) => name.toLowerCase() === 'api-version')?.[1];
  return version !== undefined && version >= RBAC_BY_DEFAULT_SINCE;
}

function uriOf(ports: Pick<ResourcePorts, 'sites'>, name: string): string {
  return `${ports.sites.service(name.toLowerCase(), 'vault')}/`;
}
