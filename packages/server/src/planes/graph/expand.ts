// $expand: what belongs to objects, one level deep, beside them: members, memberOf and owners.
// Source: Graph v1.0, "Customize responses with query parameters: expand"; at most 20 of each, then a link to the rest.

import type { Context } from '#kernel/context.ts';
import type { Json } from '#kernel/json.ts';
import { type Link, listLinks, listPrincipals } from '#storage/directory-store.ts';
import type { PlaneRequest } from '../plane.ts';
import { allKinds, visibleIds } from './lookup.ts';
import type { GraphDeps } from './ports.ts';
import type { Expansion } from './query.ts';
import { renderEntry } from './render.ts';

const MOST = 20;

/** By collection: what can be expanded there. */
export const expandable: Readonly<Record<string, readonly Link[]>> = {
  users: ['memberOf'],
  groups: ['members', 'memberOf', 'owners'],
  servicePrincipals: ['memberOf', 'owners'],
  applications: ['owners'],
};

export type Expanded = ReadonlyMap<string, Readonly<Record<string, Json>>>;

/** For a page in two queries for each expansion. */
export async function expandObjects(deps: GraphDeps, ctx: Context, request: PlaneRequest, ids: readonly string[], expansions: readonly Expansion[], collection: string): Promise<Expanded> {
  const expanded = new Map<string, Record<string, Json>>(ids.map((id) => [id, {}]));
  if (expansions.length === 0 || ids.length === 0) return expanded;
  const { sql } = deps.database;
  const visible = await visibleIds(deps, ctx);
  for (const { link, select } of expansions) {
    // Why one more: to know whether there is a rest.
    const links = await listLinks(sql, link, ids, MOST + 1);
    const wanted = [...new Set([...links.values()].flat())].filter((id) => visible?.includes(id) ?? true);
    const found = new Map((await listPrincipals(sql, allKinds, { ids: wanted, limit: Math.max(wanted.length, 1) })).map((entry) => [entry.id, entry]));
    for (const [id, others] of links) {
      const members = expanded.get(id);
      if (members === undefined) continue;
      const shown = others.slice(0, MOST).flatMap((other) => found.get(other) ?? []);
      if (others.length > MOST) members[`${link}@odata.nextLink`] = linkOf(request, collection, id, link);
      members[link] = shown.map((entry) => renderEntry(entry, { select, tenantId: deps.tenantId, isTyped: true }));
    }
    for (const members of expanded.values()) members[link] ??= [];
  }
  return expanded;
}

function linkOf(request: PlaneRequest, collection: string, id: string, link: Link): string {
  const version = request.params['version'] ?? 'v1.0';
  const end = request.url.pathname.indexOf(`/${version}/`);
  return `${request.url.origin}${request.url.pathname.slice(0, end)}/${version}/${collection}/${id}/${link}`;
}
