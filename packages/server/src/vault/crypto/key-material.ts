// KeyMaterial: keys made or imported: a public half to show and a private half (PKCS #8) to seal.
// Source: Key Vault REST, "Create key", "Import key", JsonWebKey; RFC 7517, RFC 7518 §6.

import { createPrivateKey, createPublicKey, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { isJsonObject, type JsonObject, stringAt } from '#kernel/json.ts';
import { badParameter, notSupported } from '../faults.ts';
import { decodeBase64Url } from '../binary.ts';
import { curves, findCurve } from './curves.ts';

const generate = promisify(generateKeyPair);

export const RSA_SIZES: readonly number[] = [2048, 3072, 4096];
export const KEY_TYPES = ['RSA', 'EC', 'RSA-HSM', 'EC-HSM'] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export interface KeyMaterial {
  /** Public members of the JWK: `n`, `e` or `crv`, `x`, `y`. */
  readonly publicJwk: JsonObject;
  readonly pkcs8: Buffer;
}

export type KeySpec = { readonly family: 'RSA'; readonly size: number; readonly exponent: number } | { readonly family: 'EC'; readonly curve: string };

/** Key Vault's type of key. Throws for others: symmetric keys live in managed HSMs only. */
export function parseKeyType(value: unknown): KeyType {
  const found = KEY_TYPES.find((type) => type === value);
  if (found !== undefined) return found;
  if (value === 'oct' || value === 'oct-HSM') throw badParameter(`Property 'kty' is '${value}': symmetric keys are kept by managed HSMs only. A vault takes ${KEY_TYPES.join(', ')}.`, 'kty');
  throw badParameter(`Property 'kty' is ${JSON.stringify(value)}; ${KEY_TYPES.join(', ')} are accepted.`, 'kty');
}

export function familyOf(type: KeyType): 'RSA' | 'EC' {
  return type.startsWith('RSA') ? 'RSA' : 'EC';
}

/** What a create request asks for. */
export function parseKeySpec(type: KeyType, body: JsonObject): KeySpec {
  if (familyOf(type) === 'EC') {
    // Terraform sends an empty text for the curve that nobody chose.
    const name = body['crv'] === '' ? 'P-256' : (body['crv'] ?? 'P-256');
    const curve = typeof name === 'string' ? findCurve(name) : undefined;
    if (curve === undefined) throw badParameter(`Property 'crv' is ${JSON.stringify(name)}; ${curves.map((known) => known.name).join(', ')} are accepted.`, 'crv');
    return { family: 'EC', curve: curve.name };
  }
  const size = body['key_size'] ?? 2048;
  if (typeof size !== 'number' || !RSA_SIZES.includes(size)) throw badParameter(`Property 'key_size' is ${JSON.stringify(size)}; ${RSA_SIZES.join(', ')} are accepted.`, 'key_size');
  const exponent = body['public_exponent'] ?? 65_537;
  if (exponent !== 65_537 && exponent !== 3) throw badParameter(`Property 'public_exponent' is ${JSON.stringify(exponent)}; 65537 and 3 are accepted.`, 'public_exponent');
  return { family: 'RSA', size, exponent };
}

/** The spec that makes a key like this one: for rotation. */
export function specOf(publicJwk: JsonObject): KeySpec {
  const curve = stringAt(publicJwk, 'crv');
  if (curve !== undefined) return { family: 'EC', curve };
  return { family: 'RSA', size: Buffer.from(stringAt(publicJwk, 'n') ?? '', 'base64url').length * 8, exponent: stringAt(publicJwk, 'e') === 'Aw' ? 3 : 65_537 };
}

export async function generateMaterial(spec: KeySpec): Promise<KeyMaterial> {
  if (spec.family === 'RSA') return materialOf((await generate('rsa', { modulusLength: spec.size, publicExponent: spec.exponent })).privateKey);
  return materialOf((await generate('ec', { namedCurve: findCurve(spec.curve)?.openssl ?? '' })).privateKey);
}

const RSA_MEMBERS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;

/** The key of an import request. Both halves are needed, and must belong together. */
export function importMaterial(type: KeyType, value: unknown): KeyMaterial {
  if (!isJsonObject(value)) throw badParameter("Property 'key' is missing; a JSON Web Key is expected.", 'key');
  if (value['key_hsm'] !== undefined && value['key_hsm'] !== null)
    throw notSupported("Bring-your-own-key packages ('key_hsm') are not supported: they are bound to a hardware module. Import the key as a JSON Web Key.");
  const jwk: JsonWebKey = familyOf(type) === 'RSA' ? rsaJwk(value) : ecJwk(value);
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  } catch (error) {
    throw badParameter(`Property 'key' is no valid ${familyOf(type)} key: its members do not belong together. (${error instanceof Error ? error.message : String(error)})`, 'key');
  }
  const size = privateKey.asymmetricKeyDetails?.modulusLength;
  if (size !== undefined && !RSA_SIZES.includes(size)) throw badParameter(`The key has ${size} bits; ${RSA_SIZES.join(', ')} are accepted.`, 'key');
  return materialOf(privateKey);
}

function rsaJwk(value: JsonObject): JsonWebKey {
  return { kty: 'RSA', ...Object.fromEntries(RSA_MEMBERS.map((name) => [name, decodeBase64Url(value[name], `key.${name}`).toString('base64url')])) };
}

function ecJwk(value: JsonObject): JsonWebKey {
  const curve = findCurve(stringAt(value, 'crv') ?? '');
  if (curve === undefined) throw badParameter(`Property 'key.crv' is ${JSON.stringify(value['crv'])}; ${curves.map((known) => known.name).join(', ')} are accepted.`, 'key.crv');
  const part = (name: string): string => {
    const bytes = decodeBase64Url(value[name], `key.${name}`);
    if (bytes.length > curve.sizeBytes) throw badParameter(`Property 'key.${name}' has ${bytes.length} bytes; on ${curve.name} it has ${curve.sizeBytes}.`, `key.${name}`);
    return Buffer.concat([Buffer.alloc(curve.sizeBytes - bytes.length), bytes]).toString('base64url');
  };
  return { kty: 'EC', crv: curve.jwk, x: part('x'), y: part('y'), d: part('d') };
}

function materialOf(privateKey: KeyObject): KeyMaterial {
  const { kty, n, e, crv, x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  const curve = findCurve(crv ?? '');
  const publicJwk: JsonObject = kty === 'RSA' ? { n: n ?? '', e: e ?? '' } : { crv: curve?.name ?? '', x: x ?? '', y: y ?? '' };
  return { publicJwk, pkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }) };
}

/** The material of a private key that is there already. */
export function publicMaterialOf(pkcs8: Buffer): KeyMaterial {
  return materialOf(privateKeyOf(pkcs8));
}

/** The public half as a key. */
export function publicKeyOf(publicJwk: JsonObject): KeyObject {
  const curve = findCurve(stringAt(publicJwk, 'crv') ?? '');
  const jwk: JsonWebKey =
    curve === undefined
      ? { kty: 'RSA', n: stringAt(publicJwk, 'n') ?? '', e: stringAt(publicJwk, 'e') ?? '' }
      : { kty: 'EC', crv: curve.jwk, x: stringAt(publicJwk, 'x') ?? '', y: stringAt(publicJwk, 'y') ?? '' };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

export function privateKeyOf(pkcs8: Buffer): KeyObject {
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
}
