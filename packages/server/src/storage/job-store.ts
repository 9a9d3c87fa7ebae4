// job-store: the SQL of the job engine: jobs in their phases and their attempts. Status itself is in run-store.

import { type Selectable, sql } from 'kysely';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import { isClosed } from './hidden/hiding.ts';
import { hideRow } from './hidden/marks.ts';
import type { EngineJobsTable, JobAttemptsTable, JobPhase } from './tables/jobs.ts';

export type { JobPhase } from './tables/jobs.ts';

export interface JobRecord {
  /** Order of submission. */
  readonly no: string;
  readonly workspaceKey: string;
  readonly name: string;
  readonly definition: JsonObject;
  readonly submitter: JsonObject;
  readonly scope: JsonObject;
  readonly computeKey: string;
  readonly nodeCount: number;
  readonly phase: JobPhase;
  readonly attempt: number;
  readonly isCancelRequested: boolean;
  readonly isDeleted: boolean;
  readonly queuedAt: Date;
  readonly endedAt: Date | null;
}

export interface AttemptRecord {
  readonly id: string;
  readonly jobNo: string;
  readonly number: number;
  readonly host: string;
  readonly handles: readonly JsonObject[] | null;
  readonly ends: readonly JsonObject[] | null;
  readonly logBases: JsonObject;
  readonly createdAt: Date;
  readonly preparedAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

function jobFromRow(row: Selectable<EngineJobsTable>): JobRecord {
  const open = {
    no: row.no,
    workspaceKey: row.workspace_key,
    name: row.name,
    submitter: row.submitter,
    computeKey: row.compute_key,
    nodeCount: row.node_count,
    phase: row.phase,
    attempt: row.attempt,
    isCancelRequested: row.cancel_requested,
    isDeleted: row.is_deleted,
    queuedAt: row.queued_at,
    endedAt: row.ended_at,
  };
  if (!isClosed(row)) return { ...open, definition: row.definition, scope: row.scope };
  return {
    ...open,
    // Why: the queue moves on past a job whose workspace's key is gone.
    get definition() {
      return row.definition;
    },
    get scope() {
      return row.scope;
    },
  };
}

function attemptFromRow(row: Selectable<JobAttemptsTable>): AttemptRecord {
  return {
    id: row.id,
    jobNo: row.job_no,
    number: row.number,
    host: row.host,
    handles: row.handles,
    ends: row.ends,
    logBases: row.log_bases,
    createdAt: row.created_at,
    preparedAt: row.prepared_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}

export interface NewJob {
  readonly workspaceKey: string;
  readonly name: string;
  readonly definition: JsonObject;
  readonly submitter: JsonObject;
  readonly scope: JsonObject;
  readonly computeKey: string;
  readonly nodeCount: number;
  readonly queuedAt: Date;
}

/** Adds a queued job. Throws `conflict`/`JobAlreadyExists` for a taken name. */
export async function insertJob(tx: Tx, job: NewJob): Promise<JobRecord> {
  const hide = hideRow('job', job.workspaceKey, { definition: JSON.stringify(job.definition), scope: JSON.stringify(job.scope) });
  const row = await tx
    .insertInto('jobs')
    .values({
      workspace_key: job.workspaceKey,
      name: job.name,
      definition: hide.column('definition'),
      submitter: JSON.stringify(job.submitter),
      scope: hide.column('scope'),
      sealed_content: hide.sealed,
      compute_key: job.computeKey,
      node_count: job.nodeCount,
      phase: 'queued',
      queued_at: job.queuedAt,
      ended_at: null,
    })
    .onConflict((conflict) => conflict.columns(['workspace_key', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new Fault('conflict', 'JobAlreadyExists', `A job named ${job.name} exists in this workspace already; choose another name.`, { target: 'name' });
  return jobFromRow(row);
}

export async function findJob(db: Sql, workspaceKey: string, name: string): Promise<JobRecord | undefined> {
  const row = await db.selectFrom('jobs').selectAll().where('workspace_key', '=', workspaceKey).where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : jobFromRow(row);
}

export async function findJobs(db: Sql, workspaceKey: string, names: readonly string[]): Promise<readonly JobRecord[]> {
  if (names.length === 0) return [];
  return (await db.selectFrom('jobs').selectAll().where('workspace_key', '=', workspaceKey).where('name', 'in', names).execute()).map(jobFromRow);
}

export async function findJobByNo(db: Sql, no: string): Promise<JobRecord | undefined> {
  const row = await db.selectFrom('jobs').selectAll().where('no', '=', no).executeTakeFirst();
  return row === undefined ? undefined : jobFromRow(row);
}

/** The head of a compute's queue, in order. */
export async function listQueuedJobs(db: Sql, computeKey: string, limit: number): Promise<readonly JobRecord[]> {
  const rows = await db.selectFrom('jobs').selectAll().where('compute_key', '=', computeKey).where('phase', '=', 'queued').orderBy('no').limit(limit).execute();
  return rows.map(jobFromRow);
}

/** Jobs that have not ended, of one compute or of all. */
export async function listUnfinishedJobs(db: Sql, computeKey?: string): Promise<readonly JobRecord[]> {
  let query = db.selectFrom('jobs').selectAll().where('phase', '<>', 'ended').orderBy('no');
  if (computeKey !== undefined) query = query.where('compute_key', '=', computeKey);
  return (await query.execute()).map(jobFromRow);
}

/** Moves the job on when it still is in phase `from` and attempt `attempt`. False when somebody else was faster. */
export async function moveJob(tx: Tx, job: JobRecord, to: JobPhase, changes: { readonly attempt?: number; readonly queuedAt?: Date; readonly endedAt?: Date } = {}): Promise<boolean> {
  const result = await tx
    .updateTable('jobs')
    .set({
      phase: to,
      ...(changes.attempt === undefined ? {} : { attempt: changes.attempt }),
      ...(changes.queuedAt === undefined ? {} : { queued_at: changes.queuedAt }),
      ...(changes.endedAt === undefined ? {} : { ended_at: changes.endedAt }),
    })
    .where('no', '=', job.no)
    .where('phase', '=', job.phase)
    .where('attempt', '=', job.attempt)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Why: phases write the job before its run; who writes the run first takes this lock before, so that none waits for the other. */
export async function lockJob(tx: Tx, no: string): Promise<void> {
  await tx.selectFrom('jobs').select('no').where('no', '=', no).forUpdate().execute();
}

export async function markCancelRequested(tx: Tx, no: string): Promise<void> {
  await tx.updateTable('jobs').set({ cancel_requested: true }).where('no', '=', no).execute();
}

export async function markJobDeleted(tx: Tx, no: string): Promise<void> {
  await tx.updateTable('jobs').set({ is_deleted: true }).where('no', '=', no).execute();
}

/** Removes an ended job and its attempts; their folders go with the next pruning. */
export async function deleteJob(tx: Tx, no: string): Promise<void> {
  await tx.deleteFrom('jobs').where('no', '=', no).where('phase', '=', 'ended').execute();
}

export async function insertAttempt(tx: Tx, attempt: { readonly jobNo: string; readonly number: number; readonly host: string; readonly createdAt: Date }): Promise<void> {
  await tx
    .insertInto('job_attempts')
    .values({
      job_no: attempt.jobNo,
      number: attempt.number,
      host: attempt.host,
      handles: null,
      ends: null,
      log_bases: '{}',
      created_at: attempt.createdAt,
      prepared_at: null,
      started_at: null,
      ended_at: null,
    })
    .execute();
}

/** Throws `notFound`/`AttemptNotFound`. */
export async function getAttempt(db: Sql, jobNo: string, number: number): Promise<AttemptRecord> {
  const row = await db.selectFrom('job_attempts').selectAll().where('job_no', '=', jobNo).where('number', '=', number).executeTakeFirst();
  if (row === undefined) throw new Fault('notFound', 'AttemptNotFound', `Job ${jobNo} has no attempt ${number}.`);
  return attemptFromRow(row);
}

export async function listAttempts(db: Sql, jobNos: readonly string[]): Promise<readonly AttemptRecord[]> {
  if (jobNos.length === 0) return [];
  return (await db.selectFrom('job_attempts').selectAll().where('job_no', 'in', jobNos).orderBy('number').execute()).map(attemptFromRow);
}

export interface AttemptFacts {
  readonly handles?: readonly JsonObject[];
  readonly ends?: readonly JsonObject[];
  readonly logBases?: JsonObject;
  readonly preparedAt?: Date;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
}

export async function recordAttempt(tx: Tx, id: string, facts: AttemptFacts): Promise<void> {
  await tx
    .updateTable('job_attempts')
    .set({
      ...(facts.handles === undefined ? {} : { handles: JSON.stringify(facts.handles) }),
      ...(facts.ends === undefined ? {} : { ends: JSON.stringify(facts.ends) }),
      ...(facts.logBases === undefined ? {} : { log_bases: JSON.stringify(facts.logBases) }),
      ...(facts.preparedAt === undefined ? {} : { prepared_at: facts.preparedAt }),
      ...(facts.startedAt === undefined ? {} : { started_at: facts.startedAt }),
      ...(facts.endedAt === undefined ? {} : { ended_at: facts.endedAt }),
    })
    .where('id', '=', id)
    .execute();
}

/** Ids of the attempts of this host whose folders must stay: unfinished ones, and those that ended after `since`. */
export async function listLiveAttemptIds(db: Sql, host: string, since: Date): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('job_attempts as a')
    .innerJoin('jobs as j', 'j.no', 'a.job_no')
    .select('a.id')
    .where('a.host', '=', host)
    .where((where) => where.or([where('j.phase', '<>', 'ended'), where('j.ended_at', '>', since)]))
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** Makes the items of this host's unfinished jobs due at once: their owner, an earlier server on this data folder, is gone. */
export async function releaseJobWork(tx: Tx, kind: string, host: string): Promise<void> {
  await sql`update work_items set state = 'ready', run_at = now(), lease_owner = null, lease_until = null, attempts = 0
    where kind = ${kind} and state = 'running' and dedupe_key in (
      select j.no::text from jobs j left join job_attempts a on a.job_no = j.no and a.number = j.attempt
      where j.phase <> 'ended' and (a.host is null or a.host = ${host}))`.execute(tx);
}
