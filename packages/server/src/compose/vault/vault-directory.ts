// VaultDirectory: vaults as resources, seen from their data plane.

import type { CloudNames } from '#config/cloud-names.ts';
import { isJsonObject, type Json, numberAt, objectAt, stringAt } from '#kernel/json.ts';
import type { AccessPolicy, Vault, VaultDirectory } from '#planes/key-vault/ports.ts';
import type { Database } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { findVaultNamed } from '#storage/vault-store.ts';

export function createVaultDirectory(deps: { readonly database: Database; readonly names: CloudNames }): VaultDirectory {
  return {
    async find(name) {
      const found = await findVaultNamed(deps.database.sql, name);
      return found === undefined || found.deletedAt !== undefined ? undefined : vaultOf(found, deps.names);
    },
  };
}

/** The vault behind the resource. */
export function vaultOf(resource: ResourceRecord<unknown>, names: CloudNames): Vault {
  const { properties } = resource;
  const policies = isJsonObject(properties) ? properties['accessPolicies'] : undefined;
  return {
    key: resource.key,
    id: resource.id,
    name: resource.name,
    uri: names.vaultUri(resource.name.toLowerCase()),
    location: resource.location ?? '',
    subscriptionId: resource.subscriptionId ?? '',
    retentionDays: numberAt(properties, 'softDeleteRetentionInDays') ?? 90,
    isPurgeProtected: isJsonObject(properties) && properties['enablePurgeProtection'] === true,
    isPremium: stringAt(objectAt(properties, 'sku'), 'name')?.toLowerCase() === 'premium',
    isRbac: isJsonObject(properties) && properties['enableRbacAuthorization'] === true,
    accessPolicies: (Array.isArray(policies) ? policies : []).map(policyOf),
  };
}

function policyOf(entry: Json): AccessPolicy {
  const permissions = objectAt(entry, 'permissions');
  const of = (area: string): readonly string[] => {
    const list = permissions[area];
    return (Array.isArray(list) ? list : []).map((name) => String(name).toLowerCase());
  };
  return {
    objectId: (stringAt(entry, 'objectId') ?? '').toLowerCase(),
    applicationId: stringAt(entry, 'applicationId')?.toLowerCase(),
    permissions: { keys: of('keys'), secrets: of('secrets'), certificates: of('certificates') },
  };
}
