// Looking objects up, and who may see which: whoever may read the directory sees all of it; everybody sees themselves, their
// groups, their own application and what they own.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { type ApplicationEntry, type DirectoryEntry, type DirectoryPage, listApplications, listOwnedIds, listPrincipals } from '#storage/directory-store.ts';
import type { DirectoryKind } from '#storage/identity-store.ts';
import { notFound } from './faults.ts';
import type { GraphDeps } from './ports.ts';

export const readAction = 'microsoft.directory/directoryObjects/standard/read';
export const userKinds: readonly DirectoryKind[] = ['User'];
export const groupKinds: readonly DirectoryKind[] = ['Group'];
export const servicePrincipalKinds: readonly DirectoryKind[] = ['ServicePrincipal', 'ManagedIdentity'];
export const allKinds: readonly DirectoryKind[] = ['User', 'Group', 'ServicePrincipal', 'ManagedIdentity'];

/** Ids of principals that the caller may see; undefined: all. */
export async function visibleIds(deps: GraphDeps, ctx: Context): Promise<readonly string[] | undefined> {
  if (await deps.access.can(ctx, readAction)) return undefined;
  const { objectId, groups, jobKey } = ctx.principal;
  return [objectId, ...groups, ...(jobKey === undefined ? await listOwnedIds(deps.database.sql, objectId) : [])];
}

/** The same for registrations. */
export async function visibleApplicationIds(deps: GraphDeps, ctx: Context): Promise<readonly string[] | undefined> {
  if (await deps.access.can(ctx, readAction)) return undefined;
  const { appId, kind, objectId, jobKey } = ctx.principal;
  const owned = jobKey === undefined ? await listOwnedIds(deps.database.sql, objectId) : [];
  if (appId === undefined || kind !== 'ServicePrincipal') return owned;
  const own = (await listApplications(deps.database.sql, { criterion: { kind: 'compare', field: 'appId', operator: 'eq', values: [appId] }, limit: 1 })).map((entry) => entry.id);
  return [...own, ...owned];
}

/** Throws `forbidden` for what the caller may not see, whether it is there or not, and `Request_ResourceNotFound`. */
export async function getEntry(deps: GraphDeps, ctx: Context, kinds: readonly DirectoryKind[], id: string): Promise<DirectoryEntry> {
  const visible = await visibleIds(deps, ctx);
  const isOwnName = id.toLowerCase() === ctx.principal.userPrincipalName?.toLowerCase();
  if (visible !== undefined && !isOwnName && !visible.includes(id.toLowerCase())) throw denied(id);
  return findEntry(deps, kinds, id);
}

/** For writers, whose right was checked by their route. */
export async function findEntry(deps: GraphDeps, kinds: readonly DirectoryKind[], id: string): Promise<DirectoryEntry> {
  const page: DirectoryPage = id.includes('@') ? { criterion: { kind: 'compare', field: 'userPrincipalName', operator: 'eq', values: [id] }, limit: 1 } : { ids: [id.toLowerCase()], limit: 1 };
  const entry = (await listPrincipals(deps.database.sql, kinds, page))[0];
  if (entry === undefined) throw notFound(id);
  return entry;
}

export async function getApplicationEntry(deps: GraphDeps, ctx: Context, id: string): Promise<ApplicationEntry> {
  const visible = await visibleApplicationIds(deps, ctx);
  if (visible !== undefined && !visible.includes(id.toLowerCase())) throw denied(id);
  return findApplicationEntry(deps, id);
}

export async function findApplicationEntry(deps: GraphDeps, id: string): Promise<ApplicationEntry> {
  const entry = (await listApplications(deps.database.sql, { ids: [id.toLowerCase()], limit: 1 }))[0];
  if (entry === undefined) throw notFound(id);
  return entry;
}

/** The id at the end of an `@odata.id` or `@odata.bind`. */
export function referencedId(reference: string): string {
  return (/([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:'\))?\/?$/i.exec(reference)?.[1] ?? reference).toLowerCase();
}

function denied(id: string): Fault {
  return new Fault(
    'forbidden',
    'Authorization_RequestDenied',
    `Insufficient privileges to complete the operation: reading '${id}' takes ${readAction} at '/', which Owner, Contributor and Reader there have. Everybody reads themselves and their groups.`,
  );
}
