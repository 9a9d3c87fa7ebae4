// Cipher: AES-256-GCM over bytes. The associated data binds what is sealed to its place, so that it cannot be moved to
// another row. Form: version (1), nonce (12), tag (16), body.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Fault } from '#kernel/faults.ts';

const VERSION = 1;

export function sealBytes(key: Buffer, bytes: Buffer, place: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(place, 'utf8'));
  const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.getAuthTag(), body]);
}

/** Throws `internal`/`SecretUnreadable` for another key, another place, or changed bytes. */
export function openBytes(key: Buffer, sealed: Buffer, place: string): Buffer {
  try {
    if (sealed[0] !== VERSION) throw new Error('unknown version');
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(place, 'utf8'));
    decipher.setAuthTag(sealed.subarray(13, 29));
    return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()]);
  } catch (error) {
    throw new Fault('internal', 'SecretUnreadable', 'A stored secret cannot be decrypted: the master key of this data folder is not the one it was sealed with.', { cause: error });
  }
}

/** A key for one purpose, from a data key. */
export function deriveKey(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `lazurite/${purpose}`, 32));
}
