// The run-history plane: runs, their details with addresses of logs, their outputs, and changes of their metadata.
// Source: contracts/azure-ai-ml.md §4.11.2 (stream), §4.11.3 (download), §5; observed: azure-ai-ml 1.35 (changes).

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import { decodeCursor, encodeCursor } from '#kernel/page.ts';
import type { Plane, PlaneReply, PlaneRequest, PlaneRoute } from '#planes/plane.ts';
import type { Database } from '#storage/database.ts';
import { listTagsOf } from '#storage/run-data-store.ts';
import { getRun, listChildRuns, type RunRecord } from '#storage/run-store.ts';
import type { OutputPlace, RunHistoryJobs } from './ports.ts';
import { parseRunChange } from './run-change.ts';
import { detailsWire, outputsWire, parseOutputAssetId, resolvedType, runWire, type SeenRun } from './run-wire.ts';

const PROVIDER = 'Microsoft.MachineLearningServices';
const WORKSPACE = `/subscriptions/:subscriptionId/resourceGroups/:resourceGroup/providers/${PROVIDER}/workspaces/:workspace`;
const MOST_ASSETS = 1000;
const PAGE = 100;

export interface RunHistoryDeps {
  readonly database: Database;
  readonly jobs: RunHistoryJobs;
}

export function createRunHistoryPlane(deps: RunHistoryDeps): Plane {
  const { database, jobs } = deps;
  const db = database.sql;

  async function see(workspaceKey: string, runs: readonly RunRecord[]): Promise<readonly SeenRun[]> {
    const [found, tags] = await Promise.all([
      jobs.findJobs(
        workspaceKey,
        runs.map((run) => run.runId),
      ),
      listTagsOf(
        db,
        runs.map((run) => run.id),
      ),
    ]);
    return runs.map((run) => ({ run, job: found.get(run.runId), tags: Object.fromEntries((tags.get(run.id) ?? []).map(({ key, value }) => [key, value])) }));
  }

  async function get(workspaceKey: string, runId: string): Promise<SeenRun> {
    const run = await getRun(db, workspaceKey, runId);
    const [seen] = await see(workspaceKey, [run]);
    return seen ?? { run, job: undefined, tags: {} };
  }

  async function outputsOf(workspaceKey: string, seen: SeenRun): Promise<ReadonlyMap<string, OutputPlace>> {
    return seen.job === undefined ? new Map() : jobs.outputs(workspaceKey, seen.run.runId, seen.job);
  }

  /** With the outputs, which lists leave out. */
  async function whole(request: PlaneRequest, runId = runIdOf(request)): Promise<JsonObject> {
    const workspaceKey = workspaceKeyOf(request);
    const seen = await get(workspaceKey, runId);
    return { ...runWire(seen), outputs: outputsWire(runId, await outputsOf(workspaceKey, seen), request.headers['user-agent'] ?? '') };
  }

  async function details(_ctx: Context, request: PlaneRequest): Promise<JsonObject> {
    const [workspaceKey, runId] = [workspaceKeyOf(request), runIdOf(request)];
    return detailsWire(await get(workspaceKey, runId), await jobs.logs(workspaceKey, runId));
  }

  async function change(ctx: Context, request: PlaneRequest): Promise<JsonObject> {
    const [workspaceKey, runId] = [workspaceKeyOf(request), runIdOf(request)];
    const wanted = parseRunChange(request.body);
    await getRun(db, workspaceKey, runId);
    await jobs.change(ctx, workspaceKey, runId, wanted);
    return whole(request);
  }

  async function children(_ctx: Context, request: PlaneRequest): Promise<JsonObject> {
    const [workspaceKey, runId] = [workspaceKeyOf(request), runIdOf(request)];
    await getRun(db, workspaceKey, runId);
    const token = request.query.get('$continuationtoken') ?? '';
    const runs = await listChildRuns(db, workspaceKey, runId, { limit: PAGE + 1, ...(token === '' ? {} : { afterId: cursorOf(token) }) });
    const page = runs.slice(0, PAGE);
    const last = page.at(-1);
    const value = (await see(workspaceKey, page)).map(runWire);
    if (runs.length <= PAGE || last === undefined) return { value };
    const next = new URL(request.url);
    next.searchParams.set('$continuationtoken', encodeCursor([last.id]));
    return { value, continuationToken: encodeCursor([last.id]), nextLink: next.href };
  }

  async function runData(_ctx: Context, request: PlaneRequest): Promise<JsonObject> {
    const runId = isJsonObject(request.body) ? request.body['runId'] : undefined;
    if (typeof runId !== 'string') throw new Fault('invalid', 'InvalidRequestBody', 'runId is missing; the name of a run is needed.', { target: 'runId' });
    return { runMetadata: await whole(request, runId) };
  }

  async function resolve(request: PlaneRequest, collection: 'data' | 'models'): Promise<ReadonlyMap<string, OutputPlace>> {
    const ids = isJsonObject(request.body) ? request.body['values'] : undefined;
    if (!Array.isArray(ids) || ids.length > MOST_ASSETS || !ids.every((id) => typeof id === 'string')) {
      throw new Fault('invalid', 'InvalidRequestBody', `values must be a list of up to ${MOST_ASSETS} asset ids.`, { target: 'values' });
    }
    const workspaceKey = workspaceKeyOf(request);
    const places = new Map<string, OutputPlace>();
    const runs = new Map<string, Promise<ReadonlyMap<string, OutputPlace>>>();
    for (const id of ids) {
      const output = parseOutputAssetId(id);
      if (output !== undefined && !runs.has(output.runId)) {
        runs.set(
          output.runId,
          get(workspaceKey, output.runId).then((seen) => outputsOf(workspaceKey, seen)),
        );
      }
      const place = output === undefined ? await jobs.findAsset(workspaceKey, collection, id) : (await runs.get(output.runId))?.get(output.name);
      if (place !== undefined) places.set(id, place);
    }
    return places;
  }

  const read = permission('experiments/runs/read');
  const history = `/history/v1.0${WORKSPACE}`;
  const runPaths = [`${history}/runs/:run`, `${history}/experiments/:experiment/runs/:run`, `${history}/experimentids/:experiment/runs/:run`];
  return {
    name: 'run-history',
    routes: [
      ...runPaths.flatMap((path) => [
        route('GET', path, read, (_ctx, request) => whole(request)),
        route('GET', `${path}/details`, read, details),
        route('GET', `${path}/children`, read, children),
        // Why jobs/write: what changes is the job; its resource asks again.
        route('PATCH', path, permission('jobs/write'), change),
      ]),
      // Jobs have no interactive services here; asking for one is refused when the job is submitted.
      route('GET', `${history}/runs/:run/serviceinstances/:node`, read, async (_ctx, request) => {
        await getRun(db, workspaceKeyOf(request), runIdOf(request));
        return { instances: {} };
      }),
      route('POST', `${history}/rundata`, read, runData),
      route('POST', `/data/v1.0${WORKSPACE}/dataversion/batchGetResolvedUris`, permission('data/versions/read'), async (_ctx, request) => ({
        values: Object.fromEntries([...(await resolve(request, 'data'))].map(([id, place]) => [id, { uri: place.uri, type: resolvedType(place) }])),
      })),
      route('POST', `/modelregistry/v1.0${WORKSPACE}/models/batchGetResolvedUris`, permission('models/versions/read'), async (_ctx, request) => ({
        values: Object.fromEntries([...(await resolve(request, 'models'))].map(([id, place]) => [id, { path: place.uri }])),
      })),
    ],
    renderFault: (fault) => ({
      status: fault.status,
      headers: fault.headers,
      body: { error: { code: fault.status >= 500 ? 'ServiceError' : 'UserError', message: fault.message, target: fault.target ?? null, details: [{ code: fault.code, message: fault.message }] } },
    }),
  };
}

