// Runs: made by clients here, or by the job engine. The engine owns the status of its own: what a client says about
// that is taken without effect. Source: contracts/mlflow.md §4, §6, §16.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import type { JobStatus } from '#kernel/job-status.ts';
import type { Page } from '#kernel/page.ts';
import type { Database, Sql, Tx } from '#storage/database.ts';
import type { Lifecycle } from '#storage/experiment-store.ts';
import { type KeyValue, upsertTags } from '#storage/run-data-store.ts';
import { type RunStatusWord, searchRuns } from '#storage/run-search-store.ts';
import { type ClientRunUpdate, findRun, insertRun, lockRun, type RunRecord, setRunLifecycle, updateClientRun } from '#storage/run-store.ts';
import { checkActive, type Experiments } from './experiments.ts';
import { doesNotExist, invalidParameter } from './faults.ts';
import { checkKey, checkLength, dateOf, LIMITS, truncate } from './limits.ts';
import { checkMaxResults, offsetOf, pageOf, type PageRequest } from './paging.ts';
import { checkRunWrite, ownRunOf } from './run/access.ts';
import { randomName } from './run/names.ts';
import { PARENT_TAG, RUN_NAME_TAG, type RunView, viewRuns } from './run-views.ts';
import type { RunDataKeys } from './ports.ts';
import { selectRuns } from './sealed/run-search.ts';
import { parseFilter, parseOrders } from './search-grammar.ts';
import { RUN_SEARCH } from './search-vocabulary.ts';

const STATUS_OF_WORD: Readonly<Record<RunStatusWord, JobStatus>> = { SCHEDULED: 'NotStarted', RUNNING: 'Running', FINISHED: 'Completed', FAILED: 'Failed', KILLED: 'Canceled' };

export interface NewRunRequest {
  readonly experimentId: string;
  readonly runName?: string;
  /** Milliseconds. */
  readonly startTime?: number;
  readonly tags: readonly KeyValue[];
}

export interface RunUpdate {
  readonly status?: RunStatusWord;
  /** Milliseconds. */
  readonly endTime?: number;
  readonly runName?: string;
}

export interface RunSearchRequest extends PageRequest {
  readonly experimentIds: readonly string[];
  readonly filter: string;
  readonly orderBy: readonly string[];
  readonly lifecycle: Lifecycle;
}

export interface Runs {
  create(ctx: Context, workspaceKey: string, request: NewRunRequest): Promise<RunView>;
  /** Deleted ones too. Throws `notFound`. */
  get(workspaceKey: string, runId: string): Promise<RunView>;
  update(ctx: Context, workspaceKey: string, runId: string, update: RunUpdate): Promise<RunView>;
  setLifecycle(ctx: Context, workspaceKey: string, runId: string, lifecycle: 'active' | 'deleted'): Promise<void>;
  search(workspaceKey: string, request: RunSearchRequest): Promise<Page<RunView>>;
  /** Throws unless the caller may write to the run's files: an active run, and for a job's token one of its own. */
  checkWrite(ctx: Context, workspaceKey: string, runId: string): Promise<void>;
}

export function createRuns(deps: { readonly database: Database; readonly experiments: Experiments; readonly keys: RunDataKeys }): Runs {
  const { database, experiments, keys } = deps;
  const db = database.sql;

  async function view(run: RunRecord): Promise<RunView> {
    const [seen] = await viewRuns(db, run.workspaceKey, [run]);
    if (seen === undefined) throw doesNotExist(`Run with id=${run.runId} not found`);
    return seen;
  }

  return {
    async create(ctx, workspaceKey, request) {
      const own = ownRunOf(ctx, workspaceKey);
      const tags = lastOfEachKey(request.tags);
      for (const tag of tags) checkKey('tag', tag.key, 'tags');
      const experiment = await experiments.get(workspaceKey, request.experimentId);
      checkActive(experiment);
      const given = tags.find((tag) => tag.key === RUN_NAME_TAG)?.value;
      if (given !== undefined && given !== '' && request.runName !== undefined && request.runName !== '' && given !== request.runName) {
        throw invalidParameter(`Both 'run_name' and tag 'mlflow.runName' are given, and differ: '${request.runName}' and '${given}'. Give one, or the same.`, 'run_name');
      }
      const displayName = request.runName || given || randomName();
      checkLength('A run name', displayName, LIMITS.runNameChars);
      // Why: a job's token writes only below its own run, so a run it makes becomes a child of that run.
      const parentRunId = tags.find((tag) => tag.key === PARENT_TAG)?.value ?? own;
      if (own !== undefined && parentRunId !== undefined) await checkRunWrite(db, ctx, workspaceKey, parentRunId);
      const run = await database.transaction(async (tx) => {
        const made = await insertRun(tx, {
          workspaceKey,
          runId: randomUUID(),
          experimentId: experiment.id,
          displayName,
          status: 'Running',
          owner: 'client',
          userId: ctx.principal.objectId,
          userName: ctx.principal.displayName,
          ...(parentRunId === undefined ? {} : { parentRunId }),
          startedAt: request.startTime === undefined ? new Date(ctx.clock.now()) : dateOf(request.startTime, 'start_time'),
        });
        await writeTags(tx, made, tags);
        return made;
      });
      return view(run);
    },

    async get(workspaceKey, runId) {
      return view(await getKnownRun(db, workspaceKey, runId));
    },

    async update(ctx, workspaceKey, runId, update) {
      const run = await writeToRun(database, ctx, workspaceKey, runId, async (tx, current) => {
        if (update.runName !== undefined) checkLength('A run name', update.runName, LIMITS.runNameChars);
        return updateClientRun(tx, current, { ...(update.runName ? { displayName: update.runName } : {}), ...(current.owner === 'client' ? statusChange(ctx, current, update) : {}) });
      });
      return view(run);
    },

    async setLifecycle(ctx, workspaceKey, runId, lifecycle) {
      const run = await getKnownRun(db, workspaceKey, runId);
      await checkRunWrite(db, ctx, workspaceKey, runId);
      if (run.lifecycle !== lifecycle) await database.transaction((tx) => setRunLifecycle(tx, run, lifecycle));
    },

    async search(workspaceKey, request) {
      const limit = checkMaxResults(request.maxResults, 50_000);
      const query = [request.filter, request.orderBy, request.lifecycle, request.experimentIds];
      const offset = offsetOf(request.pageToken, query);
      const conditions = parseFilter(request.filter, RUN_SEARCH);
      const orders = parseOrders(request.orderBy, RUN_SEARCH);
      const experimentIds = await experiments.canonicalIds(workspaceKey, request.experimentIds);
      const search = { workspaceKey, experimentIds, lifecycle: request.lifecycle, conditions, orders, offset, limit: limit + 1 };
      const rows = (await keys.isSealed(workspaceKey)) ? await selectRuns(db, search) : await searchRuns(db, search);
      const page = pageOf(rows, offset, limit, query);
      const items = await viewRuns(db, workspaceKey, page.items);
      return page.next === undefined ? { items } : { items, next: page.next };
    },

    async checkWrite(ctx, workspaceKey, runId) {
      const run = await getKnownRun(db, workspaceKey, runId);
      await checkRunWrite(db, ctx, workspaceKey, runId);
      checkRunActive(run);
    },
  };
}

