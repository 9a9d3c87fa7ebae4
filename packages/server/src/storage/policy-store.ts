// policy-store: policy assignments as the framework looks for them at every write: rows of `resources`.

import { sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql } from './database.ts';

export const POLICY_ASSIGNMENT_TYPE = 'microsoft.authorization/policyassignments';

export interface AssignedPolicy {
  readonly id: string;
  readonly name: string;
  readonly properties: JsonObject;
}

/** Those at a scope and above it, outermost first. */
export async function findPolicyAssignments(db: Sql, scopeKey: string): Promise<readonly AssignedPolicy[]> {
  const segments = scopeKey.split('/');
  const above = segments.map((_, index) => segments.slice(0, index + 1).join('/'));
  const { rows } = await sql<AssignedPolicy>`
    select id, name, properties from resources
    where type = ${sql.lit(POLICY_ASSIGNMENT_TYPE)} and deleted_at is null and parent_key = any(${above}::text[])
    order by length(parent_key), key`.execute(db);
  return rows;
}
