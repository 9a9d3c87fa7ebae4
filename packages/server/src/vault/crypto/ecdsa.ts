// ECDSA over a digest that the caller computed. Why by hand: Node signs messages only, never a digest. Multiples of the
// base point come from OpenSSL; what touches the private scalar in BigInt is blinded by a fresh random factor.
// Source: FIPS 186-5 §6.4; RFC 7518 §3.4 (r and s side by side).

import { createECDH, randomBytes } from 'node:crypto';
import type { Curve } from './curves.ts';
import { inverse } from './inverse.ts';
import { addPoints, type Point, scalarMultiple, toAffine } from './points.ts';

export interface PublicPoint {
  readonly x: Buffer;
  readonly y: Buffer;
}

export function signDigest(curve: Curve, privateScalar: Buffer, digest: Buffer): Buffer {
  const { n, sizeBytes } = curve;
  const d = toInteger(privateScalar);
  const z = digestInteger(curve, digest);
  for (;;) {
    const nonce = createECDH(curve.openssl);
    const r = toInteger(nonce.generateKeys().subarray(1, 1 + sizeBytes)) % n;
    const k = toInteger(nonce.getPrivateKey());
    const blind = (toInteger(randomBytes(sizeBytes + 8)) % (n - 1n)) + 1n;
    const s = (inverse((k * blind) % n, n) * ((blind * z + ((blind * r) % n) * d) % n)) % n;
    if (r !== 0n && s !== 0n) return Buffer.concat([toBytes(r, sizeBytes), toBytes(s, sizeBytes)]);
  }
}

export function verifyDigest(curve: Curve, key: PublicPoint, digest: Buffer, signature: Buffer): boolean {
  const { n, sizeBytes } = curve;
  if (signature.length !== 2 * sizeBytes) return false;
  const r = toInteger(signature.subarray(0, sizeBytes));
  const s = toInteger(signature.subarray(sizeBytes));
  if (r <= 0n || r >= n || s <= 0n || s >= n) return false;
  const w = inverse(s, n);
  const fromKey = scalarMultiple(curve, { x: toInteger(key.x), y: toInteger(key.y), z: 1n }, (r * w) % n);
  const fromBase = baseMultiple(curve, (digestInteger(curve, digest) * w) % n);
  const sum = toAffine(curve, addPoints(curve, fromBase, fromKey));
  return sum !== undefined && sum.x % n === r;
}

function baseMultiple(curve: Curve, factor: bigint): Point | undefined {
  if (factor === 0n) return undefined;
  const ecdh = createECDH(curve.openssl);
  ecdh.setPrivateKey(toBytes(factor, curve.sizeBytes));
  const point = ecdh.getPublicKey();
  return { x: toInteger(point.subarray(1, 1 + curve.sizeBytes)), y: toInteger(point.subarray(1 + curve.sizeBytes)), z: 1n };
}

/** The leftmost bits of the digest, as many as the order has. */
function digestInteger(curve: Curve, digest: Buffer): bigint {
  const excess = digest.length * 8 - curve.n.toString(2).length;
  const value = toInteger(digest);
  return excess > 0 ? value >> BigInt(excess) : value;
}

function toInteger(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`);
}

function toBytes(value: bigint, sizeBytes: number): Buffer {
  return Buffer.from(value.toString(16).padStart(sizeBytes * 2, '0'), 'hex');
}
