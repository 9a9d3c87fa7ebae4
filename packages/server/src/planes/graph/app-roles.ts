// Roles of applications: defined with the registration, assigned to users, groups and service principals, and shown as `roles`
// in tokens for the application. Source: Graph v1.0, appRole and appRoleAssignment.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '#kernel/json.ts';
import { type AppRoleAssignment, deleteAppRoleAssignment, insertAppRoleAssignment, listAppRoleAssignments } from '#storage/app-role-store.ts';
import type { DirectoryEntry } from '#storage/directory-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { badRequest, notFound } from './faults.ts';
import { GRAPH_APP_ID } from './graph-permissions.ts';
import { allKinds, findEntry, getEntry, servicePrincipalKinds } from './lookup.ts';
import { requireOwnership } from './ownership.ts';
import type { GraphDeps } from './ports.ts';
import { type Properties, readProperties, requiredText } from './properties.ts';
import { parseListQuery, skipToken } from './query.ts';
import { noContent, objectReply, valueReply } from './replies.ts';

const ASSIGN = 'microsoft.directory/servicePrincipals/appRoleAssignedTo/update';
const PROPERTIES: Properties = { appRoleId: 'text', principalId: 'text', resourceId: 'text' };
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Azure: access without a role, for an application that defines none. */
const NO_ROLE = '00000000-0000-0000-0000-000000000000';

