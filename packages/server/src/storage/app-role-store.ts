// app-role-store: the SQL of roles that applications define and their assignments. The resource is the application's service principal.

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';

export interface AppRoleAssignment {
  readonly id: string;
  readonly appRoleId: string;
  readonly createdAt: Date;
  readonly principalId: string;
  readonly principalName: string;
  readonly principalKind: string;
  readonly resourceId: string;
  readonly resourceName: string;
}

/** False when it is there already. */
export async function insertAppRoleAssignment(tx: Tx, assignment: Pick<AppRoleAssignment, 'id' | 'appRoleId' | 'principalId' | 'resourceId' | 'createdAt'>): Promise<boolean> {
  const { id, appRoleId, principalId, resourceId, createdAt } = assignment;
  const result = await sql`insert into app_role_assignments (id, app_role_id, principal_id, resource_id, created_at)
    values (${id}, ${appRoleId}, ${principalId}, ${resourceId}, ${createdAt}) on conflict do nothing`.execute(tx);
  return Number(result.numAffectedRows ?? 0n) === 1;
}

/** In order of id, those after `after`. */
export async function listAppRoleAssignments(
  db: Sql,
  of: { readonly id: string } | { readonly principalId: string } | { readonly resourceId: string },
  page: { readonly after: string; readonly limit: number },
): Promise<readonly AppRoleAssignment[]> {
  const [column, value] = 'id' in of ? (['a.id', of.id] as const) : 'principalId' in of ? (['a.principal_id', of.principalId] as const) : (['a.resource_id', of.resourceId] as const);
  const { rows } = await sql<AppRoleAssignment>`
    select a.id, a.app_role_id as "appRoleId", a.created_at as "createdAt", p.id as "principalId", p.display_name as "principalName", p.kind as "principalKind",
           r.id as "resourceId", r.display_name as "resourceName"
    from app_role_assignments a join principals p on p.id = a.principal_id join principals r on r.id = a.resource_id
    where ${sql.ref(column)} = ${value} and a.id > ${page.after} order by a.id limit ${page.limit}`.execute(db);
  return rows;
}

export async function deleteAppRoleAssignment(tx: Tx, id: string): Promise<void> {
  await sql`delete from app_role_assignments where id = ${id}`.execute(tx);
}

/** Values of the enabled roles of an application that one of the principals holds: the `roles` of a token for it. */
export async function findAppRoleValues(db: Sql, appId: string, principalIds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ value: string }>`
    select distinct role->>'value' as value
    from app_role_assignments a
    join principals r on r.id = a.resource_id and r.app_id = ${appId}
    join applications app on app.app_id = r.app_id
    cross join lateral jsonb_array_elements(coalesce(app.details->'appRoles', '[]'::jsonb)) role
    where a.principal_id = any(${principalIds}::text[]) and role->>'id' = a.app_role_id and coalesce(role->>'isEnabled', 'true') = 'true' and coalesce(role->>'value', '') <> ''
    order by 1`.execute(db);
  return rows.map(({ value }) => value);
}

/** Whether the application takes only whom it is assigned to, and none of the principals is. */
export async function lacksAssignment(db: Sql, appId: string, principalIds: readonly string[]): Promise<boolean> {
  const { rows } = await sql`
    select 1 from principals r where r.app_id = ${appId} and r.details->>'appRoleAssignmentRequired' = 'true'
      and not exists (select 1 from app_role_assignments a where a.resource_id = r.id and a.principal_id = any(${principalIds}::text[]))`.execute(db);
  return rows.length > 0;
}
