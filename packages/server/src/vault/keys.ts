// Keys: named RSA and elliptic-curve keys with versions. Private halves never leave.
// Source: Key Vault REST, "Create key", "Import key", "Update key", "Rotate key", "Encrypt" and its siblings.

import { randomBytes } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { Tx } from '#storage/database.ts';
import type { VaultVersion } from '#storage/vault-object-record.ts';
import { insertVersion, updateVersion } from '#storage/vault-version-store.ts';
import { type AttributesPatch, checkName, checkWindow, parseAttributes, parseTags } from './attributes.ts';
import { decodeBase64Url } from './binary.ts';
export type { KeyOperation } from './crypto/key-operations.ts';
import { familyOf, generateMaterial, importMaterial, type KeyMaterial, type KeyType, parseKeySpec, parseKeyType, specOf } from './crypto/key-material.ts';
import { decryptWith, encryptWith, type KeyOperation, privateOperations, signWith, verifyWith } from './crypto/key-operations.ts';
import { badParameter, notPermitted, notSupported } from './faults.ts';
import { planRewrap } from './customer-keys.ts';
import { createObjects, type Objects } from './objects.ts';
import { expiryOf, scheduleRotation } from './rotation-policy.ts';
import { changeVault, claimName, getVersion, lockLiving, newVersionId, openValue, type VaultDeps, type VaultWrite } from './vault-content.ts';
import type { VaultPlace, VaultRef } from './vault-ref.ts';

export interface Keys extends Objects {
  /** `body` is that of the request, for each of these. */
  create(ctx: Context, vault: VaultRef, name: string, body: unknown): Promise<VaultVersion>;
  import(ctx: Context, vault: VaultRef, name: string, body: unknown): Promise<VaultVersion>;
  update(ctx: Context, vault: VaultRef, name: string, version: string | undefined, body: unknown): Promise<VaultVersion>;
  /** A new version like the newest; `isDue` decides once more, with the name held. Undefined when it is not. */
  rotate(ctx: Context, vault: VaultPlace, name: string, isDue?: (newest: VaultVersion) => boolean): Promise<VaultVersion | undefined>;
  operate(
    ctx: Context,
    vault: VaultRef,
    name: string,
    version: string | undefined,
    operation: KeyOperation,
    body: unknown,
  ): Promise<{ readonly version: VaultVersion; readonly result: Buffer | boolean }>;
  /** Cryptographically random. Throws unless 1 to 128 are asked for. */
  randomBytes(body: unknown): Buffer;
}

const OPERATIONS = ['encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey', 'import', 'export'] as const;
const USUAL = { RSA: ['encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey'], EC: ['sign', 'verify'] } as const;
/** Azure: these still work outside of the nbf/exp window, to reach what was protected before. */
const OUTSIDE_WINDOW: ReadonlySet<KeyOperation> = new Set(['decrypt', 'unwrapKey', 'verify']);

