// Keys against Node's own cryptography: what one signs or encrypts, the other verifies or decrypts.

import { constants, createHash, publicEncrypt, sign, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { curves } from './curves.ts';
import { generateMaterial, importMaterial, privateKeyOf, publicKeyOf, specOf } from './key-material.ts';
import { decryptWith, encryptWith, signWith, verifyWith } from './key-operations.ts';

const MESSAGE = Buffer.from('the message');
const hashOf = (algorithm: string): string => ({ '256': 'sha256', '56K': 'sha256', '384': 'sha384', '512': 'sha512' })[algorithm.slice(2).slice(0, 3)] ?? 'sha256';

describe('elliptic curves', () => {
  test.each(curves)('$name signs and verifies as Node does', async (curve) => {
    const key = await generateMaterial({ family: 'EC', curve: curve.name });
    const hash = hashOf(curve.algorithm);
    const digest = createHash(hash).update(MESSAGE).digest();
    for (let round = 0; round < 5; round += 1) {
      const ours = signWith(key.publicJwk, key.pkcs8, curve.algorithm, digest);
      expect(ours).toHaveLength(2 * curve.sizeBytes);
      expect(verify(hash, MESSAGE, { key: publicKeyOf(key.publicJwk), dsaEncoding: 'ieee-p1363' }, ours)).toBe(true);
      const theirs = sign(hash, MESSAGE, { key: privateKeyOf(key.pkcs8), dsaEncoding: 'ieee-p1363' });
      expect(verifyWith(key.publicJwk, curve.algorithm, digest, theirs)).toBe(true);
      theirs.writeUInt8((theirs[5] ?? 0) ^ 1, 5);
      expect(verifyWith(key.publicJwk, curve.algorithm, digest, theirs)).toBe(false);
    }
    const other = createHash(hash).update('another').digest();
    expect(verifyWith(key.publicJwk, curve.algorithm, other, signWith(key.publicJwk, key.pkcs8, curve.algorithm, digest))).toBe(false);
    expect(verifyWith(key.publicJwk, curve.algorithm, digest, Buffer.alloc(2 * curve.sizeBytes))).toBe(false);
    expect(specOf(key.publicJwk)).toEqual({ family: 'EC', curve: curve.name });
  });

  test('a digest of the wrong length, another algorithm and encryption are refused', async () => {
    const key = await generateMaterial({ family: 'EC', curve: 'P-256' });
    expect(() => signWith(key.publicJwk, key.pkcs8, 'ES256', Buffer.alloc(20))).toThrow(/20 bytes; ES256 takes 32/);
    expect(() => signWith(key.publicJwk, key.pkcs8, 'ES384', Buffer.alloc(48))).toThrow(/takes ES256/);
    expect(() => encryptWith(key.publicJwk, 'RSA-OAEP', MESSAGE)).toThrow(/cannot encrypt/);
  });
});

describe('RSA', async () => {
  const key = await generateMaterial({ family: 'RSA', size: 2048, exponent: 65_537 });

  test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])('%s signs and verifies as Node does', (algorithm) => {
    const hash = hashOf(algorithm);
    const digest = createHash(hash).update(MESSAGE).digest();
    const padding = algorithm.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : { padding: constants.RSA_PKCS1_PADDING };
    expect(verify(hash, MESSAGE, { key: publicKeyOf(key.publicJwk), ...padding }, signWith(key.publicJwk, key.pkcs8, algorithm, digest))).toBe(true);
    const theirs = sign(hash, MESSAGE, { key: privateKeyOf(key.pkcs8), ...padding });
    expect(verifyWith(key.publicJwk, algorithm, digest, theirs)).toBe(true);
    theirs.writeUInt8((theirs[9] ?? 0) ^ 1, 9);
    expect(verifyWith(key.publicJwk, algorithm, digest, theirs)).toBe(false);
    expect(verifyWith(key.publicJwk, algorithm, digest, Buffer.alloc(7))).toBe(false);
  });

  test.each(['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256'])('%s encrypts and decrypts', (algorithm) => {
    expect(decryptWith(key.publicJwk, key.pkcs8, algorithm, encryptWith(key.publicJwk, algorithm, MESSAGE))).toEqual(MESSAGE);
    expect(() => encryptWith(key.publicJwk, algorithm, Buffer.alloc(250))).toThrow(/at most/);
  });

  test('what Node encrypts is decrypted, and rubbish is refused', () => {
    const theirs = publicEncrypt({ key: publicKeyOf(key.publicJwk), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, MESSAGE);
    expect(decryptWith(key.publicJwk, key.pkcs8, 'RSA-OAEP-256', theirs)).toEqual(MESSAGE);
    expect(() => decryptWith(key.publicJwk, key.pkcs8, 'RSA-OAEP', theirs)).toThrow(/cannot be decrypted/);
  });

  test('the modulus has exactly the size of the key', () => {
    expect(Buffer.from(String(key.publicJwk['n']), 'base64url')).toHaveLength(256);
    expect(specOf(key.publicJwk)).toEqual({ family: 'RSA', size: 2048, exponent: 65_537 });
  });

  test('a key is imported with both halves, and not otherwise', () => {
    const jwk = privateKeyOf(key.pkcs8).export({ format: 'jwk' });
    expect(importMaterial('RSA', { ...jwk, key_ops: [] }).publicJwk).toEqual(key.publicJwk);
    expect(() => importMaterial('RSA', { kty: 'RSA', n: jwk.n ?? '', e: jwk.e ?? '' })).toThrow(/key.d/);
    expect(() => importMaterial('RSA', { ...jwk, key_ops: [], n: 'not base64!' })).toThrow(/base64url/);
  });
});
