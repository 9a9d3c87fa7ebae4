// device-code-store: codes of programs that wait for a person to sign in somewhere else.

import type { Sql, Tx } from './database.ts';
import type { DeviceCodesTable } from './tables/identity.ts';

export interface DeviceCode {
  readonly appId: string;
  readonly scope: string;
  readonly principalId: string | null;
  readonly state: DeviceCodesTable['state'];
  readonly polledAt: Date | null;
  readonly expiresAt: Date;
}

export interface NewDeviceCode {
  readonly hash: Buffer;
  readonly userCodeHash: Buffer;
  readonly appId: string;
  readonly scope: string;
  readonly expiresAt: Date;
}

/** False when a code that waits has the same user code. */
export async function insertDeviceCode(tx: Tx, code: NewDeviceCode): Promise<boolean> {
  const row = await tx
    .insertInto('device_codes')
    .values({ hash: code.hash, user_code_hash: code.userCodeHash, app_id: code.appId, scope: code.scope, principal_id: null, state: 'pending', polled_at: null, expires_at: code.expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .returning('app_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** The code, locked to the end of the transaction. */
export async function lockDeviceCode(tx: Tx, hash: Buffer): Promise<DeviceCode | undefined> {
  const row = await tx.selectFrom('device_codes').selectAll().where('hash', '=', hash).forUpdate().executeTakeFirst();
  return row === undefined ? undefined : { appId: row.app_id, scope: row.scope, principalId: row.principal_id, state: row.state, polledAt: row.polled_at, expiresAt: row.expires_at };
}

export async function markDeviceCodePolled(tx: Tx, hash: Buffer, now: Date): Promise<void> {
  await tx.updateTable('device_codes').set({ polled_at: now }).where('hash', '=', hash).execute();
}

export async function markDeviceCodeUsed(tx: Tx, hash: Buffer): Promise<void> {
  await tx.updateTable('device_codes').set({ state: 'used' }).where('hash', '=', hash).execute();
}

/** A code that still waits for a person. */
export async function findWaitingDeviceCode(db: Sql, userCodeHash: Buffer, now: Date): Promise<{ readonly appId: string; readonly scope: string } | undefined> {
  const row = await db
    .selectFrom('device_codes')
    .select(['app_id', 'scope'])
    .where('user_code_hash', '=', userCodeHash)
    .where('state', '=', 'pending')
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row === undefined ? undefined : { appId: row.app_id, scope: row.scope };
}

/** False when the code does not wait any more. */
export async function decideDeviceCode(tx: Tx, userCodeHash: Buffer, decision: { readonly principalId: string; readonly isApproved: boolean; readonly now: Date }): Promise<boolean> {
  const row = await tx
    .updateTable('device_codes')
    .set({ state: decision.isApproved ? 'approved' : 'declined', principal_id: decision.principalId })
    .where('user_code_hash', '=', userCodeHash)
    .where('state', '=', 'pending')
    .where('expires_at', '>', decision.now)
    .returning('app_id')
    .executeTakeFirst();
  return row !== undefined;
}
