// Base64url as Key Vault reads it: unpadded or padded, never anything else.

import { badParameter } from './faults.ts';

/** The bytes. Throws `BadParameter` naming the property. */
export function decodeBase64Url(value: unknown, property: string): Buffer {
  if (typeof value !== 'string') throw badParameter(`Property '${property}' is missing; a base64url string is expected.`, property);
  if (!/^[A-Za-z0-9_-]*={0,2}$/.test(value)) throw badParameter(`Property '${property}' is not base64url: letters, digits, - and _ are accepted.`, property);
  return Buffer.from(value, 'base64url');
}
