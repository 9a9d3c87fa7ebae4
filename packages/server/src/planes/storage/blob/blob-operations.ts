// Operations on a blob: put, get, properties, metadata, delete.

import { createHash } from 'node:crypto';
import { changeBlob, getBlob, putBlob, readBlob, removeBlob } from '#blobs/blobs.ts';
import { checkRead } from '#blobs/conditions.ts';
import { FOLDER_MARK, isDirectory } from '#blobs/paths.ts';
import { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';
import type { BlobRecord } from '#storage/blob-store.ts';
import { addressOf, type BlobCall, header, readBody } from '../call.ts';
import { invalidHeader, missingHeader, notSupported } from '../faults.ts';
import { blobHeadersOf, blobMd5Of, blobReplyHeaders, conditionsOf, digestsOf, metadataHeaders, metadataOf, numberHeader, rangeOf, versionHeaders, writeConditionsOf } from '../headers.ts';

export const MAX_PUT_BYTES = 5000 * 1024 * 1024;
const MAX_RANGE_DIGEST_BYTES = 4 * 1024 * 1024;

/** What the answer to every write says about encryption at rest: this server leaves it to the disk. */
export const WRITTEN = { 'x-ms-request-server-encrypted': 'false' } as const;

export async function putBlobOperation(call: BlobCall): Promise<PlaneReply> {
  const kind = header(call, 'x-ms-blob-type');
  if (kind === undefined) throw missingHeader('x-ms-blob-type');
  if (kind === 'PageBlob') throw notSupported('The blob type PageBlob');
  if (kind !== 'BlockBlob' && kind !== 'AppendBlob') throw invalidHeader('x-ms-blob-type', kind, 'BlockBlob and AppendBlob are accepted.');
  const length = numberHeader(call, 'content-length');
  if (length !== undefined && length > MAX_PUT_BYTES) throw new Fault('tooLarge', 'RequestBodyTooLarge', `The request body has ${length} bytes; Put Blob takes up to ${MAX_PUT_BYTES}.`);
  if (kind === 'AppendBlob' && (length ?? 0) > 0) throw invalidHeader('content-length', String(length), 'an append blob is created empty.');
  const digests = digestsOf(call);
  const expected = blobMd5Of(call);
  if (digests.md5 !== undefined && expected !== undefined && digests.md5 !== expected) throw new Fault('invalid', 'Md5Mismatch', 'Content-MD5 and x-ms-blob-content-md5 are not the same.');
  const blob = await putBlob(call.deps, addressOf(call), call.request.stream, {
    kind,
    headers: blobHeadersOf(call, true),
    metadata: metadataOf(call),
    conditions: writeConditionsOf(call),
    digests: kind === 'AppendBlob' || expected === undefined ? digests : { ...digests, md5: expected },
    ...(length === undefined ? {} : { sizeBytes: length }),
  });
  return {
    status: 201,
    headers: {
      ...versionHeaders(blob),
      ...WRITTEN,
      ...(blob.contentMd5 === undefined ? {} : { 'content-md5': blob.contentMd5 }),
      ...(digests.crc64 === undefined ? {} : { 'x-ms-content-crc64': digests.crc64 }),
    },
  };
}

function overridesOf(call: BlobCall): Readonly<Record<string, string>> {
  return call.credential.kind === 'signature' ? call.credential.grant.overrides : {};
}

function notModified(blob: BlobRecord): PlaneReply {
  return { status: 304, headers: { ...versionHeaders(blob), 'x-ms-error-code': 'ConditionNotMet' } };
}

/** Refuses the parts of the protocol that address other states of a blob. */
export function refuseVersions(call: BlobCall): void {
  for (const name of ['snapshot', 'versionid'] as const) if (call.query.has(name)) throw notSupported(`Addressing a ${name === 'snapshot' ? 'snapshot' : 'version'} of a blob`);
}

export async function getBlobOperation(call: BlobCall): Promise<PlaneReply> {
  refuseVersions(call);
  const range = rangeOf(call);
  const wantsRangeMd5 = header(call, 'x-ms-range-get-content-md5')?.toLowerCase() === 'true';
  if (header(call, 'x-ms-range-get-content-crc64')?.toLowerCase() === 'true') throw notSupported('x-ms-range-get-content-crc64');
  if (header(call, 'x-ms-structured-body') !== undefined) throw notSupported('A structured message body (x-ms-structured-body)');
  if (wantsRangeMd5 && range === undefined) throw invalidHeader('x-ms-range-get-content-md5', 'true', 'it goes with x-ms-range.');
  const read = await readBlob(call.deps, addressOf(call), range, conditionsOf(call));
  if ('notModified' in read) return notModified(read.notModified);
  const { blob, start, end } = read;
  const length = end - start + 1;
  const headers = { ...blobReplyHeaders(blob), ...overridesOf(call), 'content-length': String(length) };
  if (range === undefined) return { status: 200, headers: { ...headers, ...(blob.contentMd5 === undefined ? {} : { 'content-md5': blob.contentMd5 }) }, body: read.content };
  const ranged = { ...headers, 'content-range': `bytes ${start}-${end}/${blob.sizeBytes}`, ...(blob.contentMd5 === undefined ? {} : { 'x-ms-blob-content-md5': blob.contentMd5 }) };
  if (!wantsRangeMd5) return { status: 206, headers: ranged, body: read.content };
  if (length > MAX_RANGE_DIGEST_BYTES) {
    if (!Buffer.isBuffer(read.content)) read.content.destroy();
    throw new Fault('invalid', 'OutOfRangeInput', `x-ms-range-get-content-md5 is for ranges of up to 4 MiB; this one has ${length} bytes.`);
  }
  const bytes = Buffer.isBuffer(read.content) ? read.content : await readBody(read.content, length);
  return { status: 206, headers: { ...ranged, 'content-md5': createHash('md5').update(bytes).digest('base64') }, body: bytes };
}

export async function getBlobProperties(call: BlobCall): Promise<PlaneReply> {
  refuseVersions(call);
  const blob = await getBlob(call.deps, addressOf(call));
  if (checkRead(conditionsOf(call), blob) === 'notModified') return notModified(blob);
  const tier = blob.kind === 'BlockBlob' ? { 'x-ms-access-tier': 'Hot', 'x-ms-access-tier-inferred': 'true' } : {};
  const md5 = blob.contentMd5 === undefined ? {} : { 'content-md5': blob.contentMd5 };
  return { status: 200, headers: { ...blobReplyHeaders(blob), ...tier, ...md5, ...overridesOf(call), 'content-length': String(blob.sizeBytes) } };
}

/** Metadata and version only. A GET has no body either, so nothing may declare the size of the blob. */
export async function getBlobMetadata(call: BlobCall): Promise<PlaneReply> {
  refuseVersions(call);
  const blob = await getBlob(call.deps, addressOf(call));
  if (checkRead(conditionsOf(call), blob) === 'notModified') return notModified(blob);
  return { status: 200, headers: { ...versionHeaders(blob), ...metadataHeaders(blob.metadata) } };
}

export async function setBlobProperties(call: BlobCall): Promise<PlaneReply> {
  for (const name of ['x-ms-blob-content-length', 'x-ms-sequence-number-action', 'x-ms-blob-sequence-number'])
    if (header(call, name) !== undefined) throw notSupported(`The page blob property ${name}`);
  const contentMd5 = blobMd5Of(call) ?? null;
  const headers = blobHeadersOf(call, false);
  const blob = await changeBlob(call.deps, addressOf(call), conditionsOf(call), () => ({ headers, contentMd5 }));
  return { status: 200, headers: versionHeaders(blob) };
}

export async function setBlobMetadata(call: BlobCall): Promise<PlaneReply> {
  const metadata = metadataOf(call);
  const blob = await changeBlob(call.deps, addressOf(call), conditionsOf(call), (before) => ({
    // Azure: a directory stays one, whatever metadata it gets.
    metadata: isDirectory(before) ? { ...metadata, [FOLDER_MARK]: 'true' } : metadata,
  }));
  return { status: 200, headers: { ...versionHeaders(blob), ...WRITTEN } };
}

export async function deleteBlobOperation(call: BlobCall): Promise<PlaneReply> {
  refuseVersions(call);
  if (header(call, 'x-ms-delete-snapshots')?.toLowerCase() === 'only') throw notSupported('Deleting snapshots only (x-ms-delete-snapshots: only)');
  await removeBlob(call.deps, addressOf(call), conditionsOf(call));
  return { status: 202, headers: { 'x-ms-delete-type-permanent': 'true' } };
}
