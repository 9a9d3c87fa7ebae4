// Operations on files: create, read, properties, metadata, delete, and their ranges.
// Source: Files REST, "Operations on files".

import { changeEntry, clearRange, createFile, getEntry, listRanges, MAX_FILE_BYTES, putFile, readFile, removeEntry, setFileProperties, writeRange } from '#blobs/file-shares.ts';
import { createHash } from 'node:crypto';
import { digestContent } from '#blobs/digests.ts';
import { Fault } from '#kernel/faults.ts';
import { encodeCursor } from '#kernel/page.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { markerOf, maxResultsOf } from '../blob/service-operations.ts';
import { type BlobCall, header, queryValue, readBody, xmlReply } from '../call.ts';
import { invalidHeader, missingHeader, notSupported } from '../faults.ts';
import { digestsOf, metadataHeaders, metadataOf, numberHeader, rangeOf, versionHeaders } from '../headers.ts';
import { element, XML_HEAD } from '../xml.ts';
import { fileHeadersOf, fileMd5Of, fileReplyHeaders, fileSizeOf, hasSmbHeaders, keepsWriteTime, namedAddressOf, smbOf, writtenHeaders, writtenRangeOf } from './file-headers.ts';

export const MAX_RANGE_BYTES = 4 * 1024 * 1024;
const MOST_RANGES = 10_000;

export async function createFileOperation(call: BlobCall): Promise<PlaneReply> {
  const type = header(call, 'x-ms-type');
  if (type === undefined) throw missingHeader('x-ms-type');
  if (type.toLowerCase() !== 'file') throw invalidHeader('x-ms-type', type, 'file is accepted.');
  const sizeBytes = fileSizeOf(call);
  if (sizeBytes === undefined) throw missingHeader('x-ms-content-length');
  const file = { headers: fileHeadersOf(call) ?? {}, contentMd5: fileMd5Of(call), metadata: metadataOf(call), smb: smbOf(call, 'file') };
  const length = numberHeader(call, 'content-length') ?? 0;
  if (length === 0) return { status: 201, headers: writtenHeaders(await createFile(call.deps, namedAddressOf(call), { ...file, sizeBytes }, { mayReplace: call.mayOverwrite })) };
  // Azure, in newer versions: a small file comes with its content.
  if (length !== sizeBytes) throw invalidHeader('content-length', String(length), `with a body it is that of the file, ${sizeBytes}.`);
  const { content, md5 } = await bodyOf(call, sizeBytes);
  const entry = await putFile(call.deps, namedAddressOf(call), content, file, call.mayOverwrite);
  return { status: 201, headers: { ...writtenHeaders(entry), ...(md5 === undefined ? {} : { 'content-md5': md5 }) } };
}

/** The body, which has this many bytes, and its MD5. Throws RequestBodyTooLarge, Md5Mismatch. */
async function bodyOf(call: BlobCall, sizeBytes: number): Promise<{ readonly content: Buffer; readonly md5: string | undefined }> {
  const digests = digestsOf(call);
  if (sizeBytes > MAX_RANGE_BYTES) throw new Fault('tooLarge', 'RequestBodyTooLarge', `The request body has ${sizeBytes} bytes; up to ${MAX_RANGE_BYTES} are accepted at once.`);
  const content = await readBody(call.request.stream, MAX_RANGE_BYTES);
  if (content.length !== sizeBytes) throw new Fault('invalid', 'InvalidHeaderValue', `The body has ${content.length} bytes, not the ${sizeBytes} that the headers say.`, { target: 'content-length' });
  const digest = digestContent(digests, true);
  digest.onChunk?.(content);
  return { content, md5: digest.finish().md5 };
}

function overridesOf(call: BlobCall): Readonly<Record<string, string>> {
  return call.credential.kind === 'signature' ? call.credential.grant.overrides : {};
}

export async function getFileOperation(call: BlobCall): Promise<PlaneReply> {
  const range = rangeOf(call);
  const wantsMd5 = header(call, 'x-ms-range-get-content-md5')?.toLowerCase() === 'true';
  if (header(call, 'x-ms-structured-body') !== undefined) throw notSupported('A structured message body (x-ms-structured-body)');
  if (wantsMd5 && range === undefined) throw invalidHeader('x-ms-range-get-content-md5', 'true', 'it goes with x-ms-range.');
  const { entry, start, end, content } = await readFile(call.deps, namedAddressOf(call), range);
  const length = end - start + 1;
  const headers = { ...fileReplyHeaders(entry), ...overridesOf(call), 'content-length': String(length) };
  if (range === undefined) return { status: 200, headers: { ...headers, ...(entry.contentMd5 === undefined ? {} : { 'content-md5': entry.contentMd5 }) }, body: content };
  const ranged = { ...headers, 'content-range': `bytes ${start}-${end}/${entry.sizeBytes}`, ...(entry.contentMd5 === undefined ? {} : { 'x-ms-content-md5': entry.contentMd5 }) };
  if (!wantsMd5) return { status: 206, headers: ranged, body: content };
  if (length > MAX_RANGE_BYTES || !Buffer.isBuffer(content)) {
    if (!Buffer.isBuffer(content)) content.destroy();
    throw new Fault('invalid', 'OutOfRangeInput', `x-ms-range-get-content-md5 is for ranges of up to 4 MiB; this one has ${length} bytes.`);
  }
  return { status: 206, headers: { ...ranged, 'content-md5': createHash('md5').update(content).digest('base64') }, body: content };
}

