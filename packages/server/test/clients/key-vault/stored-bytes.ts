// storedBytes: the blobs and files of a workspace's storage account, written and read as a client does.

import { expect } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { STORAGE_AUDIENCE } from '../../../../testkit/src/test-server.ts';
import type { VaultServer } from './vault-server.ts';

type Call = (method: string, path: string) => Promise<{ readonly json: JsonObject }>;

export function storedBytes(it: VaultServer, workspacePath: (name: string) => string, ml: Call) {
  async function accountOf(workspace: string): Promise<string> {
    const { json } = await ml('GET', workspacePath(workspace));
    return stringAt(objectAt(json, 'properties'), 'storageAccount')?.split('/').at(-1) ?? '';
  }

  async function fill(workspace: string, marker: string): Promise<void> {
    const account = await accountOf(workspace);
    const headers = { ...(await it.server.bearer(undefined, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03', 'x-ms-blob-type': 'BlockBlob' };
    for (const [name, body] of [
      ['small.txt', marker],
      ['large.txt', marker.repeat(3000)],
    ] as const) {
      const put = await it.server.send(`${account}.blob`, { method: 'PUT', path: `/azureml/${name}`, headers, body });
      expect([put.status, put.text]).toEqual([201, '']);
    }
  }

  /** The same texts in the share of `workspaceworkingdirectory`. */
  async function fillShare(workspace: string, marker: string): Promise<void> {
    for (const [name, text] of [
      ['small.txt', marker],
      ['large.txt', marker.repeat(3000)],
    ] as const) {
      const length = String(Buffer.byteLength(text));
      expect((await share(workspace, 'PUT', `/${name}`, { 'x-ms-type': 'file', 'x-ms-content-length': length })).status).toBe(201);
      expect((await share(workspace, 'PUT', `/${name}?comp=range`, { 'x-ms-write': 'update', 'x-ms-range': `bytes=0-${Number(length) - 1}` }, text)).status).toBe(201);
    }
  }

  async function share(workspace: string, method: string, path: string, more: Readonly<Record<string, string>> = {}, body?: string) {
    const { json } = await ml('GET', workspacePath(workspace));
    const headers = { ...(await it.server.bearer(undefined, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03', 'x-ms-file-request-intent': 'backup', ...more };
    return it.server.send(`${await accountOf(workspace)}.file`, { method, path: `/code-${stringAt(objectAt(json, 'properties'), 'workspaceId') ?? ''}${path}`, headers, body });
  }

  async function readBlob(workspace: string, name: string) {
    const headers = { ...(await it.server.bearer(undefined, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03' };
    return it.server.send(`${await accountOf(workspace)}.blob`, { method: 'GET', path: `/azureml/${name}`, headers });
  }

  return { accountOf, fill, fillShare, share, readBlob };
}
