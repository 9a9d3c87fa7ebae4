// vault-object-store: the SQL of secrets and keys as things with a name: found, claimed, listed, deleted, recovered.

import { type Selectable, sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import type { VaultObjectsTable, VaultVersionsTable } from './tables/key-vault.ts';
import type { VaultObject, VaultObjectKind, VaultVersion } from './vault-object-record.ts';

type ObjectRow = Selectable<VaultObjectsTable>;
type Joined = Omit<ObjectRow, 'created_at'> & Selectable<VaultVersionsTable>;

const OBJECT = sql.raw('o.id, o.vault_key, o.kind, o.name, o.name_key, o.rotation_policy, o.deleted_at, o.purge_at, o.policy, o.pending, o.pending_sealed');

export interface ObjectPage {
  readonly isDeleted: boolean;
  /** Names after this one, lower-cased. */
  readonly after: string;
  readonly limit: number;
}

/** The object, held until the transaction ends; made when there is none. A deleted one is answered too. */
export async function claimObject(tx: Tx, vaultKey: string, kind: VaultObjectKind, name: string, at: Date): Promise<VaultObject> {
  const row = await tx
    .insertInto('vault_objects')
    .values({ vault_key: vaultKey, kind, name, name_key: name.toLowerCase(), rotation_policy: null, created_at: at, deleted_at: null, purge_at: null })
    .onConflict((conflict) => conflict.columns(['vault_key', 'kind', 'name_key']).doUpdateSet({ name_key: name.toLowerCase() }))
    .returningAll()
    .executeTakeFirstOrThrow();
  return toObject(row);
}

/** The object, held until the transaction ends. */
export async function lockObject(tx: Tx, vaultKey: string, kind: VaultObjectKind, name: string): Promise<VaultObject | undefined> {
  const row = await tx.selectFrom('vault_objects').selectAll().where('vault_key', '=', vaultKey).where('kind', '=', kind).where('name_key', '=', name.toLowerCase()).forUpdate().executeTakeFirst();
  return row === undefined ? undefined : toObject(row);
}

/** Living or deleted. */
export async function findObject(db: Sql, vaultKey: string, kind: VaultObjectKind, name: string): Promise<VaultObject | undefined> {
  const row = await db.selectFrom('vault_objects').selectAll().where('vault_key', '=', vaultKey).where('kind', '=', kind).where('name_key', '=', name.toLowerCase()).executeTakeFirst();
  return row === undefined ? undefined : toObject(row);
}

/** The object with one version, the newest unless told; also of a deleted object. */
export async function findVersion(db: Sql, vaultKey: string, kind: VaultObjectKind, name: string, version: string | undefined): Promise<VaultVersion | undefined> {
  const wanted = version === undefined ? sql`` : sql`and v.version = ${version.toLowerCase()}`;
  const { rows } = await sql<Joined>`select ${OBJECT}, v.*
    from vault_objects o join vault_versions v on v.object_id = o.id
    where o.vault_key = ${vaultKey} and o.kind = ${kind} and o.name_key = ${name.toLowerCase()} ${wanted}
    order by v.seq desc limit 1`.execute(db);
  return rows[0] === undefined ? undefined : toVersion(rows[0]);
}

/** A page of objects in the order of their names, each with its newest version. */
export async function listObjects(db: Sql, vaultKey: string, kind: VaultObjectKind, page: ObjectPage): Promise<readonly VaultVersion[]> {
  const { rows } = await sql<Joined>`select ${OBJECT}, v.*
    from vault_objects o cross join lateral (select * from vault_versions where object_id = o.id order by seq desc limit 1) v
    where o.vault_key = ${vaultKey} and o.kind = ${kind} and o.name_key > ${page.after}
      and ${page.isDeleted ? sql`o.deleted_at is not null` : sql`o.deleted_at is null`}
    order by o.name_key limit ${page.limit}`.execute(db);
  return rows.map(toVersion);
}

/** Versions of a living object, oldest first. */
export async function listVersions(db: Sql, vaultKey: string, kind: VaultObjectKind, name: string, page: { readonly after: string; readonly limit: number }): Promise<readonly VaultVersion[]> {
  const { rows } = await sql<Joined>`select ${OBJECT}, v.*
    from vault_objects o join vault_versions v on v.object_id = o.id
    where o.vault_key = ${vaultKey} and o.kind = ${kind} and o.name_key = ${name.toLowerCase()} and o.deleted_at is null and v.seq > ${page.after}
    order by v.seq limit ${page.limit}`.execute(db);
  return rows.map(toVersion);
}

export async function markObjectDeleted(tx: Tx, id: string, at: Date, purgeAt: Date): Promise<void> {
  await tx.updateTable('vault_objects').set({ deleted_at: at, purge_at: purgeAt }).where('id', '=', id).execute();
}

export async function recoverObject(tx: Tx, id: string): Promise<void> {
  await tx.updateTable('vault_objects').set({ deleted_at: null, purge_at: null }).where('id', '=', id).execute();
}

/** Removes a deleted object with its versions. */
export async function purgeObject(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('vault_objects').where('id', '=', id).where('deleted_at', 'is not', null).execute();
}

/** Removes the object when its days are over. When it is due otherwise; undefined: gone, or living again. */
export async function purgeDueObject(tx: Tx, id: string, now: Date): Promise<Date | undefined> {
  await tx.deleteFrom('vault_objects').where('id', '=', id).where('purge_at', '<=', now).execute();
  const row = await tx.selectFrom('vault_objects').select('purge_at').where('id', '=', id).executeTakeFirst();
  return row?.purge_at ?? undefined;
}

export async function setRotationPolicy(tx: Tx, id: string, policy: JsonObject): Promise<void> {
  await tx
    .updateTable('vault_objects')
    .set({ rotation_policy: JSON.stringify(policy) })
    .where('id', '=', id)
    .execute();
}

export async function setCertificatePolicy(tx: Tx, id: string, policy: JsonObject): Promise<void> {
  await tx
    .updateTable('vault_objects')
    .set({ policy: JSON.stringify(policy) })
    .where('id', '=', id)
    .execute();
}

/** Undefined: there is no operation (any more). */
export async function setPending(tx: Tx, id: string, pending: JsonObject | undefined, sealed?: Buffer): Promise<void> {
  await tx
    .updateTable('vault_objects')
    .set({ pending: pending === undefined ? null : JSON.stringify(pending), pending_sealed: sealed ?? null })
    .where('id', '=', id)
    .execute();
}

function toObject(row: Omit<ObjectRow, 'created_at'>): VaultObject {
  return {
    id: row.id,
    vaultKey: row.vault_key,
    kind: row.kind,
    name: row.name,
    rotationPolicy: row.rotation_policy ?? undefined,
    deletedAt: row.deleted_at ?? undefined,
    purgeAt: row.purge_at ?? undefined,
    policy: row.policy ?? undefined,
    pending: row.pending ?? undefined,
    pendingSealed: row.pending_sealed ?? undefined,
  };
}

function toVersion(row: Joined): VaultVersion {
  return {
    object: toObject(row),
    seq: row.seq,
    version: row.version,
    isEnabled: row.is_enabled,
    notBefore: row.not_before ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    contentType: row.content_type ?? undefined,
    tags: row.tags,
    details: row.details,
    sealed: row.sealed,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
