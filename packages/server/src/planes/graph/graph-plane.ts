// Microsoft Graph: the directory of this installation, on its own host and, for the studio, below /graph.
// Everybody reads themselves and their groups; the rest takes rights at the root, which Owner there has.
// Source: Graph REST v1.0; the calls that az, azuread and the SDKs make.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Clock } from '#kernel/clock.ts';
import type { HostKind, Permission, Plane, PlaneReply, PlaneRequest, PlaneRoute } from '../plane.ts';
import { createAssignment, getAssignment, listAssignments, removeAssignment } from './app-roles.ts';
import { addApplicationPassword, applicationReply, createApplication, deleteApplicationEntry, updateApplication } from './applications.ts';
import { removePassword } from './credentials.ts';
import { getByIds, getMe, getOrganization, listDomains, listOrganization, listOwnedObjects, requirePerson } from './directory-objects.ts';
import { badRequest, renderFault } from './faults.ts';
import { changeFederation, createFederation, getFederation, listFederationsReply, removeFederation } from './federations.ts';
import {
  addMemberReference,
  addOwnerReference,
  checkMemberGroups,
  createGroup,
  deleteGroup,
  listMemberOf,
  listMembers,
  listOwners,
  memberGroupIds,
  removeMemberReference,
  removeOwnerReference,
  updateGroup,
} from './groups.ts';
import { allKinds, findApplicationEntry, findEntry, getApplicationEntry, getEntry, groupKinds, servicePrincipalKinds, userKinds } from './lookup.ts';
import { requireOwnership } from './ownership.ts';
import type { GraphDeps } from './ports.ts';
import { entryReply, listApplicationsReply, listReply, noContent } from './replies.ts';
import { addServicePrincipalPassword, createServicePrincipal, deleteServicePrincipal, removeServicePrincipalPassword, updateServicePrincipal } from './service-principals.ts';
import { changeOwnPassword, createUser, deleteUser, revokeSessions, updateUser } from './users.ts';

export type { GraphDeps } from './ports.ts';

type Run = (ctx: Context, request: PlaneRequest) => Promise<PlaneReply>;
type Method = PlaneRoute['method'];

const MAX_BODY_BYTES = 512 * 1024;
const authenticated: Permission = { kind: 'authenticated' };

export function createGraphPlane(deps: GraphDeps & { readonly clock: Clock }): Plane {
  const routes = routesOf(deps);
  const at = (hosts: readonly HostKind[], prefix: string): readonly PlaneRoute[] => routes.map((route) => ({ ...route, hosts, path: `${prefix}/:version${route.path}` }));
  return {
    name: 'graph',
    routes: [...at(['graph'], ''), ...at(['studio', 'local'], '/graph')],
    renderFault: (fault, request) => renderFault(fault, request, new Date(deps.clock.now())),
  };
}

type GraphRoute = Omit<PlaneRoute, 'hosts'>;

/** Reads: the caller's own things without any right, see `lookup.ts`. */
function read(path: string, run: Run, method: Method = 'GET'): GraphRoute {
  return { method, path, permission: authenticated, ...(method === 'GET' ? {} : { body: 'json' as const, maxBodyBytes: MAX_BODY_BYTES }), run: versioned(run) };
}

/** Writes: a right to the whole directory. */
function write(method: Method, path: string, action: string, run: Run): GraphRoute {
  const permission: Permission = { kind: 'action', action: `microsoft.directory/${action}`, scope: () => '/' };
  return { method, path, permission, ...(method === 'DELETE' ? {} : { body: 'json' as const, maxBodyBytes: MAX_BODY_BYTES }), run: versioned(run) };
}

/** Writes to one object: the same right, or to own the object. */
function manage(deps: GraphDeps, method: Method, path: string, action: string, run: Run): GraphRoute {
  const guarded: Run = async (ctx, request) => {
    await requireOwnership(deps, ctx, `microsoft.directory/${action}`, idOf(request));
    return run(ctx, request);
  };
  return { method, path, permission: authenticated, ...(method === 'DELETE' ? {} : { body: 'json' as const, maxBodyBytes: MAX_BODY_BYTES }), run: versioned(guarded) };
}

