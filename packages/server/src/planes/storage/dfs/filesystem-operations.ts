// Operations on filesystems, which are containers, and lists of paths.

import { checkRead } from '#blobs/conditions.ts';
import { checkContainer, createContainer, deleteContainer, getContainer, setContainerMetadata } from '#blobs/containers.ts';
import { listBlobs } from '#blobs/listing.ts';
import { defaultAccess, permissionsOf } from '#blobs/path-access.ts';
import { findPath, FOLDER_MARK, isDirectory, pathNotFound } from '#blobs/paths.ts';
import { Fault } from '#kernel/faults.ts';
import { decodeCursor, encodeCursor } from '#kernel/page.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { listContainers } from '#storage/blob-container-store.ts';
import { findPathAccess, findPaths } from '#storage/blob-path-store.ts';
import type { BlobRecord } from '#storage/blob-store.ts';
import { type BlobCall, containerOf, queryValue } from '../call.ts';
import { invalidQuery } from '../faults.ts';
import { conditionsOf, versionHeaders } from '../headers.ts';
import { flagOf, formatProperties, propertiesOf } from './path-headers.ts';

const MOST_RESULTS = 5000;

export async function createFilesystem(call: BlobCall): Promise<PlaneReply> {
  const container = await createContainer(call.deps, call.accountName, containerOf(call), propertiesOf(call) ?? {});
  return { status: 201, headers: { ...versionHeaders(container), 'x-ms-namespace-enabled': 'true' } };
}

export async function getFilesystemProperties(call: BlobCall): Promise<PlaneReply> {
  const container = await getContainer(call.deps, call.accountName, containerOf(call));
  checkContainer(conditionsOf(call), container, checkRead);
  return { status: 200, headers: { ...versionHeaders(container), 'x-ms-properties': formatProperties(container.metadata), 'x-ms-namespace-enabled': 'true' } };
}

export async function setFilesystemProperties(call: BlobCall): Promise<PlaneReply> {
  const container = await setContainerMetadata(call.deps, call.accountName, containerOf(call), propertiesOf(call) ?? {}, conditionsOf(call));
  return { status: 200, headers: versionHeaders(container) };
}

export async function deleteFilesystem(call: BlobCall): Promise<PlaneReply> {
  await deleteContainer(call.deps, call.accountName, containerOf(call), conditionsOf(call), call.ctx.correlationId);
  return { status: 202 };
}

export async function listFilesystems(call: BlobCall): Promise<PlaneReply> {
  const limit = maxResultsOf(call);
  const rows = await listContainers(call.deps.database.sql, call.accountName, { prefix: queryValue(call, 'prefix') ?? '', from: continuationOf(call), limit: limit + 1 });
  const filesystems = rows.slice(0, limit).map(({ name, modifiedAt, etag }) => ({ name, lastModified: modifiedAt.toUTCString(), etag: bareEtag(etag) }));
  return { status: 200, headers: continuationHeader(rows[limit]?.name), body: { filesystems } };
}

/** Files and directories below a directory, or below the root; with `recursive`, everything below. */
export async function listPaths(call: BlobCall): Promise<PlaneReply> {
  const directory = (queryValue(call, 'directory') ?? '').replace(/^\/+|\/+$/g, '');
  const isRecursive = flagOf(call, 'recursive');
  const { deps } = call;
  const container = await getContainer(deps, call.accountName, containerOf(call));
  if (directory !== '' && (await findPath(deps, { account: call.accountName, container: container.name, name: directory })) === undefined) throw pathNotFound(directory);
  const { items, next } = await listBlobs(deps, container.id, {
    prefix: directory === '' ? '' : `${directory}/`,
    delimiter: isRecursive ? '' : '/',
    from: continuationOf(call),
    limit: maxResultsOf(call),
  });
  // A directory of its own row is listed by it; without one, by the names below it.
  const groups = items.flatMap((item) => ('prefix' in item ? [item.prefix.slice(0, -1)] : []));
  const rowed = new Set((groups.length === 0 ? [] : await findPaths(deps.database.sql, container.id, groups, FOLDER_MARK)).map((path) => path.name));
  const names = items.map((item) => ('prefix' in item ? item.prefix.slice(0, -1) : item.blob.name));
  const access = await findPathAccess(deps.database.sql, container.id, names);
  const paths = items.flatMap((item) => {
    if (!('prefix' in item)) return [pathEntry(item.blob, access.get(item.blob.name))];
    const name = item.prefix.slice(0, -1);
    const { owner, group, acl } = defaultAccess(true);
    return rowed.has(name) ? [] : [{ name, isDirectory: 'true', contentLength: '0', lastModified: container.modifiedAt.toUTCString(), owner, group, permissions: permissionsOf(acl) }];
  });
  return { status: 200, headers: { ...versionHeaders(container), ...continuationHeader(next) }, body: { paths } };
}

function pathEntry(blob: BlobRecord, set: { readonly owner: string; readonly group: string; readonly acl: string } | undefined): object {
  const isFolder = isDirectory(blob);
  const { owner, group, acl } = set ?? defaultAccess(isFolder);
  return {
    name: blob.name,
    ...(isFolder ? { isDirectory: 'true' } : {}),
    contentLength: String(blob.sizeBytes),
    etag: bareEtag(blob.etag),
    lastModified: blob.modifiedAt.toUTCString(),
    owner,
    group,
    permissions: permissionsOf(acl),
  };
}

function bareEtag(etag: string): string {
  return etag.replaceAll('"', '');
}

function maxResultsOf(call: BlobCall): number {
  const text = queryValue(call, 'maxresults') ?? '';
  if (text === '') return MOST_RESULTS;
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) throw invalidQuery('maxResults', text, 'a whole number from 1 on is accepted.');
  return Math.min(Number(text), MOST_RESULTS);
}

function continuationOf(call: BlobCall): string {
  const token = queryValue(call, 'continuation') ?? '';
  if (token === '') return '';
  try {
    return String(decodeCursor(token, 1)[0]);
  } catch (error) {
    throw new Fault('invalid', 'InvalidQueryParameterValue', 'The continuation is not one that this server gave in x-ms-continuation.', { target: 'continuation', cause: error });
  }
}

function continuationHeader(next: string | undefined): Readonly<Record<string, string>> {
  return next === undefined ? {} : { 'x-ms-continuation': encodeCursor([next]) };
}
