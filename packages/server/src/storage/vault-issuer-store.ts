// vault-issuer-store: the SQL of certificate issuers.

import type { Selectable } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import type { VaultIssuersTable } from './tables/key-vault.ts';

export interface VaultIssuer {
  readonly name: string;
  readonly body: JsonObject;
  readonly sealed: Buffer | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export async function findIssuer(db: Sql, vaultKey: string, name: string): Promise<VaultIssuer | undefined> {
  const row = await db.selectFrom('vault_issuers').selectAll().where('vault_key', '=', vaultKey).where('name_key', '=', name.toLowerCase()).executeTakeFirst();
  return row === undefined ? undefined : toIssuer(row);
}

/** In order of their names, after `after` (lower-cased). */
export async function listIssuers(db: Sql, vaultKey: string, page: { readonly after: string; readonly limit: number }): Promise<readonly VaultIssuer[]> {
  const rows = await db.selectFrom('vault_issuers').selectAll().where('vault_key', '=', vaultKey).where('name_key', '>', page.after).orderBy('name_key').limit(page.limit).execute();
  return rows.map(toIssuer);
}

export async function putIssuer(tx: Tx, vaultKey: string, issuer: VaultIssuer): Promise<void> {
  const values = { body: JSON.stringify(issuer.body), sealed: issuer.sealed ?? null, updated_at: issuer.updatedAt };
  await tx
    .insertInto('vault_issuers')
    .values({ vault_key: vaultKey, name_key: issuer.name.toLowerCase(), name: issuer.name, created_at: issuer.createdAt, ...values })
    .onConflict((conflict) => conflict.columns(['vault_key', 'name_key']).doUpdateSet(values))
    .execute();
}

/** False when there was none. */
export async function deleteIssuer(tx: Tx, vaultKey: string, name: string): Promise<boolean> {
  const result = await tx.deleteFrom('vault_issuers').where('vault_key', '=', vaultKey).where('name_key', '=', name.toLowerCase()).executeTakeFirst();
  return Number(result.numDeletedRows) === 1;
}

function toIssuer(row: Selectable<VaultIssuersTable>): VaultIssuer {
  return { name: row.name, body: row.body, sealed: row.sealed ?? undefined, createdAt: row.created_at, updatedAt: row.updated_at };
}
