// vault-store: the SQL of a vault as a whole: its data key, its contacts, the resource behind its name, its audit.

import { sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import type { ResourceRecord } from './resource-record.ts';
import { toResource } from './resource-store.ts';

const TYPE = 'microsoft.keyvault/vaults';

/** The sealed data key of the vault; undefined while nothing was ever written to it. */
export async function findDataKey(db: Sql, vaultKey: string): Promise<Buffer | undefined> {
  return (await db.selectFrom('vault_stores').select('data_key').where('vault_key', '=', vaultKey).executeTakeFirst())?.data_key;
}

/** The sealed data key of the vault: `fresh` when it had none. */
export async function ensureDataKey(tx: Tx, vaultKey: string, fresh: () => Buffer): Promise<Buffer> {
  const known = await findDataKey(tx, vaultKey);
  if (known !== undefined) return known;
  const row = await tx
    .insertInto('vault_stores')
    .values({ vault_key: vaultKey, data_key: fresh(), contacts: null })
    .onConflict((conflict) => conflict.column('vault_key').doUpdateSet({ vault_key: vaultKey }))
    .returning('data_key')
    .executeTakeFirstOrThrow();
  return row.data_key;
}

/** Removes the data key and everything under it. */
export async function removeVaultStore(tx: Tx, vaultKey: string): Promise<void> {
  await tx.deleteFrom('vault_stores').where('vault_key', '=', vaultKey).execute();
}

export async function findContacts(db: Sql, vaultKey: string): Promise<readonly JsonObject[] | undefined> {
  return (await db.selectFrom('vault_stores').select('contacts').where('vault_key', '=', vaultKey).executeTakeFirst())?.contacts ?? undefined;
}

export async function setContacts(tx: Tx, vaultKey: string, contacts: readonly JsonObject[] | undefined): Promise<void> {
  await tx
    .updateTable('vault_stores')
    .set({ contacts: contacts === undefined ? sql`null` : JSON.stringify(contacts) })
    .where('vault_key', '=', vaultKey)
    .execute();
}

/** The vault of that name in any subscription; a soft-deleted one has `deletedAt`. Names are unique over everything. */
export async function findVaultNamed(db: Sql, name: string): Promise<ResourceRecord | undefined> {
  const row = await db.selectFrom('resources').selectAll().where('type', '=', TYPE).where(sql<string>`lower(name)`, '=', name.toLowerCase()).limit(1).executeTakeFirst();
  return row === undefined ? undefined : toResource(row);
}

export interface VaultUse {
  readonly at: Date;
  readonly vaultKey: string;
  readonly operation: string;
  readonly target: string;
  readonly status: number;
  readonly principalId: string;
  readonly principalName: string;
  readonly appId: string | undefined;
  readonly remoteAddress: string;
  readonly correlationId: string;
}

export async function insertVaultUse(db: Sql, use: VaultUse): Promise<void> {
  await db
    .insertInto('vault_audit')
    .values({
      at: use.at,
      vault_key: use.vaultKey,
      operation: use.operation,
      target: use.target,
      status: use.status,
      principal_id: use.principalId,
      principal_name: use.principalName,
      app_id: use.appId ?? null,
      remote_address: use.remoteAddress,
      correlation_id: use.correlationId,
    })
    .execute();
}

/** Newest first. */
export async function listVaultUses(db: Sql, vaultKey: string, limit: number): Promise<readonly VaultUse[]> {
  const rows = await db.selectFrom('vault_audit').selectAll().where('vault_key', '=', vaultKey).orderBy('id', 'desc').limit(limit).execute();
  return rows.map((row) => ({
    at: row.at,
    vaultKey: row.vault_key,
    operation: row.operation,
    target: row.target,
    status: row.status,
    principalId: row.principal_id,
    principalName: row.principal_name,
    appId: row.app_id ?? undefined,
    remoteAddress: row.remote_address,
    correlationId: row.correlation_id,
  }));
}
