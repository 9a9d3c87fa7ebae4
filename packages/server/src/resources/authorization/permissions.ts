// permissions: what the caller may do at a scope, as the roles it holds there say it.
// Source: Azure RBAC REST, Permissions - List For Resource.

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { objectAt } from '#kernel/json.ts';
import { rowlessRecord } from '#storage/resource-record.ts';
import type { ResourcePorts } from '../ports.ts';

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
        items: held.map((properties, index) =>
          rowlessRecord({
            id: `${parentId}/providers/Microsoft.Authorization/permissions/${index}`,
            key: `${parentId.toLowerCase()}/providers/microsoft.authorization/permissions/${index}`,
            name: String(index),
            type: 'microsoft.authorization/permissions',
            parentKey: parentId.toLowerCase(),
            subscriptionId: undefined,
            resourceGroup: undefined,
            location: undefined,
            properties,
          }),
        ),
      };
    },
    shape: (body) => objectAt(body, 'properties'),
  });
}
