// ChangeNotices: what triggers say, with a statement's own answer, of changes that this server keeps copies of. Passed on once
// the change is committed and before its caller goes on, so that a removed right counts at once. Other servers hear by NOTIFY.
//
// Why not LISTEN on every connection: each NOTIFY of whatever channel wakes every listening one, at every commit of everybody.

import type pg from 'pg';

/** How the triggers begin such a notice; channel and payload follow. */
const MARK = 'lazurite:told ';

export type Tell = (channel: string, payload: string) => void;

/** Collects the notices of one connection. */
export class ChangeNotices {
  readonly #tell: Tell;
  readonly #heard = new Set<string>();
  #isInTransaction = false;

  constructor(client: Pick<pg.Client, 'on'>, tell: Tell) {
    this.#tell = tell;
    client.on('notice', ({ message }) => {
      if (message?.startsWith(MARK) === true) this.#heard.add(message.slice(MARK.length));
    });
  }

  /** Call when a statement was answered. */
  answered(statement: string): void {
    if (statement === 'begin' || statement.startsWith('start transaction')) this.#isInTransaction = true;
    else if (statement === 'commit' || statement === 'rollback') this.#isInTransaction = false;
    if (this.#isInTransaction || this.#heard.size === 0) return;
    const heard = [...this.#heard];
    this.#heard.clear();
    for (const notice of heard) {
      const [channel = '', ...payload] = notice.split(' ');
      this.#tell(channel, payload.join(' '));
    }
  }
}
