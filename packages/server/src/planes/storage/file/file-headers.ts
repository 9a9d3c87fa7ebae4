// Headers of the Files protocol: what is read from a request about a file or directory, and what its answers carry.
// Source: Files REST, "Create File", "Set File Properties", "Get File Properties".

import { type FileAddress, MAX_FILE_BYTES, newSmb, parseAttributes, parsePath, parseSmbTime, smbTime } from '#blobs/file-shares.ts';

import { Fault } from '#kernel/faults.ts';
import type { EntryRecord, FileHeaders, SmbProperties } from '#storage/file-entry-store.ts';
import { type BlobCall, containerOf, header } from '../call.ts';
import { invalidHeader, missingHeader, notSupported } from '../faults.ts';
import { metadataHeaders, numberHeader, versionHeaders } from '../headers.ts';

const CONTENT = [
  ['contentType', 'x-ms-content-type'],
  ['contentEncoding', 'x-ms-content-encoding'],
  ['contentLanguage', 'x-ms-content-language'],
  ['contentDisposition', 'x-ms-content-disposition'],
  ['cacheControl', 'x-ms-cache-control'],
] as const;

const REFUSED: Readonly<Record<string, string>> = {
  'x-ms-file-permission-key': 'A permission key (x-ms-file-permission-key)',
  'x-ms-owner': 'An owner, as NFS has,',
  'x-ms-group': 'A group, as NFS has,',
  'x-ms-mode': 'A mode, as NFS has,',
  'x-ms-root-squash': 'Root squash, as NFS has,',
};

/** What would be silently ignored is refused by name. */
export function refuseUnsupported(call: Pick<BlobCall, 'request' | 'query'>): void {
  const { headers } = call.request;
  for (const name of ['sharesnapshot', 'prevsharesnapshot']) if (call.query.has(name)) throw notSupported(`Addressing a snapshot of a share (${name})`);
  for (const [name, what] of Object.entries(REFUSED)) if ((headers[name] ?? '') !== '') throw notSupported(what);
  const permission = (headers['x-ms-file-permission'] ?? '').toLowerCase();
  if (!['', 'inherit', 'preserve'].includes(permission)) throw notSupported('A permission of its own for a file or directory (x-ms-file-permission; inherit and preserve are accepted)');
  const type = (headers['x-ms-file-file-type'] ?? '').toLowerCase();
  if (!['', 'regular', 'directory'].includes(type)) throw notSupported(`A file of type ${type}`);
  if ((headers['x-ms-lease-id'] ?? '') !== '')
    throw new Fault('precondition', 'LeaseNotPresentWithFileOperation', 'There is currently no lease on the resource: files and shares have no leases on this server.');
}

