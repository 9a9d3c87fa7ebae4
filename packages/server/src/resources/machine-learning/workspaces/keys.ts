// Keys of a workspace's neighbours: listed, and synchronised after they were rotated.
// Source: contracts/azureml-rest.md §6 (ListWorkspaceKeysResult), §4; contracts/azure-ai-ml.md §4.1.

import { type Action, action, type ActionCall } from '#arm/action.ts';
import type { ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import { Fault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import { adminCredentials, passwordsOf } from '../../container-registry/admin-user.ts';
import { currentKey, resyncDatastoreKeys } from './default-datastores.ts';
import { findNeighbour } from './links.ts';

type Call = ActionCall<unknown, unknown>;

export const keyActions: Readonly<Record<string, Action<unknown>>> = {
  listKeys: action({
    async run(_ctx, { resource, store }: Call) {
      const [account, insights, registry] = await Promise.all([
        findNeighbour(store, stringAt(resource.properties, 'storageAccount'), 'storageAccount'),
        findNeighbour(store, stringAt(resource.properties, 'applicationInsights'), 'applicationInsights'),
        findNeighbour(store, stringAt(resource.properties, 'containerRegistry'), 'containerRegistry'),
      ]);
      // Azure: the id has another name in newer versions; clients read the one they know.
      return {
        ...(account === undefined ? {} : { userStorageKey: currentKey(account, store), userStorageResourceId: account.id, userStorageArmId: account.id }),
        ...(insights === undefined ? {} : { appInsightsInstrumentationKey: stringAt(insights.properties, 'InstrumentationKey') }),
        ...(registry?.properties['adminUserEnabled'] === true
          ? { containerRegistryCredentials: { location: registry.location, ...adminCredentials(registry, passwordsOf(store.secretsOf(registry))) } }
          : {}),
        notebookAccessKeys: {},
      };
    },
  }),
  listStorageAccountKeys: action({
    run: async (_ctx, { resource, store }: Call) => ({ userStorageKey: currentKey(await accountOf(resource, store), store) }),
  }),
  resyncKeys: action({
    isLongRunning: true,
    async check(_ctx, { resource, store }: Call) {
      await accountOf(resource, store);
    },
    async run(ctx, { resource, store }: Call) {
      await resyncDatastoreKeys(ctx, resource, store);
      return undefined;
    },
  }),
};

async function accountOf(resource: ResourceRecord<unknown>, store: Resources): Promise<ResourceRecord> {
  const id = stringAt(resource.properties, 'storageAccount');
  const account = await findNeighbour(store, id, 'storageAccount');
  if (account !== undefined) return account;
  throw new Fault('conflict', 'StorageAccountNotFound', `The storage account of the workspace ${resource.name}, ${id ?? '(none yet)'}, is not there; without it there are no keys.`, {
    target: 'properties.storageAccount',
  });
}
