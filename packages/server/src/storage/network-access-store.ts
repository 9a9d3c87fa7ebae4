// network-access-store: which neighbours belong to a workspace that is closed to public networks.

import { sql } from 'kysely';
import type { Sql } from './database.ts';

/** Key of the living workspace whose publicNetworkAccess is Disabled that the account or vault was made for. */
export async function findClosedWorkspaceOf(db: Sql, link: 'storageAccount' | 'keyVault', id: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('resources')
    .select('key')
    .where('type', '=', 'microsoft.machinelearningservices/workspaces')
    .where('deleted_at', 'is', null)
    .where(sql<string>`lower(properties->>'publicNetworkAccess')`, '=', 'disabled')
    .where(sql<string>`lower(properties->>${link})`, '=', id.toLowerCase())
    .where(sql<boolean>`jsonb_exists(properties->'madeNeighbours', ${link})`)
    .limit(1)
    .executeTakeFirst();
  return row?.key;
}

/** Whether a private endpoint connection of one of the resources is approved. */
export async function hasApprovedConnection(db: Sql, targetKeys: readonly string[]): Promise<boolean> {
  const { rows } = await sql`
    select 1 from resources
    where parent_key = any(${targetKeys}::text[]) and deleted_at is null and type like '%/privateendpointconnections'
      and properties #>> '{privateLinkServiceConnectionState,status}' = 'Approved' limit 1`.execute(db);
  return rows.length > 0;
}
