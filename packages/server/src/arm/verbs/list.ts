// Lists of one type: by parent, by resource group, by subscription. Two queries: what encloses it, and the page.

import type { Context } from '#kernel/context.ts';
import type { Page } from '#kernel/page.ts';
import { listResources, type ResourceQuery } from '#storage/resource-list-store.ts';
import { builtInsBelow, matchesFilter } from '../change/built-in.ts';
import type { ArmDeps } from '../deps.ts';
import { loadParent } from '../change/existence.ts';
import { sharedBelow } from '../change/shared.ts';
import { permissionOf } from '../permission.ts';
import { ancestorsOf, type Place, scopeOf } from '../address/place.ts';
import { filtersOf, nextLink, odataFiltersOf, orderOf, pageSizeOf, queryValue, tokenOf } from '../query/query.ts';
import { renderResources } from '../render.ts';
import type { AnyResourceType, ResourceRecord } from '../resource-type.ts';
import type { ArmReply, ArmRequest } from '../route.ts';

export async function listType(deps: ArmDeps, ctx: Context, request: ArmRequest, type: AnyResourceType, below: Place, apiVersion: string): Promise<ArmReply> {
  const isSearch = searchesSiblings(type, below, request.query);
  const parent = isSearch ? (below.parent ?? below) : below;
  const read = permissionOf(type, 'read');
  const visible = type.list?.onlyVisible === true ? deps.authorizer.visible : undefined;
  if (visible === undefined) await deps.authorizer.require(ctx, read, scopeOf(parent));
  const { sql } = deps.database;
  const enclosing = await loadParent(ctx, sql, parent, type);
  const page = await pageOf(deps, ctx, request, { type, parent, enclosing, within: isSearch ? siblingsOf(below) : withinOf(type, parent) });
  const allowed =
    visible === undefined
      ? undefined
      : await visible(
          ctx,
          read,
          page.items.map((resource) => resource.id),
        );
  const items = allowed === undefined ? page.items : page.items.filter((resource) => allowed.has(resource.id));
  const value = await renderResources(ctx, sql, type, items, apiVersion);
  return { status: 200, headers: {}, body: { value, ...(page.next === undefined ? {} : { nextLink: nextLink(request.origin, request.path, request.query, page.next) }) } };
}

interface Collection {
  readonly type: AnyResourceType;
  readonly parent: Place;
  readonly enclosing: ResourceRecord | undefined;
  readonly within: ResourceQuery['within'];
}

async function pageOf(deps: ArmDeps, ctx: Context, request: ArmRequest, { type, parent, enclosing, within }: Collection): Promise<Page<ResourceRecord>> {
  const { sql } = deps.database;
  if (type.members !== undefined) return type.members(ctx, { parentId: parent.id, query: request.query, store: deps.store, db: sql });
  const filters = [...filtersOf(request.query, type.filters ?? {}), ...odataFiltersOf(request.query, type.list?.odata)];
  const after = tokenOf(request.query);
  const query: ResourceQuery = {
    types: [type.type.toLowerCase()],
    within,
    filters,
    order: orderOf(request.query, type),
    limit: pageSizeOf(request.query, type.list?.pageSizeParameters ?? ['$top'], type.list?.pageSize ?? 100),
    ...(after === undefined ? {} : { after }),
  };
  const page = await listResources(sql, query);
  const builtIns = after === undefined ? builtInsBelow(ctx, type, parent).filter((resource) => filters.every((filter) => matchesFilter(resource, filter))) : [];
  const shared = page.next === undefined && type.shared !== undefined ? await sharedBelow(sql, type, enclosing, filters) : [];
  return { ...page, items: [...builtIns, ...page.items, ...shared] };
}

/** Whether the query asks for members of the type below any sibling of the parent, which then need not exist. */
function searchesSiblings(type: AnyResourceType, parent: Place, query: URLSearchParams): boolean {
  return parent.parent !== undefined && (type.list?.acrossParentsBy ?? []).some((name) => (queryValue(query, name) ?? '') !== '');
}

function siblingsOf(parent: Place): ResourceQuery['within'] {
  return { parentKeyPrefix: parent.key.slice(0, parent.key.lastIndexOf('/') + 1) };
}

/** A type of resource groups that is listed at a subscription is listed across all its groups. */
export function withinOf(type: AnyResourceType, parent: Place): ResourceQuery['within'] {
  if (type.scope === 'resourceGroup' && parent.root === 'subscription') return { subscriptionId: parent.name };
  if (type.list?.inherited === true) return { atOrAbove: [...ancestorsOf(parent).map((place) => place.key), '', parent.key] };
  return { parentKey: parent.key };
}
