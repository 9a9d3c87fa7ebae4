// Registrations of applications: read, made, changed, removed. Source: Graph v1.0, application.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { isJsonObject, type Json, type JsonObject, objectAt } from '#kernel/json.ts';
import { listApplicationKeys } from '#storage/application-store.ts';
import type { Tx } from '#storage/database.ts';
import { type ApplicationEntry, deleteApplication, listApplications, listPrincipals, removeOwnersOf, setApplicationDetails, updatePrincipal } from '#storage/directory-store.ts';
import { deletePrincipal, findApplicationByAudience, putApplication, type RedirectUri } from '#storage/identity-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { checkAppRoles } from './app-roles.ts';
import { addPassword, credentialsOf, makePassword, parseKeys, writeKeys } from './credentials.ts';
import { expandable, expandObjects } from './expand.ts';
import { badRequest, notFound } from './faults.ts';
import { addOwners } from './groups.ts';
import { findApplicationEntry, servicePrincipalKinds } from './lookup.ts';
import type { GraphDeps } from './ports.ts';
import { applicationProperties, mergeDetails, readProperties, requiredText } from './properties.ts';
import { parseEntryQuery } from './query.ts';
import { noContent, objectReply } from './replies.ts';
import { renderApplication } from './render.ts';
import { fromApplication } from './service-principals.ts';

const NOT_KEPT: ReadonlySet<string> = new Set(['displayName', 'keyCredentials', 'passwordCredentials', 'spa', 'publicClient', 'owners@odata.bind']);
const PLATFORMS = [
  ['web', 'web'],
  ['spa', 'spa'],
  ['publicClient', 'native'],
] as const;
const MOST_REDIRECTS = 256;

export async function applicationReply(deps: GraphDeps, ctx: Context, request: PlaneRequest, entry: ApplicationEntry, status = 200): Promise<PlaneReply> {
  const { select, expand } = parseEntryQuery(request, expandable['applications']);
  const expanded = await expandObjects(deps, ctx, request, [entry.id], expand, 'applications');
  const credentials = await credentialsOf(deps.database.sql, [entry]);
  const body = renderApplication(entry, { select, tenantId: deps.tenantId, credentials: credentials(entry.appId) });
  return objectReply(request, 'applications', { ...body, ...expanded.get(entry.id) }, status);
}

export async function createApplication(deps: GraphDeps, ctx: Context, request: PlaneRequest): Promise<PlaneReply> {
  const properties = readProperties(request.body, applicationProperties, 'Application');
  const displayName = requiredText(properties, 'displayName', 'Application');
  const passwords: readonly Json[] = Array.isArray(properties['passwordCredentials']) ? properties['passwordCredentials'] : [];
  checkAppRoles(properties['appRoles']);
  const appId = randomUUID();
  const keys = parseKeys(properties['keyCredentials'], appId, []);
  // Their texts are made here and shown in this answer alone.
  const shown = await deps.database.transaction(async (tx) => {
    await checkIdentifierUris(tx, properties, appId);
    await putApplication(tx, { appId, displayName, isPublic: properties['isFallbackPublicClient'] === true, redirectUris: redirectUris(properties, []) });
    await setApplicationDetails(tx, appId, mergeDetails({}, properties, NOT_KEPT));
    await writeKeys(tx, appId, keys);
    const made = await findByAppId(tx, appId);
    await addOwners(tx, made.id, properties['owners@odata.bind']);
    const secrets: JsonObject[] = [];
    for (const wanted of passwords) secrets.push(await makePassword(tx, deps, appId, wanted));
    return secrets;
  });
  const reply = await applicationReply(deps, ctx, request, await findByAppId(deps.database.sql, appId), 201);
  return shown.length === 0 || !isJsonObject(reply.body) ? reply : { ...reply, body: { ...reply.body, passwordCredentials: shown } };
}

export async function updateApplication(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await findApplicationEntry(deps, request.params['id'] ?? '');
  requireUnprotected(deps, entry);
  const properties = readProperties(request.body, applicationProperties, 'Application', entry.id);
  checkAppRoles(properties['appRoles']);
  const displayName = 'displayName' in properties ? requiredText(properties, 'displayName', 'Application') : entry.displayName;
  const { appId } = entry;
  const keys = 'keyCredentials' in properties ? parseKeys(properties['keyCredentials'], appId, await listApplicationKeys(deps.database.sql, [appId])) : undefined;
  await requireKnownPasswords(deps, appId, properties['passwordCredentials']);
  const details = mergeDetails(entry.details, properties, NOT_KEPT);
  await deps.database.transaction(async (tx) => {
    await checkIdentifierUris(tx, properties, appId);
    const isPublic = 'isFallbackPublicClient' in properties ? properties['isFallbackPublicClient'] === true : entry.isPublic;
    await putApplication(tx, { appId, displayName, isPublic, redirectUris: redirectUris(properties, entry.redirectUris) });
    await setApplicationDetails(tx, appId, details);
    if (keys !== undefined) await writeKeys(tx, appId, keys);
    await updateServicePrincipal(tx, appId, displayName, details);
  });
  return noContent;
}

