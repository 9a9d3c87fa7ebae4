// Route of the resource list: every tracked resource the caller may read, filtered and ordered by the server.
// Also what was deleted and can still be recovered, and the state of a handful of resources by their ids.

import type { AnyResourceType } from '#arm/resource-type.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { listResources, type ResourceFilter, type ResourceOrder } from '#storage/resource-list-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { findResources } from '#storage/resource-store.ts';
import type { PlaneRequest, PlaneRoute } from '../plane.ts';
import { STUDIO_HOSTS, type StudioDeps } from './ports.ts';
import { integerParameter, shortText } from './scope.ts';

export const READ = 'Microsoft.Resources/subscriptions/resources/read';
const ORDERS: Readonly<Record<string, ResourceOrder>> = { 'created:desc': 'newest', 'created:asc': 'oldest', 'name:asc': 'name', 'changed:desc': 'changed', 'changed:asc': 'leastChanged' };
const MOST_IDS = 50;
/** Rounds of looking for something the caller may see, before the page is answered shorter than asked. */
const MOST_ROUNDS = 20;

export function resourceRoutes(deps: StudioDeps): readonly PlaneRoute[] {
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/resources',
      permission: { kind: 'authenticated' },
      run: async (ctx, request) => ({ status: 200, body: await list(deps, ctx, request) }),
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/resourceStates',
      permission: { kind: 'authenticated' },
      run: async (ctx, request) => ({ status: 200, body: { items: await states(deps, ctx, request) } }),
    },
  ];
}

async function list(deps: StudioDeps, ctx: Context, request: PlaneRequest) {
  const isDeleted = request.query.get('deleted') === 'true';
  const types = wantedTypes(deps, request, isDeleted);
  const group = shortText(request, 'group');
  const filters = filtersOf(request);
  const sort = shortText(request, 'sort') || 'created:desc';
  const order = ORDERS[sort];
  if (order === undefined) throw new Fault('invalid', 'InvalidQueryParameter', `sort cannot be '${sort}'; it is one of ${Object.keys(ORDERS).join(', ')}.`, { target: 'sort' });
  const limit = integerParameter(request, 'limit', { fallback: 100, min: 1, max: 200 });
  const items: object[] = [];
  let after = request.query.get('cursor') || undefined;
  for (let round = 0; round < MOST_ROUNDS && items.length < limit; round += 1) {
    const page = await listResources(deps.database.sql, {
      types,
      within: { subscriptionId: shortText(request, 'subscription') || deps.config().defaultSubscription, ...(group === '' ? {} : { resourceGroup: group }) },
      filters,
      order,
      limit: limit - items.length,
      isDeleted,
      ...(after === undefined ? {} : { after }),
    });
    items.push(...(await visibleOf(deps, ctx, page.items)).map((resource) => resourceRow(deps, resource)));
    after = page.next;
    if (after === undefined) break;
  }
  return { items, ...(after === undefined ? {} : { next: after }) };
}

/** What there is at each of the ids; one the caller may not read looks like one that is not there. */
async function states(deps: StudioDeps, ctx: Context, request: PlaneRequest): Promise<readonly object[]> {
  const ids = request.query.getAll('id');
  if (ids.length > MOST_IDS || ids.some((id) => id.length > 2048 || id.includes('\0')))
    throw new Fault('invalid', 'InvalidQueryParameter', `${ids.length} ids were given; at most ${MOST_IDS} resource ids of at most 2,048 characters can be asked for at once.`, { target: 'id' });
  const found = await findResources(
    deps.database.sql,
    ids.map((id) => id.toLowerCase()),
  );
  return (await visibleOf(deps, ctx, [...found.values()])).map((resource) => resourceRow(deps, resource));
}

/** Those of them that the caller may read. */
export async function visibleOf(deps: StudioDeps, ctx: Context, resources: readonly ResourceRecord[]): Promise<readonly ResourceRecord[]> {
  const allowed = await deps.access.visible(
    ctx,
    READ,
    resources.map((resource) => resource.id),
  );
  return resources.filter((resource) => allowed.has(resource.id));
}

/** A resource as lists show it. */
export function resourceRow(deps: StudioDeps, resource: ResourceRecord): object {
  const type = deps.types().find((each) => each.type.toLowerCase() === resource.type);
  return {
    id: resource.id,
    name: resource.name,
    type: type?.type ?? resource.type,
    kind: resource.kind ?? null,
    location: resource.location ?? null,
    sku: resource.sku?.['name'] ?? null,
    tags: resource.tags,
    state: resource.provisioningState,
    createdAt: resource.createdAt.toISOString(),
    changedAt: resource.updatedAt.toISOString(),
    ...(resource.deletedAt === undefined ? {} : { deletedAt: resource.deletedAt.toISOString(), purgeAt: resource.purgeAt?.toISOString() ?? null }),
  };
}

function wantedTypes(deps: StudioDeps, request: PlaneRequest, isDeleted: boolean): readonly string[] {
  const isListed = (type: AnyResourceType): boolean => (isDeleted ? type.softDelete !== undefined : type.kind === 'tracked' && type.path === undefined);
  const all = deps
    .types()
    .filter(isListed)
    .map((type) => type.type.toLowerCase());
  const wanted = request.query.getAll('type').map((type) => type.toLowerCase());
  return wanted.length === 0 ? all : all.filter((type) => wanted.includes(type));
}

function filtersOf(request: PlaneRequest): readonly ResourceFilter[] {
  const text = shortText(request, 'text');
  const locations = request.query.getAll('location').slice(0, 50);
  const kinds = request.query.getAll('kind').slice(0, 50);
  const tag = shortText(request, 'tag');
  const [key = '', ...value] = tag.split('=');
  return [
    ...(text === '' ? [] : [{ target: { in: 'name' as const }, contains: text }]),
    ...(locations.length === 0 ? [] : [{ target: { in: 'location' as const }, oneOf: locations }]),
    ...(kinds.length === 0 ? [] : [{ target: { in: 'kind' as const }, oneOf: kinds }]),
    ...(key === '' ? [] : [{ target: { in: 'tags' as const, path: [] }, key, ...(value.length === 0 ? {} : { value: value.join('=') }) }]),
  ];
}
