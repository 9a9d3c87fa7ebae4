// Paths of a data lake: files and directories over blobs. The same rows and bytes as the Blob protocol shows; a directory
// is an empty blob marked `hdi_isfolder`, and a name with something below it counts as one too.

import type { Readable } from 'node:stream';
import { Fault, isFault } from '#kernel/faults.ts';
import { defaultAccess } from './path-access.ts';
import { findPathAccess, findPaths, hasBlobsUnder, insertDirectories, type PathAccess, putPathAccess, renamePaths } from '#storage/blob-path-store.ts';
import { type BlobHeaders, type BlobRecord, deleteBlobRow, deletePrefixBatch, findBlob } from '#storage/blob-store.ts';
import type { BlobAddress } from './blob-service.ts';
import { changeBlob, putBlob, readBlob } from './blobs.ts';
import { getBlockLists, putBlock, putBlockList } from './blocks.ts';
import { type Conditions, checkChange, unconditional } from './conditions.ts';
import { type BlobDeps, getContainer, newEtag } from './containers.ts';
import type { ExpectedDigests } from './digests.ts';
import { underLease } from './leases/lease-faults.ts';

export const FOLDER_MARK = 'hdi_isfolder';
const DELETE_BATCH = 1000;
const POSITION_DIGITS = 19;

export type FoundPath =
  | { readonly kind: 'file' | 'directory'; readonly blob: BlobRecord }
  /** A directory that only the names below it tell of. */
  | { readonly kind: 'directory'; readonly blob?: undefined };

export function isDirectory(blob: BlobRecord): boolean {
  return blob.metadata[FOLDER_MARK]?.toLowerCase() === 'true';
}

export function pathNotFound(name: string): Fault {
  return new Fault('notFound', 'PathNotFound', `The specified path does not exist: ${name}.`);
}

function typeMismatch(name: string, is: string): Fault {
  return new Fault('conflict', 'ResourceTypeMismatch', `The operation could not be performed because ${name} is a ${is}.`);
}

/** Undefined when there is none. Throws ContainerNotFound. */
export async function findPath(deps: BlobDeps, address: BlobAddress): Promise<FoundPath | undefined> {
  const container = await getContainer(deps, address.account, address.container);
  const found = await findBlob(deps.database.sql, address.account, address.container, address.name, false);
  if (found !== undefined && found !== 'noContainer') return { kind: isDirectory(found.blob) ? 'directory' : 'file', blob: found.blob };
  return (await hasBlobsUnder(deps.database.sql, container.id, `${address.name}/`)) ? { kind: 'directory' } : undefined;
}

/** Throws PathNotFound. */
export async function getPath(deps: BlobDeps, address: BlobAddress): Promise<FoundPath> {
  const found = await findPath(deps, address);
  if (found === undefined) throw pathNotFound(address.name);
  return found;
}

/** Makes the directories above the name. Throws ResourceTypeMismatch where a file is in the way. */
export async function ensureParents(deps: BlobDeps, address: BlobAddress): Promise<void> {
  const segments = address.name.split('/').slice(0, -1);
  const names = segments.map((_, index) => segments.slice(0, index + 1).join('/')).filter((name) => name !== '' && !name.endsWith('/'));
  if (names.length === 0) return;
  const container = await getContainer(deps, address.account, address.container);
  const there = await findPaths(deps.database.sql, container.id, names, FOLDER_MARK);
  const file = there.find((path) => !path.isDirectory);
  if (file !== undefined) throw typeMismatch(file.name, 'file');
  const known = new Set(there.map((path) => path.name));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) await insertDirectories(deps.database.sql, container.id, missing, missing.map(newEtag), { [FOLDER_MARK]: 'true' });
}

export interface CreatePath {
  readonly headers: BlobHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly conditions: Conditions;
}

/** An empty file in place of what was there. Throws ResourceTypeMismatch for a directory, PathAlreadyExists, ConditionNotMet. */
export async function createFile(deps: BlobDeps, address: BlobAddress, options: CreatePath): Promise<BlobRecord> {
  if ((await findPath(deps, address))?.kind === 'directory') {
    throw options.conditions.ifNoneMatch === '*' ? pathAlreadyExists() : typeMismatch(address.name, 'directory');
  }
  await ensureParents(deps, address);
  return putBlob(deps, address, Buffer.alloc(0), { kind: 'BlockBlob', ...options, digests: {} });
}

