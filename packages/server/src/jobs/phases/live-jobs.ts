// LiveJobs: the jobs this server holds right now, each with a signal that says "cancel it". Fed by the events of the
// database, so that a cancel accepted by any server reaches the one that runs the job.

import { isJsonObject, stringAt } from '#kernel/json.ts';
import type { Database } from '#storage/database.ts';
import { findJobByNo, type JobRecord } from '#storage/job-store.ts';

export interface LiveJobs {
  /** From now until `release`, the signal aborts when the job's cancel is requested; at once if it was already. */
  hold(job: JobRecord): Promise<{ readonly canceled: AbortSignal; release(): void }>;
  start(): Promise<void>;
  stop(): void;
}

export function createLiveJobs(database: Database): LiveJobs {
  const held = new Map<string, { readonly no: string; readonly abort: AbortController }>();
  let unsubscribe: (() => void) | undefined;

  async function check(entry: { readonly no: string; readonly abort: AbortController }): Promise<void> {
    const job = await findJobByNo(database.sql, entry.no);
    if (job === undefined || job.isCancelRequested) entry.abort.abort();
  }

  function onEvent(payload: string): void {
    // An empty payload follows a lost connection: anything may have happened.
    const key = payload === '' ? undefined : jobKeyOf(payload);
    if (payload !== '' && key === undefined) return;
    const entries = key === undefined ? [...held.values()] : [held.get(key)].filter((entry) => entry !== undefined);
    // A failed check is repeated by the next event, and by the hold of the next server.
    for (const entry of entries) check(entry).catch(() => undefined);
  }

  return {
    async hold(job) {
      const key = `${job.workspaceKey}/jobs/${job.name}`;
      const entry = { no: job.no, abort: new AbortController() };
      held.set(key, entry);
      await check(entry);
      return {
        canceled: entry.abort.signal,
        release: () => {
          if (held.get(key) === entry) held.delete(key);
        },
      };
    },
    async start() {
      unsubscribe ??= await database.listen('lazurite_events', onEvent);
    },
    stop() {
      unsubscribe?.();
      unsubscribe = undefined;
    },
  };
}

function jobKeyOf(payload: string): string | undefined {
  try {
    const event: unknown = JSON.parse(payload);
    return isJsonObject(event) && event['topic'] === 'job' ? stringAt(event, 'key') : undefined;
  } catch {
    return undefined;
  }
}
