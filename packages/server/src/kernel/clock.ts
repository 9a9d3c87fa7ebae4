// Clock: the only source of time, so that tests can hold it in their hand.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** ISO 8601 in UTC with milliseconds, as Azure writes times. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
