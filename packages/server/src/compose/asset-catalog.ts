// AssetCatalog for the job engine, from the asset resources of Resource Manager.
// Source: contracts/azureml-jobs.md §2 (forms of references).

import { timingSafeEqual } from 'node:crypto';
import type { Resources } from '#arm/resources.ts';
import { environmentInstead, registryEnvironment } from '#jobs/data-uri.ts';
import type { AssetCatalog } from '#jobs/ports.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { describeVersions } from '#storage/asset-store.ts';
import type { Database } from '#storage/database.ts';
import type { StorageDirectory } from './storage-directory.ts';

const NAMESPACE = 'microsoft.machinelearningservices/workspaces';
/** What names the place of a datastore of each type. */
const PLACES: Readonly<Record<string, string>> = { AzureBlob: 'containerName', AzureDataLakeGen2: 'filesystem', AzureFile: 'fileShareName' };
/** The default of a workspace that has not chosen another. */
const FIRST_DATASTORE = 'workspaceblobstore';

export function createAssetCatalog(deps: { readonly database: Database; readonly store: () => Resources; readonly storage: StorageDirectory }): AssetCatalog {
  async function properties(collection: string, workspaceKey: string, ref: string): Promise<JsonObject> {
    const id = await resolveAsset(deps, collection, workspaceKey, ref);
    // Why: a reference is a user's word; assets of another workspace may not be the user's to read.
    if (!id.toLowerCase().startsWith(`${workspaceKey.toLowerCase()}/`))
      throw new Fault('notImplemented', 'AssetOutsideWorkspace', `${id} is in another workspace; a job uses assets of its own.`, { target: ref });
    const found = await deps.store().find(id);
    if (found === undefined) throw notFound(`There is no ${id.slice(workspaceKey.length + 1) || id} in this workspace.`, id);
    return found.properties;
  }
  return {
    async getEnvironment(workspaceKey, ref) {
      const found = await properties('environments', workspaceKey, ref);
      const condaFile = stringAt(found, 'condaFile');
      const image = stringAt(found, 'image');
      return { ...(condaFile === undefined ? {} : { condaFile }), ...(image === undefined ? {} : { image }) };
    },
    async getCode(workspaceKey, ref) {
      const found = await properties('codes', workspaceKey, ref);
      const marks = objectAt(found, 'properties');
      const hashSha256 = stringAt(marks, 'hash_sha256');
      const hashVersion = stringAt(marks, 'hash_version');
      return { uri: stringAt(found, 'codeUri') ?? '', ...(hashSha256 === undefined ? {} : { hashSha256 }), ...(hashVersion === undefined ? {} : { hashVersion }) };
    },
    async getData(workspaceKey, ref) {
      const found = await properties('data', workspaceKey, ref);
      return { uri: stringAt(found, 'dataUri') ?? '', type: stringAt(found, 'dataType') ?? 'uri_folder' };
    },
    async getModel(workspaceKey, ref) {
      const found = await properties('models', workspaceKey, ref);
      return { uri: stringAt(found, 'modelUri') ?? '', type: stringAt(found, 'modelType') ?? 'custom_model' };
    },
    async getDatastore(workspaceKey, name) {
      const found = await deps.store().find(`${workspaceKey}/datastores/${name}`);
      if (found === undefined) throw new Fault('notFound', 'DatastoreNotFound', `There is no datastore ${name} in this workspace.`);
      const account = stringAt(found.properties, 'accountName')?.toLowerCase();
      const type = stringAt(found.properties, 'datastoreType') ?? '';
      const container = stringAt(found.properties, PLACES[type] ?? '');
      if (account === undefined || container === undefined) {
        throw new Fault('notImplemented', 'DatastoreNotImplemented', `The datastore ${name} is of type ${type}; jobs read and write datastores of the types ${Object.keys(PLACES).join(', ')}.`);
      }
      const known = await deps.storage.find(account);
      if (known === undefined) {
        throw new Fault('notImplemented', 'DatastoreNotImplemented', `The datastore ${name} is in the storage account ${account}, which is not one of this server; nothing outside is read.`);
      }
      const own = await deps.storage.ofWorkspace(workspaceKey);
      const shown = Buffer.from(stringAt(objectAt(objectAt(deps.store().secretsOf(found), 'credentials'), 'secrets'), 'key') ?? '', 'base64');
      const isVouched = own?.account === account || Object.values(known.keys).some((key) => key.length > 0 && key.length === shown.length && timingSafeEqual(key, shown));
      return { service: type === 'AzureFile' ? 'file' : 'blob', account, container, isVouched };
    },
    async defaultDatastore(workspaceKey) {
      const { items } = await deps.store().list('Microsoft.MachineLearningServices/workspaces/datastores', workspaceKey, { filters: { isDefault: 'true' }, top: 1 });
      return items[0]?.name ?? FIRST_DATASTORE;
    },
    async artifactStore(workspaceKey) {
      const found = await deps.storage.ofWorkspace(workspaceKey);
      if (found === undefined) throw new Fault('notFound', 'WorkspaceNotFound', 'The workspace of the job is gone.');
      return { account: found.account, container: found.artifactContainer };
    },
  };
}

/** The id of an asset version, from any form of reference. Throws `invalid`/`InvalidAssetReference`, `notFound`. */
export async function resolveAsset(deps: { readonly database: Database }, collection: string, workspaceKey: string, ref: string): Promise<string> {
  const plain = ref.replace(/^azureml:(?=\/)/i, '');
  if (/^\/subscriptions\//i.test(plain)) {
    const label = /^(.*\/)labels\/([^/]+)$/i.exec(plain);
    if (label?.[1] === undefined) return plain;
    return `${label[1]}versions/${await labelled(deps.database, collection, label[1].slice(0, -1), label[2] ?? '')}`;
  }
  // Why: public job files name environments of Azure's registry; a workspace that has one of the same name means its own.
  const curated = collection === 'environments' ? registryEnvironment(ref) : undefined;
  if (curated !== undefined) return resolveAsset(deps, collection, workspaceKey, `azureml:${curated}@latest`);
  const match = /^(?:azureml:)?([^:@/]+)(?::([^@:/]+)|@([^/]+))$/.exec(plain);
  if (match?.[1] === undefined)
    throw new Fault('invalid', 'InvalidAssetReference', `${JSON.stringify(ref)} names no asset; azureml:NAME:VERSION, azureml:NAME@latest and resource ids are accepted.`, { target: ref });
  const container = `${workspaceKey}/${collection}/${match[1]}`;
  return `${container}/versions/${match[2] ?? (await labelled(deps.database, collection, container, match[3] ?? ''))}`;
}

async function labelled(database: Database, collection: string, containerId: string, label: string): Promise<string> {
  if (label.toLowerCase() !== 'latest') throw new Fault('invalid', 'InvalidAssetReference', `The label ${label} is not known; latest is.`);
  const name = containerId.split('/').at(-1) ?? '';
  const key = `${containerId.slice(0, -name.length).toLowerCase()}${name}`;
  const version = (await describeVersions(database.sql, `${NAMESPACE}/${collection}/versions`, [key])).get(key)?.latestVersion;
  if (version === undefined) throw notFound(`There is no version of ${name} in ${collection}.`, `${collection}/${name}`);
  return version;
}

/** `path` has the collection and the name of the asset. */
function notFound(message: string, path: string): Fault {
  const curated = /environments\/(AzureML-[^/]+)/.exec(path)?.[1];
  return new Fault('notFound', 'AssetNotFound', curated === undefined ? message : `${message} ${environmentInstead(curated)}`, { target: path });
}
