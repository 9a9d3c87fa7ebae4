// retention-store: removes records of what happened once they are old: activity, ended operations, audits of vaults.

import { sql } from 'kysely';
import type { Sql } from './database.ts';

/** One bounded batch of each kind. Whether there may be more. */
export async function pruneRecords(db: Sql, before: Date, limit: number): Promise<boolean> {
  const gone = [
    await sql`delete from activity_log where id in (select id from activity_log where at < ${before} order by at limit ${limit})`.execute(db),
    await sql`delete from operations where id in (select id from operations where ended_at < ${before} limit ${limit})`.execute(db),
    await sql`delete from vault_audit where id in (select id from vault_audit where at < ${before} order by id limit ${limit})`.execute(db),
  ];
  return gone.some((result) => Number(result.numAffectedRows ?? 0n) >= limit);
}
