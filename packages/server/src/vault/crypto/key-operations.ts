// KeyOperations: encrypt, decrypt, wrapKey, unwrapKey, sign, verify with one key, as pure functions.
// Source: Key Vault REST, JsonWebKeyEncryptionAlgorithm and JsonWebKeySignatureAlgorithm.

import type { JsonObject } from '#kernel/json.ts';
import { stringAt } from '#kernel/json.ts';
import { badParameter } from '../faults.ts';
import { type Curve, findCurve } from './curves.ts';
import { signDigest, verifyDigest } from './ecdsa.ts';
import { privateKeyOf, publicKeyOf } from './key-material.ts';
import { findRsaEncryption, findRsaSignature, rsaDecrypt, rsaEncrypt, rsaEncryptionNames, rsaSign, rsaSignatureNames, rsaVerify } from './rsa.ts';

export type KeyOperation = 'encrypt' | 'decrypt' | 'wrapKey' | 'unwrapKey' | 'sign' | 'verify';

/** Those that need the private half. */
export const privateOperations: ReadonlySet<KeyOperation> = new Set(['decrypt', 'unwrapKey', 'sign']);

/** Encrypts for `encrypt` and `wrapKey`. */
export function encryptWith(publicJwk: JsonObject, algorithm: string, bytes: Buffer): Buffer {
  const found = encryptionOf(publicJwk, algorithm);
  const key = publicKeyOf(publicJwk);
  const most = Buffer.from(stringAt(publicJwk, 'n') ?? '', 'base64url').length - found.overhead;
  if (bytes.length > most) throw badParameter(`Property 'value' has ${bytes.length} bytes; with ${algorithm} this key takes ${most} at most.`, 'value');
  return rsaEncrypt(key, found, bytes);
}

/** Decrypts for `decrypt` and `unwrapKey`. */
export function decryptWith(publicJwk: JsonObject, pkcs8: Buffer, algorithm: string, bytes: Buffer): Buffer {
  const opened = rsaDecrypt(privateKeyOf(pkcs8), encryptionOf(publicJwk, algorithm), bytes);
  if (opened === undefined) throw badParameter(`The value cannot be decrypted with ${algorithm}: it was not made for this key, or not with this algorithm.`, 'value');
  return opened;
}

export function signWith(publicJwk: JsonObject, pkcs8: Buffer, algorithm: string, digest: Buffer): Buffer {
  const curve = curveOf(publicJwk);
  if (curve !== undefined) {
    checkEc(curve, algorithm, digest);
    return signDigest(curve, Buffer.from(privateKeyOf(pkcs8).export({ format: 'jwk' }).d ?? '', 'base64url'), digest);
  }
  return rsaSign(privateKeyOf(pkcs8), signatureOf(algorithm, digest), digest);
}

export function verifyWith(publicJwk: JsonObject, algorithm: string, digest: Buffer, signature: Buffer): boolean {
  const curve = curveOf(publicJwk);
  if (curve === undefined) return rsaVerify(publicKeyOf(publicJwk), signatureOf(algorithm, digest), digest, signature);
  checkEc(curve, algorithm, digest);
  const part = (name: string): Buffer => Buffer.from(stringAt(publicJwk, name) ?? '', 'base64url');
  return verifyDigest(curve, { x: part('x'), y: part('y') }, digest, signature);
}

function curveOf(publicJwk: JsonObject): Curve | undefined {
  return findCurve(stringAt(publicJwk, 'crv') ?? '');
}

function encryptionOf(publicJwk: JsonObject, algorithm: string) {
  if (curveOf(publicJwk) !== undefined) throw badParameter('An elliptic-curve key signs and verifies; it cannot encrypt or wrap.', 'alg');
  const found = findRsaEncryption(algorithm);
  if (found === undefined) throw badParameter(`Property 'alg' is '${algorithm}'; this key takes ${rsaEncryptionNames.join(', ')}.`, 'alg');
  return found;
}

function signatureOf(algorithm: string, digest: Buffer) {
  const found = findRsaSignature(algorithm);
  if (found === undefined) throw badParameter(`Property 'alg' is '${algorithm}'; this key takes ${rsaSignatureNames.join(', ')}.`, 'alg');
  checkDigest(algorithm, digest, found.digestBytes);
  return found;
}

function checkEc(curve: Curve, algorithm: string, digest: Buffer): void {
  if (algorithm !== curve.algorithm) throw badParameter(`Property 'alg' is '${algorithm}'; a key on ${curve.name} takes ${curve.algorithm}.`, 'alg');
  checkDigest(algorithm, digest, curve.digestBytes);
}

function checkDigest(algorithm: string, digest: Buffer, wanted: number): void {
  if (digest.length !== wanted) throw badParameter(`The digest has ${digest.length} bytes; ${algorithm} takes ${wanted}.`, 'value');
}
