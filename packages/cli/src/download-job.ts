// downloadJob: the files of a job in the layout of `az ml job download --all`: artifacts/ for logs and what it left in
// outputs/, named-outputs/{name}/ for each output of its definition.

import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isJsonObject, numberAt, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import type { Response } from 'undici';
import type { ApiClient } from './api-client.ts';
import { parseBlobList } from './blob-list.ts';
import { CommandError } from './exit-status.ts';
import { startTransferBar } from './render/transfer-bar.ts';
import type { WorkspaceApi } from './workspace-api.ts';

const AT_ONCE = 4;

export interface DownloadResult {
  readonly files: number;
  readonly bytes: number;
}

interface RemoteFile {
  /** Below the folder of the download, with forward slashes. */
  readonly path: string;
  readonly sizeBytes: number;
  open(): Promise<Response>;
}

/** Each file appears under its name when it is complete, so that an interrupted download leaves no half of one. */
export async function downloadJob(api: ApiClient, workspace: WorkspaceApi, job: string, folder: string): Promise<DownloadResult> {
  const properties = objectAt(await workspace.getJob(job), 'properties');
  const files = [...(await listArtifacts(api, workspace, job, '')), ...(await listNamedOutputs(api, workspace, job, objectAt(properties, 'outputs')))];
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const bar = startTransferBar('Downloading', bytes);
  const queue = [...files];
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await save(file, folder, bar.add);
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    bar.stop();
  }
  return { files: files.length, bytes };
}

async function save(file: RemoteFile, folder: string, onBytes: (count: number) => void): Promise<void> {
  const target = join(folder, file.path);
  if (!target.startsWith(folder + sep)) throw new CommandError(`The server named a file outside the folder: ${file.path}`);
  const response = await file.open();
  if (!response.ok || response.body === null) throw new CommandError(`${file.path} cannot be downloaded: the server answered ${response.status}.`);
  mkdirSync(dirname(target), { recursive: true });
  const body = Readable.fromWeb(response.body);
  body.on('data', (chunk: Buffer) => onBytes(chunk.length));
  const part = `${target}.part`;
  try {
    await pipeline(body, createWriteStream(part));
    renameSync(part, target);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

async function listArtifacts(api: ApiClient, workspace: WorkspaceApi, job: string, path: string): Promise<readonly RemoteFile[]> {
  const base = `${api.connection.origins.studio}/api/studio${workspace.id}/runs/${encodeURIComponent(job)}`;
  const response = await api.request('GET', `${base}/artifacts?path=${encodeURIComponent(path)}`);
  if (!response.ok) throw new CommandError(`The files of the job cannot be listed: the server answered ${response.status}.`, response.status === 404 ? 3 : 1);
  const body: unknown = await response.json();
  const items = isJsonObject(body) && Array.isArray(body['artifacts']) ? body['artifacts'].filter(isJsonObject) : [];
  const found: RemoteFile[] = [];
  for (const item of items) {
    const name = stringAt(item, 'path') ?? '';
    if (item['isFolder'] === true) found.push(...(await listArtifacts(api, workspace, job, name)));
    else
      found.push({
        path: `artifacts/${name}`,
        sizeBytes: numberAt(item, 'sizeBytes') ?? 0,
        async open() {
          const link = await api.request('GET', `${base}/downloadLink?path=${encodeURIComponent(name)}`);
          return api.raw(`${api.connection.origins.studio}${stringAt(await link.json(), 'url') ?? '/'}`);
        },
      });
  }
  return found;
}

async function listNamedOutputs(api: ApiClient, workspace: WorkspaceApi, job: string, outputs: object): Promise<readonly RemoteFile[]> {
  const found: RemoteFile[] = [];
  for (const [name, output] of Object.entries(outputs)) {
    if (name === 'default') continue;
    const isFile = stringAt(output, 'jobOutputType') === 'uri_file';
    // Why the default: an output without a wish goes here. Source: contracts/azureml-jobs.md §4.
    const uri = stringAt(output, 'uri') ?? `azureml://datastores/workspaceblobstore/paths/azureml/${job}/${name}/${isFile ? name : ''}`;
    const place = /datastores\/([^/]+)\/paths\/(.+)$/.exec(uri);
    if (place?.[1] === undefined || place[2] === undefined) continue;
    const prefix = isFile ? place[2] : `${place[2].replace(/\/+$/, '')}/`;
    found.push(...(await listBlobs(api, workspace, place[1], prefix, `named-outputs/${name}`, isFile)));
  }
  return found;
}

async function listBlobs(api: ApiClient, workspace: WorkspaceApi, datastore: string, prefix: string, folder: string, isFile: boolean): Promise<readonly RemoteFile[]> {
  const { url, sas } = await workspace.openContainer(datastore, 'read');
  const found: RemoteFile[] = [];
  for (let marker = ''; ; ) {
    const query = new URLSearchParams({ restype: 'container', comp: 'list', prefix, ...(marker === '' ? {} : { marker }) });
    const response = await api.raw(`${url}?${query.toString()}&${sas}`, { headers: { 'x-ms-version': '2024-11-04' } });
    if (!response.ok) throw new CommandError(`The files below ${prefix} cannot be listed: the server answered ${response.status}.`);
    const page = parseBlobList(await response.text());
    for (const blob of page.blobs) {
      if (isFile && blob.name !== prefix) continue;
      found.push({
        path: `${folder}/${isFile ? (blob.name.split('/').at(-1) ?? '') : blob.name.slice(prefix.length)}`,
        sizeBytes: blob.sizeBytes,
        open: () => api.raw(`${url}/${blob.name.split('/').map(encodeURIComponent).join('/')}?${sas}`, { headers: { 'x-ms-version': '2024-11-04' } }),
      });
    }
    if (page.nextMarker === '') return found;
    marker = page.nextMarker;
  }
}
