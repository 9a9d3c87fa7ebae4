// Headers: conditions, metadata, content headers and ranges read from a request, and written to an answer.

import type { Conditions } from '#blobs/conditions.ts';
import type { ExpectedDigests } from '#blobs/digests.ts';
import type { Range } from '#blobs/blobs.ts';
import { Fault } from '#kernel/faults.ts';
import type { BlobHeaders, BlobRecord } from '#storage/blob-store.ts';
import { type BlobCall, header } from './call.ts';
import { invalidHeader, notSupported } from './faults.ts';

const METADATA_PREFIX = 'x-ms-meta-';
const METADATA_NAME = /^[a-z_][a-z0-9_]*$/i;
const MAX_METADATA_BYTES = 8192;
const DEFAULT_TYPE = 'application/octet-stream';

function timeHeader(call: BlobCall, name: string): number | undefined {
  const value = header(call, name);
  if (value === undefined) return undefined;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) throw invalidHeader(name, value, 'a time in RFC 1123 form is accepted.');
  return ms;
}

/** `prefix` is `x-ms-source-` for the source of a copy. */
export function conditionsOf(call: BlobCall, prefix = ''): Conditions {
  const ifMatch = header(call, `${prefix}if-match`);
  const ifNoneMatch = header(call, `${prefix}if-none-match`);
  const ifModifiedSince = timeHeader(call, `${prefix}if-modified-since`);
  const ifUnmodifiedSince = timeHeader(call, `${prefix}if-unmodified-since`);
  const leaseId = guidHeader(call, prefix === '' ? 'x-ms-lease-id' : `${prefix}lease-id`);
  if (prefix === '' && header(call, 'x-ms-if-tags') !== undefined) throw notSupported('The condition x-ms-if-tags');
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    ...(ifModifiedSince === undefined ? {} : { ifModifiedSince }),
    ...(ifUnmodifiedSince === undefined ? {} : { ifUnmodifiedSince }),
    ...(leaseId === undefined ? {} : { leaseId }),
  };
}

/** In lower case. */
export function guidHeader(call: BlobCall, name: string): string | undefined {
  const value = header(call, name)?.toLowerCase();
  if (value !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) throw invalidHeader(name, value, 'a GUID is accepted.');
  return value;
}

/** Conditions of a write that may replace: `If-None-Match: *` where the caller may only add. */
export function writeConditionsOf(call: BlobCall): Conditions {
  const conditions = conditionsOf(call);
  return call.mayOverwrite ? conditions : { ...conditions, ifNoneMatch: '*' };
}

export function hasMetadata(call: BlobCall): boolean {
  return Object.keys(call.request.headers).some((name) => name.startsWith(METADATA_PREFIX));
}

export function metadataOf(call: BlobCall): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = {};
  let size = 0;
  for (const [name, value] of Object.entries(call.request.headers)) {
    if (!name.startsWith(METADATA_PREFIX)) continue;
    const key = name.slice(METADATA_PREFIX.length);
    if (key === '') throw new Fault('invalid', 'EmptyMetadataKey', 'The key for one of the metadata key-value pairs is empty.');
    if (!METADATA_NAME.test(key)) throw new Fault('invalid', 'InvalidMetadata', `The metadata name ${JSON.stringify(key)} is not valid: letters, digits and underscores, not starting with a digit.`);
    size += key.length + value.length;
    metadata[key] = value.trim();
  }
  if (size > MAX_METADATA_BYTES) throw new Fault('invalid', 'MetadataTooLarge', `The metadata has ${size} bytes; up to ${MAX_METADATA_BYTES} are accepted.`);
  return metadata;
}

const CONTENT_HEADERS = [
  ['contentEncoding', 'content-encoding'],
  ['contentLanguage', 'content-language'],
  ['contentDisposition', 'content-disposition'],
  ['cacheControl', 'cache-control'],
] as const;

/** The blob's own headers: `x-ms-blob-…`, else (Put Blob) the standard ones of the request. */
export function blobHeadersOf(call: BlobCall, usesStandard: boolean): BlobHeaders {
  const read = (name: string): string | undefined => header(call, `x-ms-blob-${name}`) ?? (usesStandard && name !== 'content-disposition' ? header(call, name) : undefined);
  const optional = CONTENT_HEADERS.flatMap(([field, name]) => {
    const value = read(name);
    return value === undefined ? [] : [[field, value] as const];
  });
  return { contentType: read('content-type') ?? DEFAULT_TYPE, ...Object.fromEntries(optional) };
}

function base64Header(call: BlobCall, name: string, bytes: number, code: string): string | undefined {
  const value = header(call, name);
  if (value === undefined) return undefined;
  const decoded = Buffer.from(value, 'base64');
  if (decoded.length !== bytes || decoded.toString('base64') !== value)
    throw new Fault('invalid', code, `${name} is ${JSON.stringify(value)}; the base64 form of ${bytes} bytes is accepted.`, { target: name });
  return value;
}

