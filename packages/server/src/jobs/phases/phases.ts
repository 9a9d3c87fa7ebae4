// Phases: what is done to a job in each phase, and the transaction that moves it on. Each is repeatable from its start.

import { mkdir } from 'node:fs/promises';
import type { Context } from '#kernel/context.ts';
import type { JobStatus } from '#kernel/job-status.ts';
import { lockCluster } from '#storage/compute-store.ts';
import { deleteJob, findJobByNo, getAttempt, type JobRecord, listAttempts, moveJob, recordAttempt } from '#storage/job-store.ts';
import { getRun, transitionRun } from '#storage/run-store.ts';
import { attemptFolder, clearAttemptFolder, removeTree } from '../files/attempt-folder.ts';
import { type AttemptSession, attemptsDirOf } from './attempt-session.ts';
import type { DriverHandle, TaskEnd } from '../driver.ts';
import type { JobEngineDeps } from '../engine-deps.ts';
import { parseHandle } from './handle.ts';
import { makeArtifactFolders } from '../hooks/artifacts.ts';
import { placeCode } from '../hooks/code-snapshot.ts';
import { placeEnvironment } from '../hooks/environment.ts';
import { issueCredentials } from '../hooks/identity.ts';
import { placeInputs } from '../hooks/inputs.ts';
import { missingFileOutputs, placeOutputs, registerOutputs } from '../hooks/outputs.ts';
import type { InputCache } from '../files/input-cache.ts';
import { describeTasks, loadLaunch, saveLaunch } from './launch.ts';
import { releaseNodes } from '../scheduler.ts';
import { formatEnd, isFailure, parseEnd, tailOf, type Verdict, verdictOf } from './verdict.ts';
import { hastenPrune } from './work-kinds.ts';

const UNFINISHED: readonly JobStatus[] = ['NotStarted', 'Queued', 'Provisioning', 'Preparing', 'Starting', 'Running', 'Finalizing', 'CancelRequested', 'NotResponding'];
const DEFAULT_ATTEMPTS = 3;

/** preparing > starting: code, environment, inputs, outputs, credentials, all in the launch file. */
export async function prepare(session: AttemptSession, cache: InputCache): Promise<void> {
  const { job } = session;
  const { deps, ctx } = job;
  job.line(`attempt ${job.attempt.number}: preparing`);
  await clearAttemptFolder(job.folder);
  for (const dir of [job.folder.workingDir, job.folder.homeDir, job.folder.tempDir]) await mkdir(dir, { recursive: true });
  const isolation = (await deps.driver.capabilities()).isolation;
  job.line(`driver ${deps.driver.name}, isolation: ${isolation}`);
  await placeCode(job);
  await makeArtifactFolders(job.folder.workingDir);
  const environment = await placeEnvironment(job);
  const inputs = await placeInputs(job, cache);
  const outputs = await placeOutputs(job);
  const credentials = await issueCredentials(job);
  await saveLaunch(job.folder, await describeTasks(job, { environment, inputs, outputs, credentials }));
  job.signal.throwIfAborted();
  await deps.database.transaction(async (tx) => {
    if ((await findJobByNo(tx, job.job.no))?.isCancelRequested === true || !(await moveJob(tx, job.job, 'starting'))) return;
    await recordAttempt(tx, job.attempt.id, { preparedAt: new Date(ctx.clock.now()) });
    await transitionRun(tx, job.job.workspaceKey, job.job.name, ['Preparing'], { to: 'Starting', reason: null });
  });
}

/** starting > running. The driver finds processes that an earlier server started. */
export async function start(session: AttemptSession): Promise<void> {
  const { job } = session;
  const { deps, ctx } = job;
  const handles: DriverHandle[] = [];
  for (const task of await loadLaunch(job.folder)) {
    await mkdir(task.attemptDir, { recursive: true, mode: 0o700 });
    handles.push(await deps.driver.start(task));
  }
  job.line('running');
  await deps.database.transaction(async (tx) => {
    if (!(await moveJob(tx, job.job, 'running'))) return;
    await recordAttempt(tx, job.attempt.id, { handles, startedAt: new Date(ctx.clock.now()) });
    await transitionRun(tx, job.job.workspaceKey, job.job.name, ['Preparing', 'Starting'], { to: 'Running', reason: null });
  });
}

