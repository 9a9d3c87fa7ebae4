// Copies and moves of files: Copy File (done when it answers), Put Range from URL, Rename. Sources are files of this server:
// an address elsewhere would make the server fetch what a caller names, and is refused.

import { copyFile, type FileAddress, readFile, renameEntry, writeRange } from '#blobs/file-shares.ts';
import { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';
import type { EntryRecord } from '#storage/file-entry-store.ts';
import { authorize, fileNeeds } from '../access.ts';
import { type BlobCall, containerOf, header, readBody } from '../call.ts';
import { authenticateBearer, authenticateSignature, type Credential, type Presented } from '../credentials.ts';
import { invalidHeader, missingHeader, notSupported, permissionMismatch } from '../faults.ts';
import { hasMetadata, metadataOf, versionHeaders } from '../headers.ts';
import { parseQuery, parseTarget } from '../target.ts';
import { checkShareName } from './target.ts';
import { fileAddressOf, fileHeadersOf, keepsWriteTime, namedAddressOf, smbOf, sourcePathOf, writtenHeaders, writtenRangeOf } from './file-headers.ts';
import { MAX_RANGE_BYTES } from './file-operations.ts';

interface Source {
  readonly address: FileAddress;
  /** Without its query, which may hold a signature. */
  readonly shownUrl: string;
}

/** What a URL of a header names, in this account or another of this server, with a credential for it. */
function presentedBy(call: BlobCall, name: string, text: string): Omit<Presented, 'account'> & { readonly url: URL } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw invalidHeader(name, text.slice(0, 100), 'an absolute URL is accepted.');
  const here = call.request.url;
  const [label = '', service = '', ...rest] = url.hostname.split('.');
  const isOurs = url.protocol === here.protocol && rest.join('.') === here.hostname.split('.').slice(2).join('.') && (url.port === here.port || url.port === '');
  if (!isOurs || service !== 'file') throw notSupported(`Copying from ${url.host}, which is no share of this server,`);
  const target = parseTarget(/^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(text)?.[1] ?? '');
  if (target.container === undefined || target.blob === undefined) throw invalidHeader(name, `${url.origin}${url.pathname}`, 'the URL of a file is accepted.');
  checkShareName(target.container);
  const query = parseQuery(url.search.slice(1));
  if (query.has('sharesnapshot')) throw notSupported('Copying from a snapshot of a share');
  return { service: 'file', accountName: label, target, query, request: { ...call.request, url }, url };
}

/** Finds the source and makes sure that the caller may read it. Throws CannotVerifyCopySource. */
async function sourceOf(call: BlobCall): Promise<Source> {
  const text = header(call, 'x-ms-copy-source');
  if (text === undefined) throw missingHeader('x-ms-copy-source');
  const { url, ...presented } = presentedBy(call, 'x-ms-copy-source', text);
  const account = await call.deps.accounts.find(presented.accountName);
  if (account === undefined) throw new Fault('notFound', 'CannotVerifyCopySource', `The specified source account does not exist: ${presented.accountName}.`);
  await authorize(call.deps, { service: 'file', account, target: presented.target, credential: await sourceCredential(call, { ...presented, account }) }, fileNeeds.readFile);
  const { container = '', blob = '' } = presented.target;
  return { address: { account: presented.accountName, share: container, path: sourcePathOf(call, blob) }, shownUrl: `${url.origin}${url.pathname}` };
}

async function sourceCredential(call: BlobCall, presented: Presented): Promise<Credential> {
  if (presented.query.has('sig')) return authenticateSignature(call.ctx, call.deps, presented);
  const authorization = header(call, 'x-ms-copy-source-authorization');
  if (authorization !== undefined) return authenticateBearer(call.ctx, call.deps, authorization);
  if (call.credential.kind === 'bearer') return call.credential;
  if (call.credential.kind === 'key' && presented.accountName === call.accountName) return call.credential;
  throw new Fault('forbidden', 'CannotVerifyCopySource', 'The source needs a credential of its own: a signature in x-ms-copy-source, or x-ms-copy-source-authorization with a token.');
}

/** Azure: times and attributes are those of the source where `source` is said, else new. */
function copiedSmb(call: BlobCall, source: EntryRecord['smb']): EntryRecord['smb'] {
  const asked = (name: string): boolean => header(call, name)?.toLowerCase() === 'source';
  const fresh = smbOf(call, 'file', source);
  const plain = smbOf(call, 'file', { ...source, writtenAt: fresh.changedAt, createdAt: fresh.changedAt });
  return {
    ...fresh,
    writtenAt: asked('x-ms-file-last-write-time') ? source.writtenAt : plain.writtenAt,
    createdAt: asked('x-ms-file-creation-time') ? source.createdAt : plain.createdAt,
  };
}

