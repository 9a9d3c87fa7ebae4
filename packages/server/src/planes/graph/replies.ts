// Replies: one object, or a page of a list with the link to the next.

import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';
import { countApplications, countPrincipals, type DirectoryEntry, listApplications, listPrincipals } from '#storage/directory-store.ts';
import type { DirectoryKind } from '#storage/identity-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { credentialsOf, type CredentialsOf } from './credentials.ts';
import { expandable, expandObjects } from './expand.ts';
import type { FieldKind } from './filter.ts';
import { visibleApplicationIds, visibleIds } from './lookup.ts';
import type { GraphDeps } from './ports.ts';
import { type ListQuery, parseEntryQuery, parseListQuery, skipToken } from './query.ts';
import { renderApplication, renderEntry } from './render.ts';

const HEADERS = { 'odata-version': '4.0', 'cache-control': 'no-store' };

export const noContent: PlaneReply = { status: 204, headers: { 'cache-control': 'no-store' } };

export function objectReply(request: PlaneRequest, context: string, body: JsonObject, status = 200): PlaneReply {
  return { status, headers: HEADERS, body: { '@odata.context': contextOf(request, `${context}/$entity`), ...body } };
}

export function valueReply(request: PlaneRequest, context: string, value: readonly (JsonObject | string)[], more: JsonObject = {}): PlaneReply {
  return { status: 200, headers: HEADERS, body: { '@odata.context': contextOf(request, context), ...more, value } };
}

function contextOf(request: PlaneRequest, what: string): string {
  const version = request.params['version'] ?? 'v1.0';
  const end = request.url.pathname.indexOf(`/${version}/`);
  return `${request.url.origin}${request.url.pathname.slice(0, end)}/${version}/$metadata#${what}`;
}

/** What may be asked for of principals; everything they keep besides is text. */
export const principalFields: Readonly<Record<string, FieldKind>> = {
  id: 'text',
  displayName: 'text',
  userPrincipalName: 'text',
  appId: 'text',
  accountEnabled: 'flag',
  mail: 'text',
  mailNickname: 'text',
  givenName: 'text',
  surname: 'text',
  department: 'text',
  jobTitle: 'text',
  employeeId: 'text',
  userType: 'text',
  description: 'text',
  securityEnabled: 'flag',
  mailEnabled: 'flag',
  servicePrincipalType: 'text',
  servicePrincipalNames: 'list',
  tags: 'list',
  groupTypes: 'list',
  otherMails: 'list',
};

const applicationFields: Readonly<Record<string, FieldKind>> = {
  id: 'text',
  displayName: 'text',
  appId: 'text',
  signInAudience: 'text',
  notes: 'text',
  description: 'text',
  identifierUris: 'list',
  tags: 'list',
};

interface Source {
  readonly kinds: readonly DirectoryKind[];
  readonly context: string;
  /** Only these; undefined: all that the caller may see. */
  readonly ids?: readonly string[];
  readonly isTyped?: boolean;
}

/** A page of principals that the caller may see. */
export async function listReply(deps: GraphDeps, ctx: Context, request: PlaneRequest, source: Source): Promise<PlaneReply> {
  const query = parseListQuery(request, principalFields, expandable[source.context]);
  const visible = await visibleIds(deps, ctx);
  const wanted = source.ids;
  const ids = wanted === undefined ? visible : visible === undefined ? wanted : wanted.filter((id) => visible.includes(id));
  const { sql } = deps.database;
  const found = await listPrincipals(sql, source.kinds, { ...query.page, ids, limit: query.page.limit + 1 });
  const count = query.isCounted ? await countPrincipals(sql, source.kinds, { criterion: query.page.criterion, ids }) : undefined;
  const shown = found.slice(0, query.page.limit);
  const credentials = await credentialsOf(sql, shown);
  const expanded = await expandObjects(deps, ctx, request, shown.map(({ id }) => id), query.expand, source.context); // biome-ignore format: one line
  const value = shown.map((entry) => ({
    ...renderEntry(entry, { select: query.select, tenantId: deps.tenantId, credentials: credentials(entry.appId), isTyped: source.isTyped === true }),
    ...expanded.get(entry.id),
  }));
  return valueReply(request, source.context, value, pageMembers(request, query, found, count));
}

/** A page of registrations. */
export async function listApplicationsReply(deps: GraphDeps, ctx: Context, request: PlaneRequest): Promise<PlaneReply> {
  const query = parseListQuery(request, applicationFields, expandable['applications']);
  const ids = await visibleApplicationIds(deps, ctx);
  const { sql } = deps.database;
  const found = await listApplications(sql, { ...query.page, ids, limit: query.page.limit + 1 });
  const count = query.isCounted ? await countApplications(sql, { criterion: query.page.criterion, ids }) : undefined;
  const shown = found.slice(0, query.page.limit);
  const credentials: CredentialsOf = await credentialsOf(sql, shown);
  const expanded = await expandObjects(deps, ctx, request, shown.map(({ id }) => id), query.expand, 'applications'); // biome-ignore format: one line
  const value = shown.map((entry) => ({ ...renderApplication(entry, { select: query.select, tenantId: deps.tenantId, credentials: credentials(entry.appId) }), ...expanded.get(entry.id) }));
  return valueReply(request, 'applications', value, pageMembers(request, query, found, count));
}

export async function entryReply(deps: GraphDeps, ctx: Context, request: PlaneRequest, context: string, entry: DirectoryEntry, status = 200): Promise<PlaneReply> {
  const { select, expand } = parseEntryQuery(request, expandable[context]);
  const expanded = await expandObjects(deps, ctx, request, [entry.id], expand, context);
  const credentials = await credentialsOf(deps.database.sql, [entry]);
  const isTyped = context === 'directoryObjects';
  const body = renderEntry(entry, { select, tenantId: deps.tenantId, credentials: credentials(entry.appId), isTyped });
  return objectReply(request, context, { ...body, ...expanded.get(entry.id) }, status);
}

function pageMembers(request: PlaneRequest, query: ListQuery, found: readonly { readonly displayName: string; readonly id: string }[], count: number | undefined): JsonObject {
  const last = found[query.page.limit - 1];
  const hasMore = found.length > query.page.limit && last !== undefined;
  const next = new URL(request.url);
  if (hasMore) next.searchParams.set('$skiptoken', skipToken(last));
  return { ...(count === undefined ? {} : { '@odata.count': count }), ...(hasMore ? { '@odata.nextLink': next.href } : {}) };
}
