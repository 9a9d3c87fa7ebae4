// Random: a generator with a seed, so that a failed run can be told apart and tried again.

import { createHash } from 'node:crypto';

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [low, high]. */
  between(low: number, high: number): number;
  pick<T>(from: readonly T[]): T;
  /** Bytes that depend on the generator only. */
  bytes(length: number): Buffer;
  /** A generator of its own for a part, so that parts that run beside each other do not disturb each other. */
  fork(label: string): Random;
}

export function seededRandom(seed: string): Random {
  let counter = 0;
  const block = (label: string): Buffer => createHash('sha512').update(`${seed} ${label}`).digest();
  const next = (): number => {
    counter += 1;
    return block(String(counter)).readUInt32BE(0) / 2 ** 32;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    pick(from) {
      const item = from[between(0, from.length - 1)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
    bytes(length) {
      counter += 1;
      const first = block(`bytes ${counter}`);
      const all = Buffer.alloc(length, first);
      // Why: every kilobyte is another, so that bytes at a wrong place show.
      for (let at = 0; at + 4 <= length; at += 1024) all.writeUInt32BE(at, at);
      return all;
    },
    fork: (label) => seededRandom(`${seed}/${label}`),
  };
}
