// studio-store: the read models of the studio: a page of jobs in one query, its filters' choices, one job with what it made.

import { type RawBuilder, sql } from 'kysely';
import { Fault } from '#kernel/faults.ts';
import type { JobStatus } from '#kernel/job-status.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { decodeCursor, encodeCursor, type Page } from '#kernel/page.ts';
import type { Sql } from './database.ts';
import { isHidden, lookUp } from './hidden/marks.ts';

export interface JobRow {
  readonly runId: string;
  readonly displayName: string;
  readonly status: JobStatus;
  readonly owner: 'job' | 'client';
  readonly reason: JsonObject | null;
  readonly experiment: string;
  readonly createdBy: string;
  readonly parentRunId: string | null;
  /** `Command`, …; null for a run that a client made through MLflow. */
  readonly jobType: string | null;
  readonly computeId: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export const JOB_SORTS = ['created', 'name', 'status', 'duration'] as const;
export type JobSort = (typeof JOB_SORTS)[number];

export interface JobQuery {
  readonly statuses: readonly string[];
  /** Part of the display name or the job name, in any letter case. */
  readonly text: string;
  readonly experiment: string;
  readonly createdBy: string;
  /** Name of a compute of the workspace. */
  readonly compute: string;
  /** Only these jobs; for refreshing rows that a page shows already. */
  readonly ids: readonly string[];
  readonly sort: JobSort;
  readonly isDescending: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

/** Sort expressions, each with the index of 0007-studio that serves it, and the type its cursor value is cast back to. */
const SORT_KEYS: Readonly<Record<JobSort, { readonly expression: RawBuilder<unknown>; readonly type: RawBuilder<unknown> }>> = {
  created: { expression: sql`r.id`, type: sql`bigint` },
  name: { expression: sql`lower(r.display_name)`, type: sql`text` },
  status: { expression: sql`r.status`, type: sql`text` },
  duration: { expression: sql`coalesce(extract(epoch from (r.ended_at - r.started_at)), -1)`, type: sql`numeric` },
};

interface JobSqlRow {
  readonly id: string;
  readonly sort_value: string;
  readonly run_id: string;
  readonly display_name: string;
  readonly status: JobStatus;
  readonly owner: 'job' | 'client';
  readonly status_reason: JsonObject | null;
  /** Of the experiment. */
  readonly name: string;
  readonly user_name: string;
  readonly parent_run_id: string | null;
  readonly job_type: string | null;
  readonly compute_id: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
}

/** A page of the workspace's jobs and runs, filtered and ordered by the database, continued by keyset. */
export async function listJobRows(db: Sql, workspaceKey: string, query: JobQuery): Promise<Page<JobRow>> {
  const { expression, type } = SORT_KEYS[query.sort];
  const direction = query.isDescending ? sql`desc` : sql`asc`;
  const all = conditions(workspaceKey, query);
  if (query.compute !== '') all.push(await onCompute(db, workspaceKey, query.compute));
  // Why: the inner query decides which runs are on the page; only those few are joined.
  const rows = await sql<JobSqlRow>`
    select r.*, e.name, e.sealed_content, job.properties->>'jobType' as job_type, job.properties->>'computeId' as compute_id
    from (
      select r.id, ${expression}::text as sort_value, r.workspace_key, r.run_id, r.experiment_id, r.display_name, r.status, r.owner,
             r.status_reason, r.sealed_name, r.sealed_reason, r.user_name, r.parent_run_id, r.created_at, r.started_at, r.ended_at
      from runs r
      where ${sql.join(all, sql` and `)}
      order by ${expression} ${direction}, r.id ${direction}
      limit ${query.limit + 1}
    ) r
    join experiments e on e.id = r.experiment_id
    left join resources job on job.key = r.workspace_key || '/jobs/' || lower(r.run_id) and job.deleted_at is null
    order by r.sort_value::${type} ${direction}, r.id ${direction}`.execute(db);
  const items = rows.rows.slice(0, query.limit).map(jobRow);
  const last = rows.rows[query.limit - 1];
  return rows.rows.length > query.limit && last !== undefined ? { items, next: encodeCursor([query.sort, last.sort_value, last.id]) } : { items };
}

function conditions(workspaceKey: string, query: JobQuery): RawBuilder<unknown>[] {
  const all = [sql`r.workspace_key = ${workspaceKey}`, sql`r.lifecycle = 'active'`];
  if (query.statuses.length > 0) all.push(sql`r.status = any(${query.statuses})`);
  if (query.ids.length > 0) all.push(sql`r.run_id = any(${query.ids})`);
  if (query.createdBy !== '') all.push(sql`r.user_name = ${query.createdBy}`);
  if (query.experiment !== '')
    all.push(sql`r.experiment_id = (select e.id from experiments e where e.workspace_key = ${workspaceKey} and e.name = ${lookUp('experiment', workspaceKey, query.experiment)})`);
  if (query.text !== '') {
    const pattern = `%${query.text.replace(/[\\%_]/g, (special) => `\\${special}`)}%`;
    all.push(sql`(r.display_name ilike ${pattern} or r.run_id ilike ${pattern})`);
  }
  if (query.cursor !== undefined) {
    const [sort, value, id] = decodeCursor(query.cursor, 3);
    if (sort !== query.sort)
      throw new Fault('invalid', 'InvalidContinuationToken', `This continuation belongs to a list sorted by ${String(sort)}, not by ${query.sort}. Start the listing again without it.`, {
        target: 'cursor',
      });
    const { expression, type } = SORT_KEYS[query.sort];
    const than = query.isDescending ? sql`<` : sql`>`;
    all.push(query.sort === 'created' ? sql`r.id ${than} ${String(id)}::bigint` : sql`(${expression}, r.id) ${than} (${String(value)}::${type}, ${String(id)}::bigint)`);
  }
  return all;
}

const MOST_BY_NAME = 5000;

/**
 * Only jobs of that compute. Why two forms: the few jobs of a compute are found by their names, many are met soon on the
 * way through the order; the planner, which knows nothing of what is inside a definition, takes the first for both.
 */
async function onCompute(db: Sql, workspaceKey: string, compute: string): Promise<RawBuilder<unknown>> {
  const computeKey = `${workspaceKey}/computes/${compute}`.toLowerCase();
  const ofCompute = sql`j.parent_key = ${workspaceKey} and j.type = 'microsoft.machinelearningservices/workspaces/jobs' and j.deleted_at is null
    and lower(j.properties->>'computeId') = ${computeKey}`;
  const { rows } = await sql`select 1 from resources j where ${ofCompute} offset ${MOST_BY_NAME} limit 1`.execute(db);
  if (rows.length === 0) return sql`r.run_id = any(array(select j.name from resources j where ${ofCompute}))`;
  return sql`(select lower(j.properties->>'computeId') = ${computeKey} from resources j where j.key = r.workspace_key || '/jobs/' || lower(r.run_id) and j.deleted_at is null)`;
}

function jobRow(row: JobSqlRow): JobRow {
  return {
    runId: row.run_id,
    displayName: row.display_name,
    status: row.status,
    owner: row.owner,
    // Why: "nothing to say" is the JSON null, which PostgreSQL hands over as null too.
    reason: row.status_reason,
    experiment: row.name,
    createdBy: row.user_name,
    parentRunId: row.parent_run_id,
    jobType: row.job_type,
    computeId: row.compute_id,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}

export interface JobFacets {
  readonly statuses: readonly { readonly status: string; readonly count: number }[];
  readonly experiments: readonly string[];
  readonly creators: readonly string[];
  readonly computes: readonly string[];
}

/** What the filters of the job list can choose from; at most 200 of each. */
export async function listJobFacets(db: Sql, workspaceKey: string): Promise<JobFacets> {
  const [statuses, experiments, creators, computes] = await Promise.all([
    sql<{ status: string; count: number }>`
      select status, count(*)::int as count from runs where workspace_key = ${workspaceKey} and lifecycle = 'active' group by status order by status`.execute(db),
    sql<{ name: string }>`
      select name, sealed_content from experiments where workspace_key = ${workspaceKey} and lifecycle = 'active' order by updated_at desc limit 200`.execute(db),
    // Why: hops from one user to the next in the index, instead of reading every run for a handful of names.
    sql<{ name: string }>`
      with recursive users(name) as (
        (select user_name from runs where workspace_key = ${workspaceKey} and lifecycle = 'active' order by user_name limit 1)
        union all
        select (select r.user_name from runs r where r.workspace_key = ${workspaceKey} and r.lifecycle = 'active' and r.user_name > users.name order by r.user_name limit 1)
        from users where users.name is not null
      ) select name from users where name is not null limit 200`.execute(db),
    sql<{ name: string }>`
      select name from resources where parent_key = ${workspaceKey} and type = 'microsoft.machinelearningservices/workspaces/computes' and deleted_at is null
      order by name limit 200`.execute(db),
  ]);
  return {
    statuses: statuses.rows,
    experiments: experiments.rows.map((row) => row.name),
    creators: creators.rows.map((row) => row.name),
    computes: computes.rows.map((row) => row.name),
  };
}

/** Name of an experiment of the workspace by its id, or undefined. */
export async function findExperimentName(db: Sql, workspaceKey: string, id: string): Promise<string | undefined> {
  const row = await db.selectFrom('experiments').select(['name', 'sealed_content']).where('id', '=', id).where('workspace_key', '=', workspaceKey).executeTakeFirst();
  return row?.name;
}

export interface StoredDefinition {
  readonly id: string;
  readonly properties: JsonObject;
  readonly systemData: JsonObject;
}

/** A resource's id and properties by key, or undefined. */
export async function findDefinition(db: Sql, key: string): Promise<StoredDefinition | undefined> {
  const row = await db.selectFrom('resources').select(['id', 'properties', 'system_data', 'sealed_content']).where('key', '=', key).where('deleted_at', 'is', null).executeTakeFirst();
  return row === undefined ? undefined : { id: row.id, properties: row.properties, systemData: row.system_data };
}

export interface ProducedAsset {
  readonly id: string;
  readonly kind: 'model' | 'data';
  readonly name: string;
  readonly version: string;
}

/** Versions that are looked through in a workspace where the database does not see what they were made from. */
const MOST_OPENED_ASSETS = 2000;
const MOST_PRODUCED = 100;

/** Versions of models and data in the workspace that were made from the run's outputs, newest first; at most 100. */
export async function listProducedAssets(db: Sql, workspaceKey: string, runId: string): Promise<readonly ProducedAsset[]> {
  const escaped = runId.replace(/[\\%_]/g, (special) => `\\${special}`);
  const hidden = isHidden(workspaceKey);
  const { rows } = await sql<{ id: string; type: string; name: string; properties: JsonObject; sealed_content: Buffer | null }>`
    select id, type, name, properties, sealed_content from resources
    where key > ${`${workspaceKey}/`} and key < ${`${workspaceKey}0`} and deleted_at is null
      and type in ('microsoft.machinelearningservices/workspaces/models/versions', 'microsoft.machinelearningservices/workspaces/data/versions')
      and (${hidden} or properties->>'jobName' = ${runId} or properties->'properties'->>'azureml.jobName' = ${runId}
        or coalesce(properties->>'modelUri', properties->>'dataUri') like ${`%/jobs/${escaped}/%`}
        or coalesce(properties->>'modelUri', properties->>'dataUri') like ${`%/dcid.${escaped}/%`}
        or coalesce(properties->>'modelUri', properties->>'dataUri') like ${`runs:/${escaped}/%`})
    order by seq desc limit case when ${hidden} then ${MOST_OPENED_ASSETS}::int else ${MOST_PRODUCED}::int end`.execute(db);
  const produced = rows.filter((row) => row.sealed_content === null || isMadeBy(row.properties, runId)).slice(0, MOST_PRODUCED);
  return produced.map((row) => ({
    id: row.id,
    kind: row.type.includes('/models/') ? 'model' : 'data',
    name: row.id.split('/').at(-3) ?? row.name,
    version: row.name,
  }));
}

function isMadeBy(properties: JsonObject, runId: string): boolean {
  if (properties['jobName'] === runId || stringAt(objectAt(properties, 'properties'), 'azureml.jobName') === runId) return true;
  const uri = stringAt(properties, 'modelUri') ?? stringAt(properties, 'dataUri') ?? '';
  return uri.includes(`/jobs/${runId}/`) || uri.includes(`/dcid.${runId}/`) || uri.startsWith(`runs:/${runId}/`);
}
