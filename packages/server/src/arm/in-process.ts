// In-process face of the framework: see resources.ts.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import { mergePatch } from '#kernel/merge-patch.ts';
import type { Page } from '#kernel/page.ts';
import { listResources, type ResourceFilter, type ResourceQuery } from '#storage/resource-list-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { findResource, findResources, lockResource, recoverResources, updateResource } from '#storage/resource-store.ts';
import type { ArmDeps } from './deps.ts';
import { checkApiVersion } from './api-versions.ts';
import { methodNotAllowed, resourceNotFound } from './faults.ts';
import { recordActivity } from './change/journal.ts';
import { permissionOf, verbsOf } from './permission.ts';
import { scopeOf } from './address/place.ts';
import { filtersOf } from './query/query.ts';
import type { ItemPlace } from './registry.ts';
import { type MoveInput, moveResources, planMove } from './change/move.ts';
import { purgeResource, removeResource } from './change/remove.ts';
import { renderResources } from './render.ts';
import type { AnyResourceType } from './resource-type.ts';
import type { ListQuery, MoveRequest, ResourceBody, Resources, WriteOptions } from './resources.ts';
import { openSecretsNow, placeSecrets } from './body/secrets.ts';
import { rehearseWrite, writeResource } from './change/write.ts';
import { rehearseRoute } from './change/rehearse-route.ts';

const PAGE = 100;

