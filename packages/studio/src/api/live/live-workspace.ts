// Live changes of a workspace, or of a resource and what is below it: one stream per page, opened again when it ends.
// A change only says what is stale; queries ask again.

import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ApiError, ask } from '../client.ts';
import { eventParser } from './event-stream.ts';
import type { Workspace } from '../workspace.ts';

export interface Change {
  /** `job`, `log`, `metrics`, `resource`, `compute`; `reset` when anything may have changed. */
  readonly topic: string;
  readonly job?: string;
  /** Of the resource, lower-cased; in the stream of a resource. */
  readonly key?: string;
}

type Listener = (change: Change) => void;
const listeners = new Set<Listener>();

function tell(change: Change): void {
  for (const listener of listeners) listener(change);
}

/** Calls back on every change of the open workspace, until what it returns is called. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Keeps the stream of the workspace open while the page shows it. */
export function useLiveWorkspace(workspace: Workspace): void {
  useEffect(() => {
    const stop = new AbortController();
    void follow(`/api/studio/events?workspace=${encodeURIComponent(workspace.id)}`, { tell, signal: stop.signal });
    return () => stop.abort();
  }, [workspace.id]);
}

interface Following {
  tell(change: Change): void;
  readonly signal: AbortSignal;
  onOpen?(isOpen: boolean): void;
}

/** Until the signal; not on after a refusal. */
export async function follow(path: string, { tell: hand, signal, onOpen }: Following): Promise<void> {
  let isFirst = true;
  let waitMs = 500;
  while (!signal.aborted) {
    try {
      const response = await ask(path, { signal });
      onOpen?.(true);
      // Why: between two streams changes may have been missed.
      if (!isFirst) hand({ topic: 'reset' });
      isFirst = false;
      waitMs = 500;
      const parse = eventParser();
      const decoder = new TextDecoder();
      const reader = response.body?.getReader();
      for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
        for (const { event, data } of parse(decoder.decode(part.value, { stream: true }))) {
          if (event === 'reset') hand({ topic: 'reset' });
          if (event === 'change') hand(JSON.parse(data));
        }
      }
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) return;
      waitMs = Math.min(waitMs * 2, 15_000);
    }
    onOpen?.(false);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/** Marks what a change made stale; changes within a third of a second count as one. */
export function useLiveQueries(workspace: Workspace): void {
  const queries = useQueryClient();
  useEffect(() => {
    const stale = new Map<string, readonly string[]>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const mark = (...key: string[]): void => void stale.set(key.join(' '), [...key.slice(0, 1), workspace.id, ...key.slice(1)]);
    const listener: Listener = ({ topic, job }) => {
      if (topic === 'reset') for (const root of ['jobs', 'facets', 'run', 'series', 'logs', 'artifacts', 'arm']) mark(root);
      if (topic === 'job' || topic === 'run') {
        mark('jobs');
        mark('facets');
        if (job !== undefined) mark('run', job);
      }
      if (topic === 'metrics' && job !== undefined) {
        mark('series', job);
        mark('run', job);
      }
      if (topic === 'log' && job !== undefined) mark('logs', job);
      if (topic === 'resource' || topic === 'compute') mark('arm');
      timer ??= setTimeout(() => {
        timer = undefined;
        for (const queryKey of stale.values()) void queries.invalidateQueries({ queryKey });
        stale.clear();
      }, 330);
    };
    const stop = onChange(listener);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [queries, workspace.id]);
}

/** Streams of resources that are open. */
let openStreams = 0;

export function countStream(isOpen: boolean): void {
  openStreams += isOpen ? 1 : -1;
}

/** How long a page waits before it asks again. */
export function pollEvery(milliseconds: number): number {
  return openStreams > 0 ? Math.max(milliseconds, 20_000) : milliseconds;
}
