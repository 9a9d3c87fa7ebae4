// preparing: a pool whose statements with parameters are prepared once on each connection, so that PostgreSQL does not
// parse and analyse them for every call. They are planned for each call: see Database.

import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { ChangeNotices, type Tell } from './change-notices.ts';
import type { Hiding } from './hidden/hiding.ts';
import { isMark } from './hidden/marks.ts';

/** Statements whose text varies (lists of values written out) must not fill the memory of every connection. */
const SEEN_BEFORE_NAMED = 3;
const MOST_NAMED = 200;
const MOST_COUNTED = 5_000;

/** Gives names to statements that come again. */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= MOST_NAMED) return known;
    const seen = (counts.get(text) ?? 0) + 1;
    if (seen < SEEN_BEFORE_NAMED) {
      if (counts.size >= MOST_COUNTED) counts.clear();
      counts.set(text, seen);
      return undefined;
    }
    counts.delete(text);
    const name = `s${names.size}`;
    names.set(text, name);
    return name;
  };
}

export function preparing(pool: pg.Pool, tell: Tell, hiding: Hiding): PostgresPool {
  const nameOf = createStatementNames();
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      const prepared = known.get(client) ?? preparingClient(client, nameOf, new ChangeNotices(client, tell), hiding);
      known.set(client, prepared);
      return prepared;
    },
  };
}

function preparingClient(client: pg.PoolClient, nameOf: (text: string) => string | undefined, notices: ChangeNotices, hiding: Hiding): PostgresPoolClient {
  function query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query(text: unknown, values: readonly unknown[] = []): unknown {
    if (typeof text !== 'string') throw new TypeError('Cursors are not in use.');
    return send(text, values);
  }
  async function send(text: string, values: readonly unknown[]): Promise<unknown> {
    // Without parameters (`begin`, `commit`) the simple protocol is the shorter way.
    const name = values.length === 0 ? undefined : nameOf(text);
    const given = values.some(isMark) ? await hiding.resolve(values) : values;
    const result = await client.query({ text, values: [...given], ...(name === undefined ? {} : { name }) });
    notices.answered(text);
    if (result.rows.length > 0) await hiding.open(result.rows, result.fields);
    return result;
  }
  return { query, release: (destroy) => client.release(destroy) };
}
