// Lane: one client that works on keys of its own, remembers what the server acknowledged, and looks after every restart
// whether it is there. What was under way at the kill may have happened or not; anything else is a loss.

import type { WireClient, WireReply } from '../../../testkit/src/wire-client.ts';

export interface Lane {
  readonly name: string;
  /** One operation. Rejects with `Interrupted` when the server went away. */
  step(wire: WireClient): Promise<void>;
  /** After a restart: checks what was touched since the last one, and settles what was under way. */
  settle(wire: WireClient): Promise<void>;
  /** At the end: checks everything that was ever acknowledged. */
  verify(wire: WireClient): Promise<void>;
  /** How many writes were acknowledged. */
  count(): number;
}

/** The server went away before it answered: the write happened or not. */
export class Interrupted extends Error {}

/** The reply, or `Interrupted`. A dying database makes the server answer 5xx, which promises nothing either. */
export async function attempt(request: Promise<WireReply>): Promise<WireReply> {
  let reply: WireReply;
  try {
    reply = await request;
  } catch (error) {
    throw new Interrupted('no answer', { cause: error });
  }
  if (reply.status >= 500) throw new Interrupted(`${reply.status} ${reply.body.toString('utf8').slice(0, 300)}`);
  return reply;
}

/** Throws unless the reply has one of the statuses. */
export function expectStatus(reply: WireReply, what: string, ...statuses: readonly number[]): WireReply {
  if (!statuses.includes(reply.status)) throw new Error(`${what}: ${reply.status} instead of ${statuses.join(' or ')}: ${reply.body.toString('utf8').slice(0, 500)}`);
  return reply;
}

/** What the server is known to hold under keys; `undefined` stands for nothing. */
export class Ledger {
  readonly #what: string;
  readonly #known = new Map<string, string | undefined>();
  readonly #underWay = new Map<string, string | undefined>();
  readonly #touched = new Set<string>();
  #acknowledged = 0;

  constructor(what: string) {
    this.#what = what;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get keys(): readonly string[] {
    return [...this.#known.keys()];
  }

  known(key: string): string | undefined {
    return this.#known.get(key);
  }

  /** Runs a write that leaves `value` under the key. */
  async write(key: string, value: string | undefined, run: () => Promise<unknown>): Promise<void> {
    this.#touched.add(key);
    this.#underWay.set(key, value);
    if (!this.#known.has(key)) this.#known.set(key, undefined);
    await run();
    this.#underWay.delete(key);
    this.#known.set(key, value);
    this.#acknowledged += 1;
  }

  /** Checks the keys touched since the last call. */
  async settle(read: (key: string) => Promise<string | undefined>): Promise<void> {
    for (const key of this.#touched) {
      const found = await read(key);
      const isAllowed = found === this.#known.get(key) || (this.#underWay.has(key) && found === this.#underWay.get(key));
      if (!isAllowed) throw new Error(this.#lost(key, found));
      this.#known.set(key, found);
      this.#underWay.delete(key);
    }
    this.#touched.clear();
  }

  async verify(read: (key: string) => Promise<string | undefined>): Promise<void> {
    await this.settle(read);
    for (const [key, value] of this.#known) {
      const found = await read(key);
      if (found !== value) throw new Error(this.#lost(key, found));
    }
  }

  #lost(key: string, found: string | undefined): string {
    const maybe = this.#underWay.has(key) ? `, or ${this.#underWay.get(key) ?? 'nothing'} (under way)` : '';
    return `${this.#what} ${key}: acknowledged is ${this.#known.get(key) ?? 'nothing'}${maybe}; found is ${found ?? 'nothing'}.`;
  }
}
