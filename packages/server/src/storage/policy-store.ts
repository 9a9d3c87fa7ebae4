// policy-store: policy assignments as the framework looks for them at every write: rows of `resources`.

import type { JsonObject } from '#kernel/json.ts';
import { listChildren, scopesAt } from './child-store.ts';
import type { Sql } from './database.ts';

export const POLICY_ASSIGNMENT_TYPE = 'microsoft.authorization/policyassignments';

/** Azure's own limit. */
const MOST_PER_SCOPE = 200;

export interface AssignedPolicy {
  readonly id: string;
  readonly name: string;
  readonly properties: JsonObject;
}

/** Those at a scope and above it, outermost first. */
export async function findPolicyAssignments(db: Sql, scopeKey: string): Promise<readonly AssignedPolicy[]> {
  const above = scopesAt(scopeKey);
  const found = await listChildren(db, POLICY_ASSIGNMENT_TYPE, above, MOST_PER_SCOPE);
  return above.flatMap((key) => found.get(key) ?? []);
}
