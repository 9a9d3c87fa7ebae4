// WorkspaceApi: the calls that the job commands and the quickstart make against one workspace, through ARM like any client.

import { createHash, randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { isFault } from '@lazurite/server/kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import type { ApiClient } from './api-client.ts';
import { CommandError } from './exit-status.ts';
import type { JobFile } from './job-file.ts';
import { HASH_VERSION, hashFiles, listFiles, uploadFiles } from './upload.ts';

export const USER_LOG = 'user_logs/std_log.txt';
export const SYSTEM_LOG = 'system_logs/lifecycler/lifecycler.log';
export const TERMINAL: ReadonlySet<string> = new Set(['Completed', 'Failed', 'Canceled']);

/** A container of a datastore with a signature that lasts an hour. */
export interface BlobContainer {
  readonly url: string;
  readonly sas: string;
}

export interface WorkspaceApi {
  readonly id: string;
  readonly name: string;
  /** Uploads what is local, registers it, and creates the job. Returns the job. */
  submit(file: JobFile): Promise<JsonObject>;
  getJob(name: string): Promise<JsonObject>;
  listJobs(most: number): Promise<readonly JsonObject[]>;
  cancel(name: string): Promise<void>;
  openContainer(datastore: string, forWhat: 'read' | 'write'): Promise<BlobContainer>;
  /** Bytes of one of the job's logs from a byte on; empty when there is no more yet. */
  readLog(name: string, path: string, offset: number): Promise<Buffer>;
}

export function openWorkspace(api: ApiClient, resourceGroup: string, name: string): WorkspaceApi {
  const id = `/subscriptions/${api.connection.subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;

  async function registerCode(folder: string): Promise<string> {
    const files = listFiles(folder);
    if (files.length === 0) throw new CommandError(`The code folder ${folder} has no files.`, 2);
    const hash = await hashFiles(files);
    const versionPath = `${id}/codes/${hash.slice(0, 32)}/versions/1`;
    const known = await find(versionPath);
    if (known !== undefined) return known;
    const pending = objectAt(await api.arm('POST', `${versionPath}/startPendingUpload`, { body: { pendingUploadType: 'TemporaryBlobReference' } }), 'blobReferenceForConsumption');
    const blobUri = stringAt(pending, 'blobUri');
    const sasUri = stringAt(objectAt(pending, 'credential'), 'sasUri');
    if (blobUri === undefined || sasUri === undefined) throw new CommandError('The server gave no place to upload the code to.');
    await uploadFiles(api, files, sasUri, basename(folder), `Uploading ${basename(folder)}`);
    try {
      const version = await api.arm('PUT', versionPath, {
        body: { properties: { codeUri: `${blobUri.replace(/\/$/, '')}/${basename(folder)}`, isAnonymous: true, properties: { hash_sha256: hash, hash_version: HASH_VERSION } } },
      });
      return stringAt(version, 'id') ?? versionPath;
    } catch (error) {
      // Why: another command may have registered the same code, from its own upload, in between.
      const other = await find(versionPath);
      if (other === undefined) throw error;
      return other;
    }
  }

  /** The id of the resource, or undefined when there is none. */
  async function find(path: string): Promise<string | undefined> {
    try {
      return stringAt(await api.arm('GET', path), 'id') ?? path;
    } catch (error) {
      if (!isFault(error, 'notFound')) throw error;
      return undefined;
    }
  }

  async function registerEnvironment(environment: JobFile['environment']): Promise<string> {
    if ('id' in environment) {
      // An address of another place, such as a registry, goes as it is: the server says what it thinks of it.
      return /^(?:azureml:)?\//.test(environment.id) ? environment.id : resolveAsset('environments', environment.id);
    }
    const body = { ...(environment.conda === undefined ? {} : { condaFile: environment.conda }), image: environment.image ?? 'lazurite/local-python' };
    const version = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32);
    const path = `${id}/environments/CliV2AnonymousEnvironment/versions/${version}`;
    const reply = await api.arm('PUT', path, { body: { properties: { ...body, isAnonymous: true } } });
    return stringAt(reply, 'id') ?? path;
  }

  /** `azureml:name:version`, `azureml:name@latest`, `name:version` to an id. */
  async function resolveAsset(collection: string, reference: string): Promise<string> {
    const match = /^(?:azureml:)?([^:@]+)(?::([^@]+)|@latest)$/.exec(reference);
    if (match?.[1] === undefined) throw new CommandError(`${reference} is not a reference; write azureml:NAME:VERSION or azureml:NAME@latest.`, 2);
    if (match[2] !== undefined) return `${id}/${collection}/${match[1]}/versions/${match[2]}`;
    const path = `${id}/${collection}/${match[1]}`;
    const container = await api.arm('GET', path).catch((error: unknown) => {
      if (collection !== 'environments' || !isFault(error, 'notFound')) throw error;
      const instead = `Azure's curated environments are not on this server: give the job a conda_file, or make the environment (az ml environment create --name ${match[1]} --conda-file conda.yml --image IMAGE).`;
      throw new CommandError(`There is no environment ${match[1]} in the workspace. ${instead}`, 3);
    });
    const latest = stringAt(objectAt(container, 'properties'), 'latestVersion');
    if (latest === undefined) throw new CommandError(`${match[1]} has no version.`, 3);
    return `${id}/${collection}/${match[1]}/versions/${latest}`;
  }

  async function openContainer(datastore: string, forWhat: 'read' | 'write'): Promise<BlobContainer> {
    const properties = objectAt(await api.arm('GET', `${id}/datastores/${datastore}`), 'properties');
    const secrets = await api.arm('POST', `${id}/datastores/${datastore}/listSecrets`, { body: { expirableSecret: true, expireAfterHours: 1 } });
    const sas = stringAt(secrets, 'sasToken')?.replace(/^\?/, '');
    if (sas === undefined) throw new CommandError(`The datastore ${datastore} gave no shared access signature to ${forWhat} with.`, 4);
    const host = new URL(api.connection.origins.management).host.replace(/^management\./, '');
    return { url: `https://${stringAt(properties, 'accountName')}.blob.${host}/${stringAt(properties, 'containerName')}`, sas };
  }

  async function uploadInput(input: { readonly name: string; readonly path: string }): Promise<string> {
    const files = listFiles(input.path);
    const hash = await hashFiles(files);
    const name = `cli-input-${hash.slice(0, 24)}`;
    const versionPath = `${id}/data/${name}/versions/1`;
    const container = await openContainer('workspaceblobstore', 'write');
    const isFile = files.length === 1 && files[0]?.path === input.path;
    const prefix = `LocalUpload/${hash}/${isFile ? '' : basename(input.path)}`.replace(/\/$/, '');
    await uploadFiles(api, files, `${container.url}?${container.sas}`, prefix, `Uploading ${basename(input.path)}`);
    const uri = `azureml://datastores/workspaceblobstore/paths/${prefix}${isFile ? `/${basename(input.path)}` : ''}`;
    await api.arm('PUT', versionPath, { body: { properties: { dataType: isFile ? 'uri_file' : 'uri_folder', dataUri: uri, isAnonymous: true } } });
    return uri;
  }

  return {
    id,
    name,
    async submit(file) {
      const code = file.code === undefined ? undefined : 'id' in file.code ? file.code.id : await registerCode(file.code.local);
      const environmentId = await registerEnvironment(file.environment);
      const inputs: Record<string, JsonObject> = {};
      for (const [name, value] of Object.entries(objectAt(file.properties, 'inputs'))) if (isJsonObject(value)) inputs[name] = value;
      for (const input of file.localInputs) inputs[input.name] = { ...inputs[input.name], uri: await uploadInput(input) };
      const compute = stringAt(file.properties, 'computeId');
      const properties = {
        ...file.properties,
        inputs,
        environmentId,
        ...(code === undefined ? {} : { codeId: code }),
        ...(compute === undefined || compute.startsWith('/') ? {} : { computeId: `${id}/computes/${compute}` }),
      };
      return api.arm('PUT', `${id}/jobs/${encodeURIComponent(file.name ?? generatedName())}`, { body: { properties } });
    },
    openContainer,
    getJob: (job) => api.arm('GET', `${id}/jobs/${encodeURIComponent(job)}`),
    listJobs: (most) => api.armList(`${id}/jobs`, { most }),
    async cancel(job) {
      await api.arm('POST', `${id}/jobs/${encodeURIComponent(job)}/cancel`);
    },
    async readLog(job, path, offset) {
      const response = await api.request(
        'GET',
        `${api.connection.origins.studio}/api/studio${id}/runs/${encodeURIComponent(job)}/content?path=${encodeURIComponent(path)}&offset=${offset}&limit=1048576`,
      );
      if (response.status === 404) return Buffer.alloc(0);
      if (!response.ok) throw new CommandError(`The log of ${job} cannot be read: the server answered ${response.status}.`);
      return Buffer.from(await response.arrayBuffer());
    },
  };
}

const ADJECTIVES = ['amber', 'bold', 'calm', 'clever', 'gentle', 'golden', 'keen', 'lively', 'mellow', 'noble', 'quiet', 'rapid', 'sunny', 'tidy', 'vivid', 'witty'];
const NOUNS = ['arch', 'basin', 'beacon', 'cedar', 'delta', 'ember', 'falcon', 'garden', 'harbor', 'island', 'lagoon', 'meadow', 'orchid', 'pepper', 'river', 'window'];

/** Two words and a random part, as Azure's clients name jobs. */
function generatedName(): string {
  const random = randomUUID().replaceAll('-', '');
  const pick = (words: readonly string[], at: number): string => words[Number.parseInt(random.slice(at, at + 4), 16) % words.length] ?? 'job';
  return `${pick(ADJECTIVES, 0)}_${pick(NOUNS, 4)}_${random.slice(8, 18)}`;
}
