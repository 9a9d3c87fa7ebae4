// CustomerKeys: customer-managed keys. Each encrypted workspace has a data key, wrapped by a key of the customer's vault;
// everything of the workspace is sealed with that. It is opened through the operations of the vault, as the workspace's
// identity, and kept for a short time: what takes the vault's key away takes the data away.
//
//   made (wrap) > opened (unwrap), kept <= cacheMs or until a vault, key, role or identity changes > re-wrapped > released
//
// Source: reference/terraform-machine-learning-workspace.md (`encryption`); contracts/terraform-azurerm.md §4.14, §7.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import {
  claimKeyUses,
  type CustomerKeyRecord,
  demandPermission,
  findCustomerKey,
  findCustomerKeyOf,
  insertCustomerKey,
  listKeyUses,
  orphanCustomerKey,
  releaseCustomerKey,
  rewrapCustomerKey,
} from '#storage/customer-key-store.ts';
import type { Database, Tx } from '#storage/database.ts';
import { enqueueWork } from '#storage/work-store.ts';
import { openBytes, sealBytes } from './cipher.ts';
import type { Envelope } from './envelope.ts';
import { keyUnavailable } from './faults.ts';
import { RELEASE_KIND, REWRAP_KIND } from './work-kinds.ts';

export interface DataKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** Which key of which vault, used as whom. */
export interface KeyUse {
  /** ARM id of the vault. */
  readonly vaultId: string;
  readonly keyName: string;
  /** Undefined: the newest. */
  readonly version: string | undefined;
  readonly principalId: string;
  /** False: a permission is not asked for until the identity was seen to have it. */
  readonly mustBePermitted: boolean;
}

/** The customer's vault. Throws `forbidden` when the key cannot be used. `wasPermitted`: the identity has the permission. */
export interface KeyCustodian {
  wrap(ctx: Context, use: KeyUse, bytes: Buffer): Promise<{ readonly version: string; readonly wrapped: Buffer; readonly wasPermitted: boolean }>;
  unwrap(ctx: Context, use: KeyUse, wrapped: Buffer): Promise<{ readonly bytes: Buffer; readonly wasPermitted: boolean }>;
}

export interface CustomerKeys {
  /** The data key of what the resource key is or lies under; undefined where the installation's own key does. */
  ofScope(resourceKey: string): Promise<DataKey | undefined>;
  /** Whether it has one, whether or not that is to be had. */
  isSealed(resourceKey: string): Promise<boolean>;
  isContainerSealed(account: string, container: string): Promise<boolean>;
  /** Of a blob container or file share: its workspace's, or that of the account. */
  ofContainer(account: string, container: string): Promise<DataKey | undefined>;
  /** Throws `forbidden` while the vault's key is not to be had. */
  open(id: string): Promise<DataKey>;
  /** Makes the data key of the workspace, or wraps it anew when the use has changed, and gives it to what it stores in. Idempotent. */
  ensure(ctx: Context, ownerKey: string, use: KeyUse, storage: SealedStorage): Promise<void>;
  /** Another workspace of the same owner (a project of a hub) shares the data key. */
  share(ownerKey: string, workspaceKey: string, storage: SealedStorage): Promise<void>;
  /** The vault's key has a new version, or another one is named: wraps the data key with it. */
  rewrap(ctx: Context, record: CustomerKeyRecord, use: KeyUse): Promise<void>;
  /** The workspace goes; what it leaves behind in its storage account is handed to the installation by work. */
  release(tx: Tx, ctx: Context, ownerKey: string): Promise<void>;
  /** The work behind `release`. */
  takeOver(ctx: Context, id: string): Promise<void>;
}

/** Bounds what a broken connection to the database can hide of changes made by other servers. */
const INDEX_MS = 5_000;

/** Where a workspace keeps its data. */
export interface SealedStorage {
  readonly account: string;
  /** Blob containers and file shares of its own. What else is in the account has the key of the first workspace that came. */
  readonly containers: readonly string[];
}

const scopeSubject = (resourceKey: string): string => `scope:${resourceKey.toLowerCase()}`;
const accountSubject = (account: string): string => `account:${account.toLowerCase()}`;
const containerSubject = (account: string, container: string): string => `container:${account.toLowerCase()}/${container.toLowerCase()}`;

