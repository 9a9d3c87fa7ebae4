// dependent-store: what hangs on a resource: what lies below it, and what names its id in its properties or identity.

import { sql } from 'kysely';
import type { Sql } from './database.ts';
import type { ResourceRecord } from './resource-record.ts';
import { toResource } from './resource-store.ts';

export interface InsideCount {
  readonly type: string;
  readonly count: number;
}

/** Living resources below the key by type, the most first; of more than `most` it counts `most`. */
export async function countInside(db: Sql, key: string, most: number): Promise<readonly InsideCount[]> {
  const { rows } = await sql<InsideCount>`
    select type, count(*)::int as count from (
      select type from resources where key > ${`${key}/`} and key < ${`${key}0`} and deleted_at is null limit ${most}
    ) inside group by type order by count desc, type`.execute(db);
  return rows;
}

/** Living resources of the subscription outside of it that name its id, or that of something below it: `…/ab` is no part of `…/abc`. Letter case does not count. */
export async function findReferences(db: Sql, key: string, subscriptionId: string, limit: number): Promise<readonly ResourceRecord[]> {
  // Why one text, looked through once: turning a document into text is what takes the time. The few that match are looked at again.
  const { rows } = await sql<Parameters<typeof toResource>[0] & { readonly said: string }>`
    select * from (select *, lower(properties::text || coalesce(identity::text, '')) as said from resources
      where subscription_id = ${subscriptionId.toLowerCase()} and deleted_at is null and key <> ${key} and not (key > ${`${key}/`} and key < ${`${key}0`})) others
    where position(${key} in said) > 0 order by seq limit ${limit * 4}`.execute(db);
  return rows
    .filter(({ said }) => said.includes(`${key}"`) || said.includes(`${key}/`))
    .slice(0, limit)
    .map(toResource);
}
