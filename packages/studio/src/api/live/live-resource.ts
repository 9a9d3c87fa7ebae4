// Live changes of the resource on the page and of what is below it. Where the stream is open, its questions are asked again when
// something changed; where it is not (no permission to list, server away), they are asked again and again.

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type Change, countStream, follow } from './live-workspace.ts';
import { type FullResource, isBusy, stateOf } from '../resources.ts';

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

/** Key of the mutation that deletes a resource from its own page; to be forgotten (`gcTime: 0`) with the page. */
export function deletionKey(id: string): readonly string[] {
  return ['delete', id.toLowerCase()];
}

/**
 * Questions about a resource at or above one that changed; a page's question is `['resource', id, what, …]`. The resource itself is
 * asked for again only while something is done to it: a form may be open on it, and what others wrote meanwhile is told when it is saved.
 * What is being deleted from here is asked for no more: the answer would be that it is not there.
 */
function markStale(queries: QueryClient, changed: readonly string[]): void {
  void queries.invalidateQueries({
    predicate: ({ queryKey, queryKey: [root, about, what] }) =>
      root === 'resource' &&
      typeof about === 'string' &&
      !isGoing(queries, about) &&
      changed.some((key) => key === about || key.startsWith(`${about}/`)) &&
      (what !== 'body' || isBusy(stateOf(queries.getQueryData<{ readonly body: FullResource }>(queryKey)?.body))),
  });
}

function isGoing(queries: QueryClient, id: string): boolean {
  const deletion = queries.getMutationCache().find({ mutationKey: deletionKey(id), predicate: ({ state }) => state.status === 'pending' || state.status === 'success' });
  return deletion !== undefined;
}
