// Whether the server answers: told by every call, and asked again and again once one got no answer.

import { useSyncExternalStore } from 'react';

const AGAIN_MS = 2000;
const listeners = new Set<() => void>();
let isReachable = true;
let timer: ReturnType<typeof setTimeout> | undefined;

export function useReachable(): boolean {
  return useSyncExternalStore(subscribe, () => isReachable);
}

/** Calls back whenever the server is there again or gone. Returns what ends it. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function answered(): boolean {
  return isReachable;
}

/** A call got an answer, or none. */
export function tellReachable(is: boolean): void {
  if (is === isReachable) return;
  isReachable = is;
  clearTimeout(timer);
  if (!is) timer = setTimeout(look, AGAIN_MS);
  for (const listener of listeners) listener();
}

export function look(): void {
  clearTimeout(timer);
  fetch('/api/studio/config', { cache: 'no-store' }).then(
    (response) => (response.ok ? tellReachable(true) : again()),
    () => again(),
  );
}

function again(): void {
  if (!isReachable) timer = setTimeout(look, AGAIN_MS);
}
