// Groups and what belongs to objects: members, memberships, owners. Source: Graph v1.0, group and directoryObject.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '#kernel/json.ts';
import type { Tx } from '#storage/database.ts';
import { addOwner, listDirectGroupIds, listMemberIds, listOwnerIds, removeOwner, removeOwnersOf, updatePrincipal } from '#storage/directory-store.ts';
import { addGroupMember, deletePrincipal, findPrincipal, insertPrincipal, removeGroupMember } from '#storage/identity-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { badRequest, notFound } from './faults.ts';
import { allKinds, findEntry, getEntry, groupKinds, referencedId } from './lookup.ts';
import type { GraphDeps } from './ports.ts';
import { groupProperties, mergeDetails, readProperties, requiredText } from './properties.ts';
import { entryReply, listReply, noContent, valueReply } from './replies.ts';

const NOT_KEPT: ReadonlySet<string> = new Set([
  'displayName',
  'members@odata.bind',
  'owners@odata.bind',
  'membershipRule',
  'membershipRuleProcessingState',
  'resourceBehaviorOptions',
  'resourceProvisioningOptions',
  'writebackConfiguration',
]);

export async function createGroup(deps: GraphDeps, ctx: Context, request: PlaneRequest): Promise<PlaneReply> {
  const properties = readProperties(request.body, groupProperties, 'Group');
  const displayName = requiredText(properties, 'displayName', 'Group');
  requiredText(properties, 'mailNickname', 'Group');
  if (properties['mailEnabled'] === true) throw badRequest('Groups with mail are not available here; mailEnabled has to be false.', 'mailEnabled');
  if (properties['securityEnabled'] === false) throw badRequest('Groups here are security groups; securityEnabled has to be true.', 'securityEnabled');
  const types = properties['groupTypes'];
  if (Array.isArray(types) && types.length > 0) throw badRequest(`Groups of type ${types.join(', ')} are not available here; groupTypes has to be empty.`, 'groupTypes');
  checkOptions(properties);
  const id = randomUUID();
  await deps.database.transaction(async (tx) => {
    await insertPrincipal(tx, { id, kind: 'Group', displayName });
    await updatePrincipal(tx, id, { displayName, userPrincipalName: null, isEnabled: true, details: mergeDetails({}, properties, NOT_KEPT) });
    for (const member of boundIds(properties['members@odata.bind'])) await addMember(tx, id, member);
    await addOwners(tx, id, properties['owners@odata.bind']);
  });
  return entryReply(deps, ctx, request, 'groups', await findEntry(deps, groupKinds, id), 201);
}

export async function updateGroup(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const group = await findEntry(deps, groupKinds, request.params['id'] ?? '');
  const properties = readProperties(request.body, groupProperties, 'Group', group.id);
  checkOptions(properties);
  if (properties['mailEnabled'] === true || properties['securityEnabled'] === false) throw badRequest('Groups here are security groups without mail.', 'securityEnabled');
  await deps.database.transaction(async (tx) => {
    await updatePrincipal(tx, group.id, {
      displayName: 'displayName' in properties ? requiredText(properties, 'displayName', 'Group') : group.displayName,
      userPrincipalName: null,
      isEnabled: true,
      details: mergeDetails(group.details, properties, NOT_KEPT),
    });
    for (const member of boundIds(properties['members@odata.bind'])) await addMember(tx, group.id, member);
  });
  return noContent;
}

/** What only other groups have: of Microsoft 365, or with members by a rule. Clients send them empty. */
function checkOptions(properties: JsonObject): void {
  for (const name of ['membershipRule', 'resourceBehaviorOptions', 'resourceProvisioningOptions']) {
    const value = properties[name];
    const isAsked = Array.isArray(value) ? value.length > 0 : typeof value === 'string' && value !== '';
    if (isAsked) throw badRequest(`${name} is not available here: groups are security groups whose members are added one by one. Leave it out.`, name);
  }
}

export async function deleteGroup(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const group = await findEntry(deps, groupKinds, request.params['id'] ?? '');
  await deps.database.transaction(async (tx) => {
    await removeOwnersOf(tx, group.id);
    await deletePrincipal(tx, group.id);
  });
  return noContent;
}

export async function listMembers(deps: GraphDeps, ctx: Context, request: PlaneRequest, isTransitive: boolean): Promise<PlaneReply> {
  const group = await getEntry(deps, ctx, groupKinds, request.params['id'] ?? '');
  return listReply(deps, ctx, request, { kinds: allKinds, context: 'directoryObjects', ids: await listMemberIds(deps.database.sql, group.id, isTransitive), isTyped: true });
}

export async function addMemberReference(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const group = await findEntry(deps, groupKinds, request.params['id'] ?? '');
  await deps.database.transaction((tx) => addMember(tx, group.id, referenceOf(request.body)));
  return noContent;
}

