// identity-store: users, groups, service principals, managed identities, their applications and client secrets,
// and the facts of this installation. Writers take a transaction.

import { type Selectable, sql } from 'kysely';
import { Fault } from '#kernel/faults.ts';
import { type Json, type JsonObject, stringAt } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import type { ApplicationsTable, PrincipalsTable } from './tables/identity.ts';

export type DirectoryKind = PrincipalsTable['kind'];

export interface DirectoryObject {
  readonly id: string;
  readonly kind: DirectoryKind;
  readonly displayName: string;
  readonly userPrincipalName?: string;
  readonly appId?: string;
  readonly resourceKey?: string;
  readonly isEnabled: boolean;
}

/** A principal with the groups it is in, transitively. */
export interface DirectoryPrincipal extends DirectoryObject {
  readonly groups: readonly string[];
}

/** `spa` and `web` match exactly; a loopback address of a `native` or `spa` client matches with any port (RFC 8252 §7.3). */
export interface RedirectUri {
  readonly uri: string;
  readonly platform: 'spa' | 'web' | 'native';
}

export interface Application {
  readonly appId: string;
  readonly displayName: string;
  readonly isPublic: boolean;
  readonly redirectUris: readonly RedirectUri[];
}

export interface ClientSecretRecord {
  readonly keyId: string;
  readonly appId: string;
  readonly displayName: string;
  readonly hash: Buffer;
  readonly hint: string;
  readonly startsAt: Date;
  readonly endsAt: Date | null;
}

type PrincipalRow = Omit<Selectable<PrincipalsTable>, 'created_at'>;

function directoryObjectFromRow(row: PrincipalRow): DirectoryObject {
  return {
    id: row.id,
    kind: row.kind,
    displayName: row.display_name,
    ...(row.user_principal_name === null ? {} : { userPrincipalName: row.user_principal_name }),
    ...(row.app_id === null ? {} : { appId: row.app_id }),
    ...(row.resource_key === null ? {} : { resourceKey: row.resource_key }),
    isEnabled: row.is_enabled,
  };
}

