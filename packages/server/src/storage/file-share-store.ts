// file-share-store: the SQL of file shares. A share is made with its root directory; a deleted one is out of sight at once
// and emptied by work.

import { type Selectable, sql } from 'kysely';
import type { Sql, Tx } from './database.ts';
import type { FileSharesTable } from './tables/files.ts';
import { enqueueWork } from './work-store.ts';

export type AccessTier = 'TransactionOptimized' | 'Hot' | 'Cool';

export interface ShareRecord {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly quotaGib: number;
  readonly accessTier: AccessTier;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export interface ShareSettings {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly quotaGib?: number;
  readonly accessTier?: AccessTier;
}

const DEFAULT_QUOTA_GIB = 5120;

function fromRow(row: Selectable<FileSharesTable>): ShareRecord {
  return {
    id: row.id,
    account: row.account,
    name: row.name,
    etag: row.etag,
    metadata: row.metadata,
    quotaGib: row.quota_gib,
    accessTier: row.access_tier === 'Hot' || row.access_tier === 'Cool' ? row.access_tier : 'TransactionOptimized',
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  };
}

/** The new share with an empty root, or undefined when there is one of that name. `smb`: of the root. */
export async function insertShare(db: Sql, account: string, name: string, etag: string, settings: ShareSettings, smb: object): Promise<ShareRecord | undefined> {
  const { rows } = await sql<Selectable<FileSharesTable>>`
    with s as (insert into file_shares (account, name, etag, metadata, quota_gib, access_tier)
      values (${account}, ${name}, ${etag}, ${JSON.stringify(settings.metadata ?? {})}::jsonb, ${settings.quotaGib ?? DEFAULT_QUOTA_GIB}, ${settings.accessTier ?? 'TransactionOptimized'})
      on conflict (account, name) where deleted_at is null do nothing returning *),
    r as (insert into file_entries (share_id, parent_id, name, name_key, kind, etag, smb) select id, null, '', '', 'directory', etag, ${JSON.stringify(smb)}::jsonb from s)
    select * from s`.execute(db);
  const [row] = rows;
  return row === undefined ? undefined : fromRow(row);
}

export async function findShare(db: Sql, account: string, name: string): Promise<ShareRecord | undefined> {
  const row = await db.selectFrom('file_shares').selectAll().where('account', '=', account).where('name', '=', name).where('deleted_at', 'is', null).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** Shares of the account in order of name, from `from` on and under `prefix`. */
export async function listShares(db: Sql, account: string, options: { readonly prefix: string; readonly from: string; readonly limit: number }): Promise<readonly ShareRecord[]> {
  const rows = await db
    .selectFrom('file_shares')
    .selectAll()
    .where('account', '=', account)
    .where('deleted_at', 'is', null)
    .where('name', '>=', options.from)
    .where(sql<boolean>`starts_with(name, ${options.prefix})`)
    .orderBy('name')
    .limit(options.limit)
    .execute();
  return rows.map(fromRow);
}

/** Compare-and-set on the etag; undefined when somebody was faster. */
export async function updateShare(db: Sql, id: string, expectedEtag: string, etag: string, change: ShareSettings): Promise<ShareRecord | undefined> {
  const row = await db
    .updateTable('file_shares')
    .set({
      etag,
      modified_at: sql<Date>`now()`,
      ...(change.metadata === undefined ? {} : { metadata: JSON.stringify(change.metadata) }),
      ...(change.quotaGib === undefined ? {} : { quota_gib: change.quotaGib }),
      ...(change.accessTier === undefined ? {} : { access_tier: change.accessTier }),
    })
    .where('id', '=', id)
    .where('etag', '=', expectedEtag)
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** Bytes of the files in the share, holes included. */
export async function shareUsage(db: Sql, shareId: string): Promise<number> {
  const row = await db.selectFrom('file_share_usage').select(sql<string>`coalesce(sum(size_bytes), 0)`.as('bytes')).where('share_id', '=', shareId).executeTakeFirst();
  return Number(row?.bytes ?? 0);
}

/** Takes the share out of sight and hands it to work `files.drop`. False when it is gone. */
export async function markShareDeleted(tx: Tx, account: string, name: string, correlationId: string): Promise<boolean> {
  const rows = await tx
    .updateTable('file_shares')
    .set({ deleted_at: sql<Date>`now()` })
    .where('account', '=', account)
    .where('name', '=', name)
    .where('deleted_at', 'is', null)
    .returning('id')
    .execute();
  for (const { id } of rows) await enqueueDrop(tx, id, correlationId);
  return rows.length > 0;
}

/** As markShareDeleted, for every share of the account. */
export async function markAccountSharesDeleted(tx: Tx, account: string, correlationId: string): Promise<void> {
  const rows = await tx.updateTable('file_shares').set({ deleted_at: sql<Date>`now()` }).where('account', '=', account).where('deleted_at', 'is', null).returning('id').execute();
  for (const { id } of rows) await enqueueDrop(tx, id, correlationId);
}

async function enqueueDrop(tx: Tx, shareId: string, correlationId: string): Promise<void> {
  await enqueueWork(tx, { kind: 'files.drop', payload: { shareId }, correlationId, dedupeKey: shareId });
}

/** Removes up to `limit` entries of a deleted share that have nothing in them, or at last the share. True when nothing is left. */
export async function dropShareBatch(tx: Tx, id: string, limit: number): Promise<boolean> {
  const isDeleted = await tx.selectFrom('file_shares').select('id').where('id', '=', id).where('deleted_at', 'is not', null).executeTakeFirst();
  if (isDeleted === undefined) return true;
  const gone = await sql`delete from file_entries where id in
    (select e.id from file_entries e where e.share_id = ${id} and not exists (select from file_entries c where c.parent_id = e.id) limit ${limit})`.execute(tx);
  if (Number(gone.numAffectedRows ?? 0n) > 0) return false;
  await tx.deleteFrom('file_shares').where('id', '=', id).execute();
  return true;
}