export async function getFileProperties(call: BlobCall): Promise<PlaneReply> {
  const entry = await getEntry(call.deps, namedAddressOf(call), 'file');
  const md5 = entry.contentMd5 === undefined ? {} : { 'content-md5': entry.contentMd5 };
  return { status: 200, headers: { ...fileReplyHeaders(entry), ...md5, ...overridesOf(call), 'content-length': String(entry.sizeBytes) } };
}

export async function getFileMetadata(call: BlobCall): Promise<PlaneReply> {
  const entry = await getEntry(call.deps, namedAddressOf(call), 'file');
  return { status: 200, headers: { ...versionHeaders(entry), ...metadataHeaders(entry.metadata) } };
}

/** Azure: content headers that are left out are cleared; a request about size or SMB properties alone leaves them. */
export async function setFilePropertiesOperation(call: BlobCall): Promise<PlaneReply> {
  const sizeBytes = fileSizeOf(call);
  const [given, md5] = [fileHeadersOf(call), fileMd5Of(call)];
  const replaces = given !== undefined || md5 !== undefined || (sizeBytes === undefined && !hasSmbHeaders(call));
  const entry = await setFileProperties(call.deps, namedAddressOf(call), {
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(replaces ? { headers: given ?? {}, contentMd5: md5 ?? null } : {}),
    smb: (smb) => smbOf(call, 'file', smb),
  });
  return { status: 200, headers: writtenHeaders(entry) };
}

export async function setFileMetadata(call: BlobCall): Promise<PlaneReply> {
  const metadata = metadataOf(call);
  const entry = await changeEntry(call.deps, namedAddressOf(call), 'file', () => ({ metadata }));
  return { status: 200, headers: { ...versionHeaders(entry), 'x-ms-request-server-encrypted': 'false' } };
}

export async function deleteFileOperation(call: BlobCall): Promise<PlaneReply> {
  await removeEntry(call.deps, namedAddressOf(call), 'file');
  return { status: 202 };
}

export async function putRange(call: BlobCall): Promise<PlaneReply> {
  const { start, past } = writtenRangeOf(call);
  const write = header(call, 'x-ms-write')?.toLowerCase();
  if (write === undefined) throw missingHeader('x-ms-write');
  if (write !== 'update' && write !== 'clear') throw invalidHeader('x-ms-write', write, 'update and clear are accepted.');
  const length = numberHeader(call, 'content-length');
  const options = { keepsWriteTime: keepsWriteTime(call) };
  if (write === 'clear') {
    if ((length ?? 0) > 0) throw invalidHeader('content-length', String(length), 'a range is cleared without a body.');
    return { status: 201, headers: writtenHeaders(await clearRange(call.deps, namedAddressOf(call), start, past, options)) };
  }
  if (past - start > MAX_RANGE_BYTES) throw new Fault('tooLarge', 'RequestBodyTooLarge', `The range has ${past - start} bytes; up to ${MAX_RANGE_BYTES} are written at once.`);
  if (length !== undefined && length !== past - start) throw invalidHeader('content-length', String(length), `it is the length of the range, ${past - start}.`);
  const { content, md5 } = await bodyOf(call, past - start);
  const entry = await writeRange(call.deps, namedAddressOf(call), start, content, options);
  const crc64 = header(call, 'x-ms-content-crc64');
  return { status: 201, headers: { ...writtenHeaders(entry), ...(md5 === undefined ? {} : { 'content-md5': md5 }), ...(crc64 === undefined ? {} : { 'x-ms-content-crc64': crc64 }) } };
}

/** The parts of the file that were written. A page at a time where `maxresults` asks, else all up to a bound that is said. */
export async function listRangesOperation(call: BlobCall): Promise<PlaneReply> {
  const range = rangeOf(call);
  const limit = queryValue(call, 'maxresults') === undefined ? MOST_RANGES : Math.min(maxResultsOf(call), MOST_RANGES);
  const entry = await getEntry(call.deps, namedAddressOf(call), 'file');
  const marker = Number(markerOf(call) || 0);
  const first = Math.max(range?.start ?? 0, Number.isSafeInteger(marker) && marker >= 0 ? marker : 0);
  const past = Math.min((range?.end ?? MAX_FILE_BYTES) + 1, entry.sizeBytes);
  const spans = first >= past ? [] : await listRanges(call.deps, entry, first, past, limit + 1);
  const isPaged = queryValue(call, 'maxresults') !== undefined || queryValue(call, 'marker') !== undefined;
  if (spans.length > limit && !isPaged) throw new Fault('invalid', 'OutOfRangeInput', `The file has more than ${limit} ranges; ask for a part of it with x-ms-range, or for pages with maxresults.`);
  const items = spans.slice(0, limit).map(({ startAt, endAt }) => `<Range>${element('Start', startAt)}${element('End', endAt - 1)}</Range>`);
  const next = spans[limit]?.startAt;
  const marks = isPaged ? (next === undefined ? '<NextMarker/>' : element('NextMarker', encodeCursor([String(next)]))) : '';
  return xmlReply(200, `${XML_HEAD}<Ranges>${items.join('')}${marks}</Ranges>`, { ...versionHeaders(entry), 'x-ms-content-length': String(entry.sizeBytes) });
}