/** Adds the principal. Throws `conflict`/`Request_ResourceAlreadyExists` when its id, user name or application id is taken. */
export async function insertPrincipal(tx: Tx, principal: Omit<DirectoryObject, 'isEnabled'>): Promise<DirectoryObject> {
  const row = await tx
    .insertInto('principals')
    .values({
      id: principal.id.toLowerCase(),
      kind: principal.kind,
      display_name: principal.displayName,
      user_principal_name: principal.userPrincipalName?.toLowerCase() ?? null,
      app_id: principal.appId?.toLowerCase() ?? null,
      resource_key: principal.resourceKey ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    throw new Fault(
      'conflict',
      'Request_ResourceAlreadyExists',
      `There is a principal with object id ${principal.id}, user name ${principal.userPrincipalName ?? '(none)'} or application id ${principal.appId ?? '(none)'} already.`,
    );
  }
  return directoryObjectFromRow(row);
}

export async function setPrincipalEnabled(tx: Tx, id: string, isEnabled: boolean): Promise<void> {
  await tx.updateTable('principals').set({ is_enabled: isEnabled }).where('id', '=', id).execute();
}

/** Removes the principal with its memberships, sessions, codes and tokens. Idempotent. */
export async function deletePrincipal(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('principals').where('id', '=', id).execute();
}

async function findPrincipalBy(db: Sql, column: 'id' | 'app_id' | 'user_principal_name', value: string): Promise<DirectoryPrincipal | undefined> {
  // `union`, not `union all`: a cycle of groups ends the recursion.
  const result = await sql<PrincipalRow & { groups: string[] | null }>`
    with recursive p as (select * from principals where ${sql.ref(column)} = ${value}),
      g(id) as (
        select m.group_id from group_members m join p on m.member_id = p.id
        union
        select m.group_id from group_members m join g on m.member_id = g.id)
    select p.id, p.kind, p.display_name, p.user_principal_name, p.app_id, p.resource_key, p.is_enabled,
           (select array_agg(g.id order by g.id) from g) as groups from p`.execute(db);
  const row = result.rows[0];
  return row === undefined ? undefined : { ...directoryObjectFromRow(row), groups: row.groups ?? [] };
}

export async function findPrincipal(db: Sql, id: string): Promise<DirectoryPrincipal | undefined> {
  return findPrincipalBy(db, 'id', id.toLowerCase());
}

export async function findPrincipalByAppId(db: Sql, appId: string): Promise<DirectoryPrincipal | undefined> {
  return findPrincipalBy(db, 'app_id', appId.toLowerCase());
}

export async function findPrincipalByUserName(db: Sql, userPrincipalName: string): Promise<DirectoryPrincipal | undefined> {
  return findPrincipalBy(db, 'user_principal_name', userPrincipalName.toLowerCase());
}

/** Adds a member to a group (groups nest). Idempotent. Throws `notFound` for a group or member that is not there. */
export async function addGroupMember(tx: Tx, groupId: string, memberId: string): Promise<void> {
  const rows = await tx.selectFrom('principals').select(['id', 'kind']).where('id', 'in', [groupId, memberId]).execute();
  const group = rows.find((row) => row.id === groupId);
  if (group?.kind !== 'Group' || !rows.some((row) => row.id === memberId)) {
    throw new Fault('notFound', 'Request_ResourceNotFound', `Group ${groupId} or member ${memberId} does not exist.`);
  }
  await tx
    .insertInto('group_members')
    .values({ group_id: groupId, member_id: memberId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function removeGroupMember(tx: Tx, groupId: string, memberId: string): Promise<void> {
  await tx.deleteFrom('group_members').where('group_id', '=', groupId).where('member_id', '=', memberId).execute();
}

/** Writes the registration, replacing an earlier one of the same application id. */
export async function putApplication(tx: Tx, application: Application): Promise<void> {
  const values = { display_name: application.displayName, is_public: application.isPublic, redirect_uris: JSON.stringify(application.redirectUris) };
  await tx
    .insertInto('applications')
    .values({ app_id: application.appId.toLowerCase(), ...values })
    .onConflict((conflict) => conflict.column('app_id').doUpdateSet(values))
    .execute();
}

export async function findApplication(db: Sql, appId: string): Promise<Application | undefined> {
  const row = await db.selectFrom('applications').selectAll().where('app_id', '=', appId.toLowerCase()).executeTakeFirst();
  return row === undefined ? undefined : applicationFromRow(row);
}

/** The application that tokens for this audience are for: its client id, `api://` and its client id, or one of its identifier URIs. */
export async function findApplicationByAudience(db: Sql, audience: string): Promise<Application | undefined> {
  const row = await db
    .selectFrom('applications')
    .selectAll()
    .where((where) => where.or([where('app_id', '=', audience.toLowerCase().replace(/^api:\/\//, '')), sql<boolean>`details->'identifierUris' ? ${audience}`]))
    .orderBy('created_at')
    .executeTakeFirst();
  return row === undefined ? undefined : applicationFromRow(row);
}

function applicationFromRow(row: Selectable<ApplicationsTable>): Application {
  return { appId: row.app_id, displayName: row.display_name, isPublic: row.is_public, redirectUris: row.redirect_uris.flatMap(parseRedirectUri) };
}

function parseRedirectUri(value: JsonObject): readonly RedirectUri[] {
  const uri = stringAt(value, 'uri');
  const platform = stringAt(value, 'platform');
  return uri !== undefined && (platform === 'spa' || platform === 'web' || platform === 'native') ? [{ uri, platform }] : [];
}

export async function insertClientSecret(tx: Tx, secret: ClientSecretRecord): Promise<void> {
  await tx
    .insertInto('client_secrets')
    .values({ key_id: secret.keyId, app_id: secret.appId, display_name: secret.displayName, hash: secret.hash, hint: secret.hint, starts_at: secret.startsAt, ends_at: secret.endsAt })
    .execute();
}

export async function listClientSecrets(db: Sql, appId: string): Promise<readonly ClientSecretRecord[]> {
  return listClientSecretsOf(db, [appId.toLowerCase()]);
}

export async function listClientSecretsOf(db: Sql, appIds: readonly string[]): Promise<readonly ClientSecretRecord[]> {
  if (appIds.length === 0) return [];
  const rows = await db.selectFrom('client_secrets').selectAll().where('app_id', 'in', appIds).orderBy('starts_at').orderBy('key_id').execute();
  return rows.map((row) => ({ keyId: row.key_id, appId: row.app_id, displayName: row.display_name, hash: row.hash, hint: row.hint, startsAt: row.starts_at, endsAt: row.ends_at }));
}

export async function deleteClientSecrets(tx: Tx, appId: string, keyIds: readonly string[] | 'all'): Promise<void> {
  let query = tx.deleteFrom('client_secrets').where('app_id', '=', appId);
  if (keyIds !== 'all') query = query.where('key_id', 'in', keyIds);
  await query.execute();
}

/** Only one server at a time is between here and the end of the transaction. */
export async function lockInstallation(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(7146303)`.execute(tx);
}

export async function findInstallationFact(db: Sql, name: string): Promise<Json | undefined> {
  const row = await db.selectFrom('installation').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}

export async function putInstallationFact(tx: Tx, name: string, value: Json): Promise<void> {
  const json = JSON.stringify(value);
  await tx
    .insertInto('installation')
    .values({ name, value: json })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: json }))
    .execute();
}

/** The system-assigned identity of a resource. */
export async function findPrincipalByResource(db: Sql, resourceKey: string): Promise<DirectoryObject | undefined> {
  const row = await db.selectFrom('principals').selectAll().where('resource_key', '=', resourceKey).executeTakeFirst();
  return row === undefined ? undefined : directoryObjectFromRow(row);
}
