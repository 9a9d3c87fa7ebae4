// asset-store: what containers of versioned assets show of their versions, and look-ups across containers.

import { sql } from 'kysely';
import type { Sql } from './database.ts';
import { CODE_HASH } from './hidden/catalog.ts';
import { lookUp } from './hidden/marks.ts';

/** Newest version and the number after the highest whole-numbered one, by container key, in one query. */
export async function describeVersions(db: Sql, versionType: string, containerKeys: readonly string[]): Promise<ReadonlyMap<string, { readonly latestVersion: string; readonly nextVersion: string }>> {
  if (containerKeys.length === 0) return new Map();
  const result = await sql<{ parent_key: string; latest: string; highest: string | null }>`
    select parent_key, (array_agg(name order by seq desc))[1] as latest,
           max(case when name ~ '^[0-9]{1,17}$' then name::bigint end) as highest
    from resources where type = ${versionType} and parent_key = any(${containerKeys}) and deleted_at is null
    group by parent_key`.execute(db);
  return new Map(result.rows.map((row) => [row.parent_key, { latestVersion: row.latest, nextVersion: String(BigInt(row.highest ?? '0') + 1n) }]));
}

/** Key and id of the resource of that type and name, wherever it is: for names that are unique over everything. */
export async function findByName(db: Sql, type: string, name: string): Promise<{ readonly id: string; readonly key: string } | undefined> {
  return db.selectFrom('resources').select(['id', 'key']).where('type', '=', type).where(sql<string>`lower(name)`, '=', name.toLowerCase()).where('deleted_at', 'is', null).executeTakeFirst();
}

/** Ids of the code versions of a workspace with this content hash, newest first. Source: contracts/azure-ai-ml.md §3.3. */
export async function findCodeByHash(db: Sql, workspaceKey: string, hash: string, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('resources')
    .select('id')
    .where('type', '=', 'microsoft.machinelearningservices/workspaces/codes/versions')
    .where(sql<string>`properties->'properties'->>'hash_sha256'`, '=', lookUp(CODE_HASH, workspaceKey, hash))
    .where('parent_key', '>=', `${workspaceKey}/codes/`)
    .where('parent_key', '<', `${workspaceKey}/codes0`)
    .where('deleted_at', 'is', null)
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Ids of the model versions of a workspace, of one model or of all, oldest first. */
export async function listModelVersionIds(db: Sql, workspaceKey: string, model: string | undefined, limit: number): Promise<readonly string[]> {
  let query = db.selectFrom('resources').select('id').where('type', '=', 'microsoft.machinelearningservices/workspaces/models/versions').where('deleted_at', 'is', null);
  query =
    model === undefined
      ? query.where('parent_key', '>=', `${workspaceKey}/models/`).where('parent_key', '<', `${workspaceKey}/models0`)
      : query.where('parent_key', '=', `${workspaceKey}/models/${model}`);
  return (await query.orderBy('seq').limit(limit).execute()).map((row) => row.id);
}
