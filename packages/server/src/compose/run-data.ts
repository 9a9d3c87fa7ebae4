// Params and tags of runs: the customer-managed keys that their values are under, and the studio's view of them.

import type { RunData } from '#planes/studio/ports.ts';
import { listParams, listTags } from '#storage/run-data-store.ts';
import type { RunDataKeys } from '#tracking/ports.ts';
import { openPairs } from '#tracking/run-seals.ts';
import { deriveKey, openComparable, sealComparably } from '#vault/cipher.ts';
import type { CustomerKeys } from '#vault/customer-keys.ts';

export function createRunDataKeys(customerKeys: Pick<CustomerKeys, 'ofScope'>): RunDataKeys {
  return {
    async of(workspaceKey) {
      const key = await customerKeys.ofScope(workspaceKey);
      if (key === undefined) return undefined;
      const own = deriveKey(key.bytes, 'run-data');
      return { seal: (text, place) => sealComparably(own, text, place), open: (sealed, place) => openComparable(own, sealed, place) };
    },
  };
}

export function createRunData(keys: RunDataKeys): RunData {
  return {
    listParams: async (db, workspaceKey, runNo) => openPairs(await keys.of(workspaceKey), 'param', await listParams(db, runNo)),
    listTags: async (db, workspaceKey, runNo) => openPairs(await keys.of(workspaceKey), 'tag', await listTags(db, runNo)),
  };
}
