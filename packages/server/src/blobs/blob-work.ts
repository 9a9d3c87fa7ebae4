// Work of blobs: frees bytes that lost their last reference (told by the triggers of migration 0004), empties deleted
// containers, and sweeps files that no row knows (a crash between file and row) and blocks nobody committed.

import type { WorkKind } from '#work/define-work.ts';
import { defineWork } from '#work/define-work.ts';
import { dropContainerBatch } from '#storage/blob-container-store.ts';
import { dropStagedBefore, findUnknownBytes, forgetGarbage, listGarbage, scheduleSweep } from '#storage/blob-garbage-store.ts';
import type { BlobDeps } from './containers.ts';

const BATCH = 500;
const PINNED_RETRY_MS = 5_000;
const SWEEP_EVERY_MS = 6 * 3_600_000;
const ORPHAN_GRACE_MS = 3_600_000;
/** Azure: blocks that are not committed within a week are discarded. */
const STAGED_GRACE_MS = 7 * 24 * 3_600_000;
const FIRST_UUID = '00000000-0000-0000-0000-000000000000';

/** Removes the files of garbage rows. The number of ids that a reader still holds. */
export async function freeGarbage(deps: BlobDeps): Promise<number> {
  let busy = 0;
  let after = FIRST_UUID;
  for (;;) {
    const ids = await listGarbage(deps.database.sql, BATCH, after);
    const last = ids.at(-1);
    if (last === undefined) return busy;
    const pinned = new Set(await deps.bytes.remove(ids));
    busy += pinned.size;
    await forgetGarbage(
      deps.database.sql,
      ids.filter((id) => !pinned.has(id)),
    );
    after = last;
  }
}

/** Removes files that no row knows and that nobody wrote to for `graceMs`. How many. */
export async function sweepOrphans(deps: BlobDeps, graceMs: number): Promise<number> {
  let swept = 0;
  for await (const ids of deps.bytes.listOlderThan(graceMs)) {
    const unknown = await findUnknownBytes(deps.database.sql, ids);
    swept += unknown.length - (await deps.bytes.remove(unknown)).length;
  }
  return swept;
}

/** The work kinds of blobs, for the worker. */
export function blobWorkKinds(deps: BlobDeps): readonly WorkKind[] {
  return [
    defineWork({
      kind: 'blobs.free',
      maxAttempts: 1_000_000,
      run: async () => ((await freeGarbage(deps)) === 0 ? 'done' : { againAfterMs: PINNED_RETRY_MS }),
    }),
    defineWork({
      kind: 'blobs.drop',
      maxAttempts: 1_000_000,
      run: async (_ctx, payload) => {
        const id = String(payload['containerId']);
        while (!(await deps.database.transaction((tx) => dropContainerBatch(tx, id, BATCH))));
        return 'done';
      },
    }),
    defineWork({
      kind: 'blobs.sweep',
      maxAttempts: 1_000_000,
      run: async (ctx) => {
        await dropStagedBefore(deps.database.sql, new Date(ctx.clock.now() - STAGED_GRACE_MS));
        const swept = await sweepOrphans(deps, ORPHAN_GRACE_MS);
        if (swept > 0) ctx.log.info({ swept }, 'blobs.orphans_swept');
        return { againAfterMs: SWEEP_EVERY_MS };
      },
    }),
  ];
}

/** Once per start: makes sure that the sweep is in the queue. */
export async function startBlobWork(deps: BlobDeps): Promise<void> {
  await deps.database.transaction((tx) => scheduleSweep(tx));
}
