// Verdict: how a job ended, from how its processes ended. Source: contracts/azureml-jobs.md §5.

import { open } from 'node:fs/promises';
import type { JsonObject } from '#kernel/json.ts';
import type { TaskEnd } from '../driver.ts';

export interface Verdict {
  readonly status: 'Completed' | 'Failed' | 'Canceled';
  /** `{code, message}`; null for success. */
  readonly reason: JsonObject | null;
}

/**
 * The verdict on the processes of an attempt, by rank. `culprit` is the rank whose log explains a failure.
 * The first process that failed by itself decides; those that were stopped because of it do not count.
 */
export function verdictOf(
  ends: readonly TaskEnd[],
  facts: { readonly isCancelRequested: boolean; readonly cancelReason: JsonObject | null; readonly timeoutSeconds: number },
): Verdict & { readonly culprit?: number } {
  if (facts.isCancelRequested) return { status: 'Canceled', reason: facts.cancelReason };
  const culprit = ends.findIndex((end) => isFailure(end));
  const end = ends[culprit];
  const who = ends.length > 1 ? `Process ${culprit} of ${ends.length}` : 'The command';
  switch (end?.kind) {
    case undefined:
      // Nobody asked the job to end, yet its runner was told to: somebody stopped it from outside.
      if (ends.some((other) => other.kind === 'canceled')) return { status: 'Canceled', reason: { code: 'StoppedOnNode', message: 'The runner of the job was told to stop on its machine.' } };
      return { status: 'Completed', reason: null };
    case 'timeout':
      return { status: 'Canceled', reason: { code: 'JobTimeLimitReached', message: `The job was canceled because it reached its time limit of ${facts.timeoutSeconds} seconds (limits.timeout).` } };
    case 'exited':
      return { status: 'Failed', reason: { code: 'ExecutionFailed', message: `${who} ended with exit code ${end.exitCode}.`, exitCode: end.exitCode }, culprit };
    case 'signaled':
      return {
        status: 'Failed',
        reason: { code: 'ExecutionFailed', message: `${who} was ended by signal ${end.signal}${end.signal === 'SIGKILL' ? ', as happens when memory runs out' : ''}.`, signal: end.signal },
        culprit,
      };
    case 'startFailed':
      return { status: 'Failed', reason: { code: 'CommandNotStarted', message: `${who} could not be started: ${end.message}` } };
    case 'lost':
      return { status: 'Failed', reason: { code: 'RunnerLost', message: `${who} was lost: ${end.message}` } };
    case 'canceled':
      return { status: 'Canceled', reason: null };
  }
}

/** True for an end that makes the other processes pointless. */
export function isFailure(end: TaskEnd): boolean {
  return end.kind !== 'canceled' && !(end.kind === 'exited' && end.exitCode === 0);
}

const TAIL_BYTES = 4_096;
const TAIL_LINES = 12;

/** The last lines of a log file, for the reason of a failure. */
export async function tailOf(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(TAIL_BYTES), position: start });
    // Why: PostgreSQL's text holds no NUL.
    const lines = buffer.toString('utf8', 0, bytesRead).replaceAll('\0', '').trimEnd().split('\n');
    return lines
      .slice(start > 0 && lines.length > 1 ? 1 : 0)
      .slice(-TAIL_LINES)
      .join('\n');
  } finally {
    await handle.close();
  }
}

const KINDS = ['exited', 'signaled', 'timeout', 'canceled', 'startFailed', 'lost'] as const;

export function formatEnd(end: TaskEnd): JsonObject {
  return 'stats' in end ? { ...end, stats: { ...end.stats } } : { ...end };
}

/** The end as stored. Whatever does not look like one counts as lost. */
export function parseEnd(raw: JsonObject): TaskEnd {
  const stats = { seconds: 0, cpuSeconds: 0, maxRssBytes: 0 };
  const kind = KINDS.find((known) => known === raw['kind']);
  switch (kind) {
    case 'exited':
      return { kind, exitCode: Number(raw['exitCode']), stats };
    case 'signaled':
      return { kind, signal: String(raw['signal']), stats };
    case 'timeout':
    case 'canceled':
      return { kind, stats };
    case 'startFailed':
      return { kind, message: String(raw['message']) };
    default:
      return { kind: 'lost', message: String(raw['message'] ?? 'no record of its end') };
  }
}
