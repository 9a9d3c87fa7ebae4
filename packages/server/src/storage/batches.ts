// Batches: who asks while a statement is under way shares the next one. Why one at a time: fewer and larger statements cost
// less, so that under load everybody is answered sooner.

interface Waiting<A, R> {
  readonly ask: A;
  resolve(answer: R): void;
  reject(error: unknown): void;
}

/** Takes the ask into a batch, or says that it must wait for the next. */
export type TryAdd<A> = (ask: A) => boolean;

export interface BatchesOptions<A, R> {
  /** Of an empty batch; it must take its first ask. */
  newBatch(): TryAdd<A>;
  /** Answers a whole batch. */
  run(asks: readonly A[]): Promise<R>;
}

export class Batches<A, R> {
  readonly #options: BatchesOptions<A, R>;
  #waiting: Waiting<A, R>[] = [];
  #isRunning = false;
  #isComing = false;

  constructor(options: BatchesOptions<A, R>) {
    this.#options = options;
  }

  /** The answer of the batch that took the ask; it begins after the ask. Rejects with what that batch failed with. */
  ask(ask: A): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ask, resolve, reject });
      this.#soon();
    });
  }

  /** Why not now: what else arrived in this turn of the event loop comes along. */
  #soon(): void {
    if (this.#isComing || this.#isRunning) return;
    this.#isComing = true;
    setImmediate(() => {
      this.#isComing = false;
      this.#next();
    });
  }

  #next(): void {
    if (this.#isRunning || this.#waiting.length === 0) return;
    const tryAdd = this.#options.newBatch();
    const { taken, left } = Object.groupBy(this.#waiting, ({ ask }) => (tryAdd(ask) ? 'taken' : 'left'));
    this.#waiting = left ?? [];
    const batch = taken ?? [];
    this.#isRunning = true;
    this.#options
      .run(batch.map(({ ask }) => ask))
      .then(
        (answer) => batch.forEach(({ resolve }) => resolve(answer)),
        (error: unknown) => batch.forEach(({ reject }) => reject(error)),
      )
      .finally(() => {
        this.#isRunning = false;
        this.#next();
      });
  }
}
