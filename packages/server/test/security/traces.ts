// Traces: what a server keeps, counted, to see that refused requests leave nothing behind.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestServer } from '../../../testkit/src/test-server.ts';

/** Rows of every table, and files with sizes of the data folder, without what changes by itself. */
export async function countTraces(server: TestServer): Promise<Readonly<Record<string, number>>> {
  const { pool } = server.composition.database;
  const tables = await pool.query("select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1");
  const counts: Record<string, number> = {};
  for (const { name } of tables.rows as readonly { readonly name: string }[]) {
    if (name === 'work_items') continue;
    counts[`table ${name}`] = Number((await pool.query(`select count(*) as rows from "${name}"`)).rows[0].rows);
  }
  for (const folder of ['blobs', 'jobs', 'environments']) {
    for (const entry of listFiles(join(server.connection.dataDir, folder))) counts[`file ${folder}/${entry}`] = statSync(join(server.connection.dataDir, folder, entry)).size;
  }
  return counts;
}

function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name).slice(folder.length + 1)] : []));
  } catch {
    return [];
  }
}