/** A directory; one that is there stays as it is, with the metadata that is given. */
export async function createDirectory(deps: BlobDeps, address: BlobAddress, options: CreatePath): Promise<BlobRecord> {
  const found = await findPath(deps, address);
  if (found !== undefined && options.conditions.ifNoneMatch === '*') throw pathAlreadyExists();
  if (found?.kind === 'file') throw typeMismatch(address.name, 'file');
  await ensureParents(deps, { ...address, name: `${address.name}/x` });
  return changeBlob(deps, address, options.conditions, (blob) => ({ metadata: { ...(Object.keys(options.metadata).length > 0 ? options.metadata : blob.metadata), [FOLDER_MARK]: 'true' } }));
}

function pathAlreadyExists(): Fault {
  return new Fault('conflict', 'PathAlreadyExists', 'The specified path already exists.');
}

/** The file. Throws PathNotFound, ResourceTypeMismatch. */
export async function getFile(deps: BlobDeps, address: BlobAddress): Promise<BlobRecord> {
  const found = await getPath(deps, address);
  if (found.blob === undefined || found.kind === 'directory') throw typeMismatch(address.name, 'directory');
  return found.blob;
}

function positionId(position: number): string {
  return Buffer.from(`path:${String(position).padStart(POSITION_DIGITS, '0')}`).toString('base64');
}

