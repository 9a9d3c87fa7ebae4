// move-store: the SQL of a move to another resource group: rows, and what goes by their keys, get their new ones.

import { sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import { hideRow } from './hidden/marks.ts';

export interface KeyChange {
  readonly from: { readonly key: string; readonly id: string };
  readonly to: { readonly key: string; readonly id: string };
  /** Key and lower-cased name of the new group. */
  readonly parentKey: string;
  readonly resourceGroup: string;
  readonly at: Date;
}

/** The resource and everything below it. Ids below may be spelled in another letter case: they are of the same length. */
export async function renameSubtree(tx: Tx, { from, to, parentKey, resourceGroup, at }: KeyChange): Promise<void> {
  const end = `${from.key}0`;
  const within = (column: string) => sql`(${sql.ref(column)} = ${from.key} or (${sql.ref(column)} > ${`${from.key}/`} and ${sql.ref(column)} < ${end}))`;
  const renamed = (column: string) => sql`${to.key} || substr(${sql.ref(column)}, ${from.key.length + 1}::int)`;
  await sql`
    with moved as (
      update resources set
        key = ${renamed('key')}, id = ${to.id} || substr(id, ${from.id.length + 1}::int),
        parent_key = case when key = ${from.key} then ${parentKey} else ${renamed('parent_key')} end,
        resource_group = ${resourceGroup}, etag = gen_random_uuid()::text, updated_at = ${at}
      where ${within('key')} returning key)
    select pg_notify('lazurite_events', json_build_object('topic', 'resource', 'key', key)::text) from moved`.execute(tx);
  await sql`select pg_notify('lazurite_events', ${JSON.stringify({ topic: 'resource', key: from.key })})`.execute(tx);
  await sql`update principals set resource_key = ${renamed('resource_key')} where ${within('resource_key')}`.execute(tx);
  await sql`update subnet_claims set subnet_key = ${renamed('subnet_key')} where ${within('subnet_key')}`.execute(tx);
  await sql`update subnet_claims set owner_key = ${renamed('owner_key')} where ${within('owner_key')}`.execute(tx);
}

export interface SealedRow {
  readonly key: string;
  readonly secrets: Buffer;
}

/** Sealed secrets at and below a key: they are bound to it. */
export async function listSealed(tx: Tx, key: string): Promise<readonly SealedRow[]> {
  const { rows } = await sql<SealedRow>`select key, secrets from resources where secrets is not null and (key = ${key} or (key > ${`${key}/`} and key < ${`${key}0`}))`.execute(tx);
  return rows;
}

export async function replaceSealed(tx: Tx, row: SealedRow): Promise<void> {
  await tx.updateTable('resources').set({ secrets: row.secrets }).where('key', '=', row.key).execute();
}

export interface ReferringRow {
  readonly key: string;
  readonly tags: JsonObject;
  readonly sealed_content: Buffer | null;
  readonly properties: JsonObject;
  readonly identity: JsonObject | null;
  readonly members: JsonObject;
}

/** Resources of a subscription that mention the text in any letter case, or may do so sealed, page by page, locked. */
export async function takeReferring(tx: Tx, subscriptionId: string, text: string, after: string, limit: number): Promise<readonly ReferringRow[]> {
  const mentions = (column: string) => sql`position(${text.toLowerCase()} in lower(${sql.ref(column)}::text)) > 0`;
  const { rows } = await sql<ReferringRow>`
    select key, tags, properties, identity, members, sealed_content from resources
    where subscription_id = ${subscriptionId} and type <> 'microsoft.resources/deployments' and key > ${after}
      and (sealed_content is not null or ${mentions('properties')} or ${mentions('identity')} or ${mentions('members')})
    order by key limit ${limit} for update`.execute(tx);
  return rows;
}

export async function replaceReferences(tx: Tx, row: ReferringRow, at: Date): Promise<void> {
  // Why '' for what lies open: it stays so.
  const hide = hideRow('resource', row.sealed_content === null ? '' : row.key, { tags: JSON.stringify(row.tags), properties: JSON.stringify(row.properties) });
  await sql`
    with written as (
      update resources set properties = ${hide.column('properties')}::jsonb, sealed_content = ${hide.sealed}::bytea, identity = ${row.identity === null ? null : JSON.stringify(row.identity)}::jsonb,
        members = ${JSON.stringify(row.members)}::jsonb, etag = gen_random_uuid()::text, updated_at = ${at}
      where key = ${row.key} returning key)
    select pg_notify('lazurite_events', json_build_object('topic', 'resource', 'key', key)::text) from written`.execute(tx);
}

/** Those of the keys that are taken, also by soft-deleted resources. */
export async function findTakenKeys(db: Sql, keys: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ key: string }>`select key from resources where key = any(${keys}::text[])`.execute(db);
  return rows.map(({ key }) => key);
}
