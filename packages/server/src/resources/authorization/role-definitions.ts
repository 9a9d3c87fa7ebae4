// Role definitions: the built-in ones, and custom ones at any scope.
// Source: contracts/schemas/arm/2022-04-01/Microsoft.Authorization.json.

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import type { ResourcePorts } from '../ports.ts';
import { GUID_NAME } from './guid-name.ts';

const Actions = Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { default: [], maxItems: 2000 });

export function roleDefinitions(ports: Pick<ResourcePorts, 'roles'>) {
  return defineResourceType({
    type: 'Microsoft.Authorization/roleDefinitions',
    scope: 'any',
    kind: 'proxy',
    apiVersions: { since: '2015-07-01' },
    ...GUID_NAME,
    hasProvisioningState: false,
    answersDeleted: true,
    list: { odata: { rolename: '/roleName', type: '/type' } },
    properties: Type.Object({
      roleName: Type.String({ minLength: 1, maxLength: 512 }),
      description: Type.Optional(Type.String({ maxLength: 2048 })),
      type: Type.Optional(Type.String()),
      permissions: Type.Array(Type.Object({ actions: Actions, notActions: Actions, dataActions: Actions, notDataActions: Actions }), { minItems: 1, maxItems: 64 }),
      assignableScopes: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 2000 }),
    }),
    // Azure: below a subscription, built-in roles go by the id that they have at the subscription; clients compare it with assignments.
    builtIn: (_ctx, parentId) =>
      ports.roles.builtIn.map((role) => ({ ...role, id: `${/^\/subscriptions\/[^/]+/i.exec(parentId)?.[0] ?? ''}/providers/Microsoft.Authorization/roleDefinitions/${role.name}` })),
    validate(_ctx, { desired, reject }) {
      if (ports.roles.builtIn.some((role) => role.name.toLowerCase() === desired.name.toLowerCase()))
        reject('name', `${desired.properties.roleName} has the id of a built-in role, which cannot be changed; choose another GUID.`);
      if (desired.properties.type !== undefined && desired.properties.type.toLowerCase() !== 'customrole')
        reject('properties.type', `type is '${desired.properties.type}'; only CustomRole can be created.`);
    },
    prepare: async (_ctx, { desired }) => ({ ...desired, properties: { ...desired.properties, type: 'CustomRole' } }),
  });
}
