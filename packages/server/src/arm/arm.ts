// Arm: Resource Manager as a function from a request to a reply. Authorises before it reveals anything.
// Source: contracts/azureml-rest.md §1; design/architecture.md §4.

import type { Context } from '#kernel/context.ts';
import type { Database } from '#storage/database.ts';
import { enqueueWork } from '#storage/work-store.ts';
import type { Seals } from '#vault/seals.ts';
import type { WorkKind } from '#work/define-work.ts';
import { apiVersionOf, checkApiVersion } from './api-versions.ts';
import { actionWork } from './background/action.ts';
import { deleteWork } from './background/delete.ts';
import { provisionWork } from './background/provision.ts';
import { purgeWork } from './background/purge.ts';
import { retentionKind, retentionWork } from './background/retention.ts';
import type { ArmDeps } from './deps.ts';
import { methodNotAllowed, unknownPath } from './faults.ts';
import { inProcessResources } from './in-process.ts';
import { pollOperation } from './operation.ts';
import { verbsOf } from './permission.ts';
import type { Place } from './address/place.ts';
import type { Authorizer } from './ports.ts';
import { actionOf, type ItemPlace, type Registry } from './registry.ts';
import { renderArmFault } from './render-fault.ts';
import type { AnyResourceType } from './resource-type.ts';
import type { Resources } from './resources.ts';
import type { ArmReply, ArmRequest } from './route.ts';
import { type ListedRoute, listRoutes } from './address/route-list.ts';
import { runAction } from './verbs/act.ts';
import { answerFacet } from './verbs/facet.ts';
import { listAllResources } from './verbs/all-resources.ts';
import { deleteResource } from './verbs/delete.ts';
import { listType } from './verbs/list.ts';
import { putResource } from './verbs/put.ts';
import { readResource } from './verbs/read.ts';
import { runRoute } from './verbs/route.ts';

export interface ArmOptions {
  readonly database: Database;
  readonly registry: Registry;
  readonly authorizer: Authorizer;
  readonly seals: Seals;
}

export interface Arm {
  /** Throws Faults; `renderFault` makes replies of them. */
  handle(ctx: Context, request: ArmRequest): Promise<ArmReply>;
  renderFault: typeof renderArmFault;
  /** Every method and path template, with the permission that guards it. */
  routes(): readonly ListedRoute[];
  readonly types: readonly AnyResourceType[];
  /** For the worker. */
  readonly work: readonly WorkKind[];
  readonly store: Resources;
  /** Enqueues what runs from time to time, once for all servers. */
  start(): Promise<void>;
}

export function createArm(options: ArmOptions): Arm {
  const store = inProcessResources(options);
  const deps: ArmDeps = { ...options, store };
  return {
    handle: (ctx, request) => answer(deps, ctx, { ...request, method: request.method.toUpperCase() }),
    renderFault: renderArmFault,
    routes: () => listRoutes(options.registry),
    types: options.registry.types,
    work: [provisionWork(deps), deleteWork(deps), actionWork(deps), purgeWork(deps), retentionWork(deps)],
    store,
    start: () => options.database.transaction(async (tx) => void (await enqueueWork(tx, { kind: retentionKind, payload: {}, dedupeKey: 'all', correlationId: 'start' }))),
  };
}

async function answer(deps: ArmDeps, ctx: Context, request: ArmRequest): Promise<ArmReply> {
  // Why: nobody learns from a 404 or a 400 what exists without saying who they are; this throws `unauthenticated`.
  if (ctx.principal.kind === 'Anonymous') await deps.authorizer.require(ctx, 'Microsoft.Resources/subscriptions/read', '/');
  const target = deps.registry.resolve(request.method, request.path);
  switch (target.kind) {
    case 'item':
      return answerItem(deps, ctx, request, target.place);
    case 'collection':
      return answerCollection(deps, ctx, request, target.type, target.parent);
    case 'itemAction':
      return answerAction(deps, ctx, request, target.place.type, target.name, 'item', target.place);
    case 'collectionAction':
      if (request.method !== (actionOf(target.type, target.name, 'collection')?.action.method ?? 'POST'))
        return answerItem(deps, ctx, request, deps.registry.childOf(target.parent, target.type, target.name));
      return answerAction(deps, ctx, request, target.type, target.name, 'collection', target.parent);
    case 'allResources':
      if (request.method !== 'GET') throw methodNotAllowed(request.method, `'${request.path.slice(0, 300)}'`, ['GET']);
      apiVersionOf(request.query);
      return listAllResources(deps, ctx, request, target.parent);
    case 'operation':
      if (request.method !== 'GET') throw methodNotAllowed(request.method, `'${request.path.slice(0, 300)}'`, ['GET']);
      return pollOperation(deps, ctx, request, apiVersionOf(request.query), target.answers, target.operationId);
    case 'route':
      return runRoute(deps, ctx, request, target.route, target.params);
  }
}

async function answerItem(deps: ArmDeps, ctx: Context, request: ArmRequest, place: ItemPlace): Promise<ArmReply> {
  const { type } = place;
  const verbs = verbsOf(type);
  const allowed = ['get', 'put', 'patch', 'delete'].filter((verb) => verbs.some((known) => known === verb)).map((verb) => verb.toUpperCase());
  const needed = request.method === 'HEAD' ? 'GET' : request.method;
  if (!allowed.includes(needed)) throw methodNotAllowed(request.method, `The resource type '${type.type}'`, allowed);
  const apiVersion = checkApiVersion(request.query, type.apiVersions, type.type);
  if (type.facet !== undefined) return answerFacet(deps, ctx, request, place, type.facet);
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return readResource(deps, ctx, request, place, apiVersion);
    case 'PUT':
    case 'PATCH':
      return putResource(deps, ctx, request, place, apiVersion);
    case 'DELETE':
      return deleteResource(deps, ctx, request, place, apiVersion);
    default:
      throw unknownPath(request.path);
  }
}

async function answerCollection(deps: ArmDeps, ctx: Context, request: ArmRequest, type: AnyResourceType, parent: Place): Promise<ArmReply> {
  const verbs = verbsOf(type);
  const isWide = type.scope === 'resourceGroup' && parent.root === 'subscription';
  const isListed = isWide ? verbs.includes('listBySubscription') : verbs.includes('list') || (type.scope === 'resourceGroup' && verbs.includes('listByResourceGroup'));
  if (request.method !== 'GET' || !isListed) throw methodNotAllowed(request.method, `The collection of '${type.type}'`, isListed ? ['GET'] : []);
  return listType(deps, ctx, request, type, parent, checkApiVersion(request.query, type.apiVersions, type.type));
}

async function answerAction(deps: ArmDeps, ctx: Context, request: ArmRequest, type: AnyResourceType, name: string, kind: 'item' | 'collection', on: Place): Promise<ArmReply> {
  const found = actionOf(type, name, kind);
  if (found === undefined) throw unknownPath(request.path);
  const method = found.action.method ?? 'POST';
  if (request.method !== method) throw methodNotAllowed(request.method, `The action '${found.name}' of '${type.type}'`, [method]);
  const apiVersion = checkApiVersion(request.query, type.apiVersions, type.type);
  return runAction(deps, ctx, request, { type, name: found.name, action: found.action, on }, apiVersion);
}
