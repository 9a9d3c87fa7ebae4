// Principals as resource types and jobs need them: system-assigned identities, kinds of principals, headers of jobs.

import type { Authorizer } from '#identity/authorize.ts';
import { createIdentityHeader, type IdentityChoice } from '#identity/identity-headers.ts';
import { jobKeyOf } from '#identity/job-permissions.ts';
import { isWithinScope, parsePermissions } from '#identity/permissions.ts';
import { builtInRoles, findBuiltInRole } from '#identity/role-definitions.ts';
import type { IdentityHeaders } from '#jobs/ports.ts';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import type { IdentityPort, RolePort } from '#resources/ports.ts';
import type { Database } from '#storage/database.ts';
import { deletePrincipal, findPrincipal, findPrincipalByResource, insertPrincipal } from '#storage/identity-store.ts';
import { findAssignments, findDefinitionByRoleName } from '#storage/role-store.ts';
import { type ChoiceDeps, identityOfJob } from './managed-identity-choice.ts';

export function createIdentityPort({ authorizer }: { readonly authorizer: Pick<Authorizer, 'require'> }): IdentityPort {
  const remove: IdentityPort['remove'] = async (tx, resourceId) => {
    const found = await findPrincipalByResource(tx, resourceId.toLowerCase());
    if (found !== undefined) await deletePrincipal(tx, found.id);
  };
  return {
    remove,
    async add(tx, { resourceId, principalId, clientId, displayName }) {
      // Why: a recovered resource comes back to the principal that waited for it.
      const found = await findPrincipalByResource(tx, resourceId.toLowerCase());
      if (found?.id === principalId) return;
      if (found !== undefined) await deletePrincipal(tx, found.id);
      await insertPrincipal(tx, { id: principalId, kind: 'ManagedIdentity', displayName, appId: clientId, resourceKey: resourceId.toLowerCase() });
    },
    async find(db, resourceId) {
      const found = await findPrincipalByResource(db, resourceId.toLowerCase());
      return found === undefined ? undefined : { principalId: found.id, clientId: found.appId ?? '' };
    },
    require: (ctx, action, identityId) => authorizer.require(ctx, action, identityId),
  };
}

export function createRolePort(database: Database): RolePort {
  return {
    builtIn: builtInRoles.map((role) => ({
      name: role.id,
      properties: { roleName: role.roleName, type: 'BuiltInRole', description: role.description, assignableScopes: ['/'], permissions: role.permissions.map((permission) => ({ ...permission })) },
    })),
    async principalType(objectId) {
      const found = await findPrincipal(database.sql, objectId);
      if (found === undefined) return undefined;
      return found.kind === 'ManagedIdentity' ? 'ServicePrincipal' : found.kind;
    },
    async withGroups(objectId) {
      return [objectId, ...((await findPrincipal(database.sql, objectId))?.groups ?? [])];
    },
    findDefinition: (roleName) => findDefinitionByRoleName(database.sql, roleName),
    async permissionsAt({ principal }, scope) {
      const assignments = await findAssignments(database.sql, [principal.objectId, ...principal.groups]);
      return assignments
        .filter((assignment) => assignment.condition === undefined && isWithinScope(scope, assignment.scope))
        .flatMap((assignment) => findBuiltInRole(assignment.roleId)?.permissions ?? parsePermissions(assignment.customDefinition ?? {}))
        .map(({ actions, notActions, dataActions, notDataActions }) => ({ actions, notActions, dataActions, notDataActions }));
    },
  };
}

export function createJobIdentityHeaders(deps: ChoiceDeps): IdentityHeaders {
  const { database, clock } = deps;
  return {
    async issue({ workspaceKey, jobName, principal, identity, lifetimeSeconds }) {
      const jobKey = jobKeyOf(workspaceKey, jobName);
      const isManaged = stringAt(identity, 'identityType')?.toLowerCase() === 'managed';
      const managed = isManaged ? await identityOfJob(deps, jobKey, choiceOf(identity)) : undefined;
      const expiresAt = new Date(clock.now() + lifetimeSeconds * 1000);
      const header = { principalId: principal.objectId, jobKey, expiresAt, ...(managed === undefined ? {} : { identityId: managed.id }) };
      const secret = await database.transaction((tx) => createIdentityHeader(tx, header));
      return { secret, ...(managed?.appId === undefined ? {} : { clientId: managed.appId }) };
    },
  };
}

/** Azure: a job names its identity by any of the three. */
function choiceOf(identity: JsonObject): IdentityChoice {
  const [clientId, objectId, resourceId] = ['clientId', 'objectId', 'resourceId'].map((name) => stringAt(identity, name) || undefined);
  if (clientId !== undefined) return { clientId };
  return objectId !== undefined ? { objectId } : resourceId === undefined ? {} : { resourceId };
}
