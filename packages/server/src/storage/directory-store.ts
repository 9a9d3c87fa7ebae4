// directory-store: principals and registrations of applications as Microsoft Graph lists them: by criteria, in pages, in the
// order of their names.

import { type RawBuilder, sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import type { DirectoryKind } from './identity-store.ts';

/** A principal with what Graph keeps of it. */
export interface DirectoryEntry {
  readonly id: string;
  readonly kind: DirectoryKind;
  readonly displayName: string;
  readonly userPrincipalName: string | null;
  readonly appId: string | null;
  readonly resourceKey: string | null;
  readonly isEnabled: boolean;
  readonly details: JsonObject;
  readonly createdAt: Date;
}

/** A registration; `id` is Graph's own id of it. */
export interface ApplicationEntry {
  readonly id: string;
  readonly appId: string;
  readonly displayName: string;
  readonly isPublic: boolean;
  readonly redirectUris: readonly JsonObject[];
  readonly details: JsonObject;
  readonly createdAt: Date;
}

export type Criterion =
  | { readonly kind: 'compare'; readonly field: string; readonly operator: 'eq' | 'ne' | 'startswith' | 'contains' | 'in'; readonly values: readonly (string | boolean | null)[] }
  /** A list of the entry has this value. */
  | { readonly kind: 'has'; readonly field: string; readonly value: string }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Criterion[] }
  | { readonly kind: 'not'; readonly part: Criterion };

export interface DirectoryPage {
  readonly criterion?: Criterion | undefined;
  /** Only these ids. */
  readonly ids?: readonly string[] | undefined;
  /** Name and id of the last entry of the page before. */
  readonly after?: readonly [string, string] | undefined;
  readonly limit: number;
}

const PRINCIPAL_COLUMNS: Readonly<Record<string, string>> = { id: 'id', displayName: 'display_name', userPrincipalName: 'user_principal_name', appId: 'app_id', accountEnabled: 'is_enabled' };
const APPLICATION_COLUMNS: Readonly<Record<string, string>> = { id: 'object_id', displayName: 'display_name', appId: 'app_id' };

type Columns = Readonly<Record<string, string>>;

function condition(criterion: Criterion, columns: Columns): RawBuilder<boolean> {
  switch (criterion.kind) {
    case 'and':
      return sql<boolean>`(${sql.join(criterion.parts.map((part) => condition(part, columns)), sql` and `)})`; // biome-ignore format: one clause
    case 'or':
      return sql<boolean>`(${sql.join(criterion.parts.map((part) => condition(part, columns)), sql` or `)})`; // biome-ignore format: one clause
    case 'not':
      return sql<boolean>`(not coalesce(${condition(criterion.part, columns)}, false))`;
    case 'has':
      // Azure: the names of a service principal hold its application id.
      return criterion.field === 'servicePrincipalNames'
        ? sql<boolean>`(app_id = ${criterion.value.toLowerCase()} or details->'servicePrincipalNames' ? ${criterion.value})`
        : sql<boolean>`(details->${criterion.field}::text ? ${criterion.value})`;
    case 'compare':
      return comparison(criterion, columns);
  }
}

function comparison(criterion: Extract<Criterion, { kind: 'compare' }>, columns: Columns): RawBuilder<boolean> {
  const column = columns[criterion.field];
  const field = column === undefined ? sql`lower(details->>${criterion.field}::text)` : sql`lower(${sql.ref(column)}::text)`;
  const texts = criterion.values.filter((value) => value !== null).map((value) => String(value).toLowerCase());
  const first = texts[0] ?? '';
  const isNull = sql<boolean>`${field} is null`;
  switch (criterion.operator) {
    case 'eq':
      return texts.length === 0 ? isNull : sql<boolean>`${field} = ${first}`;
    case 'ne':
      return texts.length === 0 ? sql<boolean>`${field} is not null` : sql<boolean>`${field} is distinct from ${first}`;
    case 'startswith':
      return sql<boolean>`starts_with(${field}, ${first})`;
    case 'contains':
      return sql<boolean>`strpos(${field}, ${first}) > 0`;
    case 'in':
      return sql<boolean>`${field} = any(${texts})`;
  }
}

function clauses(page: Omit<DirectoryPage, 'limit'>, columns: Columns): RawBuilder<unknown> {
  const id = sql.ref(columns['id'] ?? 'id');
  return sql`${page.criterion === undefined ? sql`true` : condition(page.criterion, columns)}
    and ${page.ids === undefined ? sql`true` : sql`${id} = any(${page.ids})`}
    and ${page.after === undefined ? sql`true` : sql`(lower(display_name) collate "C", ${id}) > (${page.after[0]}, ${page.after[1]})`}`;
}

export async function listPrincipals(db: Sql, kinds: readonly DirectoryKind[], page: DirectoryPage): Promise<readonly DirectoryEntry[]> {
  const result = await sql<DirectoryEntry>`
    select id, kind, display_name as "displayName", user_principal_name as "userPrincipalName", app_id as "appId", resource_key as "resourceKey",
           is_enabled as "isEnabled", details, created_at as "createdAt"
    from principals where kind = any(${kinds}) and ${clauses(page, PRINCIPAL_COLUMNS)}
    order by lower(display_name) collate "C", id limit ${page.limit}`.execute(db);
  return result.rows;
}

