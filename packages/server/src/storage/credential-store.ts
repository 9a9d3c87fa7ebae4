// credential-store: what callers show and we only keep as a hash: authorization codes, refresh tokens, sessions,
// one-time links, identity headers; and the grants of running jobs.

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';

export interface AuthorizationCode {
  readonly appId: string;
  readonly principalId: string;
  readonly redirectUri: string;
  readonly codeChallenge: string | null;
  readonly scope: string;
  readonly nonce: string | null;
  readonly family: string;
  readonly expiresAt: Date;
}

export async function insertAuthorizationCode(tx: Tx, hash: Buffer, code: AuthorizationCode): Promise<void> {
  await tx
    .insertInto('authorization_codes')
    .values({
      hash,
      app_id: code.appId,
      principal_id: code.principalId,
      redirect_uri: code.redirectUri,
      code_challenge: code.codeChallenge,
      scope: code.scope,
      nonce: code.nonce,
      family: code.family,
      expires_at: code.expiresAt,
      used_at: null,
    })
    .execute();
}

/** Marks the code used and returns it; `wasUsed` when it had been before. Undefined for an unknown code. */
export async function useAuthorizationCode(tx: Tx, hash: Buffer, now: Date): Promise<(AuthorizationCode & { readonly wasUsed: boolean }) | undefined> {
  const row = await tx.selectFrom('authorization_codes').selectAll().where('hash', '=', hash).forUpdate().executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.used_at === null) await tx.updateTable('authorization_codes').set({ used_at: now }).where('hash', '=', hash).execute();
  return {
    appId: row.app_id,
    principalId: row.principal_id,
    redirectUri: row.redirect_uri,
    codeChallenge: row.code_challenge,
    scope: row.scope,
    nonce: row.nonce,
    family: row.family,
    expiresAt: row.expires_at,
    wasUsed: row.used_at !== null,
  };
}

export interface RefreshToken {
  readonly family: string;
  readonly appId: string;
  readonly principalId: string;
  readonly scope: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

export async function insertRefreshToken(tx: Tx, hash: Buffer, token: RefreshToken): Promise<void> {
  await tx
    .insertInto('refresh_tokens')
    .values({
      hash,
      family: token.family,
      app_id: token.appId,
      principal_id: token.principalId,
      scope: token.scope,
      issued_at: token.issuedAt,
      expires_at: token.expiresAt,
      used_at: null,
      revoked_at: null,
    })
    .execute();
}

/** The token, locked to the end of the transaction. */
export async function lockRefreshToken(tx: Tx, hash: Buffer): Promise<(RefreshToken & { readonly usedAt: Date | null; readonly revokedAt: Date | null }) | undefined> {
  const row = await tx.selectFrom('refresh_tokens').selectAll().where('hash', '=', hash).forUpdate().executeTakeFirst();
  if (row === undefined) return undefined;
  return { family: row.family, appId: row.app_id, principalId: row.principal_id, scope: row.scope, issuedAt: row.issued_at, expiresAt: row.expires_at, usedAt: row.used_at, revokedAt: row.revoked_at };
}

/** Keeps the instant of the first use. */
export async function markRefreshTokenUsed(tx: Tx, hash: Buffer, now: Date): Promise<void> {
  await tx.updateTable('refresh_tokens').set({ used_at: now }).where('hash', '=', hash).where('used_at', 'is', null).execute();
}

export async function revokeRefreshFamily(tx: Tx, family: string, now: Date): Promise<void> {
  await tx.updateTable('refresh_tokens').set({ revoked_at: now }).where('family', '=', family).where('revoked_at', 'is', null).execute();
}

export async function insertSession(tx: Tx, hash: Buffer, session: { readonly principalId: string; readonly createdAt: Date; readonly expiresAt: Date }): Promise<void> {
  await tx.insertInto('sessions').values({ hash, principal_id: session.principalId, created_at: session.createdAt, expires_at: session.expiresAt }).execute();
}

/** The principal's object id, while the session lasts. */
export async function findSession(db: Sql, hash: Buffer, now: Date): Promise<{ readonly principalId: string; readonly createdAt: Date } | undefined> {
  const row = await db.selectFrom('sessions').select(['principal_id', 'created_at']).where('hash', '=', hash).where('expires_at', '>', now).executeTakeFirst();
  return row === undefined ? undefined : { principalId: row.principal_id, createdAt: row.created_at };
}

export async function deleteSession(tx: Tx, hash: Buffer): Promise<void> {
  await tx.deleteFrom('sessions').where('hash', '=', hash).execute();
}

export async function insertOneTimeLink(tx: Tx, hash: Buffer, link: { readonly principalId: string; readonly expiresAt: Date }): Promise<void> {
  await tx.insertInto('one_time_links').values({ hash, principal_id: link.principalId, expires_at: link.expiresAt, used_at: null }).execute();
}

/** Uses the link up. The principal's object id, or undefined when it is unknown, used or over. */
export async function useOneTimeLink(tx: Tx, hash: Buffer, now: Date): Promise<string | undefined> {
  const row = await tx
    .updateTable('one_time_links')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('principal_id')
    .executeTakeFirst();
  return row?.principal_id;
}

export interface IdentityHeader {
  readonly principalId: string;
  readonly jobKey: string | null;
  readonly expiresAt: Date | null;
  /** The managed identity whose tokens it gives in place of the principal's. */
  readonly identityId: string | null;
}

export async function insertIdentityHeader(tx: Tx, hash: Buffer, header: IdentityHeader): Promise<void> {
  await tx.insertInto('identity_headers').values({ hash, principal_id: header.principalId, job_key: header.jobKey, expires_at: header.expiresAt, identity_id: header.identityId }).execute();
}

export async function findIdentityHeader(db: Sql, hash: Buffer, now: Date): Promise<IdentityHeader | undefined> {
  const row = await db
    .selectFrom('identity_headers')
    .selectAll()
    .where('hash', '=', hash)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]))
    .executeTakeFirst();
  return row === undefined ? undefined : { principalId: row.principal_id, jobKey: row.job_key, expiresAt: row.expires_at, identityId: row.identity_id };
}

