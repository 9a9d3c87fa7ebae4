// Key vaults as resources. Their data plane is not there yet, and no host answers for it.
// Source: contracts/schemas/arm/2026-02-01/Microsoft.KeyVault.json.

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';

export function vaults(ports: Pick<ResourcePorts, 'sites'>) {
  return defineResourceType({
    type: 'Microsoft.KeyVault/vaults',
    scope: 'resourceGroup',
    kind: 'tracked',
    apiVersions: { since: '2015-06-01' },
    name: /^(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/,
    nameRule: 'has 3 to 24 letters, digits and single hyphens, starts with a letter and ends with a letter or digit',
    properties: Type.Object({
      tenantId: Type.String({ minLength: 36, maxLength: 36 }),
      sku: Type.Object({ family: Type.String({ default: 'A' }), name: Type.Enum(['standard', 'premium']) }),
      accessPolicies: Type.Array(Type.Object({}), { default: [], maxItems: 1024 }),
      enableRbacAuthorization: Type.Boolean({ default: false }),
      enableSoftDelete: Type.Boolean({ default: true }),
      softDeleteRetentionInDays: Type.Integer({ default: 90, minimum: 7, maximum: 90 }),
      enablePurgeProtection: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
      enabledForDeployment: Type.Boolean({ default: false }),
      publicNetworkAccess: Type.String({ default: 'Enabled' }),
    }),
    readOnly: ['/vaultUri'],
    immutable: ['/softDeleteRetentionInDays'],
    validate(_ctx, { desired, current, reject }) {
      if (objectAt(current, 'properties')['enablePurgeProtection'] === true && desired.properties.enablePurgeProtection === false)
        reject('properties.enablePurgeProtection', 'enablePurgeProtection is true and cannot be switched off.');
    },
    prepare: async (_ctx, { desired }) => ({
      ...desired,
      properties: { ...desired.properties, vaultUri: stringAt(desired.properties, 'vaultUri') ?? `${ports.sites.service(desired.name.toLowerCase(), 'vault')}/` },
    }),
  });
}
