// Work of customer-managed keys: wraps data keys anew when the vault's key was rotated, and takes over those of
// workspaces that are gone.

import { isFault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import { listWrappedBy } from '#storage/customer-key-store.ts';
import type { Database } from '#storage/database.ts';
import { findVersion } from '#storage/vault-object-store.ts';
import { defineWork, type WorkKind } from '#work/define-work.ts';
import { type CustomerKeys, useOf } from './customer-keys.ts';
import { RELEASE_KIND, REWRAP_KIND } from './work-kinds.ts';

const PAGE = 100;
const FIRST = '00000000-0000-0000-0000-000000000000';
/** Azure looks for a new version once a day or so; what was refused is tried again sooner. */
const REFUSED_AGAIN_MS = 10 * 60_000;

export function customerKeyWork(database: Database, customerKeys: CustomerKeys): readonly WorkKind[] {
  return [
    defineWork({
      kind: REWRAP_KIND,
      maxAttempts: 1_000,
      async run(ctx, payload) {
        const vaultId = stringAt(payload, 'vaultId') ?? '';
        const keyName = stringAt(payload, 'keyName') ?? '';
        const newest = await findVersion(database.sql, vaultId.toLowerCase(), 'key', keyName, undefined);
        if (newest === undefined) return 'done';
        let isRefused = false;
        let after = FIRST;
        for (;;) {
          const records = await listWrappedBy(database.sql, vaultId, keyName, PAGE, after);
          for (const record of records.filter((each) => each.pinnedVersion === undefined && each.wrappedVersion !== newest.version)) {
            // Why one by one: a workspace that may not use the key now must not keep the others waiting.
            await customerKeys.rewrap(ctx, record, useOf(record)).catch((error: unknown) => {
              if (!isFault(error, 'forbidden')) throw error;
              isRefused = true;
            });
          }
          const last = records.at(-1);
          if (last === undefined || records.length < PAGE) break;
          after = last.id;
        }
        return isRefused ? { againAfterMs: REFUSED_AGAIN_MS } : 'done';
      },
    }),
    defineWork({
      kind: RELEASE_KIND,
      maxAttempts: 1_000,
      async run(ctx, payload) {
        try {
          await customerKeys.takeOver(ctx, stringAt(payload, 'id') ?? FIRST);
        } catch (error) {
          if (!isFault(error, 'forbidden')) throw error;
          return { againAfterMs: REFUSED_AGAIN_MS };
        }
        return 'done';
      },
    }),
  ];
}
