// The live feed of a workspace, or of any resource and what is below it, as server-sent events. Events only say what changed; the page asks for the new state.
// Source: WHATWG HTML, "Server-sent events".
//
//   NOTIFY lazurite_events > feed (one per process) > filter by workspace or scope > pending set (bounded) > one HTTP stream

import { Readable } from 'node:stream';
import { stringAt } from '#kernel/json.ts';
import type { Database } from '#storage/database.ts';

const HEARTBEAT_MS = 15_000;
/** Why: a stream is authorised when it opens; ending it makes the page come back with a fresh token and fresh rights. */
const LIFETIME_MS = 10 * 60_000;
const MAX_PENDING = 500;

export interface Change {
  readonly topic: string;
  /** Job name, where the change is about one job; absent where it is about the workspace or another resource. */
  readonly job?: string;
  /** Key of the resource, in the feed of a scope. */
  readonly key?: string;
}

export interface LiveFeed {
  /** A text/event-stream of changes in the workspace; ends by itself, on abort, and with the feed. */
  open(workspaceKey: string, signal: AbortSignal): Promise<Readable>;
  /** The same of resources at and below a scope, and of what is done to them. */
  openAt(scopeKey: string, signal: AbortSignal): Promise<Readable>;
}

export function createLiveFeed(database: Pick<Database, 'listen'>): LiveFeed {
  const subscribers = new Set<(payload: string) => void>();
  let listening: Promise<unknown> | undefined;
  async function follow(meaning: Meaning, signal: AbortSignal): Promise<Readable> {
    listening ??= database.listen('lazurite_events', (payload) => {
      for (const subscriber of subscribers) subscriber(payload);
    });
    await listening;
    const stream = new ChangeStream(meaning);
    const onPayload = (payload: string): void => stream.offer(payload);
    const end = (): void => void stream.destroy();
    subscribers.add(onPayload);
    signal.addEventListener('abort', end, { once: true });
    stream.once('close', () => {
      subscribers.delete(onPayload);
      signal.removeEventListener('abort', end);
    });
    if (signal.aborted) end();
    return stream;
  }
  return {
    open: (workspaceKey, signal) => follow((payload) => changeFor(workspaceKey, payload), signal),
    openAt: (scopeKey, signal) => follow((payload) => changeAt(scopeKey, payload), signal),
  };
}

/** What a notification means for a feed: a change, 'reset' (look at everything again), or nothing. */
type Meaning = (payload: string) => Change | 'reset' | undefined;

function eventOf(payload: string): { readonly topic: string; readonly key: string } | undefined {
  let event: unknown;
  try {
    event = JSON.parse(payload);
  } catch {
    return undefined;
  }
  const topic = stringAt(event, 'topic');
  const key = stringAt(event, 'key');
  return topic === undefined || key === undefined ? undefined : { topic, key };
}

/** Of a scope: resources, and what is done to them; not what jobs write. */
export function changeAt(scopeKey: string, payload: string): Change | 'reset' | undefined {
  if (payload === '') return 'reset';
  const event = eventOf(payload);
  if (event === undefined || (event.topic !== 'resource' && event.topic !== 'operation')) return undefined;
  return event.key === scopeKey || scopeKey === '/' || event.key.startsWith(`${scopeKey}/`) ? { topic: event.topic, key: event.key } : undefined;
}

/** What a notification means for the workspace: a change, 'reset' (look at everything again), or nothing. */
export function changeFor(workspaceKey: string, payload: string): Change | 'reset' | undefined {
  // Why: the listener sends an empty payload after a lost connection, because events may have been missed.
  if (payload === '') return 'reset';
  const event = eventOf(payload);
  if (event === undefined) return undefined;
  const { topic, key } = event;
  if (key === workspaceKey) return { topic };
  const jobs = `${workspaceKey}/jobs/`;
  if (key.startsWith(jobs)) return { topic, job: key.slice(jobs.length) };
  return key.startsWith(`${workspaceKey}/`) ? { topic } : undefined;
}

/** Keeps at most MAX_PENDING distinct changes for a slow reader; beyond that the reader is told to look at everything. */
export class ChangeStream extends Readable {
  readonly #meaning: Meaning;
  readonly #pending = new Map<string, Change>();
  #isReset = false;
  #isWanted = true;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #end: NodeJS.Timeout;

  constructor(meaning: Meaning) {
    super({ highWaterMark: 64 * 1024 });
    this.#meaning = meaning;
    this.push('retry: 1000\nevent: hello\ndata: {}\n\n');
    this.#heartbeat = setInterval(() => {
      if (this.#isWanted) this.#isWanted = this.push(': still here\n\n');
    }, HEARTBEAT_MS);
    this.#end = setTimeout(() => this.push(null), LIFETIME_MS);
    this.#heartbeat.unref();
    this.#end.unref();
  }

  offer(payload: string): void {
    const change = this.#meaning(payload);
    if (change === undefined) return;
    if (change === 'reset' || this.#pending.size >= MAX_PENDING) {
      this.#isReset = true;
      this.#pending.clear();
    } else if (!this.#isReset) {
      this.#pending.set(`${change.topic} ${change.job ?? change.key ?? ''}`, change);
    }
    if (this.#isWanted) this.#flush();
  }

  override _read(): void {
    this.#isWanted = true;
    this.#flush();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#end);
    done(error);
  }

  #flush(): void {
    if (this.readableEnded || this.destroyed) return;
    let text = '';
    if (this.#isReset) text += 'event: reset\ndata: {}\n\n';
    for (const change of this.#pending.values()) text += `event: change\ndata: ${JSON.stringify(change)}\n\n`;
    this.#isReset = false;
    this.#pending.clear();
    if (text !== '') this.#isWanted = this.push(text);
  }
}
