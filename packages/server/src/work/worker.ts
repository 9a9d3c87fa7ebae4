// Worker: claims due items, runs them beside each other, renews their leases, retries with backoff.
//   ready --claim--> running --done--> done
//                    running --again--> ready    running --error--> ready (backoff) … --> failed
//                    running --silence--> claimed by another server

import { randomUUID } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import type { Context, Log } from '#kernel/context.ts';
import { stringAt } from '#kernel/json.ts';
import { systemPrincipal } from '#kernel/principal.ts';
import type { Database } from '#storage/database.ts';
import { claimWork, finishWork, nextWorkDueMs, releaseWork, renewWork, type WorkItem } from '#storage/work-store.ts';
import type { WorkKind } from './define-work.ts';

export interface WorkerOptions {
  readonly database: Database;
  readonly kinds: readonly WorkKind[];
  readonly log: Log;
  readonly clock: Clock;
  /** Id of the data folder. What an earlier server on it held is taken over at once, for one server only can hold the folder. */
  readonly host: string;
  /** Most items at once. @default 16 */
  readonly concurrency?: number;
}

const DEFAULT_LEASE_MS = 30_000;
const MAX_IDLE_MS = 10_000;

export class Worker {
  readonly #options: WorkerOptions;
  readonly #owner: string;
  readonly #kinds: ReadonlyMap<string, WorkKind>;
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #loop: Promise<void> | undefined;
  #isPokedAgain = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#owner = `${options.host}/${randomUUID()}`;
    this.#kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]));
  }

  async start(): Promise<void> {
    await releaseWork(this.#options.database.sql, this.#options.host, [...this.#kinds.keys()]);
    this.#unsubscribe = await this.#options.database.listen('lazurite_work', () => this.poke());
    this.poke();
  }

  /** Looks for due items now. */
  poke(): void {
    if (this.#abort.signal.aborted) return;
    if (this.#loop !== undefined) {
      this.#isPokedAgain = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#loop = this.#claimAll()
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'work.claim_failed'))
      .finally(() => {
        this.#loop = undefined;
        if (this.#isPokedAgain) {
          this.#isPokedAgain = false;
          this.poke();
        } else this.#sleep();
      });
  }

  async #claimAll(): Promise<void> {
    const concurrency = this.#options.concurrency ?? 16;
    while (!this.#abort.signal.aborted) {
      const free = concurrency - this.#running.size;
      if (free <= 0) return;
      const items = await claimWork(this.#options.database.sql, this.#owner, [...this.#kinds.keys()], free, DEFAULT_LEASE_MS);
      if (items.length === 0) return;
      for (const item of items) {
        const running: Promise<void> = this.#run(item).finally(() => {
          this.#running.delete(running);
          this.poke();
        });
        this.#running.add(running);
      }
    }
  }

  #sleep(): void {
    if (this.#abort.signal.aborted) return;
    void nextWorkDueMs(this.#options.database.sql, [...this.#kinds.keys()])
      .catch(() => undefined)
      .then((ms) => {
        clearTimeout(this.#timer);
        if (!this.#abort.signal.aborted) this.#timer = setTimeout(() => this.poke(), Math.min(Math.max(ms ?? MAX_IDLE_MS, 5), MAX_IDLE_MS));
      });
  }

  async #run(item: WorkItem): Promise<void> {
    const kind = this.#kinds.get(item.kind);
    if (kind === undefined) return;
    const { database, log, clock } = this.#options;
    const leaseMs = kind.leaseMs ?? DEFAULT_LEASE_MS;
    const lost = new AbortController();
    const signal = AbortSignal.any([this.#abort.signal, lost.signal]);
    const ctx: Context = { principal: systemPrincipal, correlationId: item.correlationId, log, clock, signal: () => signal };
    const renewal = setInterval(() => {
      renewWork(database.sql, item.id, this.#owner, leaseMs).then(
        (isOurs) => isOurs || lost.abort(),
        () => undefined,
      );
    }, leaseMs / 3);
    try {
      const result = await kind.run(ctx, item.payload, { itemId: item.id, attempt: item.attempts });
      await finishWork(database.sql, item.id, this.#owner, result === 'done' ? { state: 'done' } : { againAfterMs: result.againAfterMs, keepAttempts: false });
    } catch (error) {
      await this.#retryOrGiveUp(ctx, kind, item, error);
    } finally {
      clearInterval(renewal);
    }
  }

  async #retryOrGiveUp(ctx: Context, kind: WorkKind, item: WorkItem, error: unknown): Promise<void> {
    const { database, log } = this.#options;
    // Why: a stopping server gives its items back at once, without counting it as a failure of theirs.
    if (this.#abort.signal.aborted) return finishWork(database.sql, item.id, this.#owner, { againAfterMs: 0, keepAttempts: false }).catch(() => undefined);
    const message = error instanceof Error ? error.message : String(error);
    const isLast = item.attempts >= (kind.maxAttempts ?? 10);
    log.warn({ err: error, kind: item.kind, itemId: item.id, attempt: item.attempts, isLast }, 'work.run_failed');
    if (isLast) {
      await kind.onGiveUp?.(ctx, item.payload, error);
      await finishWork(database.sql, item.id, this.#owner, { state: 'failed', error: message }, scopeOf(item));
    } else {
      const backoff = Math.min((kind.backoffMs ?? 500) * 2 ** (item.attempts - 1), 60_000);
      await finishWork(database.sql, item.id, this.#owner, { againAfterMs: backoff, error: message, keepAttempts: true }, scopeOf(item));
    }
  }

  /** Stops claiming, aborts what runs, waits for it to let go. */
  async stop(): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#timer);
    this.#unsubscribe?.();
    await this.#loop;
    await Promise.allSettled(this.#running);
  }
}

/** The key of the resource that the work is for, where its payload says so. */
function scopeOf({ payload }: WorkItem): string {
  return stringAt(payload, 'key') ?? stringAt(payload, 'workspaceKey') ?? stringAt(payload, 'computeKey') ?? '';
}
