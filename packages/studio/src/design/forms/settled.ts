// A value that rests: what is asked of the server waits until nobody typed for a moment.

import { useEffect, useState } from 'react';

const MOMENT_MS = 250;

/** The value as it was when it last did not change for a moment. Texts and plain objects, as JSON knows them; what is alike counts as the same. */
export function useSettled<Value>(value: Value): { readonly value: Value; readonly isSettled: boolean } {
  const [settled, setSettled] = useState(value);
  const now = JSON.stringify(value);
  const isSettled = JSON.stringify(settled) === now;
  useEffect(() => {
    if (isSettled) return;
    const timer = setTimeout(() => setSettled(JSON.parse(now)), MOMENT_MS);
    return () => clearTimeout(timer);
  }, [now, isSettled]);
  return { value: settled, isSettled };
}
