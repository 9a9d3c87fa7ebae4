// Work: a kind of durable background task. At least once, so `run` must be idempotent.

import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';

/** What a run of an item says at its end: done, or call again later (an event may come sooner). */
export type WorkResult = 'done' | { readonly againAfterMs: number };

export interface WorkRun {
  readonly itemId: string;
  /** 1 at the first run. */
  readonly attempt: number;
}

export interface WorkKind<P extends JsonObject = JsonObject> {
  readonly kind: string;
  /** How long a server may be silent before another takes the item; renewed while it runs. @default 30000 */
  readonly leaseMs?: number;
  /** Attempts before the item is failed for good. @default 10 */
  readonly maxAttempts?: number;
  /** First delay after a failure; doubles to 60 s. @default 500 */
  readonly backoffMs?: number;
  run(ctx: Context, payload: P, run: WorkRun): Promise<WorkResult>;
  /** Called once when the last attempt failed, to leave a state that says so. */
  onGiveUp?(ctx: Context, payload: P, error: unknown): Promise<void>;
}

export function defineWork<P extends JsonObject>(kind: WorkKind<P>): WorkKind<P> {
  return kind;
}
