// Listing: names in byte order, with groups up to a delimiter. A group is jumped over, not read through.

import { type BlobRecord, listBlobRows } from '#storage/blob-store.ts';
import type { BlobDeps } from './containers.ts';

/** Behind every name that starts with the text before it: names cannot hold it. */
const LAST_CHARACTER = '\u{10FFFF}';
/** The smallest continuation of a name: names cannot hold NUL. */
const FIRST_CHARACTER = '\u{1}';

export type ListedItem = { readonly blob: BlobRecord } | { readonly prefix: string };

export interface ListOptions {
  readonly prefix: string;
  readonly delimiter: string;
  /** First name to consider. */
  readonly from: string;
  readonly limit: number;
}

/** Up to `limit` blobs and groups together, in order; `next` is the `from` of the next call. */
export async function listBlobs(deps: BlobDeps, containerId: string, options: ListOptions): Promise<{ readonly items: readonly ListedItem[]; readonly next?: string }> {
  const { prefix, delimiter, limit } = options;
  const items: ListedItem[] = [];
  let from = options.from;
  let group: string | undefined;
  for (;;) {
    const wanted = limit - items.length + 1;
    const rows = await listBlobRows(deps.database.sql, containerId, { prefix, from, limit: wanted });
    for (const blob of rows) {
      if (group !== undefined && blob.name.startsWith(group)) continue;
      if (items.length === limit) return { items, next: blob.name };
      const end = delimiter === '' ? -1 : blob.name.indexOf(delimiter, prefix.length);
      if (end < 0) items.push({ blob });
      else {
        group = blob.name.slice(0, end + delimiter.length);
        items.push({ prefix: group });
      }
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < wanted) return { items };
    from = group !== undefined && last.name.startsWith(group) ? `${group}${LAST_CHARACTER}` : `${last.name}${FIRST_CHARACTER}`;
  }
}
