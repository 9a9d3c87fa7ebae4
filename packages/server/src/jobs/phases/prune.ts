// prune: frees the disk: folders of attempts that ended long ago or that no job knows, and input copies nobody used.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listLiveAttemptIds } from '#storage/job-store.ts';
import { defineWork, type WorkKind } from '#work/define-work.ts';
import { isAttemptId, removeTree } from '../files/attempt-folder.ts';
import { attemptsDirOf } from './attempt-session.ts';
import type { JobEngineDeps } from '../engine-deps.ts';
import type { InputCache } from '../files/input-cache.ts';
import { PRUNE } from './work-kinds.ts';

const HOUR_MS = 3_600_000;
/** Ended attempts stay this long, for whoever wants to look at their files. */
const KEEP_ENDED_MS = 24 * HOUR_MS;
const KEEP_INPUTS_MS = 7 * 24 * HOUR_MS;

export function pruneWork(deps: JobEngineDeps, cache: InputCache): WorkKind {
  return defineWork({
    kind: PRUNE,
    async run(ctx) {
      const since = new Date(ctx.clock.now() - KEEP_ENDED_MS);
      const dir = attemptsDirOf(deps);
      // Read before the rows: an attempt that begins meanwhile is not in this list.
      const names = (await readdir(dir).catch(() => [])).filter(isAttemptId);
      const live = await listLiveAttemptIds(deps.database.sql, deps.host, since);
      for (const name of names) {
        ctx.signal().throwIfAborted();
        if (live.has(name)) continue;
        await removeTree(join(dir, name));
        ctx.log.info({ attempt: name }, 'job.attempt_pruned');
      }
      await cache.prune(new Date(ctx.clock.now() - KEEP_INPUTS_MS));
      return { againAfterMs: HOUR_MS };
    },
  });
}
