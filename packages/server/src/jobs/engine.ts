// JobEngine: submit, cancel, describe; and the work items that carry jobs to their end.
// Source: design/architecture.md §6; contracts/azureml-jobs.md §1-5.

import { powerScheduleWork } from './power-schedules.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from '#storage/database.ts';
import { findClusters, lockCluster } from '#storage/compute-store.ts';
import { deleteJob, findJob, findJobs, insertJob, listAttempts, markJobDeleted, releaseJobWork } from '#storage/job-store.ts';
import { ensureExperiment, findRuns, getRun, insertRun, type RunRecord } from '#storage/run-store.ts';
import { type Principal, systemPrincipal } from '#kernel/principal.ts';
import type { WorkKind } from '#work/define-work.ts';
import { advanceWork } from './phases/advance.ts';
import { cancelJob } from './cancel.ts';
import { parseCommandJob } from './command-job.ts';
import { checkFits, type Computes, computeWork, createComputes } from './computes.ts';
import { type DataPlace, findPlaceFor, outputUri } from './files/data-place.ts';
import type { JobEngineDeps } from './engine-deps.ts';
import { createInputCache } from './files/input-cache.ts';
import { formatPrincipal, formatScope } from './phases/job-context.ts';
import { createLiveJobs } from './phases/live-jobs.ts';
import { pruneWork } from './phases/prune.ts';
import { schedule, SERVERLESS_KEY } from './scheduler.ts';
import { ADVANCE, hastenPrune } from './phases/work-kinds.ts';

export interface Submission {
  readonly workspaceKey: string;
  readonly jobName: string;
  /** `properties` of the job resource. */
  readonly definition: JsonObject;
  readonly workspace: { readonly subscriptionId: string; readonly resourceGroup: string; readonly workspaceName: string; readonly workspaceId: string };
  readonly parentRunId?: string;
  /** The workspace whose computes are this one's too. */
  readonly hubKey?: string;
}

/** What a page of jobs shows beside the definitions. */
export interface JobState {
  readonly run: RunRecord;
  readonly attempts: readonly { readonly number: number; readonly startedAt: Date | null; readonly endedAt: Date | null }[];
}

export interface JobEngine {
  /** Takes the job in, in the transaction of its resource. Throws the faults of `parseCommandJob` and `checkFits`. */
  submit(tx: Tx, ctx: Context, submission: Submission): Promise<RunRecord>;
  /** Asks the job to end. Idempotent; a job that has ended or is finalizing is answered as it is. Throws `notFound`. */
  requestCancel(tx: Tx, ctx: Context, workspaceKey: string, jobName: string): Promise<RunRecord>;
  /** The resource of the job goes: a job that has not ended is canceled first. Idempotent. */
  remove(tx: Tx, ctx: Context, workspaceKey: string, jobName: string): Promise<void>;
  /** States of a page of jobs in three queries, by name. */
  describeJobs(db: Sql, workspaceKey: string, names: readonly string[]): Promise<ReadonlyMap<string, JobState>>;
  /** Where the declared outputs of a job go, by name, with `default` for its artifacts. */
  outputUris(workspaceKey: string, jobName: string, definition: JsonObject): Promise<ReadonlyMap<string, string>>;
  /** Where the files behind a reference are, as a job of this principal would read them. Throws as `findPlaceFor` does. */
  locate(principal: Principal, workspaceKey: string, reference: string): Promise<DataPlace>;
  readonly computes: Computes;
  readonly work: readonly WorkKind[];
  /** Call once before the worker starts: takes over what an earlier server on this data folder held, and listens for cancels. */
  recover(): Promise<void>;
  close(): void;
}

const ARTIFACT_DATASTORE = 'workspaceartifactstore';

