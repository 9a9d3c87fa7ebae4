// StorageDirectory: storage accounts as resources, seen from the planes and engines that need their keys or their place.

import type { Resources } from '#arm/resources.ts';
import type { Clock } from '#kernel/clock.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { StorageAccount } from '#planes/storage/ports.ts';
import { findByName } from '#storage/asset-store.ts';
import type { Database } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { findResource } from '#storage/resource-store.ts';

const TYPE = 'microsoft.storage/storageaccounts';

/** Of workspaces that were made before they had one each. */
export const ARTIFACT_CONTAINER = 'azureml';

export interface WorkspaceStorage {
  readonly account: string;
  /** Where the files of its runs, jobs and logged models lie. */
  readonly artifactContainer: string;
}

export interface StorageDirectory {
  /** For the Blob plane: id and keys as they are now. */
  find(name: string): Promise<StorageAccount | undefined>;
  findAccount(name: string): Promise<{ readonly id: string; readonly key: string } | undefined>;
  /** The default storage account of a workspace. */
  ofWorkspace(workspaceKey: string): Promise<WorkspaceStorage | undefined>;
  /** The same, also of a soft-deleted workspace: its bytes are freed when it is purged. */
  ofAnyWorkspace(workspaceKey: string): Promise<WorkspaceStorage | undefined>;
}

/** Bounds what a broken connection to the database can hide of changes made by other servers. */
const FRESH_MS = 5_000;

/** Call once per server: it keeps accounts between requests until the database tells of a change, as the directory of principals does. */
export async function openStorageDirectory(deps: { readonly database: Database; readonly clock: Clock; readonly store: () => Resources }): Promise<StorageDirectory> {
  const { database, clock } = deps;
  const accounts = new Map<string, { readonly value: Promise<StorageAccount | undefined>; readonly at: number }>();
  await database.listen('lazurite_directory', () => accounts.clear());

  async function load(name: string): Promise<StorageAccount | undefined> {
    const id = (await findByName(database.sql, TYPE, name))?.id;
    const account = id === undefined ? undefined : await deps.store().find(id);
    if (account === undefined) return undefined;
    const keys: JsonObject = objectAt(deps.store().secretsOf(account), 'keys');
    const decode = (key: string): Buffer => Buffer.from(stringAt(keys, key) ?? '', 'base64');
    return {
      resourceId: account.id,
      keys: { key1: decode('key1'), key2: decode('key2') },
      allowSharedKeyAccess: account.properties['allowSharedKeyAccess'] !== false,
      sku: stringAt(account.sku, 'name') ?? 'Standard_LRS',
      kind: account.kind ?? 'StorageV2',
      isHierarchical: account.properties['isHnsEnabled'] === true,
    };
  }

  return {
    async find(name) {
      const now = clock.now();
      const kept = accounts.get(name);
      if (kept !== undefined && now >= kept.at && now - kept.at < FRESH_MS) return kept.value;
      const entry = { value: load(name), at: now };
      accounts.set(name, entry);
      const found = await entry.value.catch((error: unknown) => {
        if (accounts.get(name) === entry) accounts.delete(name);
        throw error;
      });
      // Why: names of accounts that are not there are anybody's to invent.
      if (found === undefined && accounts.get(name) === entry) accounts.delete(name);
      return found;
    },
    findAccount: (name) => findByName(database.sql, TYPE, name),
    async ofWorkspace(workspaceKey) {
      return storageOf(await deps.store().find(workspaceKey));
    },
    async ofAnyWorkspace(workspaceKey) {
      return storageOf(await findResource(database.sql, workspaceKey, { includeDeleted: true }));
    },
  };
}

function storageOf(workspace: ResourceRecord | undefined): WorkspaceStorage | undefined {
  const account = stringAt(workspace?.properties, 'storageAccount')?.split('/').at(-1)?.toLowerCase();
  return account === undefined ? undefined : { account, artifactContainer: stringAt(workspace?.properties, 'artifactContainer') ?? ARTIFACT_CONTAINER };
}
