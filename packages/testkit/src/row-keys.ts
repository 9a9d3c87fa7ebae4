// RowKeys for tests of stores and engines: one data key for everything, never locked unless told to be.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '@lazurite/server/storage/database.ts';
import { keyUnavailable } from '@lazurite/server/vault/faults.ts';
import { createRowKeys } from '@lazurite/server/vault/row-keys.ts';

export interface TestRowKeys {
  readonly isSealed: (resourceKey: string) => Promise<boolean>;
  lock(isLocked: boolean): void;
}

/** Seals what is written under these resource keys from now on. */
export function sealRows(database: Database, isBelow: (resourceKey: string) => boolean): TestRowKeys {
  const dataKey = { id: randomUUID(), bytes: randomBytes(32) };
  let isLocked = false;
  const open = async () => {
    if (isLocked) throw keyUnavailable('KeyVaultAccessDenied', 'the key is disabled.');
    return dataKey;
  };
  const isSealed = async (resourceKey: string): Promise<boolean> => isBelow(resourceKey);
  database.supplyRowKeys(createRowKeys({ open, isSealed, ofScope: async (resourceKey) => (isBelow(resourceKey) ? open() : undefined) }));
  return { isSealed, lock: (locked) => void (isLocked = locked) };
}
