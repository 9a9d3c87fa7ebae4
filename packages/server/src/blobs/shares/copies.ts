// Copies of files, and files put whole. A copy under the same key shares the pieces of its source: no byte is moved.

import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type EntryRecord, lockEntry } from '#storage/file-entry-store.ts';
import { isSealedAlike, shareExtents, writeExtent } from '#storage/file-extent-store.ts';
import { type BlobDeps, MAX_ROUNDS } from '../containers.ts';
import { tooMuchContention } from '../faults.ts';
import { changeEntry, createFile, type FileAddress, findEntry, getEntry, type NewFile } from './entries.ts';
import { dropPiece, makePiece, readFile } from './ranges.ts';

export interface CopyOptions {
  /** Replaces the metadata of the source. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** URL of the source as it is shown, without a signature. */
  readonly sourceUrl: string;
  smb(source: EntryRecord['smb']): EntryRecord['smb'];
  readonly mayReplace?: boolean;
}

class SourceChanged extends Error {}

/** Makes the target the same as the source. Throws ResourceNotFound, and the faults of createFile. */
export async function copyFile(deps: BlobDeps, source: FileAddress, target: FileAddress, options: CopyOptions): Promise<EntryRecord> {
  const key = await deps.keys?.ofContainer(target.account, target.share);
  const mayShare = key === undefined || source.account === target.account;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const from = await getEntry(deps, source, 'file');
    const file = {
      headers: from.headers,
      contentMd5: from.contentMd5,
      metadata: options.metadata ?? from.metadata,
      smb: options.smb(from.smb),
      copy: { id: randomUUID(), source: options.sourceUrl, completedAt: new Date(deps.clock.now()).toUTCString() },
    };
    if ((await findEntry(deps, target))?.id === from.id) return changeEntry(deps, target, 'file', () => ({ metadata: file.metadata, smb: file.smb, copy: file.copy }));
    if (!mayShare || !(await isSealedAlike(deps.database.sql, from.id, key?.id))) return putFile(deps, target, (await readFile(deps, source, undefined)).content, file, options.mayReplace);
    try {
      return await createFile(
        deps,
        target,
        { ...file, sizeBytes: from.sizeBytes },
        {
          sourceId: from.id,
          mayReplace: options.mayReplace ?? true,
          async fill(tx, { id }) {
            if ((await lockEntry(tx, from.id))?.etag !== from.etag) throw new SourceChanged('look again');
            await shareExtents(tx, from.id, id);
          },
        },
      );
    } catch (error) {
      if (!(error instanceof SourceChanged)) throw error;
    }
  }
  throw tooMuchContention(target.path.join('/'));
}

/** Writes the file at once, or not at all, in place of what was there. */
export async function putFile(deps: BlobDeps, address: FileAddress, content: Buffer | Readable, file: Omit<NewFile, 'sizeBytes'>, mayReplace = true): Promise<EntryRecord> {
  const piece = await makePiece(deps, address, content);
  try {
    if (piece.sizeBytes === 0) await dropPiece(deps, piece);
    return await createFile(
      deps,
      address,
      { ...file, sizeBytes: piece.sizeBytes },
      {
        mayReplace,
        async fill(tx, { id }) {
          if (piece.sizeBytes > 0) await writeExtent(tx, id, 0, piece);
        },
      },
    );
  } catch (error) {
    await dropPiece(deps, piece);
    throw error;
  }
}
