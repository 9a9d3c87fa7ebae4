// Signing keys: RS256 pairs in the database, private half sealed, shared by all servers. A new key every 30 days; an old
// public key stays in the JWKS until the last token it signed has ended.

import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import type { Clock } from '#kernel/clock.ts';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import type { Database } from '#storage/database.ts';
import { pruneCredentials } from '#storage/credential-store.ts';
import { deleteEndedSigningKeys, extendSigningKey, insertSigningKey, listSigningKeys, lockSigningKeys, type SigningKeyRecord } from '#storage/signing-key-store.ts';
import type { Envelope } from '#vault/envelope.ts';
import { defineWork, type WorkKind } from '#work/define-work.ts';

const ALGORITHM = 'RS256';
const ROTATE_AFTER_MS = 30 * 86_400_000;
/** How long a server goes on with what it read: bounds how long a removed key is trusted. */
const FRESH_MS = 60_000;
/** The end of a key is written this far ahead, so that not every token costs a write. */
const AHEAD_MS = 3_600_000;

export const rotateKeysKind = 'identity.rotate-keys';

export interface SigningKeys {
  /** A signed token with these claims; `exp` is in seconds. */
  sign(claims: JWTPayload & { readonly exp: number }): Promise<string>;
  /** The public key of that id, or undefined when it is unknown or over. */
  findPublicKey(kid: string): Promise<CryptoKey | undefined>;
  /** What the JWKS endpoint answers. */
  listPublicKeys(): Promise<readonly JWK[]>;
  /** Makes a new key now, whatever the age of the newest. */
  rotate(): Promise<void>;
  /** Rotates and removes what ended. compose enqueues it once at start with dedupe key `all`. */
  readonly work: WorkKind;
}

interface Loaded {
  readonly at: number;
  readonly records: readonly SigningKeyRecord[];
  readonly publicKeys: ReadonlyMap<string, CryptoKey>;
  readonly signer: { readonly kid: string; readonly key: CryptoKey } | undefined;
}

export function createSigningKeys(deps: { readonly database: Database; readonly envelope: Envelope; readonly clock: Clock }): SigningKeys {
  const { database, envelope, clock } = deps;
  let loaded: Loaded | undefined;
  let loading: Promise<Loaded> | undefined;
  const writtenUntil = new Map<string, number>();

  async function load(): Promise<Loaded> {
    const records = await listSigningKeys(database.sql);
    const publicKeys = new Map<string, CryptoKey>();
    for (const record of records) publicKeys.set(record.kid, loaded?.publicKeys.get(record.kid) ?? (await importKey(record.publicJwk)));
    const newest = records[0];
    const known = loaded?.signer;
    const signer =
      newest === undefined ? undefined : known?.kid === newest.kid ? known : { kid: newest.kid, key: await importKey(JSON.parse(envelope.open(newest.privateSealed, placeOf(newest.kid)))) };
    loaded = { at: clock.now(), records, publicKeys, signer };
    return loaded;
  }

  function reload(): Promise<Loaded> {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  function fresh(): Promise<Loaded> {
    const age = loaded === undefined ? Number.POSITIVE_INFINITY : clock.now() - loaded.at;
    return loaded !== undefined && age >= 0 && age < FRESH_MS ? Promise.resolve(loaded) : reload();
  }

  async function signer(): Promise<{ readonly kid: string; readonly key: CryptoKey }> {
    const current = (await fresh()).signer ?? (await reload()).signer;
    if (current !== undefined) return current;
    await ensureKey(ROTATE_AFTER_MS);
    const made = (await reload()).signer;
    if (made === undefined) throw new Error('No signing key after one was made.');
    return made;
  }

  /** Adds a key unless the newest is younger than `maxAgeMs`. */
  async function ensureKey(maxAgeMs: number): Promise<void> {
    const pair = await generateKeyPair(ALGORITHM, { extractable: true, modulusLength: 2048 });
    const kid = randomBytes(20).toString('base64url');
    const publicJwk: JsonObject = { ...(await jsonOf(pair.publicKey)), kid, use: 'sig', alg: ALGORITHM };
    const privateSealed = envelope.seal(JSON.stringify({ ...(await jsonOf(pair.privateKey)), alg: ALGORITHM }), placeOf(kid));
    await database.transaction(async (tx) => {
      await lockSigningKeys(tx);
      const newest = (await listSigningKeys(tx))[0];
      if (newest !== undefined && clock.now() - newest.createdAt.getTime() < maxAgeMs) return;
      // Why strictly newer: the newest signs, also when two are made within one millisecond.
      const createdAt = new Date(Math.max(clock.now(), (newest?.createdAt.getTime() ?? 0) + 1));
      await insertSigningKey(tx, { kid, publicJwk, privateSealed, createdAt, tokensEndAt: new Date(createdAt.getTime() + AHEAD_MS) });
    });
  }

  async function noteEnd(kid: string, endMs: number): Promise<boolean> {
    if ((writtenUntil.get(kid) ?? 0) >= endMs) return true;
    const until = endMs + AHEAD_MS;
    if (!(await extendSigningKey(database.sql, kid, new Date(until)))) return false;
    writtenUntil.set(kid, until);
    return true;
  }

  return {
    async sign(claims) {
      let current = await signer();
      if (!(await noteEnd(current.kid, claims.exp * 1000))) {
        await reload();
        current = await signer();
        await noteEnd(current.kid, claims.exp * 1000);
      }
      return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: ALGORITHM, kid: current.kid, x5t: current.kid }).sign(current.key);
    },
    async findPublicKey(kid) {
      return (await fresh()).publicKeys.get(kid) ?? (await reload()).publicKeys.get(kid);
    },
    async listPublicKeys() {
      await signer();
      const { records } = await fresh();
      return records.map((record) => ({ ...parseJwk(record.publicJwk), kid: record.kid, x5t: record.kid, use: 'sig' }));
    },
    async rotate() {
      await ensureKey(0);
      await reload();
    },
    work: defineWork({
      kind: rotateKeysKind,
      async run() {
        const newest = (await reload()).records[0];
        if (newest === undefined || clock.now() - newest.createdAt.getTime() >= ROTATE_AFTER_MS) await ensureKey(ROTATE_AFTER_MS);
        const keepKid = (await reload()).records[0]?.kid ?? '';
        await database.transaction(async (tx) => {
          await lockSigningKeys(tx);
          await deleteEndedSigningKeys(tx, new Date(clock.now()), keepKid);
          await pruneCredentials(tx, new Date(clock.now()));
        });
        await reload();
        return { againAfterMs: 3_600_000 };
      },
    }),
  };
}

function placeOf(kid: string): string {
  return `signing-key:${kid}`;
}

async function jsonOf(key: CryptoKey): Promise<JsonObject> {
  const jwk: unknown = JSON.parse(JSON.stringify(await exportJWK(key)));
  return isJsonObject(jwk) ? jwk : {};
}

function parseJwk(value: unknown): JWK {
  if (!isJsonObject(value) || typeof value['kty'] !== 'string') throw new Error('A stored signing key is not a JWK.');
  return value;
}

async function importKey(value: unknown): Promise<CryptoKey> {
  const key = await importJWK(parseJwk(value), ALGORITHM);
  if (key instanceof Uint8Array) throw new Error('A stored signing key is not an RSA key.');
  return key;
}
