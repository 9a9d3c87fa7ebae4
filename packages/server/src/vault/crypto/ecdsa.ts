// ECDSA over a digest that the caller computed. Why not Node's own: it signs messages only, never a digest.
// Source: FIPS 186-5 §6.4; RFC 7518 §3.4 (r and s side by side).

import { randomBytes } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Curve } from './curves.ts';

export interface PublicPoint {
  readonly x: Buffer;
  readonly y: Buffer;
}

const signers: ReadonlyMap<string, typeof p256> = new Map([
  ['P-256', p256],
  ['P-384', p384],
  ['P-521', p521],
  ['P-256K', secp256k1],
]);

// Azure: either half of the values of s is a signature, as FIPS has it; `lowS` is a rule of chains of blocks.
const TERMS = { prehash: false, lowS: false, format: 'compact' } as const;

export function signDigest(curve: Curve, privateScalar: Buffer, digest: Buffer): Buffer {
  // Why random bytes besides the digest (RFC 6979 §3.6): a nonce that differs each time leaves nothing to compare for who provokes faults.
  return Buffer.from(signerOf(curve).sign(digest, privateScalar, { ...TERMS, extraEntropy: randomBytes(curve.sizeBytes) }));
}

export function verifyDigest(curve: Curve, key: PublicPoint, digest: Buffer, signature: Buffer): boolean {
  if (signature.length !== 2 * curve.sizeBytes) return false;
  return signerOf(curve).verify(signature, digest, Buffer.concat([Buffer.of(4), padded(key.x, curve), padded(key.y, curve)]), TERMS);
}

function signerOf({ name }: Curve): typeof p256 {
  const found = signers.get(name);
  if (found === undefined) throw new TypeError(`nothing signs on ${name}`);
  return found;
}

function padded(coordinate: Buffer, { sizeBytes }: Curve): Buffer {
  return Buffer.concat([Buffer.alloc(sizeBytes - coordinate.length), coordinate]);
}
