// run-store: experiments and runs. A run is a job: one record under MLflow, the job API and the studio.

import { randomUUID } from 'node:crypto';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import { type JobStatus, jobStates } from '#kernel/job-status.ts';
import { checkTransition, isTerminal } from '#kernel/state-machine.ts';
import { type Selectable, sql } from 'kysely';
import type { Sql, Tx } from './database.ts';
import { isClosed } from './hidden/hiding.ts';
import { hideRow } from './hidden/marks.ts';
import type { RunsTable } from './tables/tracking.ts';
import { publishEvent } from './notify.ts';

export interface RunRecord {
  /** Surrogate key of the tables below a run. */
  readonly id: string;
  readonly workspaceKey: string;
  readonly runId: string;
  readonly experimentId: string;
  readonly displayName: string;
  readonly status: JobStatus;
  readonly owner: 'job' | 'client';
  readonly parentRunId: string | null;
  readonly userId: string;
  readonly userName: string;
  readonly lifecycle: 'active' | 'deleted';
  readonly statusReason: JsonObject | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** Submission for a job, what the client said for its own run. */
  readonly startTime: Date;
}

export interface NewRun {
  readonly workspaceKey: string;
  readonly runId: string;
  readonly experimentId: string;
  readonly displayName: string;
  readonly status: JobStatus;
  readonly owner: 'job' | 'client';
  readonly parentRunId?: string;
  readonly userId: string;
  readonly userName: string;
  readonly startedAt?: Date;
}

export function runFromRow(row: Selectable<RunsTable>): RunRecord {
  const open = {
    id: row.id,
    workspaceKey: row.workspace_key,
    runId: row.run_id,
    experimentId: row.experiment_id,
    status: row.status,
    owner: row.owner,
    parentRunId: row.parent_run_id,
    userId: row.user_id,
    userName: row.user_name,
    lifecycle: row.lifecycle,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    startTime: row.start_time,
  };
  if (!isClosed(row)) return { ...open, displayName: row.display_name, statusReason: row.status_reason };
  return {
    ...open,
    // Why: a run whose workspace's key is gone is still ended, moved and deleted.
    get displayName() {
      return row.display_name;
    },
    get statusReason() {
      return row.status_reason;
    },
  };
}

