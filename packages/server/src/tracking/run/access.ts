// What the token of a job may write: its own run, and runs that descend from it.
// Source: contracts/mlflow.md §16; kernel/principal.ts, jobKey.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Sql } from '#storage/database.ts';
import { isRunWithin } from '#storage/run-store.ts';

/** The run id of the job whose token the caller holds; undefined for other callers. Throws for a job of another workspace. */
export function ownRunOf(ctx: Context, workspaceKey: string): string | undefined {
  const { jobKey } = ctx.principal;
  if (jobKey === undefined) return undefined;
  const prefix = `${workspaceKey}/jobs/`;
  if (!jobKey.startsWith(prefix)) throw new Fault('forbidden', 'AuthorizationFailed', 'The token of a job acts only within the workspace of the job.');
  return jobKey.slice(prefix.length);
}

/** Throws `forbidden` when the caller is a job and the run is neither its own nor a descendant of it. */
export async function checkRunWrite(db: Sql, ctx: Context, workspaceKey: string, runId: string): Promise<void> {
  const own = ownRunOf(ctx, workspaceKey);
  if (own === undefined || (await isRunWithin(db, workspaceKey, runId, own))) return;
  throw new Fault('forbidden', 'AuthorizationFailed', `The token of job ${own} writes only to run ${own} and the runs nested in it, not to run ${runId}.`);
}

/** Throws `forbidden` for the token of a job. */
export function checkNotJob(ctx: Context, workspaceKey: string, act: string): void {
  const own = ownRunOf(ctx, workspaceKey);
  if (own !== undefined) throw new Fault('forbidden', 'AuthorizationFailed', `The token of job ${own} may not ${act}; use the identity of a person or a service principal.`);
}
