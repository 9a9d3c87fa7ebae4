// Random secrets that callers hold and we only recognise: 256 bits, kept as SHA-256. Nothing a person chose goes here.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 43 URL-safe characters. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

export function isSecret(secret: string, hash: Buffer): boolean {
  return timingSafeEqual(hashSecret(secret), hash);
}

// Crockford's base32: no I, L, O, U, so that a code can be read aloud and typed.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 160 bits as eight groups of four characters, for a person to copy. */
export function newReadableCode(): string {
  const characters = [...randomBytes(32)].map((byte) => ALPHABET[byte & 31]).join('');
  return (characters.match(/.{4}/g) ?? []).join('-');
}

/** The code as it was made, however it was typed. */
export function normalizeReadableCode(typed: string): string {
  const characters = typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  return (characters.match(/.{1,4}/g) ?? []).join('-');
}
