// password-store: the passwords of people, as hashes, with the failed attempts at them; and the end of everything that a
// person is signed in with.

import type { Sql, Tx } from './database.ts';

export interface PasswordRecord {
  readonly hash: string;
  readonly mustChange: boolean;
  readonly failures: number;
  readonly lockedUntil: Date | null;
}

export async function findPassword(db: Sql, principalId: string): Promise<PasswordRecord | undefined> {
  const row = await db.selectFrom('passwords').selectAll().where('principal_id', '=', principalId).executeTakeFirst();
  return row === undefined ? undefined : { hash: row.hash, mustChange: row.must_change, failures: row.failures, lockedUntil: row.locked_until };
}

/** Replaces the password; the count of failures begins anew. */
export async function putPassword(tx: Tx, principalId: string, password: { readonly hash: string; readonly mustChange: boolean; readonly now: Date }): Promise<void> {
  const values = { hash: password.hash, must_change: password.mustChange, failures: 0, locked_until: null, changed_at: password.now };
  await tx
    .insertInto('passwords')
    .values({ principal_id: principalId, ...values })
    .onConflict((conflict) => conflict.column('principal_id').doUpdateSet(values))
    .execute();
}

/** Counts a failure and returns how many there are now, in a row. */
export async function countPasswordFailure(tx: Tx, principalId: string): Promise<number> {
  const row = await tx
    .updateTable('passwords')
    .set((where) => ({ failures: where('failures', '+', 1) }))
    .where('principal_id', '=', principalId)
    .returning('failures')
    .executeTakeFirst();
  return row?.failures ?? 0;
}

export async function lockPassword(tx: Tx, principalId: string, until: Date): Promise<void> {
  await tx.updateTable('passwords').set({ locked_until: until }).where('principal_id', '=', principalId).execute();
}

export async function clearPasswordFailures(tx: Tx, principalId: string): Promise<void> {
  await tx.updateTable('passwords').set({ failures: 0, locked_until: null }).where('principal_id', '=', principalId).execute();
}

/** Ends the sessions, links, codes and refresh tokens of a person. */
export async function endSignIns(tx: Tx, principalId: string, now: Date): Promise<void> {
  await tx.deleteFrom('sessions').where('principal_id', '=', principalId).execute();
  await tx.deleteFrom('one_time_links').where('principal_id', '=', principalId).execute();
  await tx.deleteFrom('authorization_codes').where('principal_id', '=', principalId).execute();
  await tx.deleteFrom('device_codes').where('principal_id', '=', principalId).execute();
  await tx.updateTable('refresh_tokens').set({ revoked_at: now }).where('principal_id', '=', principalId).where('revoked_at', 'is', null).execute();
}
