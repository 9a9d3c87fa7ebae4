// assignment-list-store: the role assignments that reach a scope, as people look at them: with who holds them.

import { sql } from 'kysely';
import { stringAt, type JsonObject } from '#kernel/json.ts';
import type { Sql } from './database.ts';

export interface ListedAssignment {
  readonly id: string;
  readonly name: string;
  /** `/`, or the id of where it was given. */
  readonly scope: string;
  readonly roleDefinitionId: string;
  readonly principalId: string;
  readonly principalType: string;
  /** null: not in the directory any more. */
  readonly principalName: string | null;
  readonly createdAt: Date;
}

/** Those at the scopes, which are keys of a resource and of what encloses it; '' is the tenant. Nearest first. */
export async function listAssignmentsAt(db: Sql, scopeKeys: readonly string[], limit: number): Promise<readonly ListedAssignment[]> {
  const { rows } = await sql<{ id: string; name: string; parent_key: string; properties: JsonObject; display_name: string | null; kind: string | null; created_at: Date }>`
    select a.id, a.name, a.parent_key, a.properties, a.created_at, p.display_name, p.kind
    from resources a left join principals p on p.id = lower(a.properties->>'principalId')
    where a.type = 'microsoft.authorization/roleassignments' and a.deleted_at is null and a.parent_key = any(${scopeKeys}::text[])
    order by length(a.parent_key) desc, a.seq limit ${limit}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    scope: row.parent_key === '' ? '/' : (stringAt(row.properties, 'scope') ?? row.parent_key),
    roleDefinitionId: stringAt(row.properties, 'roleDefinitionId') ?? '',
    principalId: stringAt(row.properties, 'principalId') ?? '',
    principalType: row.kind ?? stringAt(row.properties, 'principalType') ?? '',
    principalName: row.display_name,
    createdAt: row.created_at,
  }));
}
