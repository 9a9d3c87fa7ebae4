// resource-store: the SQL of single resources. Every write tells the live events in the same statement; lists are in
// resource-list-store.ts, updates without anything beside them in resource-update-store.ts. A write that changes no row answers undefined: the caller lost a race.

import { type Selectable, sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import { isClosed } from './hidden/hiding.ts';
import { hideCells, type Mark } from './hidden/marks.ts';
import type { ProvisioningState, ResourceContent, ResourceRecord, SystemData } from './resource-record.ts';
import { type ReadsByDatabase, sharedReadsOf } from './shared-reads.ts';
import type { ResourcesTable } from './tables/resources.ts';

export interface ResourceWrite {
  readonly etag: string;
  readonly provisioningState: ProvisioningState;
  readonly systemData: SystemData;
  readonly sealed: Buffer | undefined;
  readonly at: Date;
}

/** The resource of this key. Soft-deleted ones count as absent unless asked for. */
export async function findResource(db: Sql, key: string, options: { readonly includeDeleted?: boolean } = {}): Promise<ResourceRecord | undefined> {
  return (await findResources(db, [key], options)).get(key);
}

/** Those of the keys that exist, in one query. */
export async function findResources(db: Sql, keys: readonly string[], options: { readonly includeDeleted?: boolean } = {}): Promise<ReadonlyMap<string, ResourceRecord>> {
  if (keys.length === 0) return new Map();
  const loaded = await (db.isTransaction ? loadResources(db, keys) : sharedReadsOf(reads, db, '', (shared) => loadResources(db, shared)).find(keys));
  const found = new Map<string, ResourceRecord>();
  for (const key of keys) {
    const resource = loaded.get(key);
    if (resource !== undefined && (options.includeDeleted === true || resource.deletedAt === undefined)) found.set(key, resource);
  }
  return found;
}

const reads: ReadsByDatabase<ResourceRecord> = new WeakMap();

async function loadResources(db: Sql, keys: readonly string[]): Promise<ReadonlyMap<string, ResourceRecord>> {
  const rows = await db.selectFrom('resources').selectAll().where(sql<boolean>`key = any(${keys}::text[])`).execute();
  return new Map(rows.map((row) => [row.key, toResource(row)]));
}

/** Undefined when the key is taken. */
export async function insertResource(tx: Tx, content: ResourceContent, write: ResourceWrite): Promise<ResourceRecord | undefined> {
  const row = await tx
    .with('written', (db) =>
      db
        .insertInto('resources')
        .values({
          key: content.key,
          id: content.id,
          type: content.type,
          name: content.name,
          parent_key: content.parentKey,
          subscription_id: content.subscriptionId ?? null,
          resource_group: content.resourceGroup ?? null,
          created_at: write.at,
          deleted_at: null,
          purge_at: null,
          ...columnsOf(content, write),
        })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .returningAll(),
    )
    .selectFrom('written')
    .selectAll()
    .select(tellChange(content.key))
    .executeTakeFirst();
  return row === undefined ? undefined : toResource(row);
}

/** Compare-and-set: undefined when the resource is gone or its etag is another. */
export async function updateResource(tx: Tx, content: ResourceContent, expectedEtag: string, write: ResourceWrite): Promise<ResourceRecord | undefined> {
  const row = await tx
    .with('written', (db) =>
      db
        .updateTable('resources')
        .set({ ...columnsOf(content, write), deleted_at: null, purge_at: null })
        .where('key', '=', content.key)
        .where('etag', '=', expectedEtag)
        .returningAll(),
    )
    .selectFrom('written')
    .selectAll()
    .select(tellChange(content.key))
    .executeTakeFirst();
  return row === undefined ? undefined : toResource(row);
}

/** Compare-and-set of state and etag alone: what the resource holds stays as it lies. */
export async function updateResourceState(tx: Tx, key: string, expectedEtag: string, write: Omit<ResourceWrite, 'sealed'>): Promise<ResourceRecord | undefined> {
  const row = await tx
    .with('written', (step) =>
      step
        .updateTable('resources')
        .set({ etag: write.etag, provisioning_state: write.provisioningState, system_data: JSON.stringify(write.systemData), updated_at: write.at })
        .where('key', '=', key)
        .where('etag', '=', expectedEtag)
        .returningAll(),
    )
    .selectFrom('written')
    .selectAll()
    .select(tellChange(key))
    .executeTakeFirst();
  return row === undefined ? undefined : toResource(row);
}

/** Holds the resource until the transaction ends: `share` keeps it from being deleted, `update` from any change. */
export async function lockResource(tx: Tx, key: string, strength: 'share' | 'update'): Promise<ResourceRecord | undefined> {
  const query = tx.selectFrom('resources').selectAll().where('key', '=', key).where('deleted_at', 'is', null);
  const row = await (strength === 'share' ? query.forShare() : query.forUpdate()).executeTakeFirst();
  return row === undefined ? undefined : toResource(row);
}

/** What a batch of descendants does with soft-deleted ones: leaves them, takes them, or takes those of other (lower-cased) types than these. */
export type DeletedToo = 'skip' | 'take' | { readonly except: readonly string[] };

/** Up to `limit` resources below the key, descendants before their ancestors, locked. */
export async function takeDescendants(tx: Tx, key: string, limit: number, deleted: DeletedToo): Promise<readonly ResourceRecord[]> {
  let query = tx.selectFrom('resources').selectAll().where('key', '>', `${key}/`).where('key', '<', endOfSubtree(key)).orderBy('key', 'desc').limit(limit).forUpdate();
  if (deleted === 'skip') query = query.where('deleted_at', 'is', null);
  else if (deleted !== 'take') query = query.where(sql<boolean>`(deleted_at is null or type <> all(${deleted.except}::text[]))`);
  return (await query.execute()).map(toResource);
}

/** How many resources `takeDescendants` would give, batch after batch. */
export async function countDescendants(db: Sql, key: string, deleted: DeletedToo): Promise<number> {
  const isTaken = deleted === 'take' ? sql`true` : deleted === 'skip' ? sql`deleted_at is null` : sql`(deleted_at is null or type <> all(${deleted.except}::text[]))`;
  const { rows } = await sql<{ readonly count: number }>`select count(*)::int as count from resources where key > ${`${key}/`} and key < ${endOfSubtree(key)} and ${isTaken}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** The first resource of one of these (lower-cased) types below the key. */
export async function hasDescendant(db: Sql, key: string, types: readonly string[]): Promise<boolean> {
  if (types.length === 0) return false;
  const row = await db
    .selectFrom('resources')
    .select('key')
    .where('key', '>', `${key}/`)
    .where('key', '<', endOfSubtree(key))
    .where('deleted_at', 'is', null)
    .where(sql<boolean>`type = any(${types}::text[])`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function deleteResources(tx: Tx, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await sql`with gone as (delete from resources where key = any(${keys}::text[]) returning key)
    select pg_notify('lazurite_events', json_build_object('topic', 'resource', 'key', key)::text) from gone`.execute(tx);
}

/** Hides the resources until they are recovered or purged. All of one delete share the instant, by which they are recovered together. */
export async function softDeleteResources(tx: Tx, keys: readonly string[], at: Date, purgeAt: Date): Promise<void> {
  if (keys.length === 0) return;
  await sql`with gone as (update resources set deleted_at = ${at}, purge_at = ${purgeAt} where key = any(${keys}::text[]) returning key)
    select pg_notify('lazurite_events', json_build_object('topic', 'resource', 'key', key)::text) from gone`.execute(tx);
}

/** Brings back a resource and what was deleted together with it. Undefined when it is not soft-deleted. */
export async function recoverResources(tx: Tx, key: string): Promise<ResourceRecord | undefined> {
  const root = await tx.selectFrom('resources').selectAll().where('key', '=', key).where('deleted_at', 'is not', null).forUpdate().executeTakeFirst();
  if (root === undefined) return undefined;
  const { rows } = await sql<Selectable<ResourcesTable>>`with back as (
      update resources set deleted_at = null, purge_at = null
      where (key = ${key} or (key > ${`${key}/`} and key < ${endOfSubtree(key)})) and deleted_at = (select deleted_at from resources where key = ${key}) returning *)
    select back.*, pg_notify('lazurite_events', json_build_object('topic', 'resource', 'key', key)::text) as told from back`.execute(tx);
  return rows.filter((row) => row.key === key).map(toResource)[0];
}

/** '0' follows '/' in the "C" collation: everything from `key/` up to it is below the key. */
function endOfSubtree(key: string): string {
  return `${key}0`;
}

function tellChange(key: string) {
  return sql<null>`pg_notify('lazurite_events', ${JSON.stringify({ topic: 'resource', key })})`.as('told');
}

/** What a write sets. */
export function columnsOf(content: ResourceContent, write: ResourceWrite) {
  const { tags, properties, sealed_content, ...rest } = cellsOf(content, write);
  return { ...rest, tags: sql<string>`${tags}`, properties: sql<string>`${properties}`, sealed_content: sql<Buffer | null>`${sealed_content}` };
}

/** The same for a row among others; some of it may be marks. */
export function cellsOf(content: ResourceContent, write: ResourceWrite) {
  return {
    location: content.location ?? null,
    ...contentCells(content),
    kind: content.kind ?? null,
    sku: jsonOrNull(content.sku),
    identity: jsonOrNull(content.identity),
    members: JSON.stringify(content.members),
    secrets: write.sealed ?? null,
    etag: write.etag,
    provisioning_state: write.provisioningState,
    system_data: JSON.stringify(write.systemData),
    updated_at: write.at,
  };
}

const WORKSPACE_TYPE = 'microsoft.machinelearningservices/workspaces/';

/** Machines and networks of the workspace: they are scaled, stopped and closed without anybody's key. */
const OPEN_TYPES = new Set(['computes', 'outboundrules', 'privateendpointconnections'].map((collection) => `${WORKSPACE_TYPE}${collection}`));

/**
 * What is sealed in a workspace with a key of its own: its data, by type. Why not the workspace itself, and what other
 * providers put on it: both say who may do what when the key is gone.
 */
function contentCells(content: ResourceContent): { readonly tags: Mark | string; readonly properties: Mark | string; readonly sealed_content: Mark | null } {
  const [tags, properties] = [JSON.stringify(content.tags), JSON.stringify(content.properties)];
  if (!content.type.startsWith(WORKSPACE_TYPE) || OPEN_TYPES.has(content.type)) return { tags, properties, sealed_content: null };
  const hide = hideCells('resource', content.key, { tags, properties });
  return { tags: hide.cell('tags'), properties: hide.cell('properties'), sealed_content: hide.sealed };
}

function jsonOrNull(value: JsonObject | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** The one place where rows become resources. */
export function toResource(row: Selectable<ResourcesTable>): ResourceRecord {
  const open = {
    key: row.key,
    id: row.id,
    type: row.type,
    name: row.name,
    parentKey: row.parent_key,
    subscriptionId: row.subscription_id ?? undefined,
    resourceGroup: row.resource_group ?? undefined,
    location: row.location ?? undefined,
    kind: row.kind ?? undefined,
    sku: row.sku ?? undefined,
    identity: row.identity ?? undefined,
    members: row.members,
    etag: row.etag,
    provisioningState: row.provisioning_state as ProvisioningState,
    systemData: row.system_data as unknown as SystemData,
    seq: row.seq,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at ?? undefined,
    purgeAt: row.purge_at ?? undefined,
    sealed: row.secrets ?? undefined,
  };
  if (!isClosed(row)) return { ...open, tags: row.tags as Readonly<Record<string, string>>, properties: row.properties };
  return {
    ...open,
    // Why: a resource whose workspace's key is gone is still listed for deletion, and deleted.
    get tags() {
      return row.tags as Readonly<Record<string, string>>;
    },
    get properties() {
      return row.properties;
    },
  };
}
