// Compaction: short neighbours of a file, and what little is left of large pieces, become pieces of their own, so that a
// file written in crumbs reads like one written at once. Content and etag stay.

import { type EntryRecord, lockEntry } from '#storage/file-entry-store.ts';
import { type Extent, listExtents, readExtents, writeExtent } from '#storage/file-extent-store.ts';
import type { BlobDeps } from '../containers.ts';
import type { FileAddress } from './entries.ts';
import { dropPiece, makePiece, readPiece, SHORT_BYTES } from './ranges.ts';

const JOINED_BYTES = 4 * 1024 * 1024;
const PAGE = 1000;
/** An extent this small a part of its piece keeps too much of the disk. */
const WASTE = 8;

function isPoor({ startAt, endAt, piece }: Extent): boolean {
  return endAt - startAt < SHORT_BYTES || (endAt - startAt) * WASTE < piece.sizeBytes;
}

/** Runs of neighbours worth joining. */
function runsOf(extents: readonly Extent[]): readonly (readonly Extent[])[] {
  const runs: Extent[][] = [];
  let run: Extent[] = [];
  for (const extent of extents) {
    const first = run[0];
    const isNext = run.at(-1)?.endAt === extent.startAt && first !== undefined && extent.endAt - first.startAt <= JOINED_BYTES;
    if (!isPoor(extent) || !isNext) {
      if (run.length > 0) runs.push(run);
      run = [];
    }
    if (isPoor(extent)) run.push(extent);
  }
  if (run.length > 0) runs.push(run);
  return runs.filter((each) => each.length > 1 || each.some(({ startAt, endAt, piece }) => (endAt - startAt) * WASTE < piece.sizeBytes && piece.sizeBytes > SHORT_BYTES));
}

/** How many runs were joined. */
export async function compactFile(deps: BlobDeps, place: Pick<FileAddress, 'account' | 'share'>, fileId: string): Promise<number> {
  let joined = 0;
  for (let from = 0; ; ) {
    const page = await listExtents(deps.database.sql, fileId, from, PAGE);
    for (const run of runsOf(page)) if (await joinRun(deps, place, fileId, run)) joined += 1;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return joined;
    from = last.endAt;
  }
}

async function joinRun(deps: BlobDeps, place: Pick<FileAddress, 'account' | 'share'>, fileId: string, run: readonly Extent[]): Promise<boolean> {
  const first = run[0]?.startAt ?? 0;
  const past = run.at(-1)?.endAt ?? 0;
  const found = await readExtents(deps.database.sql, fileId, first, past);
  const pin = deps.bytes.pin((found?.extents ?? []).filter((extent) => extent.piece.inline === undefined).map((extent) => extent.piece.id));
  try {
    if (found === undefined || !isSame(found.extents, run)) return false;
    const parts: Buffer[] = [];
    for (const { piece, pieceOffset, startAt, endAt } of found.extents) {
      const bytes = await readPiece(deps, place.account, piece, pieceOffset, pieceOffset + endAt - startAt);
      if (bytes === undefined) return false;
      parts.push(bytes);
    }
    const piece = await makePiece(deps, place, Buffer.concat(parts));
    const isDone = await deps.database.transaction(async (tx) => {
      const held: EntryRecord | undefined = await lockEntry(tx, fileId);
      const now = held === undefined ? undefined : await readExtents(tx, fileId, first, past);
      if (now === undefined || !isSame(now.extents, run)) return false;
      await writeExtent(tx, fileId, first, piece);
      return true;
    });
    if (!isDone) await dropPiece(deps, piece);
    return isDone;
  } finally {
    pin.release();
  }
}

function isSame(a: readonly Extent[], b: readonly Extent[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ startAt, endAt, piece, pieceOffset }, at) => b[at]?.startAt === startAt && b[at].endAt === endAt && b[at].piece.id === piece.id && b[at].pieceOffset === pieceOffset)
  );
}
