// Times that stay true while the page is open: relative in the text, absolute with zone on hover.

import { useSyncExternalStore } from 'react';
import { absoluteTime, duration, relativeTime } from './format.ts';

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time, to the second; one clock for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

export function When({ at }: { readonly at: string | null | undefined }) {
  const current = useNow();
  if (at === null || at === undefined || at === '') return <span>–</span>;
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={absoluteTime(ms)}>
      {relativeTime(ms, Math.max(current, ms))}
    </time>
  );
}

/** From start to end, or to now while it lasts. */
export function Lasting({ from, to }: { readonly from: string | null; readonly to: string | null }) {
  const current = useNow();
  if (from === null) return <span>–</span>;
  return <span>{duration((to === null ? current : Date.parse(to)) - Date.parse(from))}</span>;
}
