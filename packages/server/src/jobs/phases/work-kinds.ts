// Names of the kinds of work of the engine, as they stand in the queue.

import type { Tx } from '#storage/database.ts';
import { enqueueWork } from '#storage/work-store.ts';

/** One per unfinished job, by its number: moves it through its phases. */
export const ADVANCE = 'jobs.advance';
/** One per new node: checks that commands can run, then lets it take jobs. */
export const PREPARE_NODE = 'jobs.prepare-node';
/** One per compute: removes nodes that were idle for long. */
export const SCALE_DOWN = 'jobs.scale-down';
/** One per compute instance with schedules: starts and stops it when they say so. */
export const POWER_SCHEDULE = 'jobs.power-schedule';
/** One in all: frees folders of ended attempts and unused input copies. */
export const PRUNE = 'jobs.prune';

/** Pruning comes every hour by itself; this makes it come now, for files of a job that was deleted. */
export async function hastenPrune(tx: Tx, correlationId: string): Promise<void> {
  await enqueueWork(tx, { kind: PRUNE, payload: {}, dedupeKey: PRUNE, correlationId });
}