export function createJobEngine(deps: JobEngineDeps): JobEngine {
  const { database } = deps;
  const live = createLiveJobs(database);
  const cache = createInputCache(`${deps.dir}/input-cache`, deps.sealed);
  const computes = createComputes(deps);

  return {
    async submit(tx, ctx, { workspaceKey, jobName, definition, workspace, parentRunId, hubKey }) {
      const command = parseCommandJob(definition);
      const named = computeKeyOf(command.computeId);
      checkOwnCompute([workspaceKey, ...(hubKey === undefined ? [] : [hubKey])], named);
      const computeKey = await ownOrShared(tx, named, workspaceKey, hubKey);
      await checkFits(tx, computeKey, command.nodeCount);
      const experimentId = await ensureExperiment(tx, workspaceKey, command.experimentName);
      await insertRun(tx, {
        workspaceKey,
        runId: jobName,
        experimentId,
        displayName: command.displayName ?? jobName,
        status: 'NotStarted',
        owner: 'job',
        userId: ctx.principal.objectId,
        userName: ctx.principal.displayName,
        ...(parentRunId === undefined ? {} : { parentRunId }),
      });
      await insertJob(tx, {
        workspaceKey,
        name: jobName,
        definition,
        submitter: formatPrincipal(ctx.principal),
        scope: formatScope({ ...workspace, experimentId, experimentName: command.experimentName }),
        computeKey,
        nodeCount: command.nodeCount,
        queuedAt: new Date(ctx.clock.now()),
      });
      await schedule(tx, ctx, computeKey, deps.host);
      return getRun(tx, workspaceKey, jobName);
    },

    async requestCancel(tx, ctx, workspaceKey, jobName) {
      const job = await findJob(tx, workspaceKey, jobName);
      if (job === undefined) throw new Fault('notFound', 'JobNotFound', `There is no job ${jobName} in this workspace.`);
      await lockCluster(tx, job.computeKey);
      const message = `Canceled by ${ctx.principal.displayName}.`;
      return (await cancelJob(tx, ctx, job, { code: 'CanceledByUser', message })) ?? getRun(tx, workspaceKey, jobName);
    },

    async remove(tx, ctx, workspaceKey, jobName) {
      const job = await findJob(tx, workspaceKey, jobName);
      if (job === undefined) return;
      await lockCluster(tx, job.computeKey);
      await markJobDeleted(tx, job.no);
      await cancelJob(tx, ctx, job, { code: 'JobDeleted', message: 'The job was deleted.' });
      await deleteJob(tx, job.no);
      await hastenPrune(tx, ctx.correlationId);
    },

    async describeJobs(db, workspaceKey, names) {
      const [runs, jobs] = await Promise.all([findRuns(db, workspaceKey, names), findJobs(db, workspaceKey, names)]);
      const attempts = Map.groupBy(
        await listAttempts(
          db,
          jobs.map((job) => job.no),
        ),
        (attempt) => attempt.jobNo,
      );
      const states = new Map<string, JobState>();
      for (const job of jobs) {
        const run = runs.get(job.name);
        if (run !== undefined) states.set(job.name, { run, attempts: (attempts.get(job.no) ?? []).map(({ number, startedAt, endedAt }) => ({ number, startedAt, endedAt })) });
      }
      return states;
    },

    async outputUris(workspaceKey, jobName, definition) {
      const uris = new Map([['default', `azureml://datastores/${ARTIFACT_DATASTORE}/ExperimentRun/dcid.${jobName}`]]);
      for (const [name, output] of parseCommandJob(definition).outputs) uris.set(name, await outputUri(deps, workspaceKey, jobName, name, output));
      return uris;
    },

    locate: (principal, workspaceKey, reference) => findPlaceFor(deps, { workspaceKey, principal }, { reference, target: 'reference', act: 'read' }),

    computes,
    work: [advanceWork(deps, live, cache), ...computeWork(deps), powerScheduleWork(database, computes), pruneWork(deps, cache)],

    async recover() {
      const ctx: Context = { principal: systemPrincipal, correlationId: 'start', log: deps.log, clock: deps.clock, signal: () => new AbortController().signal };
      await live.start();
      await database.transaction(async (tx) => {
        await releaseJobWork(tx, ADVANCE, deps.host);
        await computes.putCompute(tx, ctx, SERVERLESS_KEY, 'serverless', { min: deps.serverlessNodes, max: deps.serverlessNodes, idleSeconds: 0 });
        await hastenPrune(tx, ctx.correlationId);
      });
    },
    close: () => live.stop(),
  };
}

/** Why: who may submit here need not be allowed to use the computes of another workspace. */
function checkOwnCompute(workspaceKeys: readonly string[], computeKey: string): void {
  if (computeKey === SERVERLESS_KEY || !computeKey.includes('/workspaces/') || workspaceKeys.some((key) => computeKey.startsWith(`${key.toLowerCase()}/computes/`))) return;
  throw new Fault('invalid', 'ComputeOutsideWorkspace', `The compute ${computeKey} is in another workspace; a job runs on computes of its own, or without one.`, { target: 'properties.computeId' });
}

/** Azure: clients name a hub's compute as if it were the project's. */
async function ownOrShared(tx: Tx, computeKey: string, workspaceKey: string, hubKey: string | undefined): Promise<string> {
  const own = `${workspaceKey.toLowerCase()}/computes/`;
  if (hubKey === undefined || !computeKey.startsWith(own) || (await findClusters(tx, [computeKey])).length > 0) return computeKey;
  return `${hubKey.toLowerCase()}/computes/${computeKey.slice(own.length)}`;
}

/** Azure: `serverless`, or no compute at all, means the service chooses. */
function computeKeyOf(computeId: string | undefined): string {
  const id = (computeId ?? '')
    .replace(/^azureml:/i, '')
    .replace(/\/+$/, '')
    .toLowerCase();
  return id === '' || /(^|\/)(serverless|local)$/.test(id) ? SERVERLESS_KEY : id;
}