export async function removeMemberReference(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const group = await findEntry(deps, groupKinds, request.params['id'] ?? '');
  const memberId = (request.params['memberId'] ?? '').toLowerCase();
  await deps.database.transaction(async (tx) => {
    if (!(await listMemberIds(tx, group.id, false)).includes(memberId)) throw notFound(memberId);
    await removeGroupMember(tx, group.id, memberId);
  });
  return noContent;
}

async function addMember(tx: Tx, groupId: string, memberId: string): Promise<void> {
  if ((await listMemberIds(tx, groupId, false)).includes(memberId)) throw badRequest("One or more added object references already exist for the following modified properties: 'members'.");
  if (memberId === groupId) throw badRequest('A group cannot be a member of itself.');
  if ((await findPrincipal(tx, memberId)) === undefined) throw notFound(memberId);
  await addGroupMember(tx, groupId, memberId);
}

export async function listOwners(deps: GraphDeps, ctx: Context, request: PlaneRequest, objectId: string): Promise<PlaneReply> {
  return listReply(deps, ctx, request, { kinds: allKinds, context: 'directoryObjects', ids: await listOwnerIds(deps.database.sql, objectId), isTyped: true });
}

export async function addOwnerReference(deps: GraphDeps, request: PlaneRequest, objectId: string): Promise<PlaneReply> {
  const ownerId = referenceOf(request.body);
  await deps.database.transaction(async (tx) => {
    if ((await findPrincipal(tx, ownerId)) === undefined) throw notFound(ownerId);
    if (!(await addOwner(tx, objectId, ownerId))) throw badRequest("One or more added object references already exist for the following modified properties: 'owners'.");
  });
  return noContent;
}

export async function removeOwnerReference(deps: GraphDeps, request: PlaneRequest, objectId: string): Promise<PlaneReply> {
  const ownerId = (request.params['ownerId'] ?? '').toLowerCase();
  const isRemoved = await deps.database.transaction((tx) => removeOwner(tx, objectId, ownerId));
  if (!isRemoved) throw notFound(ownerId);
  return noContent;
}

/** Owners that an object is made with. */
export async function addOwners(tx: Tx, objectId: string, bound: Json | undefined): Promise<void> {
  for (const ownerId of boundIds(bound)) {
    if ((await findPrincipal(tx, ownerId)) === undefined) throw notFound(ownerId);
    await addOwner(tx, objectId, ownerId);
  }
}

/** Groups of an object: its own, or through groups. */
export async function listMemberOf(deps: GraphDeps, ctx: Context, request: PlaneRequest, id: string, isTransitive: boolean): Promise<PlaneReply> {
  const entry = await getEntry(deps, ctx, allKinds, id);
  const ids = isTransitive ? await groupIdsOf(deps, entry.id) : await listDirectGroupIds(deps.database.sql, entry.id);
  return listReply(deps, ctx, request, { kinds: groupKinds, context: 'directoryObjects', ids, isTyped: true });
}

/** POST getMemberGroups and getMemberObjects: the ids alone. */
export async function memberGroupIds(deps: GraphDeps, ctx: Context, request: PlaneRequest, id: string): Promise<PlaneReply> {
  const entry = await getEntry(deps, ctx, allKinds, id);
  return valueReply(request, 'Collection(Edm.String)', await groupIdsOf(deps, entry.id));
}

/** POST checkMemberGroups and checkMemberObjects: which of these it is in. */
export async function checkMemberGroups(deps: GraphDeps, ctx: Context, request: PlaneRequest, id: string): Promise<PlaneReply> {
  const asked = isJsonObject(request.body) ? (request.body['groupIds'] ?? request.body['ids']) : undefined;
  if (!Array.isArray(asked) || asked.length > 200) throw badRequest('groupIds has to be a list of at most 200 ids.', 'groupIds');
  const entry = await getEntry(deps, ctx, allKinds, id);
  const groups = new Set(await groupIdsOf(deps, entry.id));
  return valueReply(
    request,
    'Collection(Edm.String)',
    asked.filter((each): each is string => typeof each === 'string' && groups.has(each.toLowerCase())),
  );
}

async function groupIdsOf(deps: GraphDeps, id: string): Promise<readonly string[]> {
  return (await findPrincipal(deps.database.sql, id))?.groups ?? [];
}

function referenceOf(body: unknown): string {
  const reference = stringAt(body, '@odata.id');
  if (reference === undefined) throw badRequest('The body has to name the object: { "@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/{id}" }.', '@odata.id');
  return referencedId(reference);
}

function boundIds(value: Json | undefined): readonly string[] {
  return [...new Set((Array.isArray(value) ? value : []).map((each: Json) => referencedId(String(each))))];
}
