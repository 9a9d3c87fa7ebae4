// Upload: a folder (or one file) to the container of a pending upload, blob by blob, with a progress bar.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import type { ApiClient } from './api-client.ts';
import { CommandError } from './exit-status.ts';
import { type IgnoreRules, parseIgnoreRules } from './ignore-rules.ts';
import { startTransferBar } from './render/transfer-bar.ts';

export interface LocalFile {
  readonly path: string;
  /** Name below the asset, with forward slashes. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** Never part of code or data, whatever the rules of the folder say. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', '__pycache__', '.ipynb_checkpoints', '.amlignore']);

/** The files of a folder in name order, without what .amlignore (else .gitignore) names, .git and caches. Links are followed. */
export function listFiles(root: string): readonly LocalFile[] {
  if (!existsSync(root)) throw new CommandError(`${root} does not exist.`, 2);
  if (statSync(root).isFile()) return [{ path: root, name: basename(root), sizeBytes: statSync(root).size }];
  const isIgnored = readIgnores(root);
  const files: LocalFile[] = [];
  const walk = (folder: string, above: ReadonlySet<string>): void => {
    const real = realpathSync(folder);
    // Why: a link to a folder above it would go round for ever.
    if (above.has(real)) return;
    for (const entry of readdirSync(folder)) {
      const path = join(folder, entry);
      const name = relative(root, path).split(sep).join('/');
      const found = statSync(path, { throwIfNoEntry: false });
      if (LEFT_OUT.has(entry) || isIgnored(name, found?.isDirectory() === true)) continue;
      if (found === undefined) throw new CommandError(`${path} is a link to nothing. Remove it, or name it in .amlignore.`, 2);
      if (found.isDirectory()) walk(path, new Set([...above, real]));
      else if (found.isFile()) files.push({ path, name, sizeBytes: found.size });
    }
  };
  walk(root, new Set());
  return files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function readIgnores(root: string): IgnoreRules {
  const file = ['.amlignore', '.gitignore'].map((name) => join(root, name)).find((path) => existsSync(path));
  return file === undefined ? () => false : parseIgnoreRules(readFileSync(file, 'utf8'));
}

export const HASH_VERSION = '202208';

/**
 * Content hash of a folder, hash version 202208: SHA-256 over the number of files, `#name#` and size of each, then the
 * contents, ordered by lower-cased name. Source: contracts/azure-ai-ml.md §3.3.
 */
export async function hashFiles(files: readonly LocalFile[]): Promise<string> {
  const ordered = files.toSorted((a, b) => Buffer.compare(Buffer.from(a.name.toLowerCase()), Buffer.from(b.name.toLowerCase())));
  const hash = createHash('sha256').update(String(files.length));
  for (const file of ordered) hash.update(`#${file.name}#`).update(String(file.sizeBytes));
  for (const file of ordered) for await (const chunk of createReadStream(file.path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Puts every file below `containerUri/prefix`, four at a time. */
export async function uploadFiles(api: ApiClient, files: readonly LocalFile[], sasUri: string, prefix: string, title: string): Promise<void> {
  const total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const bar = startTransferBar(title, total);
  const target = new URL(sasUri);
  const queue = [...files];
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const url = new URL(target);
      url.pathname = `${target.pathname.replace(/\/$/, '')}/${[prefix, file.name].filter(Boolean).join('/').split('/').map(encodeURIComponent).join('/')}`;
      const response = await api.raw(url.href, {
        method: 'PUT',
        headers: { 'x-ms-blob-type': 'BlockBlob', 'content-length': String(file.sizeBytes), 'x-ms-version': '2024-11-04' },
        body: file.sizeBytes === 0 ? '' : createReadStream(file.path),
        duplex: 'half',
      });
      if (!response.ok) throw new CommandError(`Upload of ${file.name} failed: ${response.status} ${response.headers.get('x-ms-error-code') ?? ''}`);
      await response.arrayBuffer();
      bar.add(file.sizeBytes);
    }
  };
  try {
    await Promise.all([worker(), worker(), worker(), worker()]);
  } finally {
    bar.stop();
  }
}