function versioned(run: Run): Run {
  return async (ctx, request) => {
    const version = request.params['version'] ?? '';
    if (version !== 'v1.0' && version !== 'beta') throw new Fault('invalid', 'BadRequest', `Invalid version: '${version}'. v1.0 and beta are served.`);
    return run(ctx, request);
  };
}

const idOf = (request: PlaneRequest): string => request.params['id'] ?? '';

function routesOf(deps: GraphDeps): readonly GraphRoute[] {
  return [...userRoutes(deps), ...groupRoutes(deps), ...applicationRoutes(deps), ...servicePrincipalRoutes(deps), ...sharedRoutes(deps)];
}

function userRoutes(deps: GraphDeps): readonly GraphRoute[] {
  return [
    read('/users', (ctx, request) => listReply(deps, ctx, request, { kinds: userKinds, context: 'users' })),
    write('POST', '/users', 'users/create', (ctx, request) => createUser(deps, ctx, request)),
    read('/users/:id', async (ctx, request) => entryReply(deps, ctx, request, 'users', await getEntry(deps, ctx, userKinds, idOf(request)))),
    write('PATCH', '/users/:id', 'users/basic/update', (_ctx, request) => updateUser(deps, request)),
    write('DELETE', '/users/:id', 'users/delete', (_ctx, request) => deleteUser(deps, request)),
    write('POST', '/users/:id/revokeSignInSessions', 'users/invalidateAllRefreshTokens', (_ctx, request) => revokeSessions(deps, request)),
    ...assignmentRoutes(deps, '/users/:id/appRoleAssignments', 'principal'),
    ...membershipRoutes(deps, '/users'),
  ];
}

function groupRoutes(deps: GraphDeps): readonly GraphRoute[] {
  const groupId = async (request: PlaneRequest): Promise<string> => (await findEntry(deps, groupKinds, idOf(request))).id;
  return [
    read('/groups', (ctx, request) => listReply(deps, ctx, request, { kinds: groupKinds, context: 'groups' })),
    write('POST', '/groups', 'groups/create', (ctx, request) => createGroup(deps, ctx, request)),
    read('/groups/:id', async (ctx, request) => entryReply(deps, ctx, request, 'groups', await getEntry(deps, ctx, groupKinds, idOf(request)))),
    manage(deps, 'PATCH', '/groups/:id', 'groups/basic/update', (_ctx, request) => updateGroup(deps, request)),
    manage(deps, 'DELETE', '/groups/:id', 'groups/delete', (_ctx, request) => deleteGroup(deps, request)),
    read('/groups/:id/members', (ctx, request) => listMembers(deps, ctx, request, false)),
    read('/groups/:id/transitiveMembers', (ctx, request) => listMembers(deps, ctx, request, true)),
    manage(deps, 'POST', '/groups/:id/members/$ref', 'groups/members/update', (_ctx, request) => addMemberReference(deps, request)),
    manage(deps, 'DELETE', '/groups/:id/members/:memberId/$ref', 'groups/members/update', (_ctx, request) => removeMemberReference(deps, request)),
    ...assignmentRoutes(deps, '/groups/:id/appRoleAssignments', 'principal'),
    ...ownerRoutes(deps, '/groups', 'groups/owners/update', groupId, async (ctx, request) => (await getEntry(deps, ctx, groupKinds, idOf(request))).id),
    ...membershipRoutes(deps, '/groups'),
  ];
}