export async function countPrincipals(db: Sql, kinds: readonly DirectoryKind[], page: Omit<DirectoryPage, 'limit' | 'after'>): Promise<number> {
  const result = await sql<{ count: number }>`select count(*)::int as count from principals where kind = any(${kinds}) and ${clauses(page, PRINCIPAL_COLUMNS)}`.execute(db);
  return result.rows[0]?.count ?? 0;
}

export async function listApplications(db: Sql, page: DirectoryPage): Promise<readonly ApplicationEntry[]> {
  const result = await sql<ApplicationEntry>`
    select object_id as id, app_id as "appId", display_name as "displayName", is_public as "isPublic", redirect_uris as "redirectUris", details, created_at as "createdAt"
    from applications where ${clauses(page, APPLICATION_COLUMNS)}
    order by lower(display_name) collate "C", object_id limit ${page.limit}`.execute(db);
  return result.rows;
}

export async function countApplications(db: Sql, page: Omit<DirectoryPage, 'limit' | 'after'>): Promise<number> {
  const result = await sql<{ count: number }>`select count(*)::int as count from applications where ${clauses(page, APPLICATION_COLUMNS)}`.execute(db);
  return result.rows[0]?.count ?? 0;
}

/** Throws nothing for a principal that is not there. `details`: the whole of them. */
export async function updatePrincipal(
  tx: Tx,
  id: string,
  change: { readonly displayName: string; readonly userPrincipalName: string | null; readonly isEnabled: boolean; readonly details: JsonObject },
): Promise<void> {
  await tx
    .updateTable('principals')
    .set({ display_name: change.displayName, user_principal_name: change.userPrincipalName?.toLowerCase() ?? null, is_enabled: change.isEnabled, details: JSON.stringify(change.details) })
    .where('id', '=', id)
    .execute();
}

/** What Graph alone keeps of a registration. */
export async function setApplicationDetails(tx: Tx, appId: string, details: JsonObject): Promise<void> {
  await tx
    .updateTable('applications')
    .set({ details: JSON.stringify(details) })
    .where('app_id', '=', appId)
    .execute();
}

/** Removes the registration with its secrets, keys and federations. */
export async function deleteApplication(tx: Tx, appId: string): Promise<void> {
  await tx.deleteFrom('applications').where('app_id', '=', appId).execute();
}

/** Object ids of the members of a group: its own, or through groups. */
export async function listMemberIds(db: Sql, groupId: string, isTransitive: boolean): Promise<readonly string[]> {
  if (!isTransitive) return (await db.selectFrom('group_members').select('member_id').where('group_id', '=', groupId).execute()).map((row) => row.member_id);
  const result = await sql<{ id: string }>`
    with recursive g(id) as (
      select member_id from group_members where group_id = ${groupId}
      union
      select m.member_id from group_members m join g on m.group_id = g.id)
    select id from g`.execute(db);
  return result.rows.map((row) => row.id);
}

/** The groups that a principal is in itself, not through others. */
export async function listDirectGroupIds(db: Sql, memberId: string): Promise<readonly string[]> {
  return (await db.selectFrom('group_members').select('group_id').where('member_id', '=', memberId).execute()).map((row) => row.group_id);
}

export async function addOwner(tx: Tx, objectId: string, ownerId: string): Promise<boolean> {
  const row = await tx
    .insertInto('directory_owners')
    .values({ object_id: objectId, owner_id: ownerId })
    .onConflict((conflict) => conflict.doNothing())
    .returning('owner_id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function removeOwner(tx: Tx, objectId: string, ownerId: string): Promise<boolean> {
  const row = await tx.deleteFrom('directory_owners').where('object_id', '=', objectId).where('owner_id', '=', ownerId).returning('owner_id').executeTakeFirst();
  return row !== undefined;
}

/** Ends what is owned by nobody's fault but that it is gone. */
export async function removeOwnersOf(tx: Tx, objectId: string): Promise<void> {
  await tx.deleteFrom('directory_owners').where('object_id', '=', objectId).execute();
}

export async function listOwnerIds(db: Sql, objectId: string): Promise<readonly string[]> {
  return (await db.selectFrom('directory_owners').select('owner_id').where('object_id', '=', objectId).execute()).map((row) => row.owner_id);
}

export async function listOwnedIds(db: Sql, ownerId: string): Promise<readonly string[]> {
  return (await db.selectFrom('directory_owners').select('object_id').where('owner_id', '=', ownerId).execute()).map((row) => row.object_id);
}

export async function isOwner(db: Sql, objectId: string, ownerId: string): Promise<boolean> {
  return (await db.selectFrom('directory_owners').select('owner_id').where('object_id', '=', objectId).where('owner_id', '=', ownerId).executeTakeFirst()) !== undefined;
}

/** How objects belong together. */
export type Link = 'members' | 'memberOf' | 'owners';

const LINKS: Readonly<Record<Link, RawBuilder<unknown>>> = {
  members: sql`select group_id as at, member_id as other from group_members`,
  memberOf: sql`select member_id as at, group_id as other from group_members`,
  owners: sql`select object_id as at, owner_id as other from directory_owners`,
};

/** Of each object up to `most` others, by its id. */
export async function listLinks(db: Sql, link: Link, ids: readonly string[], most: number): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await sql<{ at: string; others: readonly string[] }>`
    with numbered as (select at, other, row_number() over (partition by at order by other) as number from (${LINKS[link]}) linked where at = any(${ids}::text[]))
    select at, array_agg(other order by other) as others from numbered where number <= ${most} group by at`.execute(db);
  return new Map(rows.map(({ at, others }) => [at, others]));
}
