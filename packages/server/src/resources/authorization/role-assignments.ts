// Role assignments: who holds which role at which scope.
// Source: contracts/schemas/arm/2022-04-01/Microsoft.Authorization.json; contracts/terraform-azurerm.md (role assignments).

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import type { ResourcePorts } from '../ports.ts';
import { GUID_NAME } from './guid-name.ts';

export function roleAssignments(ports: Pick<ResourcePorts, 'roles' | 'installation'>) {
  return defineResourceType({
    type: 'Microsoft.Authorization/roleAssignments',
    scope: 'any',
    kind: 'proxy',
    apiVersions: { since: '2015-07-01' },
    ...GUID_NAME,
    hasProvisioningState: false,
    answersDeleted: true,
    properties: Type.Object({
      roleDefinitionId: Type.String({ minLength: 1 }),
      principalId: Type.String({ minLength: 1 }),
      principalType: Type.Optional(Type.String()),
      scope: Type.Optional(Type.String()),
      description: Type.Optional(Type.String({ maxLength: 2048 })),
      condition: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      conditionVersion: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    }),
    readOnly: ['/scope'],
    immutable: ['/roleDefinitionId', '/principalId'],
    immutableFault: 'conflict',
    // Azure: conditions narrow a role by attributes; ignoring one would widen it.
    refuses: [{ at: '/condition', code: 'RoleAssignmentConditionNotSupported', why: 'conditions are not evaluated by this server, so it refuses to store one. Leave it out.' }],
    async prepare(_ctx, { desired, store }) {
      const { principalId, roleDefinitionId } = desired.properties;
      const guid = roleDefinitionId.split('/').at(-1)?.toLowerCase() ?? '';
      const isBuiltIn = ports.roles.builtIn.some((role) => role.name.toLowerCase() === guid);
      const custom = isBuiltIn ? undefined : await store.find(roleDefinitionId).catch(() => undefined);
      if (!isBuiltIn && custom === undefined)
        throw new Fault('invalid', 'RoleDefinitionDoesNotExist', `The specified role definition with ID '${guid}' does not exist.`, { target: 'properties.roleDefinitionId' });
      const kind = await ports.roles.principalType(principalId);
      if (kind === undefined) {
        throw new Fault(
          'invalid',
          'PrincipalNotFound',
          `Principal ${principalId} does not exist in the directory ${ports.installation().tenantId}. Give the object id of a user, group or service principal.`,
          { target: 'properties.principalId' },
        );
      }
      const scope = desired.id.slice(0, desired.id.toLowerCase().lastIndexOf('/providers/microsoft.authorization/')) || '/';
      const definitionId = isBuiltIn
        ? `${scope.startsWith('/subscriptions/') ? scope.split('/').slice(0, 3).join('/') : ''}/providers/Microsoft.Authorization/roleDefinitions/${guid}`
        : (custom?.id ?? roleDefinitionId);
      return { ...desired, properties: { ...desired.properties, principalId: principalId.toLowerCase(), roleDefinitionId: definitionId, principalType: kind, scope } };
    },
  });
}