function applicationRoutes(deps: GraphDeps): readonly GraphRoute[] {
  const credentials = '/applications/:id/federatedIdentityCredentials';
  const applicationId = async (request: PlaneRequest): Promise<string> => (await findApplicationEntry(deps, idOf(request))).id;
  return [
    read('/applications', (ctx, request) => listApplicationsReply(deps, ctx, request)),
    write('POST', '/applications', 'applications/create', (ctx, request) => createApplication(deps, ctx, request)),
    read('/applications/:id', async (ctx, request) => applicationReply(deps, ctx, request, await getApplicationEntry(deps, ctx, idOf(request)))),
    manage(deps, 'PATCH', '/applications/:id', 'applications/basic/update', (_ctx, request) => updateApplication(deps, request)),
    manage(deps, 'DELETE', '/applications/:id', 'applications/delete', (_ctx, request) => deleteApplicationEntry(deps, request)),
    manage(deps, 'POST', '/applications/:id/addPassword', 'applications/credentials/update', (_ctx, request) => addApplicationPassword(deps, request)),
    manage(deps, 'POST', '/applications/:id/removePassword', 'applications/credentials/update', async (_ctx, request) => {
      await removePassword(deps, (await findApplicationEntry(deps, idOf(request))).appId, request.body);
      return noContent;
    }),
    read(credentials, (ctx, request) => listFederationsReply(deps, ctx, request)),
    manage(deps, 'POST', credentials, 'applications/credentials/update', (_ctx, request) => createFederation(deps, request)),
    read(`${credentials}/:credentialId`, (ctx, request) => getFederation(deps, ctx, request)),
    manage(deps, 'PATCH', `${credentials}/:credentialId`, 'applications/credentials/update', (_ctx, request) => changeFederation(deps, request)),
    manage(deps, 'DELETE', `${credentials}/:credentialId`, 'applications/credentials/update', (_ctx, request) => removeFederation(deps, request)),
    ...ownerRoutes(deps, '/applications', 'applications/owners/update', applicationId, async (ctx, request) => (await getApplicationEntry(deps, ctx, idOf(request))).id),
  ];
}

function servicePrincipalRoutes(deps: GraphDeps): readonly GraphRoute[] {
  const principalId = async (request: PlaneRequest): Promise<string> => (await findEntry(deps, servicePrincipalKinds, idOf(request))).id;
  return [
    read('/servicePrincipals', (ctx, request) => listReply(deps, ctx, request, { kinds: servicePrincipalKinds, context: 'servicePrincipals' })),
    write('POST', '/servicePrincipals', 'servicePrincipals/create', (ctx, request) => createServicePrincipal(deps, ctx, request)),
    read('/servicePrincipals/:id', async (ctx, request) => entryReply(deps, ctx, request, 'servicePrincipals', await getEntry(deps, ctx, servicePrincipalKinds, idOf(request)))),
    manage(deps, 'PATCH', '/servicePrincipals/:id', 'servicePrincipals/basic/update', (_ctx, request) => updateServicePrincipal(deps, request)),
    manage(deps, 'DELETE', '/servicePrincipals/:id', 'servicePrincipals/delete', (_ctx, request) => deleteServicePrincipal(deps, request)),
    manage(deps, 'POST', '/servicePrincipals/:id/addPassword', 'servicePrincipals/credentials/update', (_ctx, request) => addServicePrincipalPassword(deps, request)),
    manage(deps, 'POST', '/servicePrincipals/:id/removePassword', 'servicePrincipals/credentials/update', (_ctx, request) => removeServicePrincipalPassword(deps, request)),
    ...assignmentRoutes(deps, '/servicePrincipals/:id/appRoleAssignedTo', 'resource'),
    ...assignmentRoutes(deps, '/servicePrincipals/:id/appRoleAssignments', 'principal'),
    ...ownerRoutes(deps, '/servicePrincipals', 'servicePrincipals/owners/update', principalId, async (ctx, request) => (await getEntry(deps, ctx, servicePrincipalKinds, idOf(request))).id),
    ...membershipRoutes(deps, '/servicePrincipals'),
  ];
}

