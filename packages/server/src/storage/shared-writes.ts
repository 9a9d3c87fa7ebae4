// SharedWrites: writes of single rows that share statements, and with them their commit: see Batches. The disk is waited for
// once for all of a batch; each write is answered when it is committed.

import { Batches } from './batches.ts';

const MOST_ROWS = 100;

export interface KeyedWrite {
  /** Of the one row it writes. Writes of the same row never share a statement. */
  readonly key: string;
}

export class SharedWrites<T extends KeyedWrite> {
  readonly #batches: Batches<T, ReadonlySet<string>>;

  /** `run` answers the keys of what it wrote; it must not wait for locks of others. */
  constructor(run: (writes: readonly T[]) => Promise<ReadonlySet<string>>) {
    this.#batches = new Batches({
      newBatch() {
        const keys = new Set<string>();
        return ({ key }) => {
          if (keys.size >= MOST_ROWS || keys.has(key)) return false;
          keys.add(key);
          return true;
        };
      },
      run,
    });
  }

  /** False when the statement did not write it. */
  async write(write: T): Promise<boolean> {
    return (await this.#batches.ask(write)).has(write.key);
  }
}
