// followJob: a job's log as it grows, driven by the server's events, until the job has ended.

import { isJsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import type { ApiClient } from './api-client.ts';
import { statusColour, style } from './output.ts';
import { TERMINAL, type WorkspaceApi } from './workspace-api.ts';

export interface FollowResult {
  readonly status: string;
  readonly reason: string | undefined;
}

/** Writes log bytes to standard output and status changes to standard error. Ends with the job, or when `signal` aborts. */
export async function followJob(api: ApiClient, workspace: WorkspaceApi, job: string, signal: AbortSignal): Promise<FollowResult> {
  let offset = 0;
  let lastLine = '';
  const drain = async (): Promise<void> => {
    for (;;) {
      const bytes = await workspace.readLog(job, offset);
      if (bytes.length === 0) return;
      offset += bytes.length;
      process.stdout.write(bytes);
    }
  };
  const events = await openEvents(api, workspace, job, signal);
  try {
    for (;;) {
      const resource = await workspace.getJob(job);
      const properties = objectAt(resource, 'properties');
      const status = stringAt(properties, 'status') ?? 'Unknown';
      const reason = stringAt(objectAt(properties, 'properties'), 'statusReason');
      const line = `${statusColour(status)}${reason === undefined ? '' : style.dim(` ${reason}`)}`;
      if (line !== lastLine) process.stderr.write(`${style.dim('·')} ${job} ${line}\n`);
      lastLine = line;
      await drain();
      if (TERMINAL.has(status)) return { status, reason };
      if (!(await events.next())) return { status, reason: 'no longer followed' };
    }
  } finally {
    events.close();
  }
}

interface Events {
  /** Resolves at the next event of this job (or one that was missed); false when the stream ended for good. */
  next(): Promise<boolean>;
  close(): void;
}

/** The event stream of the workspace, narrowed to one job. A broken stream is opened again. */
async function openEvents(api: ApiClient, workspace: WorkspaceApi, job: string, signal: AbortSignal): Promise<Events> {
  const key = `${workspace.id.toLowerCase()}/jobs/${job}`;
  const url = `${api.connection.origins.studio}/api/studio/events?workspace=${encodeURIComponent(workspace.id)}`;
  let isPending = true;
  let isClosed = false;
  let wake: (() => void) | undefined;
  const notify = (): void => {
    isPending = true;
    wake?.();
  };
  signal.addEventListener('abort', () => {
    isClosed = true;
    notify();
  });
  const read = async (): Promise<void> => {
    while (!isClosed) {
      try {
        const response = await api.request('GET', url);
        if (!response.ok || response.body === null) throw new Error(`events: ${response.status}`);
        notify();
        let text = '';
        for await (const chunk of response.body) {
          if (isClosed) return;
          text += Buffer.from(chunk as Uint8Array).toString('utf8');
          const lines = text.split('\n');
          text = lines.pop() ?? '';
          if (lines.some((line) => line.startsWith('data:') && concerns(line.slice(5), key))) notify();
        }
      } catch {
        // The server is restarting; a growing pause would only delay the next line of log.
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  };
  void read();
  return {
    async next() {
      while (!isPending && !isClosed)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      isPending = false;
      return !isClosed;
    },
    close() {
      isClosed = true;
      wake?.();
    },
  };
}

function concerns(data: string, key: string): boolean {
  try {
    const event: unknown = JSON.parse(data);
    const about = isJsonObject(event) ? stringAt(event, 'key') : undefined;
    return about === undefined || about === key || about.toLowerCase() === key.toLowerCase();
  } catch {
    return false;
  }
}
