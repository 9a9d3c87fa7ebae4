// Seals: secrets of resources at rest. Sealed with the installation's key, and around that with the data key of the
// workspace that they belong to, where it has one. Form of the outer seal: version (2), id of the data key (16), sealed bytes.

import { deriveKey, openBytes, sealBytes } from './cipher.ts';
import type { CustomerKeys } from './customer-keys.ts';
import type { Envelope } from './envelope.ts';

export interface Seals {
  /** `key`: of the resource. */
  seal(key: string, text: string): Promise<Buffer>;
  /** Throws `forbidden` while the workspace's key is not to be had. */
  open(key: string, sealed: Buffer): Promise<string>;
  /** So that `openNow` can open it; what stands against that is thrown there. */
  prepare(resources: Iterable<{ readonly sealed: Buffer | undefined }>): Promise<void>;
  /** Opens without waiting what was prepared, or never needed it. */
  openNow(key: string, sealed: Buffer): string;
}

const CUSTOMER = 2;
const PURPOSE = 'resource-secrets';

export function createSeals(envelope: Envelope, customerKeys?: Pick<CustomerKeys, 'ofScope' | 'open'>): Seals {
  /** By the sealed bytes, so that it goes with them. */
  const prepared = new WeakMap<Buffer, { readonly inner: Buffer } | { readonly error: unknown }>();

  async function peel(sealed: Buffer): Promise<Buffer> {
    if (sealed[0] !== CUSTOMER || customerKeys === undefined) return sealed;
    const id = uuidOf(sealed.subarray(1, 17));
    const { bytes } = await customerKeys.open(id);
    return openBytes(deriveKey(bytes, PURPOSE), sealed.subarray(17), outerPlace(id));
  }

  return {
    async seal(key, text) {
      const inner = envelope.seal(text, placeOf(key));
      const dataKey = await customerKeys?.ofScope(key);
      if (dataKey === undefined) return inner;
      return Buffer.concat([Buffer.from([CUSTOMER]), Buffer.from(dataKey.id.replaceAll('-', ''), 'hex'), sealBytes(deriveKey(dataKey.bytes, PURPOSE), inner, outerPlace(dataKey.id))]);
    },
    open: async (key, sealed) => envelope.open(await peel(sealed), placeOf(key)),
    async prepare(resources) {
      for (const { sealed } of resources) {
        if (sealed?.[0] !== CUSTOMER) continue;
        prepared.set(
          sealed,
          await peel(sealed).then(
            (inner) => ({ inner }),
            (error: unknown) => ({ error }),
          ),
        );
      }
    },
    openNow(key, sealed) {
      if (sealed[0] !== CUSTOMER) return envelope.open(sealed, placeOf(key));
      const found = prepared.get(sealed);
      if (found === undefined) throw new TypeError(`The secrets of ${key} were not prepared.`);
      if ('error' in found) throw found.error;
      return envelope.open(found.inner, placeOf(key));
    },
  };
}

function placeOf(key: string): string {
  return `resource:${key}`;
}

function outerPlace(id: string): string {
  return `${PURPOSE}:${id}`;
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
