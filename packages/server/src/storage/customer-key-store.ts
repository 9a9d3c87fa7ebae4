// customer-key-store: the SQL of customer-managed keys: wrapped data keys and what uses them.

import { type Selectable, sql } from 'kysely';
import type { Sql, Tx } from './database.ts';
import type { CustomerKeysTable } from './tables/key-vault.ts';

/** How a data key is kept: wrapped by a key of a vault, or handed to the installation. */
export interface CustomerKeyRecord {
  readonly id: string;
  /** ARM resource key of the workspace; undefined once it is gone. */
  readonly ownerKey: string | undefined;
  readonly vaultId: string;
  readonly keyName: string;
  readonly pinnedVersion: string | undefined;
  readonly wrappedVersion: string | undefined;
  readonly wrapped: Buffer | undefined;
  /** Object id of the identity that the vault's key is used as. */
  readonly principalId: string;
  readonly mustBePermitted: boolean;
  /** The data key under the installation's key. */
  readonly released: Buffer | undefined;
}

export type NewCustomerKey = Omit<CustomerKeyRecord, 'ownerKey' | 'wrapped' | 'wrappedVersion' | 'released'> & {
  readonly ownerKey: string;
  readonly wrapped: Buffer;
  readonly wrappedVersion: string;
};

/** All subjects with a key, to be held in memory: there are as many as encrypted workspaces. */
export async function listKeyUses(db: Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('customer_key_uses').select(['subject', 'key_id']).execute();
  return new Map(rows.map((row) => [row.subject, row.key_id]));
}

export async function findCustomerKey(db: Sql, id: string): Promise<CustomerKeyRecord | undefined> {
  const row = await db.selectFrom('customer_keys').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toRecord(row);
}

export async function findCustomerKeyOf(db: Sql, ownerKey: string): Promise<CustomerKeyRecord | undefined> {
  const row = await db.selectFrom('customer_keys').selectAll().where('owner_key', '=', ownerKey).executeTakeFirst();
  return row === undefined ? undefined : toRecord(row);
}

/** Data keys that the key of the vault has wrapped. */
export async function listWrappedBy(db: Sql, vaultId: string, keyName: string, limit: number, after: string): Promise<readonly CustomerKeyRecord[]> {
  const { rows } = await sql<Selectable<CustomerKeysTable>>`select * from customer_keys where lower(vault_id) = ${vaultId.toLowerCase()} and lower(key_name) = ${keyName.toLowerCase()}
    and owner_key is not null and id > ${after}::uuid order by id limit ${limit}`.execute(db);
  return rows.map(toRecord);
}

/** False when the owner has a key already. */
export async function insertCustomerKey(tx: Tx, key: NewCustomerKey): Promise<boolean> {
  const result = await tx
    .insertInto('customer_keys')
    .values({
      id: key.id,
      owner_key: key.ownerKey,
      vault_id: key.vaultId,
      key_name: key.keyName,
      pinned_version: key.pinnedVersion ?? null,
      wrapped_version: key.wrappedVersion,
      wrapped: key.wrapped,
      principal_id: key.principalId,
      must_be_permitted: key.mustBePermitted,
      released: null,
    })
    .onConflict((conflict) => conflict.column('owner_key').doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0n) === 1;
}

/** The subjects have the key from now on, except those that had another already. */
export async function claimKeyUses(db: Sql, subjects: readonly string[], keyId: string): Promise<void> {
  await db
    .insertInto('customer_key_uses')
    .values(subjects.map((subject) => ({ subject, key_id: keyId })))
    .onConflict((conflict) => conflict.column('subject').doNothing())
    .execute();
}

/** Compare-and-set on what was wrapped before; false when somebody was faster. */
export async function rewrapCustomerKey(
  tx: Tx,
  before: CustomerKeyRecord,
  now: Pick<NewCustomerKey, 'vaultId' | 'keyName' | 'pinnedVersion' | 'wrappedVersion' | 'wrapped' | 'principalId' | 'mustBePermitted'>,
): Promise<boolean> {
  const result = await tx
    .updateTable('customer_keys')
    .set({
      vault_id: now.vaultId,
      key_name: now.keyName,
      pinned_version: now.pinnedVersion ?? null,
      wrapped_version: now.wrappedVersion,
      wrapped: now.wrapped,
      principal_id: now.principalId,
      must_be_permitted: now.mustBePermitted,
      wrapped_at: sql<Date>`now()`,
    })
    .where('id', '=', before.id)
    .where('wrapped', '=', before.wrapped ?? Buffer.alloc(0))
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/** From now on the identity needs the permission: it was seen to have it. */
export async function demandPermission(db: Sql, id: string): Promise<void> {
  await db.updateTable('customer_keys').set({ must_be_permitted: true }).where('id', '=', id).where('must_be_permitted', '=', false).execute();
}

/** The workspace is gone: nothing new is sealed with its key. Its id; undefined when there was none. */
export async function orphanCustomerKey(tx: Tx, ownerKey: string): Promise<string | undefined> {
  const row = await tx.updateTable('customer_keys').set({ owner_key: null }).where('owner_key', '=', ownerKey).returning('id').executeTakeFirst();
  if (row !== undefined) await tx.deleteFrom('customer_key_uses').where('key_id', '=', row.id).execute();
  else await tx.deleteFrom('customer_key_uses').where('subject', '=', `scope:${ownerKey}`).execute();
  return row?.id;
}

export async function releaseCustomerKey(tx: Tx, id: string, released: Buffer): Promise<void> {
  await tx.updateTable('customer_keys').set({ wrapped: null, wrapped_version: null, released }).where('id', '=', id).execute();
}

function toRecord(row: Selectable<CustomerKeysTable>): CustomerKeyRecord {
  return {
    id: row.id,
    ownerKey: row.owner_key ?? undefined,
    vaultId: row.vault_id,
    keyName: row.key_name,
    pinnedVersion: row.pinned_version ?? undefined,
    wrappedVersion: row.wrapped_version ?? undefined,
    wrapped: row.wrapped ?? undefined,
    principalId: row.principal_id,
    mustBePermitted: row.must_be_permitted,
    released: row.released ?? undefined,
  };
}