export function inProcessResources(deps: Omit<ArmDeps, 'store'>): Resources {
  const { registry, database } = deps;
  const { sql } = database;

  async function write(ctx: Context, id: string, body: ResourceBody, options: WriteOptions | undefined, isPatch: boolean): Promise<ResourceRecord> {
    const place = registry.placeOf(id);
    await authorise(ctx, place, 'write', options?.as);
    const { resource } = await writeResource(all, ctx, {
      place,
      body,
      isPatch,
      query: new URLSearchParams(),
      readOnly: options?.readOnly,
      tx: options?.tx,
      isOwn: options?.as === 'system',
      ifMatch: options?.ifMatch,
      ifNoneMatch: options?.ifNoneMatch,
    });
    return resource;
  }

  async function authorise(ctx: Context, place: ItemPlace, access: 'write' | 'delete', as: WriteOptions['as']): Promise<void> {
    if (as !== 'system') await deps.authorizer.require(ctx, permissionOf(place.type, access), scopeOf(place));
  }

  /** So that `secretsOf`, which does not wait, can open what is under a customer-managed key. */
  async function prepared<R extends ResourceRecord | undefined>(resource: R): Promise<R> {
    if (resource !== undefined) await deps.seals.prepare([resource]);
    return resource;
  }

  async function preparedPage(page: Page<ResourceRecord>): Promise<Page<ResourceRecord>> {
    await deps.seals.prepare(page.items);
    return page;
  }

  async function moveOf({ groupId, ids, targetGroupId }: MoveRequest): Promise<MoveInput> {
    const place = registry.placeOf(groupId);
    const group = await findResource(sql, place.key);
    if (group === undefined) throw resourceNotFound(place);
    return { group, ids, targetGroupId };
  }

  const store: Resources = {
    db: sql,
    keyOf: (id) => registry.placeOf(id).key,
    find: async (id, db = sql) => prepared(await findResource(db, registry.placeOf(id).key)),
    async get(id, db = sql) {
      const place = registry.placeOf(id);
      const resource = await findResource(db, place.key);
      if (resource === undefined) throw resourceNotFound(place);
      return prepared(resource);
    },
    async findMany(ids, db = sql) {
      const found = await findResources(
        db,
        ids.map((id) => registry.placeOf(id).key),
      );
      await deps.seals.prepare(found.values());
      return found;
    },
    list: async (type, parentId, query = {}, db = sql) => preparedPage(await listResources(db, toQuery(registry.typeNamed(type), { parentKey: registry.scopeAt(parentId).key }, query))),
    listBySubscription: async (type, subscriptionId, query = {}, db = sql) => preparedPage(await listResources(db, toQuery(registry.typeNamed(type), { subscriptionId }, query))),
    put: (ctx, id, body, options) => write(ctx, id, body, options, false),
    patch: (ctx, id, body, options) => write(ctx, id, body, options, true),
    async check(ctx, id, body, options = {}) {
      const { as, apiVersion, ifMatch, ifNoneMatch, ...rehearsal } = options;
      const query = new URLSearchParams(apiVersion === undefined ? {} : { 'api-version': apiVersion });
      const routed = registry.routeAt('PUT', id);
      if (routed !== undefined) return rehearseRoute(deps, ctx, routed, { query, body, isBySystem: as === 'system' });
      const place = registry.placeOf(id);
      if (apiVersion !== undefined) checkApiVersion(query, place.type.apiVersions, place.type.type);
      const verbs = verbsOf(place.type);
      if (!verbs.includes('put')) throw methodNotAllowed('PUT', `The resource type '${place.type.type}'`, []);
      await authorise(ctx, place, 'write', as);
      if (place.type.facet === undefined) await rehearseWrite(all, ctx, { place, body, isPatch: false, query, obeysLocks: true, ifMatch, ifNoneMatch }, rehearsal);
    },
    async setProperties(tx, ctx, id, patch) {
      const held = await lockResource(tx, registry.placeOf(id).key, 'update');
      if (held === undefined) return undefined;
      const merged = mergePatch(held.properties, patch);
      return updateResource(tx, { ...held, properties: isJsonObject(merged) ? merged : held.properties }, held.etag, {
        etag: randomUUID(),
        provisioningState: held.provisioningState,
        systemData: held.systemData,
        sealed: held.sealed,
        at: new Date(ctx.clock.now()),
      });
    },
    async delete(ctx, id, options) {
      const place = registry.placeOf(id);
      await authorise(ctx, place, 'delete', options?.as);
      return (await removeResource(all, ctx, { place, query: new URLSearchParams(), ifMatch: options?.ifMatch, purge: options?.purge ?? false })) !== 'absent';
    },
    listDeleted: (type, subscriptionId, query = {}): Promise<Page<ResourceRecord>> =>
      listResources(sql, { ...toQuery(registry.typeNamed(type), { subscriptionId }, { ...query, order: 'newest' }), isDeleted: true }),
    async recover(ctx, id) {
      const place = registry.placeOf(id);
      return database.transaction(async (tx) => {
        const resource = await recoverResources(tx, place.key);
        if (resource === undefined) throw resourceNotFound(place);
        await recordActivity(tx, ctx, { key: resource.key, id: resource.id, action: permissionOf(place.type, 'write'), status: 'Succeeded', detail: { recovered: true } });
        return resource;
      });
    },
    async purge(ctx, id) {
      const place = registry.placeOf(id);
      if (!(await purgeResource(all, ctx, place.key, () => true))) throw resourceNotFound(place);
    },
    async checkMove(ctx, request) {
      await planMove(all, ctx, sql, await moveOf(request), { authorise: true });
    },
    move: async (ctx, request) => moveResources(all, ctx, await moveOf(request)),
    secretsOf: (resource) => placeSecrets(openSecretsNow(deps.seals, resource)),
    async render(ctx, resources, apiVersion) {
      const byType = Map.groupBy(resources, (resource) => resource.type);
      const bodies = new Map<string, JsonObject>();
      for (const [type, members] of byType) {
        const rendered = await renderResources(ctx, sql, registry.typeNamed(type), members, apiVersion);
        for (const [index, resource] of members.entries()) bodies.set(resource.key, rendered[index] ?? {});
      }
      return resources.map((resource) => bodies.get(resource.key) ?? {});
    },
  };
  const all: ArmDeps = { ...deps, store };
  return store;
}

function toQuery(type: AnyResourceType, within: ResourceQuery['within'], query: ListQuery): ResourceQuery {
  const filters: readonly ResourceFilter[] = query.filters === undefined ? [] : filtersOf(new URLSearchParams({ ...query.filters }), type.filters ?? {});
  return {
    types: [type.type.toLowerCase()],
    within,
    filters,
    limit: query.top ?? PAGE,
    ...(query.order === undefined ? {} : { order: query.order }),
    ...(query.next === undefined ? {} : { after: query.next }),
  };
}
