// Neighbours of a workspace: the storage account, key vault and Application Insights it is made with, and its default
// datastores. Every step is idempotent: provisioning is repeated after a crash.
// Source: contracts/azure-ai-ml.md §4.1 (names of dependents), §3.3; reference/workspace-concept-2024.md.

import { createHash } from 'node:crypto';
import type { ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';
import type { Workspace } from './workspace-properties.ts';

/** First 8 alphanumerics of the workspace's name, the kind of thing, and a hash of its id: 24 characters. */
function dependentName(resource: ResourceRecord<Workspace>, word: string): string {
  const start = resource.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, 8);
  const hash = createHash('sha256').update(`${resource.key}/${resource.properties.workspaceId}`).digest('hex');
  return `${start}${word}${hash}`.slice(0, 24);
}

/** Ids of the neighbours, and which of them were made for the workspace. */
export interface Neighbours extends JsonObject {
  readonly storageAccount: string;
  readonly keyVault: string;
  readonly applicationInsights: string;
  readonly madeNeighbours: JsonObject;
}

function groupOf(resource: ResourceRecord<Workspace>): string {
  return resource.id.split('/').slice(0, 5).join('/');
}

/** Ids of all three neighbours; those that were not given are made. `madeNeighbours` remembers which. */
export async function createNeighbours(ctx: Context, resource: ResourceRecord<Workspace>, store: Resources, ports: ResourcePorts): Promise<Neighbours> {
  const { properties } = resource;
  const made = new Set(Object.keys(objectAt(properties, 'madeNeighbours')));
  const location = resource.location ?? ports.installation().region;
  const ensure = async (given: string | undefined, kind: string, path: string, body: JsonObject): Promise<string> => {
    if (given !== undefined && given !== '') return given;
    const id = `${groupOf(resource)}/providers/${path}`;
    if ((await store.find(id)) === undefined) await store.put(ctx, id, { location, tags: {}, ...body }, { as: 'system' });
    made.add(kind);
    return id;
  };
  const storageAccount = await ensure(properties.storageAccount, 'storageAccount', `Microsoft.Storage/storageAccounts/${dependentName(resource, 'storage')}`, {
    kind: 'StorageV2',
    sku: { name: 'Standard_LRS' },
    properties: { supportsHttpsTrafficOnly: true, allowBlobPublicAccess: false },
  });
  const keyVault = await ensure(properties.keyVault, 'keyVault', `Microsoft.KeyVault/vaults/${dependentName(resource, 'keyvault')}`, {
    properties: { tenantId: ports.installation().tenantId, sku: { family: 'A', name: 'standard' }, accessPolicies: [] },
  });
  const applicationInsights = await ensure(properties.applicationInsights, 'applicationInsights', `Microsoft.Insights/components/${dependentName(resource, 'insights')}`, {
    kind: 'web',
    properties: { Application_Type: 'web' },
  });
  return { storageAccount, keyVault, applicationInsights, madeNeighbours: Object.fromEntries([...made].map((kind) => [kind, true])) };
}

/** The four datastores of every workspace, and the containers behind the two that are blobs. */
export async function createDefaultDatastores(ctx: Context, resource: ResourceRecord<Workspace>, store: Resources, ports: ResourcePorts): Promise<void> {
  const { storageAccount = '', workspaceId = '' } = resource.properties;
  const accountName = storageAccount.split('/').at(-1) ?? '';
  const [, , subscriptionId = '', , resourceGroup = ''] = storageAccount.split('/');
  const account = await store.get(storageAccount);
  const key = stringAt(objectAt(store.secretsOf(account), 'keys'), 'key1') ?? '';
  const blobContainer = `azureml-blobstore-${workspaceId}`;
  for (const container of [blobContainer, 'azureml']) await ports.storage.ensureContainer(accountName, container);
  const common = {
    accountName,
    protocol: 'https',
    endpoint: ports.sites.suffix(),
    subscriptionId,
    resourceGroup,
    serviceDataAccessAuthIdentity: 'None',
    credentials: { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key } },
  };
  const stores: Readonly<Record<string, JsonObject>> = {
    workspaceblobstore: { datastoreType: 'AzureBlob', containerName: blobContainer, ...common },
    workspaceartifactstore: { datastoreType: 'AzureBlob', containerName: 'azureml', ...common },
    workspaceworkingdirectory: { datastoreType: 'AzureFile', fileShareName: `code-${workspaceId}`, ...common },
    workspacefilestore: { datastoreType: 'AzureFile', fileShareName: `azureml-filestore-${workspaceId}`, ...common },
  };
  for (const [name, properties] of Object.entries(stores)) {
    const id = `${resource.id}/datastores/${name}`;
    if ((await store.find(id)) === undefined) await store.put(ctx, id, { properties }, { as: 'system', readOnly: { isDefault: name === 'workspaceblobstore' } });
  }
}
