// cancel: asks a job to end. The flag and the status are written at once; the server that runs the job learns of it by the
// event of the status and stops what it is doing, whatever that is.

import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { JobStatus } from '#kernel/job-status.ts';
import type { Tx } from '#storage/database.ts';
import { type JobRecord, lockJob, markCancelRequested } from '#storage/job-store.ts';
import { type RunRecord, transitionRun } from '#storage/run-store.ts';
import { enqueueWork } from '#storage/work-store.ts';
import { ADVANCE } from './phases/work-kinds.ts';

/** Azure: a job that is finalizing can no longer be canceled. */
const CANCELABLE: readonly JobStatus[] = ['NotStarted', 'Queued', 'Provisioning', 'Preparing', 'Starting', 'Running', 'NotResponding'];

/** Undefined when the job has ended, is finalizing, or is being canceled already. The caller holds the lock of the compute. */
export async function cancelJob(tx: Tx, ctx: Context, job: JobRecord, reason: JsonObject): Promise<RunRecord | undefined> {
  await lockJob(tx, job.no);
  const run = await transitionRun(tx, job.workspaceKey, job.name, CANCELABLE, { to: 'CancelRequested', reason });
  if (run === undefined) return undefined;
  await markCancelRequested(tx, job.no);
  await enqueueWork(tx, { kind: ADVANCE, payload: { jobNo: job.no, workspaceKey: job.workspaceKey }, dedupeKey: job.no, correlationId: ctx.correlationId });
  return run;
}