/** Removes its service principal as well: this is the home of both. */
export async function deleteApplicationEntry(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await findApplicationEntry(deps, request.params['id'] ?? '');
  requireUnprotected(deps, entry);
  await deps.database.transaction(async (tx) => {
    const principal = await findServicePrincipal(tx, entry.appId);
    if (principal !== undefined) {
      await removeOwnersOf(tx, principal.id);
      await deletePrincipal(tx, principal.id);
    }
    await removeOwnersOf(tx, entry.id);
    await deleteApplication(tx, entry.appId);
  });
  return noContent;
}

export async function addApplicationPassword(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const entry = await findApplicationEntry(deps, request.params['id'] ?? '');
  return objectReply(request, 'passwordCredential', await addPassword(deps, entry.appId, request.body));
}

async function findByAppId(db: Parameters<typeof listApplications>[0], appId: string): Promise<ApplicationEntry> {
  const entry = (await listApplications(db, { criterion: { kind: 'compare', field: 'appId', operator: 'eq', values: [appId] }, limit: 1 }))[0];
  if (entry === undefined) throw notFound(appId);
  return entry;
}

async function findServicePrincipal(tx: Tx, appId: string) {
  return (await listPrincipals(tx, servicePrincipalKinds, { criterion: { kind: 'compare', field: 'appId', operator: 'eq', values: [appId] }, limit: 1 }))[0];
}

/** The service principal goes by the name, the addresses and the roles of its registration. */
async function updateServicePrincipal(tx: Tx, appId: string, displayName: string, application: JsonObject): Promise<void> {
  const principal = await findServicePrincipal(tx, appId);
  if (principal === undefined) return;
  const details = { ...principal.details, ...fromApplication(application) };
  await updatePrincipal(tx, principal.id, { displayName, userPrincipalName: null, isEnabled: principal.isEnabled, details });
}

async function checkIdentifierUris(tx: Tx, properties: JsonObject, appId: string): Promise<void> {
  const uris = properties['identifierUris'];
  for (const uri of Array.isArray(uris) ? uris.map(String) : []) {
    // Azure: an application URI names the scheme api, or a host that the tenant has verified; ours has none besides its own.
    if (!/^api:\/\/[\w.~/-]{1,200}$/i.test(uri))
      throw badRequest(`Values of identifierUris property must use the scheme api and plain characters, such as api://${appId}; '${uri}' does not.`, 'identifierUris');
    const other = await findApplicationByAudience(tx, uri);
    if (other !== undefined && other.appId !== appId) throw badRequest(`Another object with the same value for property identifierUris already exists: '${uri}'.`, 'identifierUris');
  }
}

/** The redirect addresses of each platform that the change names, and those of the others as they were. */
function redirectUris(change: JsonObject, before: readonly JsonObject[]): readonly RedirectUri[] {
  const all = PLATFORMS.flatMap(([member, platform]): readonly RedirectUri[] => {
    const uris = objectAt(change, member)['redirectUris'];
    if (!isJsonObject(change[member]) || !Array.isArray(uris)) return before.filter((each) => each['platform'] === platform).map((each) => ({ uri: String(each['uri']), platform }));
    return uris.map((uri: Json) => ({ uri: checkRedirect(String(uri), member), platform }));
  });
  if (all.length > MOST_REDIRECTS) throw badRequest(`An application has at most ${MOST_REDIRECTS} redirect addresses; these are ${all.length}.`);
  return all;
}

function checkRedirect(uri: string, member: string): string {
  const parsed = URL.canParse(uri) ? new URL(uri) : undefined;
  const isLocal = parsed?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(parsed.hostname);
  if (parsed !== undefined && uri.length <= 256 && parsed.hash === '' && (parsed.protocol === 'https:' || isLocal)) return uri;
  throw badRequest(`The redirect address '${uri.slice(0, 256)}' of ${member} is not accepted: https addresses are, and http on this machine, without a fragment.`, `${member}.redirectUris`);
}

/** A list of secrets in a change may only leave them all as they are: they are made with addPassword. */
async function requireKnownPasswords(deps: GraphDeps, appId: string, value: Json | undefined): Promise<void> {
  if (!Array.isArray(value)) return;
  const known = (await credentialsOf(deps.database.sql, [{ appId }]))(appId).secrets;
  const isSame = value.length === known.length && value.every((each: Json) => known.some((secret) => secret.keyId === objectAt({ each }, 'each')['keyId']));
  if (!isSame) throw badRequest('Password credentials are added with addPassword and removed with removePassword.', 'passwordCredentials');
}

function requireUnprotected(deps: GraphDeps, entry: ApplicationEntry): void {
  if (deps.isProtected(entry.appId)) throw badRequest(`The application '${entry.displayName}' belongs to this installation; it is neither changed nor removed.`);
}
