// advance: the work item of a job. One server at a time holds it; it runs through the phases from wherever the job is, and
// holds on while the command runs. A server that dies lets the lease run out, and the next one takes the job up again.
//   queued > preparing > starting > running > finalizing > ended        running > queued (runner lost)

import type { Context } from '#kernel/context.ts';
import { isKeyUnavailable } from '#kernel/customer-key.ts';
import { type Fault, isFault, toFault } from '#kernel/faults.ts';
import { findJobByNo, getAttempt, type JobRecord } from '#storage/job-store.ts';
import { getRun } from '#storage/run-store.ts';
import { defineWork, type WorkKind, type WorkResult } from '#work/define-work.ts';
import { type AttemptSession, openSession } from './attempt-session.ts';
import type { JobEngineDeps } from '../engine-deps.ts';
import { parseHandle } from './handle.ts';
import type { InputCache } from '../files/input-cache.ts';
import type { LiveJobs } from './live-jobs.ts';
import { endJob, finalize, prepare, start, watch } from './phases.ts';
import { schedule } from '../scheduler.ts';
import { ADVANCE } from './work-kinds.ts';

/** How long a job whose workspace's key is gone waits before it is tried again. */
const LOCKED_AGAIN_MS = 15_000;

export function advanceWork(deps: JobEngineDeps, live: LiveJobs, cache: InputCache): WorkKind {
  const { database } = deps;
  return defineWork({
    kind: ADVANCE,
    leaseMs: 10_000,
    async run(ctx, payload) {
      try {
        return await advance(ctx, deps, live, cache, String(payload['jobNo']));
      } catch (error) {
        // Why not as a failure: the job goes on as soon as the key of its workspace is back.
        if (!isKeyUnavailable(error)) throw error;
        return { againAfterMs: LOCKED_AGAIN_MS };
      }
    },
    async onGiveUp(ctx, payload, error) {
      const job = await findJobByNo(database.sql, String(payload['jobNo']));
      if (job === undefined || job.phase === 'ended') return;
      if (job.attempt > 0) {
        const { handles } = await getAttempt(database.sql, job.no, job.attempt);
        for (const handle of handles ?? []) await deps.driver.stop(parseHandle(handle)).catch(() => undefined);
      }
      const fault = toFault(error);
      await endJob(ctx, deps, job, { status: 'Failed', reason: { code: fault.code, message: `The job could not be brought forward in phase ${job.phase}: ${fault.message}` } });
    },
  });
}

async function advance(ctx: Context, deps: JobEngineDeps, live: LiveJobs, cache: InputCache, no: string): Promise<WorkResult> {
  const { database } = deps;
  for (let job = await findJobByNo(database.sql, no); job !== undefined && job.phase !== 'ended'; job = await findJobByNo(database.sql, no)) {
    ctx.signal().throwIfAborted();
    if (job.phase !== 'queued') {
      await runAttempt(ctx, deps, live, cache, job);
      continue;
    }
    if (job.isCancelRequested) {
      await endCanceled(ctx, deps, undefined, job);
      continue;
    }
    const { computeKey } = job;
    await database.transaction((tx) => schedule(tx, ctx, computeKey, deps.host));
    // It waits: whoever frees a node enqueues this item again.
    if ((await findJobByNo(database.sql, no))?.phase === 'queued') return 'done';
  }
  return 'done';
}

/** Takes the current attempt to its end, or throws to be run again. */
async function runAttempt(ctx: Context, deps: JobEngineDeps, live: LiveJobs, cache: InputCache, record: JobRecord): Promise<void> {
  const { canceled, release } = await live.hold(record);
  let session: AttemptSession | undefined;
  try {
    session = await openSession(ctx, deps, record, AbortSignal.any([ctx.signal(), canceled]));
    for (let job: JobRecord | undefined = record; job !== undefined && job.attempt === record.attempt; job = await findJobByNo(deps.database.sql, record.no)) {
      if (job.phase === 'queued' || job.phase === 'ended') return;
      const attempt = await getAttempt(deps.database.sql, job.no, job.attempt);
      session = { ...session, job: { ...session.job, job, attempt } };
      switch (job.phase) {
        case 'preparing':
          if (job.isCancelRequested) await endCanceled(ctx, deps, session, job);
          else await prepare(session, cache);
          break;
        case 'starting':
          await start(session);
          break;
        case 'running':
          await watch(session, canceled);
          break;
        case 'finalizing':
          await finalize(session);
          break;
      }
    }
  } catch (error) {
    await endOrRethrow(ctx, deps, session, record, error, canceled.aborted);
  } finally {
    session?.close();
    release();
  }
}

/** A canceled or impossible job ends; anything else is for the next try. */
async function endOrRethrow(ctx: Context, deps: JobEngineDeps, session: AttemptSession | undefined, record: JobRecord, error: unknown, isCanceled: boolean): Promise<void> {
  if (ctx.signal().aborted) throw error;
  const job = await findJobByNo(deps.database.sql, record.no);
  if (job === undefined || job.phase === 'ended') return;
  if (isCanceled && job.phase === 'preparing') return endCanceled(ctx, deps, session, job);
  if (!isFinal(error) || isKeyUnavailable(error) || job.phase === 'running') throw error;
  session?.job.line(`failed: ${error.message}`);
  await session?.flushLogs();
  await endJob(ctx, deps, job, { status: 'Failed', reason: { code: error.code, message: error.message, ...(error.target === undefined ? {} : { target: error.target }) } });
}

async function endCanceled(ctx: Context, deps: JobEngineDeps, session: AttemptSession | undefined, job: JobRecord): Promise<void> {
  session?.job.line('canceled before the command was started');
  await session?.flushLogs();
  const run = await getRun(deps.database.sql, job.workspaceKey, job.name);
  await endJob(ctx, deps, job, { status: 'Canceled', reason: run.statusReason });
}

/** True for what will fail again however often it is tried. */
function isFinal(error: unknown): error is Fault {
  if (!isFault(error)) return false;
  return error.code === 'EnvironmentBuildFailed' || !['internal', 'unavailable', 'throttled', 'locked'].includes(error.kind);
}
