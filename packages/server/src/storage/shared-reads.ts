// SharedReads: reads of rows by key that share queries: see Batches. A read begins after it was asked for, so it sees every
// write that was acknowledged before.

import { Batches } from './batches.ts';
import type { Sql } from './database.ts';

const MOST_KEYS = 500;

export class SharedReads<T> {
  readonly #batches: Batches<readonly string[], ReadonlyMap<string, T>>;

  constructor(load: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>) {
    this.#batches = new Batches({
      newBatch() {
        let size = 0;
        return (keys) => {
          if (size > 0 && size + keys.length > MOST_KEYS) return false;
          size += keys.length;
          return true;
        };
      },
      run: (asks) => load([...new Set(asks.flat())]),
    });
  }

  /** What exists of the keys, and perhaps more. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, T>> {
    return this.#batches.ask(keys);
  }
}

export type ReadsByDatabase<T> = WeakMap<Sql, Map<string, SharedReads<T>>>;

/** The reads that everybody shares who asks this database by this name; `load` is that of the first. */
export function sharedReadsOf<T>(byDatabase: ReadsByDatabase<T>, db: Sql, name: string, load: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>): SharedReads<T> {
  const ofDatabase = byDatabase.get(db);
  const known = ofDatabase?.get(name);
  if (known !== undefined) return known;
  const made = new SharedReads(load);
  if (ofDatabase === undefined) byDatabase.set(db, new Map([[name, made]]));
  else ofDatabase.set(name, made);
  return made;
}
