// quota-store: nodes of the computes of workspaces, and the limits set for them.

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';

export interface NodeUse {
  /** Undefined: no limit is set. */
  readonly limit: number | undefined;
  /** Nodes that there are now. */
  readonly nodes: number;
  /** Nodes that the computes keep at least, and may have at most. */
  readonly minNodes: number;
  readonly maxNodes: number;
}

/** By workspace key, in one query. */
export async function listNodeUse(db: Sql, workspaceKeys: readonly string[]): Promise<ReadonlyMap<string, NodeUse>> {
  if (workspaceKeys.length === 0) return new Map();
  const { rows } = await sql<{ key: string; node_limit: number | null; nodes: number; min_nodes: number; max_nodes: number }>`
    select workspace.key, quota.node_limit, computes.nodes, computes.min_nodes, computes.max_nodes
    from unnest(${workspaceKeys}::text[]) as workspace (key)
    left join workspace_quotas as quota on quota.workspace_key = workspace.key
    cross join lateral (
      select coalesce(sum(min_nodes), 0)::int as min_nodes, coalesce(sum(max_nodes), 0)::int as max_nodes,
        coalesce(sum((select count(*) from compute_nodes where compute_key = cluster.key)), 0)::int as nodes
      from compute_clusters as cluster where starts_with(cluster.key, workspace.key || '/computes/') and not is_deleted) as computes`.execute(db);
  return new Map(rows.map((row) => [row.key, { limit: row.node_limit ?? undefined, nodes: row.nodes, minNodes: row.min_nodes, maxNodes: row.max_nodes }]));
}

/** Undefined removes the limit. */
export async function putNodeLimit(tx: Tx, workspaceKey: string, limit: number | undefined): Promise<void> {
  if (limit === undefined) await tx.deleteFrom('workspace_quotas').where('workspace_key', '=', workspaceKey).execute();
  else {
    await tx
      .insertInto('workspace_quotas')
      .values({ workspace_key: workspaceKey, node_limit: limit })
      .onConflict((conflict) => conflict.column('workspace_key').doUpdateSet({ node_limit: limit }))
      .execute();
  }
}

/** The limit, held until the transaction ends, so that changes of computes count one after the other. */
export async function lockNodeLimit(tx: Tx, workspaceKey: string): Promise<number | undefined> {
  const row = await tx.selectFrom('workspace_quotas').select('node_limit').where('workspace_key', '=', workspaceKey).forUpdate().executeTakeFirst();
  return row?.node_limit;
}
