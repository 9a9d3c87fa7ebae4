// blob-container-store: the SQL of containers. A deleted container is out of sight at once and emptied by work.

import { type Selectable, sql } from 'kysely';
import { type BlobLease, leaseFrom } from './blob-lease-store.ts';
import type { Sql, Tx } from './database.ts';
import type { BlobContainersTable } from './tables/blobs.ts';
import { enqueueWork } from './work-store.ts';

export interface ContainerRecord {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly lease: BlobLease | undefined;
}

function fromRow(row: Selectable<BlobContainersTable>): ContainerRecord {
  return { id: row.id, account: row.account, name: row.name, etag: row.etag, metadata: row.metadata, createdAt: row.created_at, modifiedAt: row.modified_at, lease: leaseFrom(row.lease, Date.now()) };
}

/** The new container, or undefined when there is one of that name. */
export async function insertContainer(tx: Sql, account: string, name: string, etag: string, metadata: Readonly<Record<string, string>>): Promise<ContainerRecord | undefined> {
  const row = await tx
    .insertInto('blob_containers')
    .values({ account, name, etag, metadata: JSON.stringify(metadata), deleted_at: null })
    .onConflict((conflict) => conflict.columns(['account', 'name']).where('deleted_at', 'is', null).doNothing())
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

export async function findContainer(db: Sql, account: string, name: string): Promise<ContainerRecord | undefined> {
  const row = await db.selectFrom('blob_containers').selectAll().where('account', '=', account).where('name', '=', name).where('deleted_at', 'is', null).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** Containers of the account in order of name, those after `after` and under `prefix`. */
export async function listContainers(db: Sql, account: string, options: { readonly prefix: string; readonly from: string; readonly limit: number }): Promise<readonly ContainerRecord[]> {
  const rows = await db
    .selectFrom('blob_containers')
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
export async function updateContainerMetadata(tx: Sql, id: string, expectedEtag: string, etag: string, metadata: Readonly<Record<string, string>>): Promise<ContainerRecord | undefined> {
  const row = await tx
    .updateTable('blob_containers')
    .set({ metadata: JSON.stringify(metadata), etag, modified_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('etag', '=', expectedEtag)
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** Roles and locks that were set on a container: one of its name that is made later has none of them. */
async function removeExtensions(tx: Tx, id: string): Promise<void> {
  await sql`
    delete from resources where key in (
      select extension.key from blob_containers container
      join resources account on account.type = 'microsoft.storage/storageaccounts' and lower(account.name) = container.account
      join resources extension on extension.key > account.key || '/blobservices/default/containers/' || container.name || '/'
        and extension.key < account.key || '/blobservices/default/containers/' || container.name || '0'
      where container.id = ${id})`.execute(tx);
}

/** Takes the container out of sight and hands it to work `blobs.drop`. False when it is gone or its etag changed. */
export async function markContainerDeleted(tx: Tx, id: string, expectedEtag: string, correlationId: string): Promise<boolean> {
  const result = await tx.updateTable('blob_containers').set({ deleted_at: sql<Date>`now()` }).where('id', '=', id).where('etag', '=', expectedEtag).where('deleted_at', 'is', null).executeTakeFirst();
  if (Number(result.numUpdatedRows) !== 1) return false;
  await removeExtensions(tx, id);
  await enqueueWork(tx, { kind: 'blobs.drop', payload: { containerId: id }, correlationId, dedupeKey: id });
  return true;
}

/** As markContainerDeleted, for every container of the account. */
export async function markAccountDeleted(tx: Tx, account: string, correlationId: string): Promise<void> {
  const rows = await tx.updateTable('blob_containers').set({ deleted_at: sql<Date>`now()` }).where('account', '=', account).where('deleted_at', 'is', null).returning('id').execute();
  for (const { id } of rows) await enqueueWork(tx, { kind: 'blobs.drop', payload: { containerId: id }, correlationId, dedupeKey: id });
}

/** Removes up to `limit` blobs of a deleted container, or at last the container. True when nothing is left. */
export async function dropContainerBatch(tx: Tx, id: string, limit: number): Promise<boolean> {
  const isDeleted = await tx.selectFrom('blob_containers').select('id').where('id', '=', id).where('deleted_at', 'is not', null).executeTakeFirst();
  if (isDeleted === undefined) return true;
  const gone = await sql`delete from blobs where (container_id, name) in (select container_id, name from blobs where container_id = ${id} order by name limit ${limit})`.execute(tx);
  if (Number(gone.numAffectedRows ?? 0n) >= limit) return false;
  await tx.deleteFrom('blob_staged').where('container_id', '=', id).execute();
  await tx.deleteFrom('blob_containers').where('id', '=', id).execute();
  return true;
}
