// Role assignments: who holds which role at which scope.
// Source: contracts/schemas/arm/2022-04-01/Microsoft.Authorization.json; contracts/terraform-azurerm.md §4.10.

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import { hasOtherAssignment } from '#storage/role-store.ts';
import type { ResourcePorts } from '../ports.ts';
import { auditOf, READ_ONLY_AUDIT } from './audit.ts';
import { GUID_NAME } from './guid-name.ts';
import { listAssignments } from './list-assignments.ts';

const TYPE = 'Microsoft.Authorization/roleAssignments';
/** Owner and User Access Administrator. */
const ADMINISTRATORS = ['8e3af657-a8ff-443c-a75c-2fe8c4bcb635', '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9'];

export function roleAssignments(ports: Pick<ResourcePorts, 'roles' | 'installation'>) {
  return defineResourceType({
    type: TYPE,
    scope: 'any',
    kind: 'proxy',
    apiVersions: { since: '2015-07-01' },
    ...GUID_NAME,
    hasProvisioningState: false,
    answersDeleted: true,
    properties: Type.Object({
      roleDefinitionId: Type.String({ minLength: 1 }),
      principalId: Type.String({ minLength: 1 }),
      principalType: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      scope: Type.Optional(Type.String()),
      description: Type.Optional(Type.Union([Type.String({ maxLength: 2048 }), Type.Null()])),
      condition: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      conditionVersion: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    }),
    readOnly: ['/scope', ...READ_ONLY_AUDIT],
    immutable: ['/roleDefinitionId', '/principalId'],
    immutableFault: 'conflict',
    filters: { principalId: { equals: '/principalId' } },
    // Azure: conditions narrow a role by attributes; ignoring one would widen it.
    refuses: [{ at: '/condition', code: 'RoleAssignmentConditionNotSupported', why: 'conditions are not evaluated by this server, so it refuses to store one. Leave it out.' }],
    async prepare(_ctx, { desired, current, store }) {
      const { principalId, roleDefinitionId, principalType } = desired.properties;
      const guid = roleDefinitionId.split('/').at(-1)?.toLowerCase() ?? '';
      const scope = desired.id.slice(0, desired.id.toLowerCase().lastIndexOf('/providers/microsoft.authorization/')) || '/';
      const isBuiltIn = ports.roles.builtIn.some((role) => role.name.toLowerCase() === guid);
      const custom = isBuiltIn ? undefined : await store.find(roleDefinitionId).catch(() => undefined);
      if (!isBuiltIn && custom === undefined)
        throw new Fault('invalid', 'RoleDefinitionDoesNotExist', `The specified role definition with ID '${guid}' does not exist.`, { target: 'properties.roleDefinitionId' });
      if (custom !== undefined) checkAssignable(custom.properties, scope, guid);
      const kind = await ports.roles.principalType(principalId);
      if (kind === undefined) {
        throw new Fault(
          'invalid',
          'PrincipalNotFound',
          `Principal ${principalId} does not exist in the directory ${ports.installation().tenantId}. Give the object id of a user, group or service principal.`,
          { target: 'properties.principalId' },
        );
      }
      if (principalType && principalType.toLowerCase() !== kind.toLowerCase())
        throw new Fault('invalid', 'UnmatchedPrincipalType', `The PrincipalId '${principalId}' has type '${kind}', which is different from the specified PrincipalType '${principalType}'.`, {
          target: 'properties.principalType',
        });
      if (current === undefined) {
        const others = await store.list(TYPE, scope === '/' ? '' : scope, { filters: { principalId }, top: 1_000 });
        const same = others.items.find((other) => other.key !== desired.key && stringAt(other.properties, 'roleDefinitionId')?.split('/').at(-1)?.toLowerCase() === guid);
        if (same !== undefined)
          throw new Fault('conflict', 'RoleAssignmentExists', `The role assignment already exists. The ID of the existing role assignment is ${same.name.replaceAll('-', '')}.`, { target: same.id });
      }
      // Azure: the id is answered as it was given; a bare GUID becomes one of the subscription.
      const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? '';
      const definitionId = roleDefinitionId.includes('/') ? roleDefinitionId : `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
      return { ...desired, properties: { ...desired.properties, principalId: principalId.toLowerCase(), roleDefinitionId: definitionId, principalType: kind, scope } };
    },
    async onDelete(tx, _ctx, resource) {
      const isWide = resource.parentKey === '' || /^\/subscriptions\/[^/]+$/.test(resource.parentKey);
      if (!isWide || !ADMINISTRATORS.includes(roleIdOf(resource.properties))) return;
      if (await hasOtherAssignment(tx, resource.key, resource.parentKey, ADMINISTRATORS)) return;
      throw new Fault('precondition', 'CannotDeleteLastRbacAdminAssignment', 'Cannot delete the last RBAC admin assignment. Assign Owner or User Access Administrator to somebody else first.', {
        target: resource.id,
      });
    },
    members: (_ctx, { parentId, query, store, db }) => listAssignments(ports, { parentKey: parentId === '' ? '' : store.keyOf(parentId), query, db }),
    view: async (_ctx, resources) => new Map<string, JsonObject>(resources.map((resource) => [resource.key, auditOf(resource)])),
  });
}

function roleIdOf(properties: { readonly roleDefinitionId: string }): string {
  return properties.roleDefinitionId.split('/').at(-1)?.toLowerCase() ?? '';
}

/** Azure: a custom role is given only at its assignable scopes and below them. */
function checkAssignable(definition: JsonObject, scope: string, guid: string): void {
  const scopes: readonly unknown[] = Array.isArray(definition['assignableScopes']) ? definition['assignableScopes'] : [];
  const isWithin = scopes.some((known) => known === '/' || `${scope}/`.toLowerCase().startsWith(`${String(known).replace(/\/$/, '')}/`.toLowerCase()));
  if (!isWithin)
    throw new Fault(
      'invalid',
      'RoleAssignmentScopeNotAssignableToRoleDefinition',
      `The scope '${scope}' cannot be assigned the role definition '${guid}'; it is assignable at ${scopes.map(String).join(', ')}.`,
      {
        target: 'properties.roleDefinitionId',
      },
    );
}
