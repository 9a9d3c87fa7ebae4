// Work of shares: empties deleted ones and joins the crumbs of files. Bytes are freed by blobs.free.

import { defineWork, type WorkKind } from '#work/define-work.ts';
import { placeOfFile } from '#storage/file-entry-store.ts';
import { dropShareBatch } from '#storage/file-share-store.ts';
import type { BlobDeps } from '../containers.ts';
import { compactFile } from './compaction.ts';

const BATCH = 500;

export function shareWorkKinds(deps: BlobDeps): readonly WorkKind[] {
  return [
    defineWork({
      kind: 'files.drop',
      maxAttempts: 1_000_000,
      run: async (_ctx, payload) => {
        const id = String(payload['shareId']);
        while (!(await deps.database.transaction((tx) => dropShareBatch(tx, id, BATCH))));
        return 'done';
      },
    }),
    defineWork({
      kind: 'files.compact',
      maxAttempts: 10,
      run: async (_ctx, payload) => {
        const fileId = String(payload['fileId']);
        const place = await placeOfFile(deps.database.sql, fileId);
        if (place !== undefined) await compactFile(deps, place, fileId);
        return 'done';
      },
    }),
  ];
}
