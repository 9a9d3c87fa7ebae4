// connectionFault: why a PostgreSQL could not be used, for the person who gave its URL. Never the password.
// Source: PostgreSQL's documentation, appendix A (error codes).

import pg from 'pg';
import { Fault } from '#kernel/faults.ts';

const OLDEST = 150_000;

const MEND: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'it did not answer in time',
  EHOSTUNREACH: 'there is no way to that host',
  ENOENT: 'there is no such socket',
  '28P01': 'the password is wrong',
  '28000': 'this user may not sign in',
  '3D000': 'there is no such database; make it with CREATE DATABASE',
  '42501': 'this user may not make tables; grant it CREATE on the database and its schema public',
  '53300': 'it has no connection left for us',
};

/** The error as a Fault `unavailable`/`DatabaseNotReachable` where the URL or its server is at fault; others unchanged. */
export function connectionFault(error: unknown, url: string): unknown {
  if (!(error instanceof Error) || error instanceof Fault) return error;
  const why = MEND['code' in error ? String(error.code) : ''];
  if (why === undefined) return error;
  return new Fault('unavailable', 'DatabaseNotReachable', `${placeOf(url)} cannot be used: ${why} (${error.message || 'no words'}). Check --database-url or LAZURITE_DATABASE_URL.`, { cause: error });
}

/** Throws `conflict`/`DatabaseTooOld` below PostgreSQL 15. */
export async function checkServerVersion(client: pg.PoolClient, url: string): Promise<void> {
  const { rows } = await client.query<{ number: string; name: string }>("select current_setting('server_version_num') as number, current_setting('server_version') as name");
  const [found] = rows;
  if (found !== undefined && Number(found.number) < OLDEST) throw new Fault('conflict', 'DatabaseTooOld', `${placeOf(url)} is version ${found.name}; Lazurite needs PostgreSQL 15 or newer.`);
}

function placeOf(url: string): string {
  try {
    const { host, port, database, user } = new pg.Client({ connectionString: url });
    return `PostgreSQL at ${host}:${port} (database ${database ?? user}, user ${user})`;
  } catch {
    return 'The PostgreSQL of this URL';
  }
}