/** Groups of an object, on every collection whose objects are in groups. */
function membershipRoutes(deps: GraphDeps, collection: string): readonly GraphRoute[] {
  return [
    read(`${collection}/:id/memberOf`, (ctx, request) => listMemberOf(deps, ctx, request, idOf(request), false)),
    read(`${collection}/:id/transitiveMemberOf`, (ctx, request) => listMemberOf(deps, ctx, request, idOf(request), true)),
    ...['getMemberGroups', 'getMemberObjects'].map((name) => read(`${collection}/:id/${name}`, (ctx, request) => memberGroupIds(deps, ctx, request, idOf(request)), 'POST')),
    ...['checkMemberGroups', 'checkMemberObjects'].map((name) => read(`${collection}/:id/${name}`, (ctx, request) => checkMemberGroups(deps, ctx, request, idOf(request)), 'POST')),
  ];
}

/** Whoever owns the application assigns its roles, whatever path names the assignment; so each operation asks for itself. */
function assignmentRoutes(deps: GraphDeps, path: string, side: 'principal' | 'resource'): readonly GraphRoute[] {
  return [
    read(path, (ctx, request) => listAssignments(deps, ctx, request, side)),
    read(path, (ctx, request) => createAssignment(deps, ctx, request, side), 'POST'),
    read(`${path}/:assignmentId`, (ctx, request) => getAssignment(deps, ctx, request, side)),
    { method: 'DELETE', path: `${path}/:assignmentId`, permission: authenticated, run: versioned((ctx, request) => removeAssignment(deps, ctx, request, side)) },
  ];
}

type ObjectId = (request: PlaneRequest) => Promise<string>;

function ownerRoutes(deps: GraphDeps, collection: string, action: string, objectId: ObjectId, visibleId: (ctx: Context, request: PlaneRequest) => Promise<string>): readonly GraphRoute[] {
  return [
    read(`${collection}/:id/owners`, async (ctx, request) => listOwners(deps, ctx, request, await visibleId(ctx, request))),
    manage(deps, 'POST', `${collection}/:id/owners/$ref`, action, async (_ctx, request) => addOwnerReference(deps, request, await objectId(request))),
    manage(deps, 'DELETE', `${collection}/:id/owners/:ownerId/$ref`, action, async (_ctx, request) => removeOwnerReference(deps, request, await objectId(request))),
  ];
}

function sharedRoutes(deps: GraphDeps): readonly GraphRoute[] {
  const own = (ctx: Context): string => {
    requirePerson(ctx);
    return ctx.principal.objectId;
  };
  return [
    read('/me', (ctx, request) => getMe(deps, ctx, request)),
    read('/me/memberOf', (ctx, request) => listMemberOf(deps, ctx, request, own(ctx), false)),
    read('/me/transitiveMemberOf', (ctx, request) => listMemberOf(deps, ctx, request, own(ctx), true)),
    read('/me/ownedObjects', (ctx, request) => listOwnedObjects(deps, ctx, request)),
    ...['getMemberGroups', 'getMemberObjects'].map((name) => read(`/me/${name}`, (ctx, request) => memberGroupIds(deps, ctx, request, own(ctx)), 'POST')),
    read('/me/checkMemberGroups', (ctx, request) => checkMemberGroups(deps, ctx, request, own(ctx)), 'POST'),
    read('/me/changePassword', (ctx, request) => changeOwnPassword(deps, ctx, request), 'POST'),
    read('/directoryObjects/:id', async (ctx, request) => entryReply(deps, ctx, request, 'directoryObjects', await getEntry(deps, ctx, allKinds, idOf(request)))),
    read('/directoryObjects/getByIds', (ctx, request) => getByIds(deps, ctx, request), 'POST'),
    ...membershipRoutes(deps, '/directoryObjects'),
    read(
      '/oauth2PermissionGrants',
      async () => {
        throw badRequest('Delegated permission grants are not available here: what a person may do is said by roles. Leave them out.');
      },
      'POST',
    ),
    read('/organization', async (_ctx, request) => listOrganization(deps, request)),
    read('/organization/:id', async (_ctx, request) => getOrganization(deps, request)),
    read('/domains', async (_ctx, request) => listDomains(deps, request)),
  ];
}
