// User-assigned identities: each is a principal of the directory that resources, computes and jobs may act as.
// Source: contracts/schemas/arm/2024-11-30/Microsoft.ManagedIdentity.json; contracts/terraform-azurerm.md §4.9.

import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';

export function userAssignedIdentities(ports: Pick<ResourcePorts, 'identities' | 'installation'>) {
  return defineResourceType({
    type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
    scope: 'resourceGroup',
    kind: 'tracked',
    isMovable: true,
    apiVersions: { since: '2015-08-31-preview' },
    name: /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}$/,
    nameRule: 'has 3 to 128 letters, digits, - or _, and starts with a letter or digit',
    hasProvisioningState: false,
    properties: Type.Object({ isolationScope: Type.Optional(Type.Enum(['None', 'Regional'])) }),
    readOnly: ['/tenantId', '/principalId', '/clientId'],
    prepare: async (_ctx, { desired }) => ({
      ...desired,
      properties: {
        ...desired.properties,
        tenantId: ports.installation().tenantId,
        principalId: stringAt(desired.properties, 'principalId') ?? randomUUID(),
        clientId: stringAt(desired.properties, 'clientId') ?? randomUUID(),
      },
    }),
    async onWrite(tx, _ctx, { resource, previous }) {
      if (previous !== undefined) return;
      const { principalId, clientId } = idsOf(resource.properties);
      await ports.identities.add(tx, { resourceId: resource.id, principalId, clientId, displayName: resource.name });
    },
    onDelete: (tx, _ctx, resource) => ports.identities.remove(tx, resource.id),
  });
}

/** Principal and client id of a stored identity. */
export function idsOf(properties: unknown): { readonly principalId: string; readonly clientId: string } {
  return { principalId: stringAt(properties, 'principalId') ?? '', clientId: stringAt(properties, 'clientId') ?? '' };
}
