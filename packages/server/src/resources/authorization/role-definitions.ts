// Role definitions: the built-in ones, and custom ones at any scope.
// Source: contracts/schemas/arm/2022-04-01/Microsoft.Authorization.json; contracts/terraform-azurerm.md §4.11.

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import { countAssignmentsOf } from '#storage/role-store.ts';
import type { ResourcePorts } from '../ports.ts';
import { auditOf, READ_ONLY_AUDIT } from './audit.ts';
import { GUID_NAME } from './guid-name.ts';

const Actions = Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { default: [], maxItems: 2000 });
/** `*`, or parts separated by slashes. Azure: at most one star in a part. */
const ACTION = /^(?:\*|[A-Za-z0-9*][A-Za-z0-9.*_-]*(?:\/[A-Za-z0-9.*_$-]+)+)$/;
const LISTS = ['actions', 'notActions', 'dataActions', 'notDataActions'] as const;

export function roleDefinitions(ports: Pick<ResourcePorts, 'roles' | 'installation'>) {
  return defineResourceType({
    type: 'Microsoft.Authorization/roleDefinitions',
    scope: 'any',
    kind: 'proxy',
    apiVersions: { since: '2015-07-01' },
    ...GUID_NAME,
    hasProvisioningState: false,
    answersDeleted: true,
    // Azure: 201 also for a change; the provider takes nothing else.
    updatedStatus: 201,
    properties: Type.Object({
      roleName: Type.String({ minLength: 1, maxLength: 512 }),
      description: Type.Optional(Type.String({ maxLength: 2048 })),
      type: Type.Optional(Type.String()),
      permissions: Type.Array(Type.Object({ actions: Actions, notActions: Actions, dataActions: Actions, notDataActions: Actions }), { maxItems: 64 }),
      assignableScopes: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 2000 }),
    }),
    // Azure: below a subscription, built-in roles go by the id that they have at the subscription; clients compare it with assignments.
    builtIn: (_ctx, parentId) =>
      ports.roles.builtIn.map((role) => ({ ...role, id: `${/^\/subscriptions\/[^/]+/i.exec(parentId)?.[0] ?? ''}/providers/Microsoft.Authorization/roleDefinitions/${role.name}` })),
    readOnly: READ_ONLY_AUDIT,
    list: { inherited: true, pageSize: 1_000, odata: { rolename: '/roleName', type: '/type', 'atscope()': '', 'atscopeandbelow()': '' } },
    validate(_ctx, { desired, reject }) {
      const { roleName, type, permissions, assignableScopes } = desired.properties;
      if (ports.roles.builtIn.some((role) => role.name.toLowerCase() === desired.name.toLowerCase()))
        reject('name', `${roleName} has the id of a built-in role, which cannot be changed; choose another GUID.`);
      if (type !== undefined && type.toLowerCase() !== 'customrole') reject('properties.type', `type is '${type}'; only CustomRole can be created.`);
      if (ports.roles.builtIn.some((role) => String(role.properties['roleName']).toLowerCase() === roleName.toLowerCase()))
        reject('properties.roleName', `'${roleName}' is the name of a built-in role; choose another.`, 'RoleDefinitionWithSameNameExists');
      for (const [index, entry] of permissions.entries()) {
        for (const list of LISTS) {
          const bad = entry[list].find((action) => !ACTION.test(action));
          if (bad !== undefined)
            reject(
              `properties.permissions[${index}].${list}`,
              `'${bad.slice(0, 200)}' does not match any of the actions supported by the providers; Namespace/type/verb or * is accepted.`,
              'InvalidActionOrNotAction',
            );
        }
      }
      const { subscriptionId } = ports.installation();
      for (const scope of assignableScopes) {
        const isHere = scope === '/' || /^\/subscriptions\/([^/]+)(?:\/[^*]*)?$/i.exec(scope)?.[1]?.toLowerCase() === subscriptionId;
        if (!isHere)
          reject('properties.assignableScopes', `'${scope.slice(0, 300)}' is no scope of this server; /subscriptions/${subscriptionId} and what is below it are accepted.`, 'LinkedInvalidPropertyId');
      }
    },
    async prepare(_ctx, { desired }) {
      const { roleName } = desired.properties;
      const other = await ports.roles.findDefinition(roleName);
      if (other !== undefined && other.key !== desired.key && other.name.toLowerCase() !== desired.name.toLowerCase())
        throw new Fault('conflict', 'RoleDefinitionWithSameNameExists', `A custom role with the same name already exists in this directory: '${other.id}'. Use a different name.`, {
          target: 'properties.roleName',
        });
      return { ...desired, properties: { ...desired.properties, type: 'CustomRole' } };
    },
    async mayDelete(_ctx, { resource, db }) {
      const count = await countAssignmentsOf(db, resource.name);
      if (count > 0)
        throw new Fault(
          'invalid',
          'RoleDefinitionHasAssignments',
          `There are existing role assignments referencing role '${resource.name}' (code: RoleDefinitionHasAssignments); there are ${count}. Delete them first.`,
          { target: resource.id },
        );
    },
    view: async (_ctx, resources) => new Map<string, JsonObject>(resources.filter((resource) => resource.etag !== 'built-in').map((resource) => [resource.key, auditOf(resource)])),
  });
}
