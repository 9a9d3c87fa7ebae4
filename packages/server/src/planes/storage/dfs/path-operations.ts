// Operations that make, read, move and remove paths.

import { unconditional } from '#blobs/conditions.ts';
import { readBlob } from '#blobs/blobs.ts';
import { checkRead } from '#blobs/conditions.ts';
import { permissionsOf, wholeAcl, withPermissions } from '#blobs/path-access.ts';
import { createDirectory, createFile, getAccess, getFile, removePath, renamePath, setAccess } from '#blobs/paths.ts';
import { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { authorize, needs } from '../access.ts';
import { addressOf, type BlobCall, containerOf, header, queryValue } from '../call.ts';
import { invalidHeader, invalidQuery, permissionMismatch } from '../faults.ts';
import { conditionsOf, rangeOf, versionHeaders, writeConditionsOf } from '../headers.ts';
import { checkNames, parseTarget } from '../target.ts';
import { contentHeadersOf, flagOf, pathHeaders, propertiesOf, refuseHeaders } from './path-headers.ts';

const ACCESS_HEADERS = ['x-ms-owner', 'x-ms-group', 'x-ms-acl', 'x-ms-permissions'] as const;

/** The address of the path, or of the root with the name ''. */
export function pathOf(call: BlobCall): ReturnType<typeof addressOf> {
  const { blob } = call.target;
  return blob === undefined ? { account: call.accountName, container: containerOf(call), name: '' } : { ...addressOf(call), name: blob.replace(/\/+$/, '') };
}

export async function createPath(call: BlobCall): Promise<PlaneReply> {
  refuseHeaders(call, { 'x-ms-expiry-option': 'Expiry of a path', 'x-ms-proposed-lease-id': 'A lease' });
  const resource = queryValue(call, 'resource') ?? '';
  const options = { headers: contentHeadersOf(call) ?? { contentType: 'application/octet-stream' }, metadata: propertiesOf(call) ?? {}, conditions: writeConditionsOf(call) };
  if (resource !== 'file' && resource !== 'directory') throw invalidQuery('resource', resource, 'file and directory are accepted.');
  const address = pathOf(call);
  const blob = await (resource === 'file' ? createFile : createDirectory)(call.deps, address, options);
  if (ACCESS_HEADERS.some((name) => header(call, name) !== undefined)) await changeAccess(call);
  return { status: 201, headers: { ...versionHeaders(blob), 'content-length': '0', 'x-ms-request-server-encrypted': 'false' } };
}

/** Moves another path here. The source is named by `x-ms-rename-source`, in this account. */
export async function movePath(call: BlobCall): Promise<PlaneReply> {
  const text = header(call, 'x-ms-rename-source') ?? '';
  const source = parseTarget(text.split('?')[0] ?? '');
  const { container, blob } = source;
  if (container === undefined || blob === undefined) throw invalidHeader('x-ms-rename-source', text, '/filesystem/path is accepted.');
  checkNames(source);
  if (call.credential.kind === 'signature' && call.credential.grant.kind !== 'account' && container !== containerOf(call)) {
    throw permissionMismatch('a signature for one filesystem does not reach the source in another.');
  }
  await authorize(call.deps, { account: call.account, target: source, credential: call.credential }, needs.movePath);
  const from = { account: call.accountName, container, name: blob.replace(/\/+$/, '') };
  await renamePath(call.deps, from, pathOf(call), { source: conditionsOf(call, 'x-ms-source-'), target: conditionsOf(call) });
  const { path } = await getAccess(call.deps, pathOf(call));
  return { status: 201, headers: { ...(path.blob === undefined ? {} : versionHeaders(path.blob)), 'content-length': '0' } };
}

export async function deletePath(call: BlobCall): Promise<PlaneReply> {
  await removePath(call.deps, pathOf(call), flagOf(call, 'recursive'), conditionsOf(call));
  return { status: 200, headers: { 'x-ms-deletion-id': '' } };
}

export async function readPath(call: BlobCall): Promise<PlaneReply> {
  const address = pathOf(call);
  const file = await getFile(call.deps, address);
  const range = rangeOf(call);
  const read = await readBlob(call.deps, address, range, conditionsOf(call));
  if ('notModified' in read) return { status: 304, headers: versionHeaders(file) };
  const { blob, start, end } = read;
  const headers = { ...pathHeaders({ kind: 'file', blob }), 'content-length': String(end - start + 1) };
  if (range !== undefined) return { status: 206, headers: { ...headers, 'content-range': `bytes ${start}-${end}/${blob.sizeBytes}` }, body: read.content };
  return { status: 200, headers: { ...headers, ...(blob.contentMd5 === undefined ? {} : { 'content-md5': blob.contentMd5 }) }, body: read.content };
}

/** Properties of a path; with `action=getAccessControl` its owner, group and list. */
export async function getPathProperties(call: BlobCall): Promise<PlaneReply> {
  const action = queryValue(call, 'action') ?? '';
  if (!['', 'getStatus', 'getAccessControl'].includes(action)) throw invalidQuery('action', action, 'getStatus and getAccessControl are accepted.');
  const { access, path } = await getAccess(call.deps, pathOf(call));
  if (path.blob !== undefined && checkRead(conditionsOf(call), path.blob) === 'notModified') return { status: 304, headers: versionHeaders(path.blob) };
  const { 'x-ms-properties': properties = '', ...status } = pathHeaders(path);
  const owners = { 'x-ms-owner': access.owner, 'x-ms-group': access.group, 'x-ms-permissions': permissionsOf(access.acl) };
  const headers = { ...status, ...owners, 'content-length': String(path.blob?.sizeBytes ?? 0) };
  if (action === 'getAccessControl') return { status: 200, headers: { ...headers, 'x-ms-acl': access.acl } };
  return { status: 200, headers: action === 'getStatus' || properties === '' ? headers : { ...headers, 'x-ms-properties': properties } };
}

/** Owner, group, and either permissions or a list, from the headers. */
export async function changeAccess(call: BlobCall): Promise<void> {
  const [permissions, acl] = [header(call, 'x-ms-permissions'), header(call, 'x-ms-acl')];
  if (permissions !== undefined && acl !== undefined) throw new Fault('invalid', 'InvalidHeaderValue', 'x-ms-permissions and x-ms-acl exclude each other.', { target: 'x-ms-acl' });
  await setAccess(call.deps, pathOf(call), unconditional, (access) => ({
    owner: header(call, 'x-ms-owner') ?? access.owner,
    group: header(call, 'x-ms-group') ?? access.group,
    acl: acl === undefined ? (permissions === undefined ? access.acl : withPermissions(access.acl, permissions)) : wholeAcl(acl),
  }));
}
