// signing-key-store: the keys that sign tokens, shared by all servers on this database. The private half is sealed.

import { sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';

export interface SigningKeyRecord {
  readonly kid: string;
  readonly publicJwk: JsonObject;
  readonly privateSealed: Buffer;
  readonly createdAt: Date;
  readonly tokensEndAt: Date;
}

/** One server at a time makes or removes keys. */
export async function lockSigningKeys(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(7146304)`.execute(tx);
}

/** Newest first: the first one signs. */
export async function listSigningKeys(db: Sql): Promise<readonly SigningKeyRecord[]> {
  const rows = await db.selectFrom('signing_keys').selectAll().orderBy('created_at', 'desc').orderBy('kid').execute();
  return rows.map((row) => ({ kid: row.kid, publicJwk: row.public_jwk, privateSealed: row.private_sealed, createdAt: row.created_at, tokensEndAt: row.tokens_end_at }));
}

export async function insertSigningKey(tx: Tx, key: SigningKeyRecord): Promise<void> {
  await tx
    .insertInto('signing_keys')
    .values({ kid: key.kid, public_jwk: JSON.stringify(key.publicJwk), private_sealed: key.privateSealed, created_at: key.createdAt, tokens_end_at: key.tokensEndAt })
    .execute();
}

/** Notes that a token signed by this key lasts until `until`. False when the key is gone. */
export async function extendSigningKey(db: Sql, kid: string, until: Date): Promise<boolean> {
  const result = await db
    .updateTable('signing_keys')
    .set({ tokens_end_at: sql`greatest(tokens_end_at, ${until})` })
    .where('kid', '=', kid)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Removes the keys whose last token has ended, except `keepKid`. */
export async function deleteEndedSigningKeys(tx: Tx, now: Date, keepKid: string): Promise<void> {
  await tx.deleteFrom('signing_keys').where('tokens_end_at', '<', now).where('kid', '<>', keepKid).execute();
}
