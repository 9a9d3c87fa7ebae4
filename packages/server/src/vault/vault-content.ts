// VaultContent: how secrets and keys reach the database. Each vault has a data key of its own, sealed with the master
// key; each value is sealed with that, bound to its place. A write holds the vault, so that none lands in one that is gone.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Database, Sql, Tx } from '#storage/database.ts';
import { lockResource } from '#storage/resource-store.ts';
import type { VaultObjectKind, VaultVersion } from '#storage/vault-object-record.ts';
import { claimObject, findVersion, lockObject } from '#storage/vault-object-store.ts';
import type { VaultObject } from '#storage/vault-object-record.ts';
import { ensureDataKey, findDataKey } from '#storage/vault-store.ts';
import { openBytes, sealBytes } from './cipher.ts';
import type { Envelope } from './envelope.ts';
import { badParameter, nameIsHeld, objectNotFound, vaultNotFound } from './faults.ts';
import type { VaultPlace } from './vault-ref.ts';

const VERSION_ID = /^[0-9a-fA-F]{32}$/;

export interface VaultDeps {
  readonly database: Database;
  readonly envelope: Envelope;
}

/** A place for a value: bound to its vault, name and version. */
export interface ValuePlace {
  readonly kind: VaultObjectKind;
  readonly name: string;
  readonly version: string;
}

/** An open write to a vault. */
export interface VaultWrite {
  readonly tx: Tx;
  seal(place: ValuePlace, bytes: Buffer): Buffer;
  open(place: ValuePlace, sealed: Buffer): Buffer;
}

/** Runs the body in one transaction that holds the vault. Throws `notFound`/`VaultNotFound`. */
export async function changeVault<T>(deps: VaultDeps, vault: VaultPlace, body: (write: VaultWrite) => Promise<T>): Promise<T> {
  return deps.database.transaction(async (tx) => {
    if ((await lockResource(tx, vault.key, 'share')) === undefined) throw vaultNotFound(vault.name);
    const sealedKey = await ensureDataKey(tx, vault.key, () => deps.envelope.seal(randomBytes(32).toString('base64'), keyPlace(vault)));
    const dataKey = openDataKey(deps.envelope, vault, sealedKey);
    return body({
      tx,
      seal: (place, bytes) => sealBytes(dataKey, bytes, textOf(vault, place)),
      open: (place, sealed) => openBytes(dataKey, sealed, textOf(vault, place)),
    });
  });
}

/** The sealed part of a version: a secret value, or a private key. */
export async function openValue(deps: VaultDeps, db: Sql, vault: VaultPlace, version: VaultVersion): Promise<Buffer> {
  const sealedKey = await findDataKey(db, vault.key);
  if (sealedKey === undefined) throw vaultNotFound(vault.name);
  return openBytes(openDataKey(deps.envelope, vault, sealedKey), version.sealed, textOf(vault, placeOf(version)));
}

export function placeOf(version: VaultVersion): ValuePlace {
  return { kind: version.object.kind, name: version.object.name, version: version.version };
}

/** 32 hexadecimal digits, as Azure's version ids are. */
export function newVersionId(): string {
  return randomUUID().replaceAll('-', '');
}

/** The name for a new version. Throws when a deleted one holds it. */
export async function claimName(tx: Tx, ctx: Context, vault: VaultPlace, kind: VaultObjectKind, name: string): Promise<VaultObject> {
  const object = await claimObject(tx, vault.key, kind, name, new Date(ctx.clock.now()));
  if (object.deletedAt !== undefined) throw nameIsHeld(kind, name);
  if ((await findVersion(tx, vault.key, kind, name, undefined))?.details['managed'] === true)
    throw new Fault('conflict', 'Conflict', `The ${kind} '${name}' belongs to the certificate of that name and is changed with it.`, { target: name });
  return object;
}

/** The kinds of objects that live and go together: a certificate has a key and a secret of its name. */
export function kindsWith(kind: VaultObjectKind): readonly VaultObjectKind[] {
  return kind === 'certificate' ? ['certificate', 'key', 'secret'] : [kind];
}

/** A version of a living object, the newest unless told. Throws `SecretNotFound`, `KeyNotFound`. */
export async function getVersion(db: Sql, vault: VaultPlace, kind: VaultObjectKind, name: string, version?: string): Promise<VaultVersion> {
  if (version !== undefined && !VERSION_ID.test(version)) throw badParameter(`'${version.slice(0, 100)}' is no version of a ${kind}: 32 hexadecimal digits are expected.`, `${kind}-version`);
  const found = await findVersion(db, vault.key, kind, name, version);
  if (found === undefined || found.object.deletedAt !== undefined) throw objectNotFound(kind, name, version);
  return found;
}

/** The living object, held until the transaction ends. */
export async function lockLiving(tx: Tx, vault: VaultPlace, kind: VaultObjectKind, name: string): Promise<VaultObject> {
  const object = await lockObject(tx, vault.key, kind, name);
  if (object === undefined || object.deletedAt !== undefined) throw objectNotFound(kind, name);
  return object;
}

function openDataKey(envelope: Envelope, vault: VaultPlace, sealed: Buffer): Buffer {
  return Buffer.from(envelope.open(sealed, keyPlace(vault)), 'base64');
}

function keyPlace(vault: VaultPlace): string {
  return `vault-data-key:${vault.key}`;
}

function textOf(vault: VaultPlace, { kind, name, version }: ValuePlace): string {
  return `vault:${vault.key}/${kind}s/${name.toLowerCase()}/${version}`;
}
