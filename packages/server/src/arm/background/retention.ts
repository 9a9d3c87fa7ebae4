// Work: records of what happened go after 90 days, once a day, in bounded batches.
// Source: Azure Monitor, "Activity log": events are kept for 90 days.

import { pruneRecords } from '#storage/retention-store.ts';
import { defineWork, type WorkKind } from '#work/define-work.ts';
import type { ArmDeps } from '../deps.ts';

const KEPT_MS = 90 * 86_400_000;
const DAY_MS = 86_400_000;
const BATCH = 5_000;

/** Enqueued once at start with dedupe key `all`; it calls itself again. */
export const retentionKind = 'arm.retention';

export function retentionWork(deps: Pick<ArmDeps, 'database'>): WorkKind {
  return defineWork({
    kind: retentionKind,
    async run(ctx) {
      const before = new Date(ctx.clock.now() - KEPT_MS);
      while (!ctx.signal().aborted) if (!(await pruneRecords(deps.database.sql, before, BATCH))) return { againAfterMs: DAY_MS };
      return { againAfterMs: 0 };
    },
  });
}
