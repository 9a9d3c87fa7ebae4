// Hook: the code snapshot in the working directory, checked against the hash its version recorded.
// Source: contracts/azure-ai-ml.md §3.3 (content hash, hash version 202208).

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Fault } from '#kernel/faults.ts';
import { downloadBlob, listBlobFolder, writeFolder } from '../files/blob-folder.ts';
import { findAllowedPlace, storeOf } from '../files/data-place.ts';
import { resolveInside } from '../files/disk-path.ts';
import type { JobContext } from '../phases/job-context.ts';

const MOST_ORDERS = 120;
const HASH_VERSION = '202208';

export async function placeCode(job: JobContext): Promise<void> {
  const { codeId } = job.command;
  if (codeId === undefined) return;
  const { catalog } = job.deps;
  const code = await catalog.getCode(job.job.workspaceKey, codeId);
  const place = await findAllowedPlace(job, code.uri, 'properties.codeId', 'read');
  if (place.kind === 'url')
    throw new Fault('notImplemented', 'CodeUriNotImplemented', `The code at ${place.url} is outside of this server's storage and cannot be fetched as a folder.`, { target: 'properties.codeId' });
  const blobs = storeOf(job.deps, place);
  const files = await listBlobFolder(blobs, place);
  if (files.length === 0) throw new Fault('invalid', 'CodeNotFound', `There are no files under ${code.uri}; the code of the job was not uploaded, or was deleted.`, { target: 'properties.codeId' });
  await writeFolder(files, job.folder.workingDir, job.signal, async (file, path) => {
    await downloadBlob(blobs, file.address, path, job.signal);
  });
  const sizeBytes = files.reduce((sum, file) => sum + file.properties.sizeBytes, 0);
  const names = files.map((file) => file.relativePath);
  const verdict = await checkHash(job.folder.workingDir, names, code.hashSha256, code.hashVersion);
  job.line(`code: ${files.length} files, ${sizeBytes} bytes; ${verdict}`);
}

async function checkHash(folder: string, names: readonly string[], expected: string | undefined, version: string | undefined): Promise<string> {
  if (expected === undefined || expected === '') return 'no hash was recorded';
  if (version !== undefined && version !== HASH_VERSION) return `hash version ${version} is not known here, not checked`;
  let actual: string | undefined;
  for (const order of ordersOf(names)) {
    actual = await contentHash(folder, order);
    if (actual === expected.toLowerCase()) return 'hash verified';
  }
  throw new Fault('conflict', 'CodeHashMismatch', `The code in storage has the hash ${actual}, its version recorded ${expected}: it was changed after it was registered, and will not be run.`, {
    target: 'properties.codeId',
  });
}

/**
 * The orders in which the names may have been hashed. Why more than one: it sorts by lower-cased name and leaves the order of
 * equal ones to the uploading machine's file system.
 */
export function ordersOf(names: readonly string[]): readonly (readonly string[])[] {
  const groups = [...Map.groupBy(names, (name) => name.toLowerCase()).entries()].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  let orders: readonly (readonly string[])[] = [[]];
  for (const [, members] of groups) {
    const tails = permutations(members);
    if (orders.length * tails.length > MOST_ORDERS)
      throw new Fault('conflict', 'CodeNamesAmbiguous', `The code has too many files whose names differ in letter case only, such as ${members.join(', ')}: its hash cannot be checked. Rename them.`, {
        target: 'properties.codeId',
      });
    orders = orders.flatMap((order) => tails.map((tail) => [...order, ...tail]));
  }
  return orders;
}

function permutations(members: readonly string[]): readonly (readonly string[])[] {
  if (members.length < 2) return [members];
  if (members.length > 5) return Array.from({ length: MOST_ORDERS + 1 }, () => members);
  return members.flatMap((first, at) => permutations(members.toSpliced(at, 1)).map((rest) => [first, ...rest]));
}

/** SHA-256 over the number of files, then `#name#` and size of each, then the contents, in this order. */
async function contentHash(folder: string, ordered: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(String(ordered.length));
  for (const name of ordered) hash.update(`#${name}#`).update(String((await stat(resolveInside(folder, name))).size));
  for (const name of ordered) {
    for await (const chunk of createReadStream(resolveInside(folder, name))) hash.update(chunk);
  }
  return hash.digest('hex');
}
