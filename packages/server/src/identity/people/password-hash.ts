// Password hashes: Argon2id with the costs that OWASP names, in the encoded form that carries salt and costs.
// Source: RFC 9106; OWASP Password Storage Cheat Sheet.

import { randomBytes } from 'node:crypto';
import { argon2id, argon2Verify } from 'hash-wasm';

const COSTS = { memorySize: 19_456, iterations: 2, parallelism: 1, hashLength: 32 } as const;

export async function hashPassword(password: string): Promise<string> {
  return argon2id({ ...COSTS, password: password.normalize('NFC'), salt: randomBytes(16), outputType: 'encoded' });
}

export async function isPassword(password: string, hash: string): Promise<boolean> {
  return argon2Verify({ password: password.normalize('NFC'), hash });
}

let decoy: Promise<string> | undefined;

/** Costs what a comparison costs, for accounts that are not there: they must not be told by time. */
export async function pretendToVerify(password: string): Promise<void> {
  decoy ??= hashPassword(randomBytes(16).toString('hex'));
  await isPassword(password, await decoy);
}