export function createKeys(deps: VaultDeps): Keys {
  const objects = createObjects(deps, 'key');

  async function add(ctx: Context, vault: VaultRef, name: string, body: JsonObject, type: KeyType, material: KeyMaterial): Promise<VaultVersion> {
    const attributes = parseAttributes(body['attributes']);
    checkWindow(attributes.notBefore, attributes.expiresAt);
    const tags = parseTags(body['tags']) ?? {};
    const operations = parseOperations(body['key_ops'] ?? objectAt(body, 'key')['key_ops'], familyOf(type)) ?? USUAL[familyOf(type)];
    return changeVault(deps, vault, async (write) => {
      const object = await claimName(write.tx, ctx, vault, 'key', name);
      const details = { kty: type, keyOps: [...operations], publicJwk: material.publicJwk };
      return insertKey(write, ctx, vault, { id: object.id, name: object.name }, { attributes, tags, details, pkcs8: material.pkcs8 });
    });
  }

  return {
    ...objects,
    async create(ctx, vault, name, body) {
      checkName('key', name);
      const asked = readBody(body);
      const type = parseType(vault, asked['kty']);
      refuseRelease(asked);
      parseOperations(asked['key_ops'], familyOf(type));
      parseAttributes(asked['attributes']);
      return add(ctx, vault, name, asked, type, await generateMaterial(parseKeySpec(type, asked)));
    },
    async import(ctx, vault, name, body) {
      checkName('key', name);
      const asked = readBody(body);
      const type = parseType(vault, objectAt(asked, 'key')['kty']);
      refuseRelease(asked);
      return add(ctx, vault, name, asked, asked['Hsm'] === true ? parseType(vault, `${familyOf(type)}-HSM`) : type, importMaterial(type, asked['key']));
    },
    async update(ctx, vault, name, version, body) {
      checkName('key', name);
      const asked = readBody(body);
      refuseRelease(asked);
      const attributes = parseAttributes(asked['attributes']);
      const tags = parseTags(asked['tags']);
      return changeVault(deps, vault, async ({ tx }) => {
        const object = await lockLiving(tx, vault, 'key', name);
        const current = await getVersion(tx, vault, 'key', name, version);
        const operations = parseOperations(asked['key_ops'], familyOf(typeOf(current)));
        const details = operations === undefined ? current.details : { ...current.details, keyOps: [...operations] };
        const desired = { ...current, ...attributes, tags: tags ?? current.tags, details };
        checkWindow(desired.notBefore, desired.expiresAt);
        await updateVersion(tx, object.id, current.version, desired, new Date(ctx.clock.now()));
        const changed = await getVersion(tx, vault, 'key', name, current.version);
        await scheduleRotation(tx, ctx, await getVersion(tx, vault, 'key', name));
        return changed;
      });
    },
    async rotate(ctx, vault, name, isDue = () => true) {
      checkName('key', name);
      const before = await getVersion(deps.database.sql, vault, 'key', name);
      if (!isDue(before)) return undefined;
      // Why before the transaction: making an RSA key takes long, and nothing must be held meanwhile.
      const material = await generateMaterial(specOf(objectAt(before.details, 'publicJwk')));
      return changeVault(deps, vault, async (write) => {
        const object = await lockLiving(write.tx, vault, 'key', name);
        const newest = await getVersion(write.tx, vault, 'key', name);
        if (newest.version !== before.version || !isDue(newest)) return undefined;
        const expiresAt = expiryOf(object.rotationPolicy, new Date(ctx.clock.now()));
        const attributes: AttributesPatch = { isEnabled: true, ...(expiresAt === undefined ? {} : { expiresAt }) };
        return insertKey(write, ctx, vault, object, { attributes, tags: newest.tags, details: { ...newest.details, publicJwk: material.publicJwk }, pkcs8: material.pkcs8 });
      });
    },
    async operate(ctx, vault, name, version, operation, body) {
      const found = await objects.get(vault, name, version);
      checkUsable(ctx, found, operation);
      const algorithm = stringAt(body, 'alg');
      if (algorithm === undefined) throw badParameter("Property 'alg' is missing; the name of an algorithm is expected.", 'alg');
      const publicJwk = objectAt(found.details, 'publicJwk');
      const input = (property: string): Buffer => decodeBase64Url(readBody(body)[property], property);
      const pkcs8 = privateOperations.has(operation) ? await openValue(deps, deps.database.sql, vault, found) : Buffer.alloc(0);
      switch (operation) {
        case 'encrypt':
        case 'wrapKey':
          return { version: found, result: encryptWith(publicJwk, algorithm, input('value')) };
        case 'decrypt':
        case 'unwrapKey':
          return { version: found, result: decryptWith(publicJwk, pkcs8, algorithm, input('value')) };
        case 'sign':
          return { version: found, result: signWith(publicJwk, pkcs8, algorithm, input('value')) };
        case 'verify':
          return { version: found, result: verifyWith(publicJwk, algorithm, input('digest'), input('value')) };
        default:
          return operation satisfies never;
      }
    },
    randomBytes(body) {
      const count = readBody(body)['count'];
      if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > 128) throw badParameter(`Property 'count' is ${JSON.stringify(count)}; 1 to 128 are accepted.`, 'count');
      return randomBytes(count);
    },
  };
}