/** The id of the workspace's experiment of that name, made (or brought back from deletion) when missing. */
export async function ensureExperiment(tx: Tx, workspaceKey: string, name: string): Promise<string> {
  const hide = hideRow('experiment', workspaceKey, { name, artifact_location: null, tags: '{}' });
  const row = await tx
    .insertInto('experiments')
    .values({ id: randomUUID(), workspace_key: workspaceKey, name: hide.column('name'), artifact_location: null, lifecycle: 'active', tags: '{}', sealed_content: hide.sealed })
    .onConflict((conflict) => conflict.columns(['workspace_key', 'name']).doUpdateSet({ lifecycle: 'active' }))
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Adds a run. Throws `conflict`/`RunAlreadyExists` for a taken id. */
export async function insertRun(tx: Tx, run: NewRun): Promise<RunRecord> {
  const row = await tx
    .insertInto('runs')
    .values({
      workspace_key: run.workspaceKey,
      run_id: run.runId,
      experiment_id: run.experimentId,
      ...nameColumns(run.workspaceKey, run.displayName),
      status: run.status,
      owner: run.owner,
      parent_run_id: run.parentRunId ?? null,
      user_id: run.userId,
      user_name: run.userName,
      lifecycle: 'active',
      status_reason: 'null',
      started_at: run.startedAt ?? null,
      ended_at: null,
    })
    .onConflict((conflict) => conflict.columns(['workspace_key', 'run_id']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new Fault('conflict', 'RunAlreadyExists', `A run named ${run.runId} exists in this workspace already; choose another name.`);
  await publishEvent(tx, { topic: 'job', key: run.workspaceKey });
  return runFromRow(row);
}

export async function findRun(db: Sql, workspaceKey: string, runId: string): Promise<RunRecord | undefined> {
  const row = await db.selectFrom('runs').selectAll().where('workspace_key', '=', workspaceKey).where('run_id', '=', runId).executeTakeFirst();
  return row === undefined ? undefined : runFromRow(row);
}

/** Throws `notFound`/`RunNotFound`. */
export async function getRun(db: Sql, workspaceKey: string, runId: string): Promise<RunRecord> {
  const run = await findRun(db, workspaceKey, runId);
  if (run === undefined) throw new Fault('notFound', 'RunNotFound', `There is no run ${runId} in this workspace.`);
  return run;
}

/** Reads the run and locks it until the end of the transaction. */
export async function lockRun(tx: Tx, workspaceKey: string, runId: string): Promise<RunRecord | undefined> {
  const row = await tx.selectFrom('runs').selectAll().where('workspace_key', '=', workspaceKey).where('run_id', '=', runId).forUpdate().executeTakeFirst();
  return row === undefined ? undefined : runFromRow(row);
}

/** The runs of these ids in one query, by id. For pages of jobs. */
export async function findRuns(db: Sql, workspaceKey: string, runIds: readonly string[]): Promise<ReadonlyMap<string, RunRecord>> {
  if (runIds.length === 0) return new Map();
  const rows = await db.selectFrom('runs').selectAll().where('workspace_key', '=', workspaceKey).where('run_id', 'in', runIds).execute();
  return new Map(rows.map((row) => [row.run_id, runFromRow(row)]));
}

export interface Transition {
  readonly to: JobStatus;
  /** `{code, message}`: why it waits or failed. null clears it. */
  readonly reason?: JsonObject | null;
}

/**
 * The one writer of a job's status: locks the run, checks the arrow in the table of job states, writes status and times.
 * Returns undefined, and writes nothing, when the run is not in one of `from` any more (somebody else was faster).
 */
export async function transitionRun(tx: Tx, workspaceKey: string, runId: string, from: readonly JobStatus[], transition: Transition): Promise<RunRecord | undefined> {
  const current = await tx.selectFrom('runs').selectAll().where('workspace_key', '=', workspaceKey).where('run_id', '=', runId).forUpdate().executeTakeFirst();
  if (current === undefined || !from.includes(current.status)) return undefined;
  if (current.status !== transition.to) checkTransition(jobStates, current.status, transition.to);
  const isEnding = isTerminal(jobStates, transition.to);
  const row = await tx
    .updateTable('runs')
    .set({
      status: transition.to,
      ...(transition.reason === undefined ? {} : reasonColumns(workspaceKey, transition.reason)),
      ...(transition.to === 'Running' && current.started_at === null ? { started_at: new Date() } : {}),
      ...(isEnding ? { ended_at: new Date() } : {}),
    })
    .where('id', '=', current.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await publishEvent(tx, { topic: 'job', key: `${workspaceKey}/jobs/${runId}` });
  return runFromRow(row);
}

function reasonColumns(workspaceKey: string, reason: JsonObject | null) {
  if (reason === null) return { status_reason: 'null', sealed_reason: null };
  // Why words are lost rather than the write: jobs end and are deleted also when their workspace's key is gone.
  const hide = hideRow('reason', workspaceKey, { status_reason: JSON.stringify(reason) }, { isLostWithKey: true });
  return { status_reason: hide.column('status_reason'), sealed_reason: hide.sealed };
}

function nameColumns(workspaceKey: string, displayName: string) {
  const hide = hideRow('run', workspaceKey, { display_name: displayName });
  return { display_name: hide.column('display_name'), sealed_name: hide.sealed };
}

export interface ClientRunUpdate {
  readonly status?: JobStatus;
  readonly startedAt?: Date;
  /** null while it runs again. */
  readonly endedAt?: Date | null;
  readonly displayName?: string;
  readonly parentRunId?: string | null;
}

/** Writes what a client says of a run. The caller keeps status and times of runs that the job engine owns out of it. */
export async function updateClientRun(tx: Tx, run: RunRecord, update: ClientRunUpdate): Promise<RunRecord> {
  const change = {
    ...(update.status === undefined ? {} : { status: update.status }),
    ...(update.startedAt === undefined ? {} : { started_at: update.startedAt }),
    ...(update.endedAt === undefined ? {} : { ended_at: update.endedAt }),
    ...(update.displayName === undefined ? {} : nameColumns(run.workspaceKey, update.displayName)),
    ...(update.parentRunId === undefined ? {} : { parent_run_id: update.parentRunId }),
  };
  if (Object.keys(change).length === 0) return run;
  const row = await tx.updateTable('runs').set(change).where('id', '=', run.id).returningAll().executeTakeFirstOrThrow();
  await publishEvent(tx, { topic: 'job', key: `${run.workspaceKey}/jobs/${run.runId}` });
  return runFromRow(row);
}

export async function setRunLifecycle(tx: Tx, run: RunRecord, lifecycle: 'active' | 'deleted'): Promise<void> {
  await tx.updateTable('runs').set({ lifecycle }).where('id', '=', run.id).execute();
  await publishEvent(tx, { topic: 'job', key: `${run.workspaceKey}/jobs/${run.runId}` });
}

/** True when the run is `ancestorId` or descends from it through parents. */
export async function isRunWithin(db: Sql, workspaceKey: string, runId: string, ancestorId: string): Promise<boolean> {
  if (runId === ancestorId) return true;
  const rows = await sql<{ readonly found: boolean }>`
    with recursive line (run_id, parent_run_id) as (
      select run_id, parent_run_id from runs where workspace_key = ${workspaceKey} and run_id = ${runId}
      union
      select r.run_id, r.parent_run_id from runs r join line on r.run_id = line.parent_run_id where r.workspace_key = ${workspaceKey}
    )
    select exists (select 1 from line where run_id = ${ancestorId}) as found`.execute(db);
  return rows.rows[0]?.found === true;
}

/** Runs whose parent is `parentRunId`, oldest first, behind the run with surrogate key `afterId`. */
export async function listChildRuns(db: Sql, workspaceKey: string, parentRunId: string, page: { readonly limit: number; readonly afterId?: string }): Promise<readonly RunRecord[]> {
  let query = db.selectFrom('runs').selectAll().where('workspace_key', '=', workspaceKey).where('parent_run_id', '=', parentRunId);
  if (page.afterId !== undefined) query = query.where('id', '>', page.afterId);
  return (await query.orderBy('id').limit(page.limit).execute()).map(runFromRow);
}
