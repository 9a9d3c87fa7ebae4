// tag-store: which tags the resources of a subscription carry, and how often.

import { sql } from 'kysely';
import type { Sql } from './database.ts';

export interface TagCount {
  readonly name: string;
  readonly total: number;
  readonly values: readonly { readonly value: string; readonly total: number }[];
}

/** By name, those after `after`; of each name the most frequent values. Names are told apart without letter case, as they are compared. */
export async function countTags(db: Sql, subscriptionId: string, options: { readonly after: string; readonly limit: number; readonly valuesPerName: number }): Promise<readonly TagCount[]> {
  const { rows } = await sql<{ name: string; total: number; values: TagCount['values'] }>`
    with carried as (
      select lower(tag.key) as folded, min(tag.key) over (partition by lower(tag.key)) as name, tag.value
      from resources, jsonb_each_text(resources.tags) tag
      where subscription_id = ${subscriptionId} and deleted_at is null and lower(tag.key) > ${options.after}),
    counted as (select folded, name, value, count(*)::int as total from carried group by folded, name, value),
    ranked as (select *, row_number() over (partition by folded order by total desc, value) as rank from counted)
    select name, sum(total)::int as total, jsonb_agg(jsonb_build_object('value', value, 'total', total) order by rank) filter (where rank <= ${options.valuesPerName}) as values
    from ranked group by folded, name order by folded limit ${options.limit}`.execute(db);
  return rows;
}