/** Throws `Request_BadRequest` for a list of roles that cannot be. */
export function checkAppRoles(given: Json | undefined): void {
  const roles: readonly Json[] = Array.isArray(given) ? given : [];
  const seen = new Set<string>();
  for (const [index, role] of roles.entries()) {
    const at = `appRoles[${index}]`;
    const [id, value] = [stringAt(role, 'id') ?? '', stringAt(role, 'value')];
    const members: unknown = isJsonObject(role) ? role['allowedMemberTypes'] : undefined;
    if (!GUID.test(id)) throw badRequest(`The id of ${at} is '${id.slice(0, 60)}'; a GUID is accepted.`, `${at}.id`);
    if (value !== undefined && !/^[\w!#$%&'()*+,\-./:;<=>?@[\]^`{|}~]{1,250}$/.test(value))
      throw badRequest(`The value '${value.slice(0, 60)}' of ${at} has characters that no role has.`, `${at}.value`);
    if (!Array.isArray(members) || members.length === 0 || members.some((type: unknown) => type !== 'User' && type !== 'Application'))
      throw badRequest(`allowedMemberTypes of ${at} has to be a list of User and Application.`, `${at}.allowedMemberTypes`);
    for (const unique of [id.toLowerCase(), ...(value === undefined ? [] : [`=${value}`])]) {
      if (seen.has(unique)) throw badRequest(`Two roles have the id or value '${unique.replace(/^=/, '')}'.`, at);
      seen.add(unique);
    }
  }
}

/** `side`: whose id the path has. */
export async function listAssignments(deps: GraphDeps, ctx: Context, request: PlaneRequest, side: 'principal' | 'resource'): Promise<PlaneReply> {
  const entry = await getEntry(deps, ctx, side === 'resource' ? servicePrincipalKinds : allKinds, request.params['id'] ?? '');
  const { page } = parseListQuery(request, {});
  const found = await listAppRoleAssignments(deps.database.sql, side === 'resource' ? { resourceId: entry.id } : { principalId: entry.id }, { after: page.after?.[1] ?? '', limit: page.limit + 1 });
  const last = found[page.limit - 1];
  const next = new URL(request.url);
  if (last !== undefined) next.searchParams.set('$skiptoken', skipToken({ displayName: '', id: last.id }));
  return valueReply(request, 'appRoleAssignments', found.slice(0, page.limit).map(render), found.length > page.limit ? { '@odata.nextLink': next.href } : {});
}

export async function createAssignment(deps: GraphDeps, ctx: Context, request: PlaneRequest, side: 'principal' | 'resource'): Promise<PlaneReply> {
  const properties = readProperties(request.body, PROPERTIES, 'AppRoleAssignment');
  const [principalId, resourceId, appRoleId] = (['principalId', 'resourceId', 'appRoleId'] as const).map((name) => requiredText(properties, name, 'AppRoleAssignment').toLowerCase());
  if (principalId === undefined || resourceId === undefined || appRoleId === undefined) throw badRequest('principalId, resourceId and appRoleId are required.');
  await requireOwnership(deps, ctx, ASSIGN, resourceId);
  const ofPath = (await findEntry(deps, allKinds, request.params['id'] ?? '')).id;
  const named = side === 'resource' ? resourceId : principalId;
  if (ofPath !== named) throw badRequest(`The ${side}Id of the body is '${named}'; the path names '${ofPath}'.`, `${side}Id`);
  const [principal, resource] = [await findEntry(deps, allKinds, principalId), await findEntry(deps, servicePrincipalKinds, resourceId)];
  checkAssignable(principal, resource, appRoleId);
  const id = randomUUID();
  const isNew = await deps.database.transaction((tx) => insertAppRoleAssignment(tx, { id, appRoleId, principalId, resourceId, createdAt: new Date(deps.clock.now()) }));
  if (!isNew) throw badRequest('Permission being assigned already exists on the object.');
  const [made] = await listAppRoleAssignments(deps.database.sql, { id }, { after: '', limit: 1 });
  if (made === undefined) throw notFound(id);
  return objectReply(request, 'appRoleAssignments', render(made), 201);
}

export async function getAssignment(deps: GraphDeps, ctx: Context, request: PlaneRequest, side: 'principal' | 'resource'): Promise<PlaneReply> {
  const entry = await getEntry(deps, ctx, side === 'resource' ? servicePrincipalKinds : allKinds, request.params['id'] ?? '');
  const id = request.params['assignmentId'] ?? '';
  const [found] = await listAppRoleAssignments(deps.database.sql, { id }, { after: '', limit: 1 });
  if (found === undefined || (side === 'resource' ? found.resourceId : found.principalId) !== entry.id) throw notFound(id);
  return objectReply(request, 'appRoleAssignments', render(found));
}

export async function removeAssignment(deps: GraphDeps, ctx: Context, request: PlaneRequest, side: 'principal' | 'resource'): Promise<PlaneReply> {
  const id = request.params['assignmentId'] ?? '';
  const [found] = await listAppRoleAssignments(deps.database.sql, { id }, { after: '', limit: 1 });
  await requireOwnership(deps, ctx, ASSIGN, found?.resourceId ?? '');
  if (found === undefined || (side === 'resource' ? found.resourceId : found.principalId) !== request.params['id']?.toLowerCase()) throw notFound(id);
  await deps.database.transaction((tx) => deleteAppRoleAssignment(tx, found.id));
  return noContent;
}

function checkAssignable(principal: DirectoryEntry, resource: DirectoryEntry, appRoleId: string): void {
  if (resource.appId === GRAPH_APP_ID)
    throw badRequest('Permissions of Microsoft Graph cannot be granted here: what a principal may do in the directory is said by the roles it has. Leave the assignment out.', 'appRoleId');
  const roles: unknown = resource.details['appRoles'];
  const known: readonly unknown[] = Array.isArray(roles) ? roles : [];
  if (appRoleId === NO_ROLE && known.length === 0) return;
  const role = known.find((each) => stringAt(each, 'id')?.toLowerCase() === appRoleId);
  const members: unknown = isJsonObject(role) ? role['allowedMemberTypes'] : undefined;
  const wanted = principal.kind === 'User' || principal.kind === 'Group' ? 'User' : 'Application';
  if (role === undefined) throw badRequest(`Permission being assigned was not found on application '${resource.appId ?? ''}': it has no role '${appRoleId}'.`, 'appRoleId');
  if (!Array.isArray(members) || !members.includes(wanted)) throw badRequest(`The role '${appRoleId}' is not for ${wanted}: its allowedMemberTypes are ${String(members)}.`, 'appRoleId');
}

function render(assignment: AppRoleAssignment): JsonObject {
  return {
    id: assignment.id,
    deletedDateTime: null,
    appRoleId: assignment.appRoleId,
    createdDateTime: assignment.createdAt.toISOString(),
    principalDisplayName: assignment.principalName,
    principalId: assignment.principalId,
    principalType: assignment.principalKind === 'User' || assignment.principalKind === 'Group' ? assignment.principalKind : 'ServicePrincipal',
    resourceDisplayName: assignment.resourceName,
    resourceId: assignment.resourceId,
  };
}
