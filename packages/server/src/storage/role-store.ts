// role-store: role assignments and custom role definitions as authorization reads them: rows of `resources`.
// Writes to them are told by triggers (migration 0009), so that a removed assignment counts at once.

import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';

const ASSIGNMENT_TYPE = 'microsoft.authorization/roleassignments';
const DEFINITION_TYPE = 'microsoft.authorization/roledefinitions';

export interface AssignmentRecord {
  /** ARM id of the assignment. */
  readonly id: string;
  /** Resource key of the scope; `/` for the root. */
  readonly scope: string;
  readonly principalId: string;
  /** Last segment of the definition's id: lower-case GUID. */
  readonly roleId: string;
  /** Properties of the custom definition of that name, when there is one. */
  readonly customDefinition?: JsonObject;
  /** An ABAC condition. We cannot evaluate one, so an assignment that has it grants nothing. */
  readonly condition?: string;
}

/** The assignments of these principals (a caller and its groups), each with the custom definition it names. */
export async function findAssignments(db: Sql, principalIds: readonly string[]): Promise<readonly AssignmentRecord[]> {
  // Why the oldest definition: a later one of the same name elsewhere must not widen what an assignment grants.
  const result = await sql<{ id: string; parent_key: string; properties: JsonObject; role_id: string; definition: JsonObject | null }>`
    select a.id, a.parent_key, a.properties, r.role_id, d.properties as definition
    from resources a
    cross join lateral (select lower(regexp_replace(a.properties->>'roleDefinitionId', '^.*/', '')) as role_id) r
    left join lateral (
      select properties from resources
      where type = ${sql.lit(DEFINITION_TYPE)} and deleted_at is null and lower(name) = r.role_id
      order by seq limit 1) d on true
    where a.type = ${sql.lit(ASSIGNMENT_TYPE)} and a.deleted_at is null and a.properties->>'principalId' = any(${principalIds})`.execute(db);
  return result.rows.map((row) => {
    const condition = stringAt(row.properties, 'condition');
    return {
      id: row.id,
      // The framework's key of the tenant is the empty text.
      scope: row.parent_key === '' ? '/' : row.parent_key,
      principalId: stringAt(row.properties, 'principalId') ?? '',
      roleId: row.role_id,
      ...(row.definition === null ? {} : { customDefinition: row.definition }),
      ...(condition === undefined || condition === '' ? {} : { condition }),
    };
  });
}

export interface NewAssignment {
  /** `/`, or an ARM id. */
  readonly scope: string;
  readonly roleId: string;
  readonly principalId: string;
  readonly principalType: 'User' | 'Group' | 'ServicePrincipal';
  readonly createdBy: string;
  readonly now: Date;
}

/** Adds an assignment where the resource framework keeps them, for what must exist before the first request. */
export async function insertAssignment(tx: Tx, assignment: NewAssignment): Promise<void> {
  const name = randomUUID();
  const at = assignment.scope === '/' ? '' : assignment.scope;
  const id = `${at}/providers/Microsoft.Authorization/roleAssignments/${name}`;
  const subscription = /^\/subscriptions\/([^/]+)/i.exec(at)?.[1]?.toLowerCase() ?? null;
  const resourceGroup = /\/resourcegroups\/([^/]+)/i.exec(at)?.[1]?.toLowerCase() ?? null;
  const time = assignment.now.toISOString();
  await tx
    .insertInto('resources')
    .values({
      key: id.toLowerCase(),
      id,
      type: ASSIGNMENT_TYPE,
      name,
      parent_key: at.toLowerCase(),
      subscription_id: subscription,
      resource_group: resourceGroup,
      location: null,
      tags: '{}',
      kind: null,
      sku: null,
      identity: null,
      members: '{}',
      properties: JSON.stringify({
        roleDefinitionId: `${subscription === null ? '' : `/subscriptions/${subscription}`}/providers/Microsoft.Authorization/roleDefinitions/${assignment.roleId}`,
        principalId: assignment.principalId,
        principalType: assignment.principalType,
        scope: assignment.scope,
        createdOn: time,
        updatedOn: time,
        createdBy: assignment.createdBy,
        updatedBy: assignment.createdBy,
      }),
      secrets: null,
      etag: randomUUID(),
      provisioning_state: 'Succeeded',
      system_data: JSON.stringify({
        createdBy: assignment.createdBy,
        createdByType: 'Application',
        createdAt: time,
        lastModifiedBy: assignment.createdBy,
        lastModifiedByType: 'Application',
        lastModifiedAt: time,
      }),
      deleted_at: null,
      purge_at: null,
    })
    .execute();
}

/** Resource key of the storage account that belongs to the workspace, for what its jobs may read and write. */
export async function findWorkspaceStorageKey(db: Sql, workspaceKey: string): Promise<string | undefined> {
  const row = await db.selectFrom('resources').select('properties').where('key', '=', workspaceKey).where('deleted_at', 'is', null).executeTakeFirst();
  return row === undefined ? undefined : stringAt(row.properties, 'storageAccount')?.toLowerCase();
}

/** How many assignments name the definition of this GUID, wherever they are. */
export async function countAssignmentsOf(db: Sql, roleId: string): Promise<number> {
  const result = await sql<{ count: string }>`select count(*) as count from resources
    where type = ${sql.lit(ASSIGNMENT_TYPE)} and deleted_at is null and lower(properties->>'roleDefinitionId') like ${`%/${roleId.toLowerCase()}`}`.execute(db);
  return Number(result.rows[0]?.count ?? 0);
}

/**
 * Whether somebody else goes on managing access at a scope when an assignment goes: holds one of the roles there or at the
 * tenant. Serialises the answers until the transaction ends.
 */
export async function hasOtherAssignment(tx: Tx, assignmentKey: string, scopeKey: string, roles: readonly string[]): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(7146313)`.execute(tx);
  const { rows } = await sql<{ key: string }>`
    select a.key from resources a join principals p on p.id = a.properties->>'principalId' and p.is_enabled
    where a.type = ${sql.lit(ASSIGNMENT_TYPE)} and a.deleted_at is null and a.parent_key = any(${['', scopeKey]}::text[]) and a.key <> ${assignmentKey}
      and coalesce(a.properties->>'condition', '') = '' and lower(regexp_replace(a.properties->>'roleDefinitionId', '^.*/', '')) = any(${roles}::text[]) limit 1`.execute(tx);
  return rows.length > 0;
}

/** The custom definition of this name, in any letter case. */
export async function findDefinitionByRoleName(db: Sql, roleName: string): Promise<{ readonly id: string; readonly key: string; readonly name: string } | undefined> {
  return db
    .selectFrom('resources')
    .select(['id', 'key', 'name'])
    .where('type', '=', DEFINITION_TYPE)
    .where('deleted_at', 'is', null)
    .where(sql<string>`lower(properties->>'roleName')`, '=', roleName.toLowerCase())
    .executeTakeFirst();
}