/** running > finalizing, or > queued for another attempt when the runner was lost. */
export async function watch(session: AttemptSession, canceled: AbortSignal): Promise<void> {
  const { job } = session;
  const { deps, ctx } = job;
  await session.startSync();
  const ends = await waitForAll(deps, (job.attempt.handles ?? []).map(parseHandle), canceled, ctx.signal());
  const endedAt = new Date(ctx.clock.now());
  const lost = ends.find((end) => end.kind === 'lost');
  const maxAttempts = deps.maxAttempts ?? DEFAULT_ATTEMPTS;
  if (lost !== undefined && !canceled.aborted && job.attempt.number < maxAttempts) {
    const why = lost.message.replace(/\.$/, '');
    job.line(`attempt ${job.attempt.number} was lost: ${why}; trying again`);
    await session.finishSync();
    await session.flushLogs();
    const didRequeue = await requeue(ctx, deps, job.job, {
      ends,
      endedAt,
      message: `Attempt ${job.attempt.number} of ${maxAttempts} was lost (${why}); waiting for a node to try again.`,
    });
    if (didRequeue) return;
  }
  job.line(`ended: ${ends.map(describeEnd).join('; ')}`);
  await deps.database.transaction(async (tx) => {
    if (!(await moveJob(tx, job.job, 'finalizing'))) return;
    await recordAttempt(tx, job.attempt.id, { ends: ends.map(formatEnd), endedAt });
    await transitionRun(tx, job.job.workspaceKey, job.job.name, ['Starting', 'Running', 'NotResponding'], { to: 'Finalizing' });
  });
}

/** False when a cancel came first. */
async function requeue(ctx: Context, deps: JobEngineDeps, job: JobRecord, facts: { readonly ends: readonly TaskEnd[]; readonly endedAt: Date; readonly message: string }): Promise<boolean> {
  return deps.database.transaction(async (tx) => {
    await lockCluster(tx, job.computeKey);
    const current = await findJobByNo(tx, job.no);
    if (current === undefined || current.isCancelRequested || !(await moveJob(tx, job, 'queued', { queuedAt: facts.endedAt }))) return false;
    const attempt = await getAttempt(tx, job.no, job.attempt);
    await recordAttempt(tx, attempt.id, { ends: facts.ends.map(formatEnd), endedAt: facts.endedAt });
    await transitionRun(tx, job.workspaceKey, job.name, ['Starting', 'Running', 'NotResponding'], { to: 'Queued', reason: { code: 'RunnerLost', message: facts.message } });
    await releaseNodes(tx, ctx, job, deps.host);
    return true;
  });
}

/** finalizing > ended: everything in the store first, then the status that says so. */
export async function finalize(session: AttemptSession): Promise<void> {
  const { job } = session;
  const { deps, ctx } = job;
  const ends = (job.attempt.ends ?? []).map(parseEnd);
  await session.finishSync();
  const run = await getRun(deps.database.sql, job.job.workspaceKey, job.job.name);
  const { culprit, ...verdict } = verdictOf(ends, {
    isCancelRequested: job.job.isCancelRequested,
    cancelReason: run.statusReason,
    timeoutSeconds: job.command.timeoutSeconds,
  });
  if (verdict.status === 'Completed') {
    for (const sentence of await missingFileOutputs(job)) job.line(sentence);
    await registerOutputs(job);
  }
  const tail = culprit === undefined ? '' : await tailOf(job.folder.commandLog(culprit));
  job.line(`job ${verdict.status}`);
  await session.flushLogs();
  const reason = verdict.reason === null || tail === '' ? verdict.reason : { ...verdict.reason, message: `${String(verdict.reason['message'])} Last lines of its log:\n${tail}` };
  await endJob(ctx, deps, job.job, { status: verdict.status, reason });
}

