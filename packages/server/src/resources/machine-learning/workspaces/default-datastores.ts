// The four datastores of every workspace, the containers and shares behind them, and their keys.
// Source: contracts/azure-ai-ml.md §3.3; contracts/azureml-rest.md §6 Datastores.

import type { ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { type JsonObject, jsonEqual, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts, WorkspaceStorage } from '../../ports.ts';
import type { Workspace } from './properties.ts';

const ARTIFACTS = 'azureml';
const DATASTORES = 'Microsoft.MachineLearningServices/workspaces/datastores';

/** Names of the containers that belong to this workspace alone. */
export function ownContainer(workspaceId: string): string {
  return `azureml-blobstore-${workspaceId}`;
}

/** The share of notebooks and code, and that of files, which belong to this workspace alone. */
export function ownShares(workspaceId: string): readonly [code: string, files: string] {
  return [`code-${workspaceId}`, `azureml-filestore-${workspaceId}`];
}

/** Where the workspace keeps its data, once it is known which container has its artifacts. */
export function storageOf({ storageAccount = '', workspaceId = '', artifactContainer = ARTIFACTS }: Workspace): WorkspaceStorage {
  return { account: storageAccount.split('/').at(-1) ?? '', containers: [ownContainer(workspaceId), artifactContainer, ...ownShares(workspaceId)] };
}

/**
 * The container of the artifacts, which the workspace remembers: Azure's name; where another workspace has that in the same
 * storage account, one of its own.
 */
export async function artifactContainerOf(resource: ResourceRecord<Workspace>, store: Resources, { storage }: Pick<ResourcePorts, 'storage'>): Promise<string> {
  const { artifactContainer, storageAccount = '', workspaceId = '' } = resource.properties;
  const account = storageAccount.split('/').at(-1) ?? '';
  if (artifactContainer !== undefined) return artifactContainer;
  const known = stringAt((await store.find(`${resource.id}/datastores/workspaceartifactstore`))?.properties, 'containerName');
  if (known !== undefined) return known;
  if (await storage.claimContainer(account, ARTIFACTS)) return ARTIFACTS;
  const own = `${ARTIFACTS}-${workspaceId}`;
  await storage.ensureContainer(account, own);
  return own;
}

/** Makes those that are missing, and gives those that are there the credentials that the workspace says. Idempotent. */
export async function createDefaultDatastores(ctx: Context, resource: ResourceRecord<Workspace>, store: Resources, ports: Pick<ResourcePorts, 'sites' | 'storage'>): Promise<void> {
  const { storageAccount = '', workspaceId = '', systemDatastoresAuthMode, artifactContainer = ARTIFACTS } = resource.properties;
  const account = await store.get(storageAccount);
  const [, , subscriptionId = '', , resourceGroup = ''] = storageAccount.split('/');
  const blobContainer = ownContainer(workspaceId);
  await ports.storage.ensureContainer(account.name, blobContainer);
  const [codeShare, fileShare] = ownShares(workspaceId);
  for (const share of [codeShare, fileShare]) await ports.storage.shares.ensure(account.name, share);
  const credentials = systemDatastoresAuthMode === 'AccessKey' ? keyCredentials(currentKey(account, store)) : { credentialsType: 'None' };
  const common: JsonObject = {
    accountName: account.name,
    protocol: 'https',
    endpoint: ports.sites.suffix(),
    subscriptionId,
    resourceGroup,
    serviceDataAccessAuthIdentity: systemDatastoresAuthMode === 'AccessKey' ? 'None' : 'WorkspaceSystemAssignedIdentity',
    credentials,
  };
  const stores: Readonly<Record<string, JsonObject>> = {
    workspaceblobstore: { datastoreType: 'AzureBlob', containerName: blobContainer, ...common },
    workspaceartifactstore: { datastoreType: 'AzureBlob', containerName: artifactContainer, ...common },
    workspaceworkingdirectory: { datastoreType: 'AzureFile', fileShareName: codeShare, ...common },
    workspacefilestore: { datastoreType: 'AzureFile', fileShareName: fileShare, ...common },
  };
  for (const [name, properties] of Object.entries(stores)) {
    const id = `${resource.id}/datastores/${name}`;
    const found = await store.find(id);
    if (found === undefined) await store.put(ctx, id, { properties }, { as: 'system', readOnly: { isDefault: name === 'workspaceblobstore' } });
    else if (stringAt(objectAt(found.properties, 'credentials'), 'credentialsType') !== credentials.credentialsType)
      await store.put(ctx, id, { properties: { ...found.properties, ...properties } }, { as: 'system' });
  }
}

/** Gives every datastore on the workspace's storage account that is opened by key the key as it is now. */
export async function resyncDatastoreKeys(ctx: Context, resource: ResourceRecord<unknown>, store: Resources): Promise<void> {
  const account = await store.get(stringAt(resource.properties, 'storageAccount') ?? '');
  const credentials = keyCredentials(currentKey(account, store));
  let next: string | undefined;
  do {
    const page = await store.list(DATASTORES, resource.id, next === undefined ? {} : { next });
    for (const datastore of page.items) {
      if (!isOpenedByKeyOf(datastore, account.name)) continue;
      if (jsonEqual(objectAt(objectAt(store.secretsOf(datastore), 'credentials'), 'secrets')['key'], credentials.secrets.key)) continue;
      await store.patch(ctx, datastore.id, { properties: { credentials } }, { as: 'system' });
    }
    ({ next } = page);
  } while (next !== undefined);
}

export function isOpenedByKeyOf({ properties }: ResourceRecord, account: string): boolean {
  return stringAt(properties, 'accountName')?.toLowerCase() === account.toLowerCase() && stringAt(objectAt(properties, 'credentials'), 'credentialsType') === 'AccountKey';
}

/** The first key of a storage account. */
export function currentKey(account: ResourceRecord, store: Pick<Resources, 'secretsOf'>): string {
  return stringAt(objectAt(store.secretsOf(account), 'keys'), 'key1') ?? '';
}

function keyCredentials(key: string) {
  return { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key } } as const;
}