export async function copyFileOperation(call: BlobCall): Promise<PlaneReply> {
  const mode = header(call, 'x-ms-file-permission-copy-mode')?.toLowerCase() ?? 'source';
  if (mode !== 'source') throw notSupported(`A permission of its own for a copy (x-ms-file-permission-copy-mode: ${mode})`);
  const source = await sourceOf(call);
  const entry = await copyFile(call.deps, source.address, namedAddressOf(call), {
    sourceUrl: source.shownUrl,
    smb: (smb) => copiedSmb(call, smb),
    mayReplace: call.mayOverwrite,
    ...(hasMetadata(call) ? { metadata: metadataOf(call) } : {}),
  });
  return { status: 202, headers: { ...versionHeaders(entry), 'x-ms-copy-id': entry.copy?.id ?? '', 'x-ms-copy-status': 'success' } };
}

/** Copies are done when they answer: there is never one to abort. */
export async function abortCopy(): Promise<PlaneReply> {
  throw new Fault('conflict', 'NoPendingCopyOperation', 'There is currently no pending copy operation.');
}

export async function putRangeFromUrl(call: BlobCall): Promise<PlaneReply> {
  const { start, past } = writtenRangeOf(call);
  const from = writtenRangeOf(call, ['x-ms-source-range']);
  if (past - start !== from.past - from.start) throw invalidHeader('x-ms-source-range', header(call, 'x-ms-source-range') ?? '', 'both ranges have the same length.');
  if (past - start > MAX_RANGE_BYTES) throw new Fault('tooLarge', 'RequestBodyTooLarge', `The range has ${past - start} bytes; up to ${MAX_RANGE_BYTES} are written at once.`);
  for (const name of ['x-ms-source-if-match', 'x-ms-source-if-none-match', 'x-ms-source-if-match-crc64', 'x-ms-source-if-none-match-crc64', 'x-ms-source-content-crc64'])
    if (header(call, name) !== undefined) throw notSupported(`The condition ${name}`);
  const source = await sourceOf(call);
  const read = await readFile(call.deps, source.address, { start: from.start, end: from.past - 1 });
  const content = Buffer.isBuffer(read.content) ? read.content : await readBody(read.content, MAX_RANGE_BYTES);
  if (content.length !== past - start) throw invalidHeader('x-ms-source-range', header(call, 'x-ms-source-range') ?? '', `the source has ${read.entry.sizeBytes} bytes.`);
  const entry = await writeRange(call.deps, namedAddressOf(call), start, content, { keepsWriteTime: keepsWriteTime(call) });
  return { status: 201, headers: writtenHeaders(entry) };
}

/** Moves what `x-ms-file-rename-source` names here, within the share. */
async function rename(call: BlobCall, kind: EntryRecord['kind']): Promise<PlaneReply> {
  const text = header(call, 'x-ms-file-rename-source');
  if (text === undefined) throw missingHeader('x-ms-file-rename-source');
  const { url, ...presented } = presentedBy(call, 'x-ms-file-rename-source', text);
  const { container = '', blob = '' } = presented.target;
  if (presented.accountName !== call.accountName || container !== containerOf(call)) throw notSupported(`Moving from another share (${url.hostname}/${container})`);
  if (call.credential.kind === 'signature' && call.credential.grant.kind === 'blob') throw permissionMismatch('a signature for one file does not reach the source of a move.');
  const credential = presented.query.has('sig') ? await authenticateSignature(call.ctx, call.deps, { ...presented, account: call.account }) : call.credential;
  const asked = { service: 'file', account: call.account, target: presented.target, credential } as const;
  await authorize(call.deps, asked, kind === 'file' ? fileNeeds.deleteFile : fileNeeds.deleteDirectory);
  const flag = (name: string): boolean => header(call, name)?.toLowerCase() === 'true';
  if (flag('x-ms-file-rename-replace-if-exists') && !call.mayOverwrite) throw permissionMismatch('the signature lets its holder make files, not replace them.');
  const headers = fileHeadersOf(call);
  const entry = await renameEntry(call.deps, { account: call.accountName, share: container, path: sourcePathOf(call, blob) }, fileAddressOf(call), kind, {
    replacesFile: flag('x-ms-file-rename-replace-if-exists'),
    ignoresReadOnly: flag('x-ms-file-rename-ignore-readonly'),
    smb: (smb) => smbOf(call, kind, smb),
    ...(hasMetadata(call) ? { metadata: metadataOf(call) } : {}),
    ...(headers === undefined ? {} : { headers }),
  });
  return { status: 200, headers: writtenHeaders(entry) };
}

export const renameFile = (call: BlobCall): Promise<PlaneReply> => rename(call, 'file');
export const renameDirectory = (call: BlobCall): Promise<PlaneReply> => rename(call, 'directory');
