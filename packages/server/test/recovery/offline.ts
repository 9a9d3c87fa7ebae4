// checkOffline: what a stopped server left: no work that waits but the periodic kinds, none that failed, and byte files
// that the sweep brings into step with the database.

import { join } from 'node:path';
import { sweepOrphans } from '@lazurite/server/blobs/blob-work.ts';
import { openLocalDisk } from '@lazurite/server/blobs/local-disk.ts';
import { systemClock } from '@lazurite/server/kernel/clock.ts';
import { Database } from '@lazurite/server/storage/database.ts';
import { startEmbeddedPostgres } from '@lazurite/server/storage/embedded-postgres.ts';
import { listWork } from '@lazurite/server/storage/work-store.ts';

/** What comes round again by itself. */
const PERIODIC = new Set(['arm.retention', 'blobs.sweep', 'jobs.prune', 'identity.rotate-keys']);

export async function checkOffline(dataDir: string): Promise<{ readonly swept: number }> {
  const postgres = await startEmbeddedPostgres({ dir: join(dataDir, 'postgres') });
  try {
    const database = await Database.open({ url: postgres.url, poolSize: 4 });
    try {
      const left = [
        ...(await listWork(database.sql, { state: 'ready', limit: 1000 })),
        ...(await listWork(database.sql, { state: 'running', limit: 1000 })),
        ...(await listWork(database.sql, { state: 'failed', limit: 1000 })),
      ];
      const wrong = left.filter((item) => item.state !== 'ready' || !PERIODIC.has(item.kind));
      if (wrong.length > 0) throw new Error(`Work that should be done: ${wrong.map((item) => `${item.kind} ${item.state}${item.lastError === null ? '' : ` (${item.lastError})`}`).join(', ')}`);
      const deps = { database, bytes: openLocalDisk(join(dataDir, 'blobs'), systemClock), clock: systemClock };
      const swept = await sweepOrphans(deps, -1);
      const again = await sweepOrphans(deps, -1);
      if (again !== 0) throw new Error(`The second sweep found ${again} files that the first one left.`);
      return { swept };
    } finally {
      await database.close();
    }
  } finally {
    await postgres.stop();
  }
}
