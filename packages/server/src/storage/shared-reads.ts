// SharedReads: readers that ask for rows by key while a query is under way share the next one. A read begins after it
// was asked for, so it sees every write that was acknowledged before; alone, it starts at once.

/** Two at a time: one waits for the database while the other's rows are decoded. */
const MOST_QUERIES = 2;
const MOST_KEYS = 500;

interface Waiting<T> {
  readonly keys: readonly string[];
  resolve(found: ReadonlyMap<string, T>): void;
  reject(error: unknown): void;
}

export class SharedReads<T> {
  readonly #load: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>;
  #waiting: Waiting<T>[] = [];
  #running = 0;

  constructor(load: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>) {
    this.#load = load;
  }

  /** What exists of the keys, and perhaps more. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, T>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ keys, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#running >= MOST_QUERIES || this.#waiting.length === 0) return;
    const keys = new Set<string>();
    let taken = 0;
    for (const ask of this.#waiting) {
      if (taken > 0 && keys.size + ask.keys.length > MOST_KEYS) break;
      for (const key of ask.keys) keys.add(key);
      taken += 1;
    }
    const asked = this.#waiting.splice(0, taken);
    this.#running += 1;
    this.#load([...keys])
      .then(
        (found) => asked.forEach(({ resolve }) => resolve(found)),
        (error: unknown) => asked.forEach(({ reject }) => reject(error)),
      )
      .finally(() => {
        this.#running -= 1;
        this.#next();
      });
  }
}
