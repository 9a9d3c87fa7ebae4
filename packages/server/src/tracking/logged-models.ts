// Logged models of MLflow 3: models as things of their own beside runs. Source: contracts/mlflow.md §8.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import type { Page } from '#kernel/page.ts';
import type { Database, Tx } from '#storage/database.ts';
import { findExperiments } from '#storage/experiment-store.ts';
import {
  findLoggedModel,
  insertLoggedModel,
  type LoggedModelMetric,
  type LoggedModelOrder,
  type LoggedModelRecord,
  type ModelDataset,
  listLoggedModelMetrics,
  lockLoggedModel,
  searchLoggedModels,
  updateLoggedModel,
} from '#storage/logged-model-store.ts';
import type { KeyValue } from '#storage/run-data-store.ts';
import { checkActive, type Experiments } from './experiments.ts';
import { doesNotExist, invalidParameter, quote } from './faults.ts';
import { checkKey, checkLength, LIMITS, truncate } from './limits.ts';
import { checkMaxResults, offsetOf, pageOf, type PageRequest } from './paging.ts';
import type { RunDataKeys } from './ports.ts';
import { checkNotJob, checkRunWrite, ownRunOf } from './run/access.ts';
import { randomName } from './run/names.ts';
import { modelUriOf } from './run-views.ts';
import { parseFilter, parseOrders } from './search-grammar.ts';
import { selectLoggedModels } from './sealed/logged-model-search.ts';
import { LOGGED_MODEL_SEARCH } from './search-vocabulary.ts';

export interface LoggedModelView {
  readonly model: LoggedModelRecord;
  readonly artifactUri: string;
  readonly metrics: readonly LoggedModelMetric[];
}

export interface NewLoggedModelRequest {
  readonly experimentId: string;
  readonly name: string;
  readonly modelType: string;
  readonly sourceRunId?: string;
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
}

export interface LoggedModelSearchRequest extends PageRequest {
  readonly experimentIds: readonly string[];
  readonly filter: string;
  readonly datasets: readonly ModelDataset[];
  readonly orderBy: readonly { readonly field: string; readonly isAscending: boolean; readonly dataset?: ModelDataset }[];
}

export interface LoggedModels {
  create(ctx: Context, workspaceKey: string, request: NewLoggedModelRequest): Promise<LoggedModelView>;
  /** Throws `notFound` for an unknown or deleted model. */
  get(workspaceKey: string, id: string): Promise<LoggedModelView>;
  finalize(ctx: Context, workspaceKey: string, id: string, status: LoggedModelRecord['status']): Promise<LoggedModelView>;
  delete(ctx: Context, workspaceKey: string, id: string): Promise<void>;
  setTags(ctx: Context, workspaceKey: string, id: string, tags: readonly KeyValue[]): Promise<LoggedModelView>;
  deleteTag(ctx: Context, workspaceKey: string, id: string, key: string): Promise<void>;
  /** Params that are there with the same value are accepted again. */
  addParams(ctx: Context, workspaceKey: string, id: string, params: readonly KeyValue[]): Promise<void>;
  search(workspaceKey: string, request: LoggedModelSearchRequest): Promise<Page<LoggedModelView>>;
  /** Throws unless the caller may write to the model's files. */
  checkWrite(ctx: Context, workspaceKey: string, id: string): Promise<void>;
}

