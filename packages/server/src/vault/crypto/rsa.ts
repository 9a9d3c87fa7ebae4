// RSA as Key Vault offers it: encryption, and signatures over a digest that the caller computed. PKCS #1 v1.5 comes from
// OpenSSL with the DigestInfo made here; PSS is encoded here and goes through the bare RSA primitive.
// Source: RFC 8017 §8, §9; RFC 7518 §3.3, §3.5, §4.2, §4.3.

import { constants, createHash, type KeyObject, privateDecrypt, privateEncrypt, publicDecrypt, publicEncrypt, randomBytes, timingSafeEqual } from 'node:crypto';

interface Encryption {
  readonly padding: number;
  readonly oaepHash?: string;
  /** Bytes that the padding takes. */
  readonly overhead: number;
}

interface Signature {
  readonly hash: string;
  readonly digestBytes: number;
  readonly scheme: 'pkcs1' | 'pss';
}

const encryptions: Readonly<Record<string, Encryption>> = {
  RSA1_5: { padding: constants.RSA_PKCS1_PADDING, overhead: 11 },
  'RSA-OAEP': { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1', overhead: 42 },
  'RSA-OAEP-256': { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256', overhead: 66 },
};

const signatures: Readonly<Record<string, Signature>> = {
  RS256: { hash: 'sha256', digestBytes: 32, scheme: 'pkcs1' },
  RS384: { hash: 'sha384', digestBytes: 48, scheme: 'pkcs1' },
  RS512: { hash: 'sha512', digestBytes: 64, scheme: 'pkcs1' },
  PS256: { hash: 'sha256', digestBytes: 32, scheme: 'pss' },
  PS384: { hash: 'sha384', digestBytes: 48, scheme: 'pss' },
  PS512: { hash: 'sha512', digestBytes: 64, scheme: 'pss' },
};

const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

export const rsaEncryptionNames = Object.keys(encryptions);
export const rsaSignatureNames = Object.keys(signatures);

export function findRsaEncryption(name: string): Encryption | undefined {
  return Object.hasOwn(encryptions, name) ? encryptions[name] : undefined;
}

export function findRsaSignature(name: string): Signature | undefined {
  return Object.hasOwn(signatures, name) ? signatures[name] : undefined;
}

export function rsaEncrypt(key: KeyObject, algorithm: Encryption, bytes: Buffer): Buffer {
  return publicEncrypt({ key, padding: algorithm.padding, ...(algorithm.oaepHash === undefined ? {} : { oaepHash: algorithm.oaepHash }) }, bytes);
}

/** Undefined when the bytes were not made for this key. */
export function rsaDecrypt(key: KeyObject, algorithm: Encryption, bytes: Buffer): Buffer | undefined {
  try {
    return privateDecrypt({ key, padding: algorithm.padding, ...(algorithm.oaepHash === undefined ? {} : { oaepHash: algorithm.oaepHash }) }, bytes);
  } catch {
    return undefined;
  }
}

export function rsaSign(key: KeyObject, algorithm: Signature, digest: Buffer): Buffer {
  if (algorithm.scheme === 'pkcs1') return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo(algorithm.hash, digest));
  const bits = modulusBits(key);
  const encoded = encodePss(algorithm.hash, digest, bits - 1);
  const padded = Buffer.concat([Buffer.alloc(Math.ceil(bits / 8) - encoded.length), encoded]);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, padded);
}

export function rsaVerify(key: KeyObject, algorithm: Signature, digest: Buffer, signature: Buffer): boolean {
  const bits = modulusBits(key);
  if (signature.length !== Math.ceil(bits / 8)) return false;
  try {
    if (algorithm.scheme === 'pkcs1') return isSame(publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature), digestInfo(algorithm.hash, digest));
    const raw = publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature);
    const length = Math.ceil((bits - 1) / 8);
    return raw.subarray(0, raw.length - length).every((byte) => byte === 0) && verifyPss(algorithm.hash, digest, bits - 1, raw.subarray(raw.length - length));
  } catch {
    return false;
  }
}

function modulusBits(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0;
}

function digestInfo(hash: string, digest: Buffer): Buffer {
  return Buffer.concat([Buffer.from(DIGEST_INFO[hash] ?? '', 'hex'), digest]);
}

function isSame(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** RFC 8017 §9.1.1; the salt is as long as the digest. */
function encodePss(hash: string, digest: Buffer, bits: number): Buffer {
  const length = Math.ceil(bits / 8);
  const salt = randomBytes(digest.length);
  const check = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const block = Buffer.concat([Buffer.alloc(length - 2 * digest.length - 2), Buffer.from([1]), salt]);
  const masked = mask(hash, check, block);
  masked.writeUInt8((masked[0] ?? 0) & (0xff >> (8 * length - bits)), 0);
  return Buffer.concat([masked, check, Buffer.from([0xbc])]);
}

/** RFC 8017 §9.1.2. */
function verifyPss(hash: string, digest: Buffer, bits: number, encoded: Buffer): boolean {
  const size = digest.length;
  const split = encoded.length - size - 1;
  if (split < size + 1 || encoded.at(-1) !== 0xbc) return false;
  const unusedBits = 8 * encoded.length - bits;
  if ((encoded[0] ?? 0) >> (8 - unusedBits) !== 0) return false;
  const check = encoded.subarray(split, -1);
  const block = mask(hash, check, encoded.subarray(0, split));
  block.writeUInt8((block[0] ?? 0) & (0xff >> unusedBits), 0);
  const saltAt = split - size;
  if (block[saltAt - 1] !== 1 || !block.subarray(0, saltAt - 1).every((byte) => byte === 0)) return false;
  return isSame(createHash(hash).update(Buffer.alloc(8)).update(digest).update(block.subarray(saltAt)).digest(), check);
}

/** The block, each byte xor the mask generated from the seed (MGF1). */
function mask(hash: string, seed: Buffer, block: Buffer): Buffer {
  const masked = Buffer.alloc(block.length);
  for (let offset = 0, counter = 0; offset < block.length; counter += 1) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    for (const byte of createHash(hash).update(seed).update(count).digest()) {
      if (offset === block.length) break;
      masked.writeUInt8((block[offset] ?? 0) ^ byte, offset);
      offset += 1;
    }
  }
  return masked;
}