interface NewKey {
  readonly attributes: AttributesPatch;
  readonly tags: Readonly<Record<string, string>>;
  readonly details: JsonObject;
  readonly pkcs8: Buffer;
}

async function insertKey(write: VaultWrite, ctx: Context, vault: VaultPlace, object: { readonly id: string; readonly name: string }, key: NewKey): Promise<VaultVersion> {
  const version = newVersionId();
  const at = new Date(ctx.clock.now());
  await insertVersion(write.tx, object.id, {
    version,
    isEnabled: key.attributes.isEnabled ?? true,
    notBefore: key.attributes.notBefore,
    expiresAt: key.attributes.expiresAt,
    contentType: undefined,
    tags: key.tags,
    details: key.details,
    sealed: write.seal({ kind: 'key', name: object.name, version }, key.pkcs8),
    createdAt: at,
    updatedAt: at,
  });
  return scheduled(write.tx, ctx, await getVersion(write.tx, vault, 'key', object.name, version));
}

async function scheduled(tx: Tx, ctx: Context, newest: VaultVersion): Promise<VaultVersion> {
  await scheduleRotation(tx, ctx, newest);
  await planRewrap(tx, ctx, newest.object.vaultKey, newest.object.name);
  return newest;
}

function readBody(body: unknown): JsonObject {
  if (!isJsonObject(body)) throw badParameter('The body is missing; a JSON object is expected.');
  return body;
}

function parseType(vault: VaultRef, value: unknown): KeyType {
  const type = parseKeyType(value);
  if (type.endsWith('-HSM') && !vault.isPremium) throw badParameter(`The vault is of SKU standard, which takes RSA and EC keys; '${type}' needs SKU premium.`, 'kty');
  return type;
}

function refuseRelease(body: JsonObject): void {
  if (body['release_policy'] !== undefined && body['release_policy'] !== null)
    throw notSupported("Secure key release ('release_policy') is not supported: it rests on the attestation of confidential hardware.");
}

/** The permitted operations, in the order they were sent. */
function parseOperations(value: unknown, family: 'RSA' | 'EC'): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw badParameter("Property 'key_ops' must be a list.", 'key_ops');
  for (const operation of value) {
    if (!OPERATIONS.some((known) => known === operation)) throw badParameter(`Property 'key_ops' holds ${JSON.stringify(operation)}; ${OPERATIONS.join(', ')} are accepted.`, 'key_ops');
    if (family === 'EC' && ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'].includes(String(operation)))
      throw badParameter(`Property 'key_ops' holds '${String(operation)}': an elliptic-curve key signs and verifies only.`, 'key_ops');
  }
  return value.map(String);
}

function typeOf(version: VaultVersion): KeyType {
  return parseKeyType(version.details['kty']);
}

function checkUsable(ctx: Context, key: VaultVersion, operation: KeyOperation): void {
  if (!key.isEnabled) throw notPermitted('KeyDisabled', `Operation ${operation} is not allowed on a disabled key.`);
  const now = ctx.clock.now();
  if (!OUTSIDE_WINDOW.has(operation)) {
    if (key.notBefore !== undefined && key.notBefore.getTime() > now)
      throw notPermitted('KeyNotYetValid', `Operation ${operation} is not allowed on a key that is not yet valid (nbf ${key.notBefore.toISOString()}).`);
    if (key.expiresAt !== undefined && key.expiresAt.getTime() <= now)
      throw notPermitted('KeyExpired', `Operation ${operation} is not allowed on an expired key (exp ${key.expiresAt.toISOString()}).`);
  }
  const permitted = key.details['keyOps'];
  if (!Array.isArray(permitted) || !permitted.includes(operation))
    throw notPermitted('KeyOperationForbidden', `Operation ${operation} is not permitted on this key: its key_ops are ${JSON.stringify(permitted)}.`);
}