export function createLoggedModels(deps: { readonly database: Database; readonly experiments: Experiments; readonly keys: RunDataKeys }): LoggedModels {
  const { database, experiments, keys } = deps;
  const db = database.sql;

  async function views(workspaceKey: string, models: readonly LoggedModelRecord[]): Promise<readonly LoggedModelView[]> {
    if (models.length === 0) return [];
    const [metrics, byId] = await Promise.all([
      listLoggedModelMetrics(
        db,
        models.map((model) => model.id),
      ),
      findExperiments(db, workspaceKey, [...new Set(models.map((model) => model.experimentId))]),
    ]);
    return models.map((model) => ({ model, artifactUri: modelUriOf(model.id, byId.get(model.experimentId)?.artifactLocation ?? null), metrics: metrics.get(model.id) ?? [] }));
  }

  async function view(model: LoggedModelRecord): Promise<LoggedModelView> {
    const [seen] = await views(model.workspaceKey, [model]);
    return seen ?? missing(model.id);
  }

  function missing(id: string): never {
    throw doesNotExist(`Logged model with ID '${id}' not found.`);
  }

  async function checkJob(ctx: Context, workspaceKey: string, model: LoggedModelRecord): Promise<void> {
    if (ownRunOf(ctx, workspaceKey) === undefined) return;
    if (model.sourceRunId === null) checkNotJob(ctx, workspaceKey, `change logged model ${model.id}, which is of no run`);
    else await checkRunWrite(db, ctx, workspaceKey, model.sourceRunId);
  }

  async function change<T>(ctx: Context, workspaceKey: string, id: string, write: (tx: Tx, model: LoggedModelRecord) => Promise<T>): Promise<T> {
    return database.transaction(async (tx) => {
      const model = await lockLoggedModel(tx, workspaceKey, id);
      if (model === undefined || model.lifecycle === 'deleted') return missing(id);
      await checkJob(ctx, workspaceKey, model);
      return write(tx, model);
    });
  }

  return {
    async create(ctx, workspaceKey, request) {
      checkModelName(request.name);
      const experiment = await experiments.get(workspaceKey, request.experimentId);
      checkActive(experiment);
      const own = ownRunOf(ctx, workspaceKey);
      const sourceRunId = request.sourceRunId || own;
      if (own !== undefined && sourceRunId !== undefined) await checkRunWrite(db, ctx, workspaceKey, sourceRunId);
      const model = await database.transaction((tx) =>
        insertLoggedModel(tx, {
          id: `m-${randomUUID().replaceAll('-', '')}`,
          workspaceKey,
          experimentId: experiment.id,
          name: request.name || randomName(),
          modelType: request.modelType,
          sourceRunId: sourceRunId ?? null,
          userName: ctx.principal.displayName,
          params: mergeParams({}, request.params),
          tags: mergeTags({}, request.tags),
        }),
      );
      return view(model);
    },

    async get(workspaceKey, id) {
      const model = await findLoggedModel(db, workspaceKey, id);
      return model === undefined || model.lifecycle === 'deleted' ? missing(id) : view(model);
    },

    finalize: async (ctx, workspaceKey, id, status) => view(await change(ctx, workspaceKey, id, (tx, model) => updateLoggedModel(tx, model, { status }))),

    async delete(ctx, workspaceKey, id) {
      await change(ctx, workspaceKey, id, (tx, model) => updateLoggedModel(tx, model, { lifecycle: 'deleted' }));
    },

    setTags: async (ctx, workspaceKey, id, tags) => view(await change(ctx, workspaceKey, id, (tx, model) => updateLoggedModel(tx, model, { tags: mergeTags(model.tags, tags) }))),

    async deleteTag(ctx, workspaceKey, id, key) {
      await change(ctx, workspaceKey, id, (tx, model) => {
        const { [key]: removed, ...tags } = model.tags;
        if (removed === undefined || !Object.hasOwn(model.tags, key)) throw doesNotExist(`No tag with key ${quote(key)} found for logged model with ID '${id}'.`);
        return updateLoggedModel(tx, model, { tags });
      });
    },

    async addParams(ctx, workspaceKey, id, params) {
      await change(ctx, workspaceKey, id, (tx, model) => updateLoggedModel(tx, model, { params: mergeParams(model.params, params) }));
    },

    async search(workspaceKey, request) {
      const limit = checkMaxResults(request.maxResults, 50_000);
      const query = [request.filter, request.orderBy, request.experimentIds, request.datasets];
      const offset = offsetOf(request.pageToken, query);
      const conditions = parseFilter(request.filter, LOGGED_MODEL_SEARCH);
      const orders = request.orderBy.map(parseModelOrder);
      const experimentIds = await experiments.canonicalIds(workspaceKey, request.experimentIds);
      const search = { workspaceKey, experimentIds, conditions, datasets: request.datasets, orders, offset, limit: limit + 1 };
      const rows = (await keys.isSealed(workspaceKey)) ? await selectLoggedModels(db, search) : await searchLoggedModels(db, search);
      const page = pageOf(rows, offset, limit, query);
      const items = await views(workspaceKey, page.items);
      return page.next === undefined ? { items } : { items, next: page.next };
    },

    async checkWrite(ctx, workspaceKey, id) {
      const model = await findLoggedModel(db, workspaceKey, id);
      if (model === undefined || model.lifecycle === 'deleted') missing(id);
      else await checkJob(ctx, workspaceKey, model);
    },
  };
}

function parseModelOrder(order: LoggedModelSearchRequest['orderBy'][number]): LoggedModelOrder {
  const [parsed] = parseOrders([order.field], LOGGED_MODEL_SEARCH);
  if (parsed === undefined || (parsed.entity !== 'attribute' && parsed.entity !== 'metric')) throw invalidParameter(`Logged models cannot be ordered by ${quote(order.field)}.`, 'order_by');
  if (order.dataset !== undefined && parsed.entity !== 'metric') throw invalidParameter(`'dataset_name' goes with an order by a metric; ${quote(order.field)} is none.`, 'order_by');
  return { entity: parsed.entity, key: parsed.key, isAscending: order.isAscending, ...(order.dataset === undefined ? {} : { dataset: order.dataset }) };
}

function checkModelName(name: string): void {
  checkLength('The name of a logged model', name, LIMITS.experimentNameChars);
  if (/[/:.%"']/.test(name)) throw invalidParameter(`Invalid value ${quote(name)} for parameter 'name' supplied: the name of a logged model may not hold any of / : . % " '`, 'name');
}

function mergeTags(known: Readonly<Record<string, string>>, tags: readonly KeyValue[]): Readonly<Record<string, string>> {
  for (const [i, tag] of tags.entries()) checkKey('tag', tag.key, `tags[${i}].key`);
  return { ...known, ...Object.fromEntries(tags.map((tag) => [tag.key, truncate(tag.value, LIMITS.runTagValueChars)])) };
}

function mergeParams(known: Readonly<Record<string, string>>, params: readonly KeyValue[]): Readonly<Record<string, string>> {
  const merged = new Map(Object.entries(known));
  for (const [i, param] of params.entries()) {
    checkKey('param', param.key, `params[${i}].key`);
    const value = truncate(param.value, LIMITS.paramValueChars);
    const stored = merged.get(param.key);
    if (stored !== undefined && stored !== value) {
      throw invalidParameter(`Changing param values is not allowed. Param with key='${param.key}' has value ${quote(stored)}; attempted ${quote(value)}.`, `params[${i}]`);
    }
    merged.set(param.key, value);
  }
  return Object.fromEntries(merged);
}