function keepsDots(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

/** The file or directory that the request is about; the root of the share where it names none. */
export function fileAddressOf(call: BlobCall): FileAddress {
  return { account: call.accountName, share: containerOf(call), path: parsePath(call.target.blob ?? '', keepsDots(header(call, 'x-ms-allow-trailing-dot'))) };
}

/** As fileAddressOf, of something that has a name. */
export function namedAddressOf(call: BlobCall): FileAddress {
  const address = fileAddressOf(call);
  if (address.path.length === 0) throw new Fault('invalid', 'InvalidUri', 'The requested URI names no file.');
  return address;
}

/** The path of a source that is in this account or another. */
export function sourcePathOf(call: BlobCall, path: string): readonly string[] {
  return parsePath(path, keepsDots(header(call, 'x-ms-source-allow-trailing-dot')));
}

/** The content headers of the request; undefined when there are none. */
export function fileHeadersOf(call: BlobCall): FileHeaders | undefined {
  const given = CONTENT.flatMap(([field, name]) => {
    const value = header(call, name);
    return value === undefined ? [] : [[field, value]];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** `x-ms-content-length`: the size of the file. */
export function fileSizeOf(call: BlobCall): number | undefined {
  const size = numberHeader(call, 'x-ms-content-length');
  if (size !== undefined && size > MAX_FILE_BYTES) throw invalidHeader('x-ms-content-length', String(size), `up to ${MAX_FILE_BYTES} bytes (4 TiB) are accepted.`);
  return size;
}

/** x-ms-content-md5: kept as a property, not checked. */
export function fileMd5Of(call: BlobCall): string | undefined {
  const value = header(call, 'x-ms-content-md5');
  if (value !== undefined && Buffer.from(value, 'base64').toString('base64') !== value)
    throw new Fault('invalid', 'InvalidMd5', `x-ms-content-md5 is ${JSON.stringify(value)}; the base64 form of 16 bytes is accepted.`, { target: 'x-ms-content-md5' });
  return value;
}

/** What SMB knows of the entry after this request. `preserve`, and `source` of a copy, keep what `before` has. */
export function smbOf(call: BlobCall, kind: EntryRecord['kind'], before?: SmbProperties): SmbProperties {
  const now = smbTime(call.deps.clock.now());
  const fresh = newSmb(kind === 'directory' ? 'Directory' : 'Archive', call.deps.clock.now());
  const time = (name: string, kept: string | undefined, otherwise: string): string => {
    const value = header(call, name);
    if (value === undefined) return otherwise;
    if (value.toLowerCase() === 'now') return now;
    if (kept !== undefined && ['preserve', 'source'].includes(value.toLowerCase())) return kept;
    const parsed = parseSmbTime(value);
    if (parsed === undefined) throw invalidHeader(name, value, `${kept === undefined ? '' : 'preserve, '}now, or a time such as 2030-01-31T12:00:00.0000000Z is accepted.`);
    return parsed;
  };
  return {
    attributes: attributesOf(call, kind, before) ?? before?.attributes ?? fresh.attributes,
    createdAt: time('x-ms-file-creation-time', before?.createdAt, before?.createdAt ?? now),
    writtenAt: time('x-ms-file-last-write-time', before?.writtenAt, before?.writtenAt ?? now),
    changedAt: time('x-ms-file-change-time', before?.changedAt, now),
  };
}

function attributesOf(call: BlobCall, kind: EntryRecord['kind'], before: SmbProperties | undefined): string | undefined {
  const value = header(call, 'x-ms-file-attributes');
  if (value === undefined || (before !== undefined && ['preserve', 'source'].includes(value.toLowerCase()))) return undefined;
  const parsed = parseAttributes(value, kind);
  if (parsed === undefined) throw invalidHeader('x-ms-file-attributes', value, 'names such as ReadOnly, Hidden, Archive with | between are accepted.');
  return parsed;
}

export function hasSmbHeaders(call: BlobCall): boolean {
  return ['x-ms-file-attributes', 'x-ms-file-creation-time', 'x-ms-file-last-write-time', 'x-ms-file-change-time'].some((name) => header(call, name) !== undefined);
}

/** `x-ms-file-last-write-time` of a write to a range: now unless it is to be preserved. */
export function keepsWriteTime(call: BlobCall): boolean {
  const value = header(call, 'x-ms-file-last-write-time')?.toLowerCase() ?? 'now';
  if (value !== 'now' && value !== 'preserve') throw invalidHeader('x-ms-file-last-write-time', value, 'now and preserve are accepted.');
  return value === 'preserve';
}

export interface WrittenRange {
  readonly start: number;
  /** One past the last byte. */
  readonly past: number;
}

/** `Range` or `x-ms-range` of a write, which names both ends. Throws MissingRequiredHeader, InvalidHeaderValue. */
export function writtenRangeOf(call: BlobCall, names: readonly string[] = ['x-ms-range', 'range']): WrittenRange {
  const name = names.find((each) => header(call, each) !== undefined);
  if (name === undefined) throw missingHeader(names[0] ?? 'range');
  const value = header(call, name) ?? '';
  const [, from, to] = /^bytes=(\d{1,15})-(\d{1,15})$/i.exec(value.trim()) ?? [];
  if (from === undefined || to === undefined || Number(to) < Number(from)) throw invalidHeader(name, value, 'bytes=first-last is accepted.');
  return { start: Number(from), past: Number(to) + 1 };
}

/** What every answer about a directory or file carries. */
export function entryHeaders(entry: EntryRecord): Readonly<Record<string, string>> {
  const { smb } = entry;
  return {
    ...versionHeaders(entry),
    'x-ms-file-attributes': smb.attributes,
    'x-ms-file-creation-time': smb.createdAt,
    'x-ms-file-last-write-time': smb.writtenAt,
    'x-ms-file-change-time': smb.changedAt,
    'x-ms-file-id': entry.id,
    'x-ms-file-parent-id': entry.parentId ?? '0',
  };
}

/** The answer to a write: nothing is claimed of encryption at rest. */
export function writtenHeaders(entry: EntryRecord): Readonly<Record<string, string>> {
  return { ...entryHeaders(entry), 'x-ms-request-server-encrypted': 'false' };
}

/** Headers of Get File and Get File Properties, without those of the range. */
export function fileReplyHeaders(entry: EntryRecord): Readonly<Record<string, string>> {
  const { headers, copy } = entry;
  return {
    ...entryHeaders(entry),
    ...metadataHeaders(entry.metadata),
    'accept-ranges': 'bytes',
    'x-ms-type': 'File',
    'content-type': headers.contentType ?? 'application/octet-stream',
    ...(headers.contentEncoding === undefined ? {} : { 'content-encoding': headers.contentEncoding }),
    ...(headers.contentLanguage === undefined ? {} : { 'content-language': headers.contentLanguage }),
    ...(headers.contentDisposition === undefined ? {} : { 'content-disposition': headers.contentDisposition }),
    ...(headers.cacheControl === undefined ? {} : { 'cache-control': headers.cacheControl }),
    'x-ms-server-encrypted': 'false',
    'x-ms-lease-status': 'unlocked',
    'x-ms-lease-state': 'available',
    ...(copy === undefined
      ? {}
      : {
          'x-ms-copy-id': copy.id,
          'x-ms-copy-source': copy.source,
          'x-ms-copy-status': 'success',
          'x-ms-copy-progress': `${entry.sizeBytes}/${entry.sizeBytes}`,
          'x-ms-copy-completion-time': copy.completedAt,
        }),
  };
}