/** Removes the headers of a principal that are not a job's. */
export async function deleteOwnIdentityHeaders(tx: Tx, principalId: string): Promise<void> {
  await tx.deleteFrom('identity_headers').where('principal_id', '=', principalId).where('job_key', 'is', null).execute();
}

export interface JobGrant {
  readonly jobKey: string;
  readonly workspaceKey: string;
  readonly principalId: string;
  readonly expiresAt: Date;
}

/** Lets tokens of this job be accepted until `expiresAt`; a longer grant of the same job stays. */
export async function putJobGrant(tx: Tx, grant: JobGrant): Promise<void> {
  await tx
    .insertInto('job_grants')
    .values({ job_key: grant.jobKey, workspace_key: grant.workspaceKey, principal_id: grant.principalId, expires_at: grant.expiresAt })
    .onConflict((conflict) => conflict.column('job_key').doUpdateSet({ principal_id: grant.principalId, expires_at: sql`greatest(job_grants.expires_at, excluded.expires_at)` }))
    .execute();
}

export async function findJobGrant(db: Sql, jobKey: string, now: Date): Promise<JobGrant | undefined> {
  const row = await db.selectFrom('job_grants').selectAll().where('job_key', '=', jobKey).where('expires_at', '>', now).executeTakeFirst();
  return row === undefined ? undefined : { jobKey: row.job_key, workspaceKey: row.workspace_key, principalId: row.principal_id, expiresAt: row.expires_at };
}

/** Ends the job's tokens and identity headers at once. Idempotent. */
export async function deleteJobGrant(tx: Tx, jobKey: string): Promise<void> {
  await tx.deleteFrom('job_grants').where('job_key', '=', jobKey).execute();
  await tx.deleteFrom('identity_headers').where('job_key', '=', jobKey).execute();
}

/** Removes what ended a day ago or earlier. Used codes and tokens stay until then, so that a second showing is noticed. */
export async function pruneCredentials(tx: Tx, now: Date): Promise<void> {
  const limit = new Date(now.getTime() - 86_400_000);
  await tx.deleteFrom('authorization_codes').where('expires_at', '<', limit).execute();
  await tx.deleteFrom('refresh_tokens').where('expires_at', '<', limit).execute();
  await tx.deleteFrom('sessions').where('expires_at', '<', limit).execute();
  await tx.deleteFrom('one_time_links').where('expires_at', '<', limit).execute();
  await tx.deleteFrom('device_codes').where('expires_at', '<', limit).execute();
  await tx.deleteFrom('identity_headers').where('expires_at', '<', limit).execute();
  await tx.deleteFrom('job_grants').where('expires_at', '<', limit).execute();
}
