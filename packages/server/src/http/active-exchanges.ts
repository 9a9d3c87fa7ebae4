// ActiveExchanges: the requests that are being answered.

import type { Exchange } from './exchange.ts';

/**
 * Why no Set: it leaves a table behind for every few dozen that come and go, each keeps the next one alive once it is old, and all of
 * them what was in them; requests long answered are then carried along by every collection.
 */
export class ActiveExchanges {
  readonly #entries: Entry[] = [];

  /** Returns what takes it out again. */
  add(exchange: Exchange): () => void {
    const entry: Entry = { exchange, place: this.#entries.length };
    this.#entries.push(entry);
    return () => this.#remove(entry);
  }

  [Symbol.iterator](): Iterator<Exchange> {
    return this.#entries.map(({ exchange }) => exchange).values();
  }

  #remove(entry: Entry): void {
    if (this.#entries[entry.place] !== entry) return;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#entries[entry.place] = last;
    last.place = entry.place;
  }
}

interface Entry {
  readonly exchange: Exchange;
  place: number;
}
