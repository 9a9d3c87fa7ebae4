// logged-model-store: the logged models of MLflow 3, their metrics, and their search.
// Source: contracts/mlflow.md §8.

import { type Selectable, sql } from 'kysely';
import type { Sql, Tx } from './database.ts';
import { hideRow, type HiddenRowMarks, hideRows } from './hidden/marks.ts';
import { allOf, compare, type Condition, direction, epochMs, type SqlText, textOrder } from './search-sql.ts';
import type { LoggedModelsTable } from './tables/tracking.ts';

export interface LoggedModelRecord {
  readonly id: string;
  readonly workspaceKey: string;
  readonly experimentId: string;
  readonly name: string;
  readonly modelType: string;
  readonly sourceRunId: string | null;
  readonly status: LoggedModelsTable['status'];
  readonly lifecycle: 'active' | 'deleted';
  readonly userName: string;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

function fromRow(row: Selectable<LoggedModelsTable>): LoggedModelRecord {
  return {
    id: row.id,
    workspaceKey: row.workspace_key,
    experimentId: row.experiment_id,
    name: row.name,
    modelType: row.model_type,
    sourceRunId: row.source_run_id,
    status: row.status,
    lifecycle: row.lifecycle,
    userName: row.user_name,
    params: row.params,
    tags: row.tags,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export type NewLoggedModel = Omit<LoggedModelRecord, 'status' | 'lifecycle' | 'createdAt' | 'updatedAt'>;

export async function insertLoggedModel(tx: Tx, model: NewLoggedModel): Promise<LoggedModelRecord> {
  const hide = hideModel(model);
  const row = await tx
    .insertInto('logged_models')
    .values({
      id: model.id,
      workspace_key: model.workspaceKey,
      experiment_id: model.experimentId,
      name: hide.column('name'),
      model_type: hide.column('model_type'),
      source_run_id: model.sourceRunId,
      status: 'PENDING',
      lifecycle: 'active',
      user_name: model.userName,
      params: hide.column('params'),
      tags: hide.column('tags'),
      sealed_content: hide.sealed,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return fromRow(row);
}

export async function findLoggedModel(db: Sql, workspaceKey: string, id: string): Promise<LoggedModelRecord | undefined> {
  return (await findLoggedModels(db, workspaceKey, [id]))[0];
}

export async function findLoggedModels(db: Sql, workspaceKey: string, ids: readonly string[]): Promise<readonly LoggedModelRecord[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('logged_models').selectAll().where('workspace_key', '=', workspaceKey).where('id', 'in', ids).execute();
  return rows.map(fromRow);
}

/** Reads the model and locks it until the end of the transaction. */
export async function lockLoggedModel(tx: Tx, workspaceKey: string, id: string): Promise<LoggedModelRecord | undefined> {
  const row = await tx.selectFrom('logged_models').selectAll().where('workspace_key', '=', workspaceKey).where('id', '=', id).forUpdate().executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** `model`: as it was locked. */
export async function updateLoggedModel(tx: Tx, model: LoggedModelRecord, change: Partial<Pick<LoggedModelRecord, 'status' | 'lifecycle' | 'params' | 'tags'>>): Promise<LoggedModelRecord> {
  const hide = hideModel({ ...model, ...change });
  const row = await tx
    .updateTable('logged_models')
    .set({
      ...(change.status === undefined ? {} : { status: change.status }),
      ...(change.lifecycle === undefined ? {} : { lifecycle: change.lifecycle }),
      ...(change.params === undefined ? {} : { params: hide.column('params'), sealed_content: hide.sealed }),
      ...(change.tags === undefined ? {} : { tags: hide.column('tags'), sealed_content: hide.sealed }),
      updated_at: new Date(),
    })
    .where('id', '=', model.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return fromRow(row);
}

function hideModel(model: NewLoggedModel): HiddenRowMarks {
  const { name, modelType, params, tags } = model;
  return hideRow('loggedModel', model.workspaceKey, { name, model_type: modelType, params: JSON.stringify(params), tags: JSON.stringify(tags) });
}

export interface LoggedModelMetric {
  readonly modelId: string;
  readonly key: string;
  readonly step: number;
  readonly timestamp: number;
  readonly value: number;
  readonly runId: string;
  /** Empty when the metric is of no dataset. */
  readonly datasetName: string;
  readonly datasetDigest: string;
}

/** Adds metrics of models; repeats are kept once. */
export async function insertLoggedModelMetrics(tx: Tx, workspaceKey: string, metrics: readonly LoggedModelMetric[]): Promise<void> {
  if (metrics.length === 0) return;
  const hide = hideRows('modelMetric', workspaceKey, metrics, METRIC_COLUMNS);
  await sql`
    insert into logged_model_metrics (model_id, key, step, ts, value, run_id, dataset_name, dataset_digest, sealed_point)
    select * from unnest(${metrics.map((m) => m.modelId)}::text[], ${hide.list('key')}::text[], ${metrics.map((m) => m.step)}::bigint[],
      ${metrics.map((m) => m.timestamp)}::bigint[], ${hide.list('value')}::float8[], ${metrics.map((m) => m.runId)}::text[],
      ${hide.list('dataset_name')}::text[], ${hide.list('dataset_digest')}::text[], ${hide.sealed}::bytea[])
    order by 1, 2, 4, 3, 5
    on conflict do nothing`.execute(tx);
}

const METRIC_COLUMNS = {
  key: (metric: LoggedModelMetric) => metric.key,
  step: (metric: LoggedModelMetric) => metric.step,
  timestamp: (metric: LoggedModelMetric) => metric.timestamp,
  value: (metric: LoggedModelMetric) => metric.value,
  dataset_name: (metric: LoggedModelMetric) => metric.datasetName,
  dataset_digest: (metric: LoggedModelMetric) => metric.datasetDigest,
};

/** The newest value by (timestamp, step) of every metric, per model and dataset. */
export async function listLoggedModelMetrics(db: Sql, modelIds: readonly string[]): Promise<ReadonlyMap<string, readonly LoggedModelMetric[]>> {
  const rows = await sql<{ model_id: string; key: string; step: string; ts: string; value: number | string; run_id: string; dataset_name: string; dataset_digest: string }>`
    select distinct on (model_id, key, run_id, dataset_name, dataset_digest) * from logged_model_metrics where model_id = any(${modelIds}::text[])
    order by model_id, key, run_id, dataset_name, dataset_digest, ts desc, step desc`.execute(db);
  const byModel = new Map<string, LoggedModelMetric[]>();
  for (const row of rows.rows) {
    const list = byModel.get(row.model_id) ?? [];
    list.push({
      modelId: row.model_id,
      key: row.key,
      step: Number(row.step),
      timestamp: Number(row.ts),
      value: Number(row.value),
      runId: row.run_id,
      datasetName: row.dataset_name,
      datasetDigest: row.dataset_digest,
    });
    byModel.set(row.model_id, list);
  }
  return byModel;
}

export interface ModelDataset {
  readonly name: string;
  readonly digest?: string;
}

export interface LoggedModelOrder {
  readonly entity: 'attribute' | 'metric';
  readonly key: string;
  readonly isAscending: boolean;
  readonly dataset?: ModelDataset;
}

export interface LoggedModelSearch {
  readonly workspaceKey: string;
  readonly experimentIds: readonly string[];
  readonly conditions: readonly Condition[];
  /** Narrows the metric conditions to values of these datasets. */
  readonly datasets: readonly ModelDataset[];
  readonly orders: readonly LoggedModelOrder[];
  readonly offset: number;
  readonly limit: number;
}

const ATTRIBUTES: Readonly<Record<string, SqlText>> = {
  name: sql`lm.name`,
  model_id: sql`lm.id`,
  model_type: sql`lm.model_type`,
  status: sql`lm.status`,
  source_run_id: sql`coalesce(lm.source_run_id, '')`,
  experiment_id: sql`lm.experiment_id`,
  creation_timestamp: epochMs(sql`lm.created_at`),
  last_updated_timestamp: epochMs(sql`lm.updated_at`),
};

function newestValue(key: string, datasets: readonly ModelDataset[]): SqlText {
  const ofDataset = datasets.map((d) => (d.digest === undefined ? sql`dataset_name = ${d.name}` : sql`(dataset_name = ${d.name} and dataset_digest = ${d.digest})`));
  const narrowed = ofDataset.length === 0 ? sql`true` : sql`(${sql.join(ofDataset, sql` or `)})`;
  return sql`(select m.value from logged_model_metrics m where m.model_id = lm.id and m.key = ${key} and ${narrowed} order by m.ts desc, m.step desc limit 1)`;
}

function where(condition: Condition, datasets: readonly ModelDataset[]): SqlText {
  const { key, comparator, value } = condition;
  if (condition.entity === 'attribute') return compare(ATTRIBUTES[key] ?? sql`null`, comparator, value);
  if (condition.entity === 'metric') return compare(sql`nullif(${newestValue(key, datasets)}, 'NaN')`, comparator, value);
  return compare(condition.entity === 'param' ? sql`(lm.params->>${key}::text)` : sql`(lm.tags->>${key}::text)`, comparator, value);
}

function orderBy(order: LoggedModelOrder): SqlText {
  if (order.entity === 'metric') return sql`nullif(${newestValue(order.key, order.dataset === undefined ? [] : [order.dataset])}, 'NaN') ${direction(order.isAscending)} nulls last`;
  const column = ATTRIBUTES[order.key] ?? sql`null`;
  return order.key.endsWith('timestamp') ? sql`${column} ${direction(order.isAscending)}` : textOrder(column, order.isAscending);
}

export async function searchLoggedModels(db: Sql, search: LoggedModelSearch): Promise<readonly LoggedModelRecord[]> {
  const conditions = [
    sql`lm.workspace_key = ${search.workspaceKey}`,
    sql`lm.experiment_id = any(${search.experimentIds}::text[])`,
    sql`lm.lifecycle = 'active'`,
    ...search.conditions.map((condition) => where(condition, search.datasets)),
  ];
  const orders = [...search.orders.map(orderBy), sql`lm.created_at desc`, sql`lm.id`];
  const rows = await sql<Selectable<LoggedModelsTable>>`
    select lm.* from logged_models lm where ${allOf(conditions)} order by ${sql.join(orders)} limit ${search.limit} offset ${search.offset}`.execute(db);
  return rows.rows.map(fromRow);
}
