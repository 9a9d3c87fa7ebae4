// run-search-store: search of runs by attributes, newest metrics, params, tags and datasets.
// Source: contracts/mlflow.md §6.

import { type Selectable, sql } from 'kysely';
import type { JobStatus } from '#kernel/job-status.ts';
import type { Sql } from './database.ts';
import type { Lifecycle } from './experiment-store.ts';
import { type RunRecord, runFromRow } from './run-store.ts';
import { allOf, compare, type Condition, direction, epochMs, numberOrder, type Order, type SqlText, textOrder } from './search-sql.ts';
import type { RunsTable } from './tables/tracking.ts';

export type RunStatusWord = 'SCHEDULED' | 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED';

/** A job's status in MLflow's five words. Source: contracts/mlflow.md §15.3. */
export const RUN_STATUS_WORDS: Readonly<Record<JobStatus, RunStatusWord>> = {
  NotStarted: 'SCHEDULED',
  Queued: 'SCHEDULED',
  Provisioning: 'SCHEDULED',
  Preparing: 'SCHEDULED',
  Starting: 'SCHEDULED',
  Running: 'RUNNING',
  Finalizing: 'RUNNING',
  CancelRequested: 'RUNNING',
  Completed: 'FINISHED',
  Failed: 'FAILED',
  NotResponding: 'FAILED',
  Canceled: 'KILLED',
};

/** Artifact root of a run in the workspace's own storage, up to the run id. */
export const RUN_ARTIFACT_URI = 'mlflow-artifacts:/ExperimentRun/dcid.';

export interface RunSearch {
  readonly workspaceKey: string;
  readonly experimentIds: readonly string[];
  readonly lifecycle: Lifecycle;
  readonly conditions: readonly Condition[];
  readonly orders: readonly Order[];
  readonly offset: number;
  readonly limit: number;
}

const STATUS_WORD = sql`case r.status ${sql.join(
  Object.entries(RUN_STATUS_WORDS).map(([status, word]) => sql`when ${sql.lit(status)} then ${sql.lit(word)}`),
  sql` `,
)} end`;

const TEXT_ATTRIBUTES: Readonly<Record<string, SqlText>> = {
  run_id: sql`r.run_id`,
  run_name: sql`r.display_name`,
  user_id: sql`r.user_name`,
  status: STATUS_WORD,
  artifact_uri: sql`coalesce(e.artifact_location || '/' || r.run_id || '/artifacts', ${sql.lit(RUN_ARTIFACT_URI)} || r.run_id)`,
};

const TIME_ATTRIBUTES: Readonly<Record<string, SqlText>> = {
  start_time: epochMs(sql`r.start_time`),
  end_time: epochMs(sql`r.ended_at`),
};

/** The value of a tag, with those that are columns of the run. */
function tagValue(key: string): SqlText {
  if (key === 'mlflow.runName') return sql`r.display_name`;
  if (key === 'mlflow.parentRunId') return sql`r.parent_run_id`;
  return sql`(select t.value from run_tags t where t.run_no = r.id and t.key = ${key})`;
}

function paramValue(key: string): SqlText {
  return sql`(select p.value from run_params p where p.run_no = r.id and p.key = ${key})`;
}

function metricValue(key: string): SqlText {
  return sql`(select m.value from latest_metrics m where m.run_no = r.id and m.key = ${key})`;
}

const DATASET_COLUMNS: Readonly<Record<string, SqlText>> = {
  name: sql`d.name`,
  digest: sql`d.digest`,
  context: sql`(rd.tags->>'mlflow.data.context')`,
};

function where(condition: Condition): SqlText {
  switch (condition.entity) {
    case 'attribute':
      return compare(TEXT_ATTRIBUTES[condition.key] ?? TIME_ATTRIBUTES[condition.key] ?? sql`null`, condition.comparator, condition.value);
    case 'metric':
      return sql`exists (select 1 from latest_metrics m where m.run_no = r.id and m.key = ${condition.key}
        and m.value <> 'NaN' and ${compare(sql`m.value`, condition.comparator, condition.value)})`;
    case 'param':
      return compare(paramValue(condition.key), condition.comparator, condition.value);
    case 'tag':
      return compare(tagValue(condition.key), condition.comparator, condition.value);
    case 'dataset':
      return sql`exists (select 1 from run_datasets rd join datasets d on d.id = rd.dataset_id
        where rd.run_no = r.id and ${compare(DATASET_COLUMNS[condition.key] ?? sql`null`, condition.comparator, condition.value)})`;
  }
}

function orderBy(order: Order): SqlText {
  switch (order.entity) {
    case 'metric':
      return numberOrder(metricValue(order.key), order.isAscending);
    case 'param':
      return textOrder(paramValue(order.key), order.isAscending);
    case 'tag':
      return textOrder(tagValue(order.key), order.isAscending);
    case 'attribute':
    case 'dataset': {
      const text = TEXT_ATTRIBUTES[order.key];
      return text === undefined ? sql`${TIME_ATTRIBUTES[order.key] ?? sql`null`} ${direction(order.isAscending)} nulls last` : textOrder(text, order.isAscending);
    }
  }
}

export async function searchRuns(db: Sql, search: RunSearch): Promise<readonly RunRecord[]> {
  const conditions = [
    sql`r.workspace_key = ${search.workspaceKey}`,
    sql`r.experiment_id = any(${search.experimentIds}::text[])`,
    ...(search.lifecycle === 'all' ? [] : [sql`r.lifecycle = ${search.lifecycle}`]),
    ...search.conditions.map(where),
  ];
  const orders = [...search.orders.map(orderBy), sql`r.start_time desc`, sql`r.run_id`];
  const rows = await sql<Selectable<RunsTable>>`
    select r.* from runs r join experiments e on e.id = r.experiment_id
    where ${allOf(conditions)} order by ${sql.join(orders)} limit ${search.limit} offset ${search.offset}`.execute(db);
  return rows.rows.map(runFromRow);
}
