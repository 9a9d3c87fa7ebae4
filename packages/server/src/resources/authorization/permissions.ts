// permissions: what the caller may do at a scope, as the roles it holds there say it.
// Source: Azure RBAC REST, Permissions - List For Resource.

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { objectAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';

const EPOCH = new Date(0);
const SYSTEM = {
  createdBy: 'lazurite',
  createdByType: 'Application',
  createdAt: EPOCH.toISOString(),
  lastModifiedBy: 'lazurite',
  lastModifiedByType: 'Application',
  lastModifiedAt: EPOCH.toISOString(),
};

export function permissions(ports: Pick<ResourcePorts, 'roles'>) {
  return defineResourceType({
    type: 'Microsoft.Authorization/permissions',
    scope: 'any',
    kind: 'proxy',
    apiVersions: { since: '2015-07-01' },
    name: /^\d+$/,
    nameRule: 'is a number',
    verbs: ['list'],
    hasProvisioningState: false,
    properties: Type.Object({}),
    async members(ctx, { parentId }) {
      const held = await ports.roles.permissionsAt(ctx, parentId === '' ? '/' : parentId);
      return {
        items: held.map((properties, index) => ({
          id: `${parentId}/providers/Microsoft.Authorization/permissions/${index}`,
          key: `${parentId.toLowerCase()}/providers/microsoft.authorization/permissions/${index}`,
          name: String(index),
          type: 'microsoft.authorization/permissions',
          parentKey: parentId.toLowerCase(),
          subscriptionId: undefined,
          resourceGroup: undefined,
          location: undefined,
          tags: {},
          kind: undefined,
          sku: undefined,
          identity: undefined,
          members: {},
          properties,
          etag: 'built-in',
          provisioningState: 'Succeeded' as const,
          systemData: SYSTEM,
          seq: '0',
          createdAt: EPOCH,
          updatedAt: EPOCH,
          deletedAt: undefined,
          purgeAt: undefined,
          sealed: undefined,
        })),
      };
    },
    shape: (body) => objectAt(body, 'properties'),
  });
}
