// network-access-store: which neighbours belong to a workspace that is closed to public networks.

import { sql } from 'kysely';
import type { Sql } from './database.ts';

/** Whether the account or vault was made for a living workspace whose publicNetworkAccess is Disabled. */
export async function isMadeForClosedWorkspace(db: Sql, link: 'storageAccount' | 'keyVault', id: string): Promise<boolean> {
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
  return row !== undefined;
}