export function digestsOf(call: BlobCall): ExpectedDigests {
  if (header(call, 'x-ms-structured-body') !== undefined) throw notSupported('A structured message body (x-ms-structured-body)');
  const md5 = base64Header(call, 'content-md5', 16, 'InvalidMd5');
  const crc64 = base64Header(call, 'x-ms-content-crc64', 8, 'InvalidHeaderValue');
  if (md5 !== undefined && crc64 !== undefined) throw invalidHeader('x-ms-content-crc64', crc64, 'either Content-MD5 or x-ms-content-crc64 is accepted, not both.');
  return { ...(md5 === undefined ? {} : { md5 }), ...(crc64 === undefined ? {} : { crc64 }) };
}

export function blobMd5Of(call: BlobCall): string | undefined {
  return base64Header(call, 'x-ms-blob-content-md5', 16, 'InvalidMd5');
}

/** A whole number header. */
export function numberHeader(call: BlobCall, name: string): number | undefined {
  const value = header(call, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw invalidHeader(name, value, 'a whole number is accepted.');
  return Number(value);
}

export function rangeOf(call: BlobCall, names: readonly string[] = ['x-ms-range', 'range']): Range | undefined {
  for (const name of names) {
    const value = header(call, name);
    if (value === undefined) continue;
    const [, from, to] = /^bytes=(\d{1,15})-(\d{0,15})$/i.exec(value.trim()) ?? [];
    if (from === undefined || (to !== undefined && to !== '' && Number(to) < Number(from))) throw invalidHeader(name, value, 'bytes=first-last and bytes=first- are accepted.');
    return to === undefined || to === '' ? { start: Number(from) } : { start: Number(from), end: Number(to) };
  }
  return undefined;
}

const REFUSED_HEADERS: Readonly<Record<string, string>> = {
  'x-ms-encryption-key': 'Customer-provided encryption keys (x-ms-encryption-key)',
  'x-ms-encryption-scope': 'Encryption scopes (x-ms-encryption-scope)',
  'x-ms-tags': 'Blob index tags (x-ms-tags)',
  'x-ms-immutability-policy-until-date': 'Immutability policies',
  'x-ms-legal-hold': 'Legal holds',
  'x-ms-source-if-tags': 'The condition x-ms-source-if-tags',
};

/** What would be silently ignored is refused by name. Throws `notImplemented`. */
export function refuseUnsupported(headers: BlobCall['request']['headers']): void {
  for (const [name, what] of Object.entries(REFUSED_HEADERS)) if ((headers[name] ?? '') !== '') throw notSupported(what);
  const tier = headers['x-ms-access-tier'] ?? '';
  if (tier !== '' && tier !== 'Hot') throw notSupported(`The access tier ${tier}`);
}

export function metadataHeaders(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`${METADATA_PREFIX}${name}`, value]));
}

/** What every answer about a thing that is there carries. */
export function versionHeaders(state: { readonly etag: string; readonly modifiedAt: Date }): Readonly<Record<string, string>> {
  return { etag: state.etag, 'last-modified': state.modifiedAt.toUTCString() };
}

export function leaseHeaders({ lease }: Pick<BlobRecord, 'lease'>): Readonly<Record<string, string>> {
  const isActive = lease?.state === 'leased' || lease?.state === 'breaking';
  return {
    'x-ms-lease-status': isActive ? 'locked' : 'unlocked',
    'x-ms-lease-state': lease?.state ?? 'available',
    ...(lease?.state === 'leased' ? { 'x-ms-lease-duration': lease.durationSeconds < 0 ? 'infinite' : 'fixed' } : {}),
  };
}

/** Headers of Get Blob and Get Blob Properties, without those of the range. */
export function blobReplyHeaders(blob: BlobRecord): Readonly<Record<string, string>> {
  const { headers, copy } = blob;
  return {
    ...versionHeaders(blob),
    'accept-ranges': 'bytes',
    'content-type': headers.contentType,
    ...(headers.contentEncoding === undefined ? {} : { 'content-encoding': headers.contentEncoding }),
    ...(headers.contentLanguage === undefined ? {} : { 'content-language': headers.contentLanguage }),
    ...(headers.contentDisposition === undefined ? {} : { 'content-disposition': headers.contentDisposition }),
    ...(headers.cacheControl === undefined ? {} : { 'cache-control': headers.cacheControl }),
    'x-ms-blob-type': blob.kind,
    'x-ms-creation-time': blob.createdAt.toUTCString(),
    ...leaseHeaders(blob),
    'x-ms-server-encrypted': 'false',
    ...(blob.kind === 'AppendBlob' ? { 'x-ms-blob-committed-block-count': String(blob.blockCount) } : {}),
    ...(copy === undefined
      ? {}
      : {
          'x-ms-copy-id': copy.id,
          'x-ms-copy-source': copy.source,
          'x-ms-copy-status': 'success',
          'x-ms-copy-progress': `${blob.sizeBytes}/${blob.sizeBytes}`,
          'x-ms-copy-completion-time': copy.completedAt,
        }),
    ...metadataHeaders(blob.metadata),
  };
}
