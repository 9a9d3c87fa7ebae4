// followJob: a job's log as it grows, driven by the server's events, until the job has ended.

import { objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { createEnvironmentProgress } from './render/environment-progress.ts';
import { type ApiClient, isUnreachable } from './api-client.ts';
import { statusColour, style } from './render/output.ts';
import { createStatusLine } from './render/status-line.ts';
import { SYSTEM_LOG, TERMINAL, USER_LOG, type WorkspaceApi } from './workspace-api.ts';

const RETRY_MS = 500;
const UNREACHABLE_MS = 60_000;

export interface FollowResult {
  readonly status: string;
  readonly reason: string | undefined;
}

/**
 * Writes log bytes to standard output, status changes and the progress of the environment to standard error. Ends with
 * the job, or when `signal` aborts. A server that restarts is waited for.
 */
export async function followJob(api: ApiClient, workspace: WorkspaceApi, job: string, signal: AbortSignal): Promise<FollowResult> {
  const environment = createEnvironmentProgress();
  const line = createStatusLine();
  const userLog = createTail(workspace, job, USER_LOG);
  const systemLog = createTail(workspace, job, SYSTEM_LOG);
  const events = watchJob(api, workspace, job, signal);
  let lastLine = '';
  let lostAtMs: number | undefined;

  async function look(): Promise<FollowResult> {
    const properties = objectAt(await workspace.getJob(job), 'properties');
    const status = stringAt(properties, 'status') ?? 'Unknown';
    const reason = reasonOf(properties);
    // Why not at the end: who follows says then why it ended.
    const text = `${statusColour(status)}${reason === undefined || TERMINAL.has(status) ? '' : style.dim(` ${reason}`)}`;
    if (text !== lastLine) {
      line.clear();
      process.stderr.write(`${style.dim('·')} ${job} ${text}\n`);
    }
    lastLine = text;
    // Why after the preparation too: the log arrives a moment later than the state that follows on it.
    if (status === 'Preparing' || !environment.isOver()) {
      for await (const bytes of systemLog()) {
        const step = environment.read(bytes.toString('utf8'));
        if (step !== undefined) line.show(step.phase, step.text);
      }
      if (status !== 'Preparing') line.clear();
    }
    if (status !== 'Preparing' && status !== 'Queued') {
      for await (const bytes of userLog()) {
        line.clear();
        process.stdout.write(bytes);
      }
    }
    return { status, reason };
  }

  try {
    for (;;) {
      try {
        const seen = await look();
        lostAtMs = undefined;
        if (TERMINAL.has(seen.status)) return seen;
        if (!(await events.next())) return { ...seen, reason: 'no longer followed' };
      } catch (error) {
        // Why: a server that is stopped and started again goes on with the job, and so does who follows it.
        if (!isUnreachable(error) || signal.aborted) throw error;
        lostAtMs ??= Date.now();
        if (Date.now() - lostAtMs > UNREACHABLE_MS) throw error;
        line.show('lost', 'The server does not answer; waiting for it');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  } finally {
    line.clear();
    events.close();
  }
}

/** How a job that did not complete ended, with the reason in the server's words. */
export function endOf(name: string, status: string, reason: string | undefined): string {
  if (reason === undefined) return `${name} ended as ${status}.`;
  // A reason that ends with lines of a log is no sentence.
  return `${name} ended as ${status}: ${reason}${reason.includes('\n') || /[.!?]$/.test(reason) ? '' : '.'}`;
}

/** Why the job waits, or why it failed. */
function reasonOf(properties: unknown): string | undefined {
  return stringAt(objectAt(properties, 'properties'), 'statusReason') ?? stringAt(objectAt(properties, 'error'), 'message');
}

/** Each call reads the bytes that came since the last one. */
function createTail(workspace: WorkspaceApi, job: string, path: string): () => AsyncGenerator<Buffer> {
  let offset = 0;
  return async function* read() {
    for (;;) {
      const bytes = await workspace.readLog(job, path, offset);
      if (bytes.length === 0) return;
      offset += bytes.length;
      yield bytes;
    }
  };
}

interface Events {
  /** Resolves at the next event of this job (or one that was missed); false when the stream ended for good. */
  next(): Promise<boolean>;
  close(): void;
}

/** The event stream of the workspace, narrowed to one job. A broken stream is opened again. */
function watchJob(api: ApiClient, workspace: WorkspaceApi, job: string, signal: AbortSignal): Events {
  const url = `${api.connection.origins.studio}/api/studio/events?workspace=${encodeURIComponent(workspace.id)}`;
  const closing = new AbortController();
  let isPending = false;
  let wake: (() => void) | undefined;
  const notify = (): void => {
    isPending = true;
    wake?.();
  };
  const close = (): void => {
    closing.abort();
    wake?.();
  };
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();

  const read = async (): Promise<void> => {
    const response = await api.request('GET', url, undefined, closing.signal);
    if (!response.ok || response.body === null) throw new Error(`events: ${response.status}`);
    // Why: what happened before the stream was open is seen by looking again.
    notify();
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body) {
      text += decoder.decode(chunk, { stream: true });
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      if (lines.some((line) => line.startsWith('data:') && concerns(line.slice(5), job))) notify();
    }
  };
  const readForEver = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await read().catch(() => undefined);
      if (closing.signal.aborted) return;
      // The server is restarting; a growing pause would only delay the next line of log.
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      notify();
    }
  };
  void readForEver();
  return {
    async next() {
      if (!isPending && !closing.signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      wake = undefined;
      isPending = false;
      return !closing.signal.aborted;
    },
    close,
  };
}

/** An event without a job is about the whole workspace. */
function concerns(data: string, job: string): boolean {
  try {
    const about = stringAt(JSON.parse(data), 'job');
    return about === undefined || about.toLowerCase() === job.toLowerCase();
  } catch {
    return false;
  }
}