function positionOf(blockId: string): number | undefined {
  const [, digits] = /^path:(\d{19})$/.exec(Buffer.from(blockId, 'base64').toString('latin1')) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Holds bytes for the position until a flush. The file does not change. */
export async function appendToFile(deps: BlobDeps, address: BlobAddress, position: number, content: Readable | Buffer, digests: ExpectedDigests): Promise<void> {
  await getFile(deps, address);
  await putBlock(deps, address, positionId(position), content, digests);
}

/** Makes what was appended part of the file, whose length is `position` then. Throws InvalidFlushPosition. */
export async function flushFile(
  deps: BlobDeps,
  address: BlobAddress,
  position: number,
  options: { readonly conditions: Conditions; readonly headers?: BlobHeaders; readonly contentMd5?: string },
): Promise<BlobRecord> {
  const blob = await getFile(deps, address);
  checkChange(options.conditions, blob);
  const { committed, uncommitted } = await getBlockLists(deps, address);
  const appended = uncommitted.flatMap(({ blockId, sizeBytes }) => {
    const start = positionOf(blockId);
    return start === undefined ? [] : [{ blockId, sizeBytes, start }];
  });
  let end = blob.sizeBytes;
  for (const block of appended) {
    if (block.start !== end) throw invalidFlush();
    end += block.sizeBytes;
    if (end === position) break;
  }
  if (end !== position) throw invalidFlush();
  const headers = options.headers ?? blob.headers;
  if (position === blob.sizeBytes) return options.headers === undefined ? blob : changeBlob(deps, address, options.conditions, () => ({ headers, contentMd5: options.contentMd5 ?? null }));
  const isBlocks = committed.reduce((sum, block) => sum + block.sizeBytes, 0) === blob.sizeBytes;
  // Why: what came in one piece has no block to refer to.
  if (blob.sizeBytes > 0 && !isBlocks) await restage(deps, address, blob);
  const before = blob.sizeBytes === 0 ? [] : isBlocks ? committed.map(({ blockId }) => ({ blockId, from: 'Committed' as const })) : [{ blockId: positionId(0), from: 'Uncommitted' as const }];
  const fresh = appended.filter((block) => block.start < position).map(({ blockId }) => ({ blockId, from: 'Uncommitted' as const }));
  return putBlockList(deps, address, [...before, ...fresh], {
    headers,
    metadata: blob.metadata,
    conditions: { ifMatch: blob.etag, ...(options.conditions.leaseId === undefined ? {} : { leaseId: options.conditions.leaseId }) },
    ...(options.contentMd5 === undefined ? {} : { contentMd5: options.contentMd5 }),
  });
}

async function restage(deps: BlobDeps, address: BlobAddress, blob: BlobRecord): Promise<void> {
  const read = await readBlob(deps, address, undefined, { ifMatch: blob.etag });
  if ('notModified' in read) throw new Fault('internal', 'InternalError', 'A read with If-Match answered not modified.');
  await putBlock(deps, address, positionId(0), read.content, {});
}

function invalidFlush(): Fault {
  return new Fault(
    'invalid',
    'InvalidFlushPosition',
    'The uploaded data is not contiguous or the position query parameter value is not equal to the length of the file after appending the uploaded data.',
    { target: 'position' },
  );
}

/** Removes the path; of a directory with something in it only when `isRecursive`. Throws PathNotFound, DirectoryNotEmpty, ConditionNotMet. */
export async function removePath(deps: BlobDeps, address: BlobAddress, isRecursive: boolean, conditions: Conditions): Promise<void> {
  const found = await getPath(deps, address);
  if (found.blob !== undefined) checkChange(conditions, found.blob);
  const container = await getContainer(deps, address.account, address.container);
  if (found.kind === 'directory') {
    const below = `${address.name}/`;
    if (!isRecursive && (await hasBlobsUnder(deps.database.sql, container.id, below)))
      throw new Fault('conflict', 'DirectoryNotEmpty', 'The recursive query parameter value must be true to delete a non-empty directory.', { target: 'recursive' });
    while ((await underLease(() => deps.database.transaction((tx) => deletePrefixBatch(tx, container.id, below, DELETE_BATCH)))) === DELETE_BATCH);
  }
  const { blob } = found;
  if (blob !== undefined && !(await underLease(() => deps.database.transaction((tx) => deleteBlobRow(tx, container.id, address.name, blob.etag, conditions.leaseId)))))
    checkChange(conditions, await currentOf(deps, address));
}

/** Somebody else was faster: gone already is what the caller wanted. */
async function currentOf(deps: BlobDeps, address: BlobAddress): Promise<BlobRecord> {
  return getFile(deps, address).catch((error: unknown) => {
    throw isFault(error, 'notFound') ? pathNotFound(address.name) : new Fault('conflict', 'PathConflict', 'The specified path, or an element of the path, was changed by another request.');
  });
}

/** Moves a file or a whole directory at once; what is at the target is replaced when it is a file or an empty directory. */
export async function renamePath(deps: BlobDeps, from: BlobAddress, to: BlobAddress, conditions: { readonly source: Conditions; readonly target: Conditions }): Promise<void> {
  const [source, target] = [await findPath(deps, from), await findPath(deps, to)];
  if (source === undefined) throw new Fault('notFound', 'SourcePathNotFound', `The source path for a rename operation was not found: ${from.name}.`);
  if (source.blob !== undefined) checkChange(conditions.source, source.blob);
  if (target !== undefined && conditions.target.ifNoneMatch === '*') throw pathAlreadyExists();
  if (target?.blob !== undefined) checkChange(conditions.target, target.blob);
  const [fromContainer, toContainer] = await Promise.all([getContainer(deps, from.account, from.container), getContainer(deps, to.account, to.container)]);
  if (fromContainer.id === toContainer.id && `${to.name}/`.startsWith(`${from.name}/`)) {
    if (to.name === from.name) return;
    throw new Fault('conflict', 'InvalidRenameSourcePath', 'The source directory cannot be the same as the destination directory, nor can the destination be a subdirectory of the source directory.');
  }
  if (target !== undefined && target.kind !== source.kind) throw typeMismatch(to.name, target.kind);
  await ensureParents(deps, to);
  const move = (): Promise<void> =>
    deps.database.transaction(async (tx) => {
      if (target?.kind === 'directory' && (await hasBlobsUnder(tx, toContainer.id, `${to.name}/`))) {
        throw new Fault('conflict', 'DestinationPathIsNotEmpty', `The destination directory ${to.name} is not empty.`);
      }
      if (target?.blob !== undefined && !(await deleteBlobRow(tx, toContainer.id, to.name, target.blob.etag, conditions.target.leaseId)))
        throw new Fault('conflict', 'PathConflict', `The path ${to.name} was changed by another request.`);
      await renamePaths(tx, { containerId: fromContainer.id, name: from.name }, { containerId: toContainer.id, name: to.name }, conditions.source.leaseId);
    });
  await underLease(move);
}

/** Owner, group and list of the path; '' is the root. Throws PathNotFound. */
export async function getAccess(deps: BlobDeps, address: BlobAddress): Promise<{ readonly access: PathAccess; readonly path: FoundPath }> {
  const container = await getContainer(deps, address.account, address.container);
  const path: FoundPath = address.name === '' ? { kind: 'directory' } : await getPath(deps, address);
  const access = (await findPathAccess(deps.database.sql, container.id, [address.name])).get(address.name);
  return { access: access ?? defaultAccess(path.kind === 'directory'), path };
}

/** Sets them. A directory that only names told of is made. */
export async function setAccess(deps: BlobDeps, address: BlobAddress, conditions: Conditions, change: (access: PathAccess, isDirectory: boolean) => PathAccess): Promise<void> {
  const { access, path } = await getAccess(deps, address);
  if (path.blob !== undefined) checkChange(conditions, path.blob);
  const changed = change(access, path.kind === 'directory');
  if (address.name !== '' && path.blob === undefined) await createDirectory(deps, address, { headers: { contentType: 'application/octet-stream' }, metadata: {}, conditions: unconditional });
  const container = await getContainer(deps, address.account, address.container);
  await putPathAccess(deps.database.sql, container.id, address.name, changed);
}
