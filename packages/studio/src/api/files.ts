// Trees of files on the server: of a run, of one of its outputs, of a version of a model or of data.

import { queryOptions } from '@tanstack/react-query';
import { ask, askJson } from './client.ts';
import { runApi } from './queries.ts';
import type { Workspace } from './workspace.ts';

export interface FileTree {
  /** Address of its part of the studio plane. */
  readonly url: string;
  readonly queryKey: readonly string[];
}

export interface FileEntry {
  /** Below the root of its tree. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly sizeBytes?: number;
}

/** Logs and artifacts. */
export function runFiles(workspace: Workspace, job: string): FileTree {
  return treeAt(workspace, job, runApi(workspace, job));
}

export function outputFiles(workspace: Workspace, job: string, output: string): FileTree {
  return treeAt(workspace, job, `${runApi(workspace, job)}/outputs/${encodeURIComponent(output)}`);
}

export function assetFiles(workspace: Workspace, kind: 'models' | 'data', name: string, version: string): FileTree {
  return treeAt(workspace, kind, `${workspace.api}/${kind}/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`);
}

function treeAt(workspace: Workspace, of: string, url: string): FileTree {
  return { url, queryKey: ['artifacts', workspace.id, of, url] };
}

/** What is in a folder; '' is the root. */
export function filesQuery(tree: FileTree, folder: string) {
  return queryOptions({
    queryKey: [...tree.queryKey, 'folder', folder],
    queryFn: async ({ signal }) => (await askJson<{ artifacts: readonly FileEntry[] }>(`${tree.url}/artifacts?path=${encodeURIComponent(folder)}`, { signal })).artifacts,
    // Why: who may not read, or what is elsewhere, is told at once.
    retry: false,
  });
}

export interface FileRange {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes the whole file has now. */
  readonly sizeBytes: number;
}

/** Bytes [offset, offset + limit) of a file. */
export async function readFileRange(tree: FileTree, path: string, offset: number, limit: number, signal?: AbortSignal): Promise<FileRange> {
  const response = await ask(`${tree.url}/content?path=${encodeURIComponent(path)}&offset=${offset}&limit=${limit}`, { signal });
  return { bytes: new Uint8Array(await response.arrayBuffer()), sizeBytes: Number(response.headers.get('x-lazurite-size') ?? 0) };
}

/** Hands the file to the browser's own downloads, by a link that is good for a minute. */
export async function download(tree: FileTree, path: string): Promise<void> {
  const { url } = await askJson<{ url: string }>(`${tree.url}/downloadLink?path=${encodeURIComponent(path)}`);
  location.assign(url);
}
