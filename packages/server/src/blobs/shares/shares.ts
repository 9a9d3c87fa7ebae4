// Shares: create, look up, change, delete. What is in them: entries.ts, ranges.ts.

import { findShare, insertShare, markShareDeleted, type ShareRecord, type ShareSettings, shareUsage, updateShare } from '#storage/file-share-store.ts';
import { type BlobDeps, MAX_ROUNDS, newEtag } from '../containers.ts';
import { tooMuchContention } from '../faults.ts';
import { shareAlreadyExists, shareNotFound } from './faults.ts';
import { newSmb } from './smb.ts';

/** Throws `conflict`/`ShareAlreadyExists`. */
export async function createShare(deps: BlobDeps, account: string, name: string, settings: ShareSettings): Promise<ShareRecord> {
  const share = await insertShare(deps.database.sql, account, name, newEtag(), settings, newSmb('Directory', deps.clock.now()));
  if (share === undefined) throw shareAlreadyExists(name);
  return share;
}

/** Throws `notFound`/`ShareNotFound`. */
export async function getShare(deps: BlobDeps, account: string, name: string): Promise<ShareRecord> {
  const share = await findShare(deps.database.sql, account, name);
  if (share === undefined) throw shareNotFound(name);
  return share;
}

/** Idempotent. */
export async function ensureShare(deps: BlobDeps, account: string, name: string): Promise<void> {
  if ((await findShare(deps.database.sql, account, name)) === undefined) await insertShare(deps.database.sql, account, name, newEtag(), {}, newSmb('Directory', deps.clock.now()));
}

export async function changeShare(deps: BlobDeps, account: string, name: string, change: ShareSettings): Promise<ShareRecord> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const share = await getShare(deps, account, name);
    const changed = await updateShare(deps.database.sql, share.id, share.etag, newEtag(), change);
    if (changed !== undefined) return changed;
  }
  throw tooMuchContention(name);
}

/** Gone for every caller at once; the bytes are freed by work. Throws ShareNotFound. */
export async function deleteShare(deps: BlobDeps, account: string, name: string, correlationId: string): Promise<void> {
  if (!(await deps.database.transaction((tx) => markShareDeleted(tx, account, name, correlationId)))) throw shareNotFound(name);
}

export async function usageOf(deps: BlobDeps, share: ShareRecord): Promise<number> {
  return shareUsage(deps.database.sql, share.id);
}
