// RowKeys: what rows of workspaces with a customer-managed key are sealed with. Two keys from the data key: one for the
// bytes, one for the tokens by which names are looked up.

import { createHmac } from 'node:crypto';
import type { RowKey, RowKeys } from '#storage/row-key.ts';
import { deriveKey, openBytes, sealBytes } from './cipher.ts';
import type { CustomerKeys, DataKey } from './customer-keys.ts';

export function createRowKeys(customerKeys: Pick<CustomerKeys, 'ofScope' | 'isSealed' | 'open'>): RowKeys {
  /** By the bytes of the opened data key, so that it goes with them. */
  const known = new WeakMap<Buffer, RowKey>();

  function rowKeyOf({ id, bytes }: DataKey): RowKey {
    const made = known.get(bytes) ?? makeRowKey(id, bytes);
    known.set(bytes, made);
    return made;
  }

  return {
    async ofScope(resourceKey) {
      const dataKey = await customerKeys.ofScope(resourceKey);
      return dataKey === undefined ? undefined : rowKeyOf(dataKey);
    },
    isSealed: (resourceKey) => customerKeys.isSealed(resourceKey),
    open: async (id) => rowKeyOf(await customerKeys.open(id)),
  };
}

function makeRowKey(id: string, bytes: Buffer): RowKey {
  const sealing = deriveKey(bytes, 'rows');
  const naming = deriveKey(bytes, 'row-names');
  return {
    id,
    seal: (content, place) => sealBytes(sealing, content, place),
    open: (sealed, place) => openBytes(sealing, sealed, place),
    token: (place, text) => createHmac('sha256', naming).update(`${place.length}:${place}`).update(text, 'utf8').digest('base64url').slice(0, 32),
  };
}