/** any phase > ended: status, phase, nodes and what others do at the end, in one transaction. Idempotent. */
export async function endJob(ctx: Context, deps: JobEngineDeps, job: JobRecord, verdict: Verdict): Promise<void> {
  // Why first: how the processes ended is in the database by now, and a server that dies after the end would leave the tokens.
  await forgetSecrets(deps, job);
  await deps.database.transaction(async (tx) => {
    await lockCluster(tx, job.computeKey);
    const current = await findJobByNo(tx, job.no);
    if (current === undefined || current.phase === 'ended') return;
    await transitionRun(tx, job.workspaceKey, job.name, UNFINISHED, { to: verdict.status, ...(verdict.reason === null && verdict.status === 'Canceled' ? {} : { reason: verdict.reason }) });
    await moveJob(tx, current, 'ended', { endedAt: new Date(ctx.clock.now()) });
    await releaseNodes(tx, ctx, job, deps.host);
    await deps.onJobEnded?.(tx, ctx, { workspaceKey: job.workspaceKey, jobName: job.name, status: verdict.status });
    if (current.isDeleted) {
      await deleteJob(tx, job.no);
      await hastenPrune(tx, ctx.correlationId);
    }
  });
  await forgetSealed(deps, job);
  ctx.log.info({ job: job.name, status: verdict.status }, 'job.ended');
}

/** Files of a workspace with a customer-managed key are on the disk in the clear only as long as the job needs them. */
async function forgetSealed(deps: JobEngineDeps, job: JobRecord): Promise<void> {
  if ((await deps.sealed?.isSealed(job.workspaceKey)) !== true) return;
  for (const attempt of await listAttempts(deps.database.sql, [job.no])) await removeTree(attemptFolder(attemptsDirOf(deps), attempt.id).root);
}

/** The launch files and the runner's own files hold run tokens; the rest of the folders stays until it is pruned. */
async function forgetSecrets(deps: JobEngineDeps, job: JobRecord): Promise<void> {
  for (const attempt of await listAttempts(deps.database.sql, [job.no])) {
    const folder = attemptFolder(attemptsDirOf(deps), attempt.id);
    await removeTree(folder.launchFile);
    await removeTree(`${folder.root}/runner`);
  }
}

/** Waits for every process. One that fails, or a cancel, stops the others. Throws when `letGo` aborts. */
async function waitForAll(deps: JobEngineDeps, handles: readonly DriverHandle[], canceled: AbortSignal, letGo: AbortSignal): Promise<readonly TaskEnd[]> {
  const stopAll = async (): Promise<void> => {
    await Promise.all(handles.map((handle) => deps.driver.stop(handle)));
  };
  const failed = Promise.withResolvers<never>();
  const stopOrFail = (): void => {
    stopAll().catch(failed.reject);
  };
  if (canceled.aborted) stopOrFail();
  else canceled.addEventListener('abort', stopOrFail, { once: true });
  try {
    const waits = handles.map(async (handle) => {
      const end = await deps.driver.wait(handle, letGo);
      if (isFailure(end) && handles.length > 1) stopOrFail();
      return end;
    });
    const ends = await Promise.race([Promise.all(waits), failed.promise]);
    letGo.throwIfAborted();
    return ends;
  } finally {
    canceled.removeEventListener('abort', stopOrFail);
  }
}

function describeEnd(end: TaskEnd): string {
  const used = 'stats' in end ? ` after ${end.stats.seconds.toFixed(2)} s, ${end.stats.cpuSeconds.toFixed(2)} s of processor, ${Math.round(end.stats.maxRssBytes / 2 ** 20)} MiB at most` : '';
  switch (end.kind) {
    case 'exited':
      return `exit code ${end.exitCode}${used}`;
    case 'signaled':
      return `signal ${end.signal}${used}`;
    case 'timeout':
      return `time limit${used}`;
    case 'canceled':
      return `stopped${used}`;
    case 'startFailed':
    case 'lost':
      return `${end.kind === 'lost' ? 'lost' : 'not started'}: ${end.message}`;
  }
}