function statusChange(ctx: Context, run: RunRecord, update: RunUpdate): ClientRunUpdate {
  const endedAt = update.endTime === undefined ? undefined : dateOf(update.endTime, 'end_time');
  if (update.status === undefined) return endedAt === undefined ? {} : { endedAt };
  const status = STATUS_OF_WORD[update.status];
  if (status === 'Running' || status === 'NotStarted') return { status, endedAt: null };
  return { status, endedAt: endedAt ?? run.endedAt ?? new Date(ctx.clock.now()) };
}

/** Throws `notFound` in MLflow's words. */
export async function getKnownRun(db: Sql, workspaceKey: string, runId: string): Promise<RunRecord> {
  const run = await findRun(db, workspaceKey, runId);
  if (run === undefined) throw doesNotExist(`Run with id=${runId} not found`);
  return run;
}

/**
 * Runs `write` in a transaction that holds the lock of an active run. Throws `notFound`, `invalid` for a deleted run,
 * `forbidden` for the token of another job.
 */
export async function writeToRun<T>(database: Database, ctx: Context, workspaceKey: string, runId: string, write: (tx: Tx, run: RunRecord) => Promise<T>): Promise<T> {
  return database.transaction(async (tx) => {
    const run = await lockRun(tx, workspaceKey, runId);
    if (run === undefined) throw doesNotExist(`Run with id=${runId} not found`);
    await checkRunWrite(tx, ctx, workspaceKey, runId);
    checkRunActive(run);
    return write(tx, run);
  });
}

/** Like writeToRun without the lock: for what is only added, so that writers of one run do not queue for each other. */
export async function addToRun<T>(database: Database, ctx: Context, workspaceKey: string, runId: string, write: (tx: Tx, run: RunRecord) => Promise<T>): Promise<T> {
  return database.transaction(async (tx) => {
    const run = await getKnownRun(tx, workspaceKey, runId);
    await checkRunWrite(tx, ctx, workspaceKey, runId);
    checkRunActive(run);
    return write(tx, run);
  });
}

export function checkRunActive(run: RunRecord): void {
  if (run.lifecycle === 'active') return;
  throw invalidParameter(`The run ${run.runId} must be in the 'active' state. Current state is deleted.`);
}

/** Stores tags; those that are columns of the run change the run. Keys must be distinct and checked. */
export async function writeTags(tx: Tx, run: RunRecord, tags: readonly KeyValue[]): Promise<void> {
  const name = tags.find((tag) => tag.key === RUN_NAME_TAG)?.value;
  const parent = tags.find((tag) => tag.key === PARENT_TAG)?.value;
  if ((name ?? run.displayName) !== run.displayName || (parent ?? run.parentRunId) !== run.parentRunId) {
    await updateClientRun(tx, run, { ...(name ? { displayName: name } : {}), ...(parent ? { parentRunId: parent } : {}) });
  }
  const stored = tags.filter((tag) => tag.key !== RUN_NAME_TAG && tag.key !== PARENT_TAG);
  await upsertTags(
    tx,
    run,
    stored.map((tag) => ({ key: tag.key, value: truncate(tag.value, LIMITS.runTagValueChars) })),
  );
}

/** One entry per key; the last one given wins. */
export function lastOfEachKey(tags: readonly KeyValue[]): readonly KeyValue[] {
  return [...new Map(tags.map((tag) => [tag.key, tag])).values()];
}
