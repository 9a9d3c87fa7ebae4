// Service principals: what an application is in this directory. Managed identities are shown, and belong to their resources.
// Source: Graph v1.0, servicePrincipal.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { type DirectoryEntry, listApplications, listPrincipals, removeOwnersOf, updatePrincipal } from '#storage/directory-store.ts';
import { deletePrincipal, insertPrincipal } from '#storage/identity-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { addPassword, removePassword } from './credentials.ts';
import { badRequest } from './faults.ts';
import { addOwners } from './groups.ts';
import { findEntry, servicePrincipalKinds } from './lookup.ts';
import type { GraphDeps } from './ports.ts';
import { mergeDetails, readProperties, requiredText, servicePrincipalProperties } from './properties.ts';
import { entryReply, noContent, objectReply } from './replies.ts';

const NOT_KEPT: ReadonlySet<string> = new Set(['appId', 'displayName', 'accountEnabled', 'owners@odata.bind']);

export async function createServicePrincipal(deps: GraphDeps, ctx: Context, request: PlaneRequest): Promise<PlaneReply> {
  const properties = readProperties(request.body, servicePrincipalProperties, 'ServicePrincipal');
  const appId = requiredText(properties, 'appId', 'ServicePrincipal').toLowerCase();
  const { sql } = deps.database;
  const ofApp = { criterion: { kind: 'compare', field: 'appId', operator: 'eq', values: [appId] }, limit: 1 } as const;
  const application = (await listApplications(sql, ofApp))[0];
  if (application === undefined) throw badRequest(`The appId '${appId}' of the service principal does not reference a valid application object.`, 'appId');
  if ((await listPrincipals(sql, servicePrincipalKinds, ofApp)).length > 0)
    throw new Fault(
      'conflict',
      'Request_MultipleObjectsWithSameKeyValue',
      `The service principal cannot be created, updated, or restored because the service principal name ${appId} is already in use.`,
    );
  const id = randomUUID();
  const { displayName } = application;
  await deps.database.transaction(async (tx) => {
    await insertPrincipal(tx, { id, kind: 'ServicePrincipal', displayName, appId });
    const details = mergeDetails(fromApplication(application.details), properties, NOT_KEPT);
    await updatePrincipal(tx, id, { displayName, userPrincipalName: null, isEnabled: properties['accountEnabled'] !== false, details });
    await addOwners(tx, id, properties['owners@odata.bind']);
  });
  return entryReply(deps, ctx, request, 'servicePrincipals', await findEntry(deps, servicePrincipalKinds, id), 201);
}

/** What a service principal has of its registration. */
export function fromApplication(details: JsonObject): JsonObject {
  return { servicePrincipalNames: details['identifierUris'] ?? [], appRoles: details['appRoles'] ?? [], oauth2PermissionScopes: objectAt(details, 'api')['oauth2PermissionScopes'] ?? [] };
}

export async function updateServicePrincipal(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await ownEntry(deps, request);
  const properties = readProperties(request.body, servicePrincipalProperties, 'ServicePrincipal', entry.id);
  if (properties['appId'] !== undefined && stringAt(properties, 'appId')?.toLowerCase() !== entry.appId) throw badRequest('The appId of a service principal cannot be changed.', 'appId');
  const isEnabled = typeof properties['accountEnabled'] === 'boolean' ? properties['accountEnabled'] : entry.isEnabled;
  await deps.database.transaction((tx) =>
    updatePrincipal(tx, entry.id, {
      displayName: 'displayName' in properties ? requiredText(properties, 'displayName', 'ServicePrincipal') : entry.displayName,
      userPrincipalName: null,
      isEnabled,
      details: mergeDetails(entry.details, properties, NOT_KEPT),
    }),
  );
  return noContent;
}

export async function deleteServicePrincipal(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await ownEntry(deps, request);
  await deps.database.transaction(async (tx) => {
    await removeOwnersOf(tx, entry.id);
    await deletePrincipal(tx, entry.id);
  });
  return noContent;
}

export async function addServicePrincipalPassword(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await registered(deps, request);
  return objectReply(request, 'passwordCredential', await addPassword(deps, entry.appId, request.body));
}

export async function removeServicePrincipalPassword(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await registered(deps, request);
  await removePassword(deps, entry.appId, request.body);
  return noContent;
}

async function registered(deps: GraphDeps, request: PlaneRequest): Promise<{ readonly appId: string }> {
  const entry = await ownEntry(deps, request);
  const application = (await listApplications(deps.database.sql, { criterion: { kind: 'compare', field: 'appId', operator: 'eq', values: [entry.appId] }, limit: 1 }))[0];
  if (application === undefined) throw badRequest(`The service principal '${entry.displayName}' has no registration here; it has no credentials.`);
  return application;
}

/** One that callers may change: neither an identity of a resource nor one of this installation. */
async function ownEntry(deps: GraphDeps, request: PlaneRequest): Promise<DirectoryEntry> {
  const entry = await findEntry(deps, servicePrincipalKinds, request.params['id'] ?? '');
  if (entry.kind === 'ManagedIdentity') throw badRequest(`'${entry.displayName}' is the managed identity of ${entry.resourceKey ?? 'a resource'}; it is changed and removed with that resource.`);
  if (deps.isProtected(entry.id)) throw badRequest(`The service principal '${entry.displayName}' belongs to this installation; it is neither changed nor removed.`);
  return entry;
}
