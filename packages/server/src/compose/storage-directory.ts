// StorageDirectory: storage accounts as resources, seen from the planes and engines that need their keys or their place.

import type { Resources } from '#arm/resources.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { StorageAccount } from '#planes/blob/ports.ts';
import { findByName } from '#storage/asset-store.ts';
import type { Database } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';

const TYPE = 'microsoft.storage/storageaccounts';

export interface StorageDirectory {
  /** For the Blob plane: id and keys as they are now. */
  find(name: string): Promise<StorageAccount | undefined>;
  findAccount(name: string): Promise<{ readonly id: string; readonly key: string } | undefined>;
  /** The default storage account of a workspace. */
  ofWorkspace(workspaceKey: string): Promise<{ readonly account: string } | undefined>;
}

export function createStorageDirectory(deps: { readonly database: Database; readonly store: () => Resources }): StorageDirectory {
  const { database } = deps;
  // Why: the id behind a name never changes while the account is there, and every blob request asks for it.
  const ids = new Map<string, string>();

  async function record(name: string): Promise<ResourceRecord | undefined> {
    const known = ids.get(name) ?? (await findByName(database.sql, TYPE, name))?.id;
    if (known === undefined) return undefined;
    const found = await deps.store().find(known);
    if (found === undefined) ids.delete(name);
    else ids.set(name, known);
    return found;
  }

  return {
    async find(name) {
      const account = await record(name);
      if (account === undefined) return undefined;
      const keys: JsonObject = objectAt(deps.store().secretsOf(account), 'keys');
      const decode = (key: string): Buffer => Buffer.from(stringAt(keys, key) ?? '', 'base64');
      return { resourceId: account.id, keys: { key1: decode('key1'), key2: decode('key2') }, allowSharedKeyAccess: account.properties['allowSharedKeyAccess'] !== false };
    },
    findAccount: (name) => findByName(database.sql, TYPE, name),
    async ofWorkspace(workspaceKey) {
      const workspace = await deps.store().find(workspaceKey);
      const account = stringAt(workspace?.properties, 'storageAccount')?.split('/').at(-1)?.toLowerCase();
      return account === undefined ? undefined : { account };
    },
  };
}