function route(method: PlaneRoute['method'], path: string, needed: PlaneRoute['permission'], run: (ctx: Context, request: PlaneRequest) => Promise<JsonObject>): PlaneRoute {
  return {
    hosts: ['api', 'local'],
    method,
    path,
    permission: needed,
    body: method === 'GET' ? 'none' : 'json',
    run: async (ctx, request): Promise<PlaneReply> => ({ status: 200, body: await run(ctx, request) }),
  };
}

function permission(action: string): PlaneRoute['permission'] {
  return { kind: 'action', action: `${PROVIDER}/workspaces/${action}`, scope: workspaceIdOf };
}

function workspaceIdOf(request: PlaneRequest): string {
  const { subscriptionId, resourceGroup, workspace } = request.params;
  return `/subscriptions/${subscriptionId ?? ''}/resourceGroups/${resourceGroup ?? ''}/providers/${PROVIDER}/workspaces/${workspace ?? ''}`;
}

function workspaceKeyOf(request: PlaneRequest): string {
  return workspaceIdOf(request).toLowerCase();
}

function runIdOf(request: PlaneRequest): string {
  return request.params['run'] ?? '';
}

function cursorOf(token: string): string {
  const [id] = decodeCursor(token, 1);
  if (!/^\d{1,18}$/.test(String(id))) throw new Fault('invalid', 'InvalidContinuationToken', 'The continuation token is not one that this server gave.');
  return String(id);
}
