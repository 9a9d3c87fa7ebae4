// Operations that change a path: append, flush, properties, access control.

import { changeBlob } from '#blobs/blobs.ts';
import { listBlobs } from '#blobs/listing.ts';
import { changeAcl, parseAcl } from '#blobs/path-access.ts';
import { appendToFile, flushFile, FOLDER_MARK, getAccess, getPath, isDirectory, setAccess } from '#blobs/paths.ts';
import { checkChange, unconditional } from '#blobs/conditions.ts';
import { getContainer } from '#blobs/containers.ts';
import { decodeCursor, encodeCursor } from '#kernel/page.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { type BlobCall, header, queryValue } from '../call.ts';
import { invalidQuery, missingHeader, notSupported } from '../faults.ts';
import { blobMd5Of, conditionsOf, digestsOf, numberHeader, versionHeaders } from '../headers.ts';
import { changeAccess, pathOf } from './path-operations.ts';
import { contentHeadersOf, flagOf, positionOf, propertiesOf, refuseHeaders } from './path-headers.ts';

const MOST_RECORDS = 2000;
const LEASES = { 'x-ms-lease-action': 'A lease taken or given back with a write', 'x-ms-proposed-lease-id': 'A lease taken with a write' };

export async function append(call: BlobCall): Promise<PlaneReply> {
  refuseHeaders(call, LEASES);
  const position = positionOf(call);
  const length = numberHeader(call, 'content-length');
  const flushes = flagOf(call, 'flush');
  if (length === undefined && flushes) throw missingHeader('content-length');
  await appendToFile(call.deps, pathOf(call), position, call.request.stream, digestsOf(call));
  if (!flushes) return { status: 202, headers: { 'x-ms-request-server-encrypted': 'false' } };
  const blob = await flushFile(call.deps, pathOf(call), position + (length ?? 0), { conditions: unconditional });
  return { status: 202, headers: { ...versionHeaders(blob), 'x-ms-request-server-encrypted': 'false' } };
}

export async function flush(call: BlobCall): Promise<PlaneReply> {
  refuseHeaders(call, LEASES);
  if (flagOf(call, 'retainuncommitteddata')) throw notSupported('Keeping uncommitted data over a flush (retainUncommittedData)');
  const headers = contentHeadersOf(call);
  const md5 = header(call, 'x-ms-content-md5') ?? blobMd5Of(call);
  const blob = await flushFile(call.deps, pathOf(call), positionOf(call), {
    conditions: conditionsOf(call),
    ...(headers === undefined ? {} : { headers }),
    ...(md5 === undefined ? {} : { contentMd5: md5 }),
  });
  return { status: 200, headers: { ...versionHeaders(blob), 'content-length': '0', 'x-ms-request-server-encrypted': 'false' } };
}

export async function setProperties(call: BlobCall): Promise<PlaneReply> {
  const [metadata, headers] = [propertiesOf(call), contentHeadersOf(call)];
  await getPath(call.deps, pathOf(call));
  const blob = await changeBlob(call.deps, pathOf(call), conditionsOf(call), (before) => ({
    ...(headers === undefined ? {} : { headers }),
    ...(metadata === undefined ? {} : { metadata: isDirectory(before) ? { ...metadata, [FOLDER_MARK]: 'true' } : metadata }),
  }));
  return { status: 200, headers: versionHeaders(blob) };
}

export async function setAccessControl(call: BlobCall): Promise<PlaneReply> {
  const { path } = await getAccess(call.deps, pathOf(call));
  if (path.blob !== undefined) checkChange(conditionsOf(call), path.blob);
  await changeAccess(call);
  const after = await getAccess(call.deps, pathOf(call));
  return { status: 200, headers: after.path.blob === undefined ? {} : versionHeaders(after.path.blob) };
}

/** The list of the path and of what is below it, a page of paths at a time. */
export async function setAccessControlRecursive(call: BlobCall): Promise<PlaneReply> {
  const mode = (queryValue(call, 'mode') ?? '').toLowerCase();
  if (mode !== 'set' && mode !== 'modify' && mode !== 'remove') throw invalidQuery('mode', mode, 'set, modify and remove are accepted.');
  const acl = header(call, 'x-ms-acl');
  if (acl === undefined) throw missingHeader('x-ms-acl');
  if (mode !== 'remove') parseAcl(acl);
  const records = queryValue(call, 'maxrecords') ?? String(MOST_RECORDS);
  if (!/^[1-9]\d{0,8}$/.test(records)) throw invalidQuery('maxRecords', records, 'a whole number from 1 on is accepted.');
  const limit = Math.min(Number(records), MOST_RECORDS);
  const token = queryValue(call, 'continuation') ?? '';
  const root = pathOf(call);
  const { path } = await getAccess(call.deps, root);
  const container = await getContainer(call.deps, root.account, root.container);
  let [directories, files] = [0, 0];
  const change = async (name: string, isFolder: boolean): Promise<void> => {
    // Azure: default entries are for directories.
    const own = isFolder
      ? acl
      : acl
          .split(',')
          .filter((entry) => !entry.trim().startsWith('default:'))
          .join(',');
    if (own !== '') await setAccess(call.deps, { ...root, name }, unconditional, (access) => ({ ...access, acl: changeAcl(access.acl, mode, own) }));
    if (isFolder) directories += 1;
    else files += 1;
  };
  if (token === '') await change(root.name, path.kind === 'directory');
  const below = { prefix: root.name === '' ? '' : `${root.name}/`, delimiter: '', from: token === '' ? '' : String(decodeCursor(token, 1)[0]), limit };
  const { items, next } = path.kind === 'directory' ? await listBlobs(call.deps, container.id, below) : { items: [] };
  for (const item of items) if ('blob' in item) await change(item.blob.name, isDirectory(item.blob));
  return {
    status: 200,
    headers: next === undefined ? {} : { 'x-ms-continuation': encodeCursor([next]) },
    body: { directoriesSuccessful: directories, filesSuccessful: files, failureCount: 0, failedEntries: [] },
  };
}