/** The workspace that a resource key is or lies under. */
const WORKSPACE = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.machinelearningservices\/workspaces\/[^/]+/;

export interface CustomerKeysOptions {
  readonly database: Database;
  readonly envelope: Envelope;
  readonly clock: Clock;
  readonly custodian: KeyCustodian;
  /** How long an opened data key is kept. */
  readonly cacheMs: number;
  /** Who acts when nobody asked: for the record of the vault. */
  readonly context: () => Context;
}

/** Call once per server: it listens for changes of vaults and of the directory. */
export async function openCustomerKeys(options: CustomerKeysOptions): Promise<CustomerKeys> {
  const { database, clock, custodian } = options;
  const opened = new Map<string, { readonly bytes: Promise<Buffer>; readonly at: number }>();
  let index: { readonly uses: Promise<ReadonlyMap<string, string>>; readonly at: number } | undefined;
  await database.listen('lazurite_keys', (payload) => {
    if (payload !== 'vault') index = undefined;
    opened.clear();
  });
  await database.listen('lazurite_directory', () => opened.clear());

  async function usesNow(): Promise<ReadonlyMap<string, string>> {
    const now = clock.now();
    if (index !== undefined && now >= index.at && now - index.at < INDEX_MS) return index.uses;
    const fresh = { uses: listKeyUses(database.sql), at: now };
    index = fresh;
    return fresh.uses.catch((error: unknown) => {
      if (index === fresh) index = undefined;
      throw error;
    });
  }

  async function unwrap(ctx: Context, record: CustomerKeyRecord): Promise<Buffer> {
    if (record.released !== undefined) return openBytes(options.envelope.derive('customer-keys'), record.released, placeOf(record.id));
    if (record.wrapped === undefined) throw keyUnavailable('KeyVaultEncryptionKeyNotFound', 'its data key is gone.');
    const { bytes, wasPermitted } = await custodian.unwrap(ctx, { ...useOf(record), version: record.wrappedVersion }, record.wrapped);
    if (wasPermitted && !record.mustBePermitted) await demandPermission(database.sql, record.id);
    return bytes;
  }

  async function open(id: string): Promise<DataKey> {
    const now = clock.now();
    const kept = opened.get(id);
    if (kept !== undefined && now >= kept.at && now - kept.at < options.cacheMs) return { id, bytes: await kept.bytes };
    const load = async (): Promise<Buffer> => {
      const record = await findCustomerKey(database.sql, id);
      if (record === undefined) throw keyUnavailable('KeyVaultEncryptionKeyNotFound', 'its data key is not known here.');
      return unwrap(options.context(), record);
    };
    const entry = { bytes: load(), at: now };
    opened.set(id, entry);
    try {
      return { id, bytes: await entry.bytes };
    } catch (error) {
      // Why: a refusal is not kept, so that the data is back as soon as the key is.
      if (opened.get(id) === entry) opened.delete(id);
      throw error;
    }
  }

  async function subjectOf(resourceKey: string): Promise<string | undefined> {
    if ((await usesNow()).size === 0) return undefined;
    const workspace = WORKSPACE.exec(resourceKey.toLowerCase())?.[0];
    return workspace === undefined ? undefined : scopeSubject(workspace);
  }

  async function ofSubject(subject: string): Promise<DataKey | undefined> {
    const id = (await usesNow()).get(subject);
    return id === undefined ? undefined : open(id);
  }

  async function make(ctx: Context, ownerKey: string, use: KeyUse): Promise<CustomerKeyRecord> {
    const { version, wrapped, wasPermitted } = await custodian.wrap(ctx, use, randomBytes(32));
    const record = {
      ...use,
      id: randomUUID(),
      ownerKey,
      pinnedVersion: use.version,
      wrappedVersion: version,
      wrapped,
      mustBePermitted: use.mustBePermitted || wasPermitted,
      released: undefined,
    };
    const isFirst = await database.transaction((tx) => insertCustomerKey(tx, record));
    const made = isFirst ? record : await findCustomerKeyOf(database.sql, ownerKey);
    if (made === undefined) throw new Fault('conflict', 'Conflict', 'The workspace is being deleted.');
    return made;
  }

  async function rewrap(ctx: Context, record: CustomerKeyRecord, use: KeyUse): Promise<void> {
    const bytes = await unwrap(ctx, record);
    const { version, wrapped, wasPermitted } = await custodian.wrap(ctx, use, bytes);
    const mustBePermitted = use.mustBePermitted || wasPermitted;
    await database.transaction((tx) => rewrapCustomerKey(tx, record, { ...use, pinnedVersion: use.version, wrappedVersion: version, wrapped, mustBePermitted }));
  }

  async function claimAll(keyId: string, workspaceKey: string, { account, containers }: SealedStorage): Promise<void> {
    const subjects = [scopeSubject(workspaceKey), ...containers.map((container) => containerSubject(account, container)), accountSubject(account)];
    await claimKeyUses(database.sql, subjects, keyId);
  }

  async function ofContainer(account: string, container: string): Promise<string | undefined> {
    const uses = await usesNow();
    return uses.size === 0 ? undefined : (uses.get(containerSubject(account, container)) ?? uses.get(accountSubject(account)));
  }

  return {
    async ofScope(resourceKey) {
      const subject = await subjectOf(resourceKey);
      return subject === undefined ? undefined : ofSubject(subject);
    },
    async isSealed(resourceKey) {
      const subject = await subjectOf(resourceKey);
      return subject !== undefined && (await usesNow()).has(subject);
    },
    isContainerSealed: async (account, container) => (await ofContainer(account, container)) !== undefined,
    async ofContainer(account, container) {
      const id = await ofContainer(account, container);
      return id === undefined ? undefined : open(id);
    },
    open,
    async ensure(ctx, ownerKey, use, storage) {
      const known = await findCustomerKeyOf(database.sql, ownerKey);
      const record = known ?? (await make(ctx, ownerKey, use));
      await claimAll(record.id, ownerKey, storage);
      if (known !== undefined && !isSameUse(known, use)) await rewrap(ctx, known, use);
    },
    async share(ownerKey, workspaceKey, storage) {
      const record = await findCustomerKeyOf(database.sql, ownerKey);
      if (record !== undefined) await claimAll(record.id, workspaceKey, storage);
    },
    rewrap,
    async release(tx, ctx, ownerKey) {
      const id = await orphanCustomerKey(tx, ownerKey);
      if (id !== undefined) await enqueueWork(tx, { kind: RELEASE_KIND, payload: { id }, dedupeKey: id, correlationId: ctx.correlationId });
    },
    async takeOver(ctx, id) {
      const record = await findCustomerKey(database.sql, id);
      if (record === undefined || record.released !== undefined || record.ownerKey !== undefined) return;
      // Why without the permission: the identity went with the workspace.
      const bytes = await unwrap(ctx, { ...record, mustBePermitted: false });
      await database.transaction((tx) => releaseCustomerKey(tx, id, sealBytes(options.envelope.derive('customer-keys'), bytes, placeOf(id))));
    },
  };
}

/** The vault's key has a new version: what follows the newest is wrapped anew, in the transaction that made it. */
export async function planRewrap(tx: Tx, ctx: Context, vaultKey: string, keyName: string): Promise<void> {
  await enqueueWork(tx, { kind: REWRAP_KIND, payload: { vaultId: vaultKey, keyName }, dedupeKey: `${vaultKey}/${keyName.toLowerCase()}`, correlationId: ctx.correlationId });
}

export function useOf(record: CustomerKeyRecord): KeyUse {
  return { vaultId: record.vaultId, keyName: record.keyName, version: record.pinnedVersion, principalId: record.principalId, mustBePermitted: record.mustBePermitted };
}

function isSameUse(record: CustomerKeyRecord, use: KeyUse): boolean {
  return (
    record.vaultId.toLowerCase() === use.vaultId.toLowerCase() &&
    record.keyName.toLowerCase() === use.keyName.toLowerCase() &&
    record.pinnedVersion === use.version &&
    record.principalId === use.principalId &&
    (record.mustBePermitted || !use.mustBePermitted)
  );
}

function placeOf(id: string): string {
  return `customer-key:${id}`;
}
