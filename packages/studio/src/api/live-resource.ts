// Live changes of the resource on the page and of what is below it. Where the stream is open, its questions are asked again when
// something changed; where it is not (no permission to list, server away), they are asked again and again.

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type Change, countStream, follow } from './live.ts';
import { type FullResource, isBusy, stateOf } from './resources.ts';

/** Keeps the stream of the resource open while the page shows it. */
export function useLiveResource(id: string): void {
  const queries = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    let isOpen = false;
    const onOpen = (isNow: boolean): void => {
      if (isNow !== isOpen) countStream(isNow);
      isOpen = isNow;
    };
    const changed = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = ({ key }: Change): void => {
      changed.add(key ?? id.toLowerCase());
      timer ??= setTimeout(() => {
        timer = undefined;
        markStale(queries, [...changed]);
        changed.clear();
      }, 250);
    };
    void follow(`/api/studio/resources/events?scope=${encodeURIComponent(id)}`, { tell, signal: stop.signal, onOpen });
    return () => {
      stop.abort();
      onOpen(false);
      clearTimeout(timer);
    };
  }, [id, queries]);
}

/**
 * Questions about a resource at or above one that changed; a page's question is `['resource', id, what, …]`. The resource itself is
 * asked for again only while something is done to it: a form may be open on it, and what others wrote meanwhile is told when it is saved.
 */
function markStale(queries: QueryClient, changed: readonly string[]): void {
  void queries.invalidateQueries({
    predicate: ({ queryKey, queryKey: [root, about, what] }) =>
      root === 'resource' &&
      typeof about === 'string' &&
      changed.some((key) => key === about || key.startsWith(`${about}/`)) &&
      (what !== 'body' || isBusy(stateOf(queries.getQueryData<{ readonly body: FullResource }>(queryKey)?.body))),
  });
}
