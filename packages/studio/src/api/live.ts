// Live changes of a workspace: one stream per page, opened again when it ends, handed to who listens.
// A change only says what is stale; queries ask again.

import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ask } from './client.ts';
import { eventParser } from './event-stream.ts';
import type { Workspace } from './workspace.ts';

export interface Change {
  /** `job`, `log`, `metrics`, `resource`, `compute`; `reset` when anything may have changed. */
  readonly topic: string;
  readonly job?: string;
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
    void follow(workspace.id, stop.signal);
    return () => stop.abort();
  }, [workspace.id]);
}

async function follow(workspaceId: string, signal: AbortSignal): Promise<void> {
  let isFirst = true;
  let waitMs = 500;
  while (!signal.aborted) {
    try {
      const response = await ask(`/api/studio/events?workspace=${encodeURIComponent(workspaceId)}`, { signal });
      // Why: between two streams changes may have been missed.
      if (!isFirst) tell({ topic: 'reset' });
      isFirst = false;
      waitMs = 500;
      const parse = eventParser();
      const decoder = new TextDecoder();
      const reader = response.body?.getReader();
      for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
        for (const { event, data } of parse(decoder.decode(part.value, { stream: true }))) {
          if (event === 'reset') tell({ topic: 'reset' });
          if (event === 'change') tell(JSON.parse(data));
        }
      }
    } catch {
      waitMs = Math.min(waitMs * 2, 15_000);
    }
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
