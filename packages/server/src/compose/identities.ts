// Principals as resource types and jobs need them: system-assigned identities, kinds of principals, headers of jobs.

import { randomUUID } from 'node:crypto';
import { createIdentityHeader } from '#identity/identity-headers.ts';
import { jobKeyOf } from '#identity/job-permissions.ts';
import { builtInRoles } from '#identity/role-definitions.ts';
import type { IdentityHeaders } from '#jobs/ports.ts';
import { Fault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import type { IdentityPort, RolePort } from '#resources/ports.ts';
import type { Database } from '#storage/database.ts';
import { deletePrincipal, findPrincipal, findPrincipalByResource, insertPrincipal } from '#storage/identity-store.ts';

export function createIdentityPort(database: Database, tenantId: string): IdentityPort {
  return {
    async ensureSystemIdentity(resourceId, displayName) {
      return database.transaction(async (tx) => {
        const resourceKey = resourceId.toLowerCase();
        const found = (await findPrincipalByResource(tx, resourceKey)) ?? (await insertPrincipal(tx, { id: randomUUID(), kind: 'ManagedIdentity', displayName, appId: randomUUID(), resourceKey }));
        return { principalId: found.id, clientId: found.appId ?? '', tenantId };
      });
    },
    async removeSystemIdentity(tx, resourceId) {
      const found = await findPrincipalByResource(tx, resourceId.toLowerCase());
      if (found !== undefined) await deletePrincipal(tx, found.id);
    },
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
  };
}

export function createJobIdentityHeaders(database: Database): IdentityHeaders {
  return {
    async issue({ workspaceKey, jobName, principal, identity, lifetimeSeconds }) {
      if (stringAt(identity, 'identityType')?.toLowerCase() === 'managed') {
        throw new Fault('notImplemented', 'ManagedJobIdentityNotImplemented', 'Jobs with identity.identityType Managed are not there yet; leave it out, or use AMLToken or UserIdentity.', {
          target: 'properties.identity',
        });
      }
      const expiresAt = new Date(Date.now() + lifetimeSeconds * 1000);
      return { secret: await database.transaction((tx) => createIdentityHeader(tx, { principalId: principal.objectId, jobKey: jobKeyOf(workspaceKey, jobName), expiresAt })) };
    },
  };
}
