// Copies: Copy Blob (either form is done when it answers), Put Blob From URL, Put Block From URL. Sources are blobs of
// this server: an address elsewhere would make the server fetch what a caller names, and is refused.

import type { BlobAddress } from '#blobs/blob-service.ts';
import { copyBlob, putBlob, readBlob } from '#blobs/blobs.ts';
import { putBlock } from '#blobs/blocks.ts';
import { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { authorize, needs } from '../access.ts';
import { WRITTEN } from './blob-operations.ts';
import { blockIdOf } from './block-operations.ts';
import { addressOf, type BlobCall, header } from '../call.ts';
import { authenticateBearer, authenticateSignature, type Credential } from '../credentials.ts';
import { invalidHeader, missingHeader, notSupported } from '../faults.ts';
import { blobHeadersOf, conditionsOf, hasMetadata, metadataOf, rangeOf, versionHeaders, writeConditionsOf } from '../headers.ts';
import { checkNames, parseQuery, parseTarget } from '../target.ts';

interface Source {
  readonly address: BlobAddress;
  /** Without its query, which may hold a signature. */
  readonly shownUrl: string;
}

/** Finds the source and makes sure that the caller may read it. Throws CannotVerifyCopySource. */
async function sourceOf(call: BlobCall): Promise<Source> {
  const text = header(call, 'x-ms-copy-source');
  if (text === undefined) throw missingHeader('x-ms-copy-source');
  const url = parseUrl(text);
  const here = call.request.url;
  const [label = '', ...rest] = url.hostname.split('.');
  const isOurs = url.protocol === here.protocol && rest.join('.') === here.hostname.split('.').slice(1).join('.') && (url.port === here.port || url.port === '');
  if (!isOurs) throw notSupported(`Copying from ${url.host}, which is not a storage account of this server,`);
  const target = parseTarget(rawPathOf(text));
  checkNames(target);
  if (target.container === undefined || target.blob === undefined) throw invalidHeader('x-ms-copy-source', `${url.origin}${url.pathname}`, 'the URL of a blob is accepted.');
  const query = parseQuery(url.search.slice(1));
  if (query.has('snapshot') || query.has('versionid')) throw notSupported('Copying from a snapshot or version');
  const account = await call.deps.accounts.find(label);
  if (account === undefined) throw new Fault('notFound', 'CannotVerifyCopySource', `The specified source account does not exist: ${label}.`);
  const presented = { service: 'blob', accountName: label, account, target, query, request: { ...call.request, url } } as const;
  await authorize(call.deps, { account, target, credential: await sourceCredential(call, presented) }, needs.readBlob);
  return { address: { account: label, container: target.container, name: target.blob }, shownUrl: `${url.origin}${url.pathname}` };
}

async function sourceCredential(call: BlobCall, presented: Parameters<typeof authenticateSignature>[2]): Promise<Credential> {
  if (presented.query.has('sig')) return authenticateSignature(call.ctx, call.deps, presented);
  const authorization = header(call, 'x-ms-copy-source-authorization');
  if (authorization !== undefined) return authenticateBearer(call.ctx, call.deps, authorization);
  if (call.credential.kind === 'bearer') return call.credential;
  if (call.credential.kind === 'key' && presented.accountName === call.accountName) return call.credential;
  throw new Fault('forbidden', 'CannotVerifyCopySource', 'The source needs a credential of its own: a signature in x-ms-copy-source, or x-ms-copy-source-authorization with a token.');
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw invalidHeader('x-ms-copy-source', text.slice(0, 100), 'an absolute URL is accepted.');
  }
}

/** The path as written: `URL` would resolve the dots of a name. */
function rawPathOf(text: string): string {
  return /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(text)?.[1] ?? '';
}

/** Refused before anything is copied: what Copy Blob cannot do here. */
export async function copyBlobOperation(call: BlobCall): Promise<PlaneReply> {
  const source = await sourceOf(call);
  const blob = await copyBlob(call.deps, source.address, addressOf(call), {
    conditions: writeConditionsOf(call),
    sourceConditions: conditionsOf(call, 'x-ms-source-'),
    sourceUrl: source.shownUrl,
    ...(hasMetadata(call) ? { metadata: metadataOf(call) } : {}),
  });
  return { status: 202, headers: { ...versionHeaders(blob), 'x-ms-copy-id': blob.copy?.id ?? '', 'x-ms-copy-status': 'success' } };
}

export async function putBlobFromUrl(call: BlobCall): Promise<PlaneReply> {
  if (header(call, 'x-ms-blob-type') !== 'BlockBlob') throw invalidHeader('x-ms-blob-type', header(call, 'x-ms-blob-type') ?? '', 'BlockBlob is accepted with x-ms-copy-source.');
  const source = await sourceOf(call);
  const read = await readBlob(call.deps, source.address, undefined, conditionsOf(call, 'x-ms-source-'));
  if ('notModified' in read) throw sourceConditionNotMet();
  const copiesProperties = header(call, 'x-ms-copy-source-blob-properties')?.toLowerCase() !== 'false';
  const given = blobHeadersOf(call, false);
  const md5 = header(call, 'x-ms-source-content-md5');
  const blob = await putBlob(call.deps, addressOf(call), read.content, {
    kind: 'BlockBlob',
    headers: copiesProperties ? { ...read.blob.headers, ...(header(call, 'x-ms-blob-content-type') === undefined ? {} : given) } : given,
    metadata: hasMetadata(call) ? metadataOf(call) : read.blob.metadata,
    conditions: writeConditionsOf(call),
    digests: md5 === undefined ? {} : { md5 },
    sizeBytes: read.blob.sizeBytes,
  });
  return { status: 201, headers: { ...versionHeaders(blob), ...WRITTEN, ...(blob.contentMd5 === undefined ? {} : { 'content-md5': blob.contentMd5 }) } };
}

export async function putBlockFromUrl(call: BlobCall): Promise<PlaneReply> {
  const blockId = blockIdOf(call);
  const source = await sourceOf(call);
  const read = await readBlob(call.deps, source.address, rangeOf(call, ['x-ms-source-range']), conditionsOf(call, 'x-ms-source-'));
  if ('notModified' in read) throw sourceConditionNotMet();
  const md5 = header(call, 'x-ms-source-content-md5');
  const crc64 = header(call, 'x-ms-source-content-crc64');
  const actual = await putBlock(call.deps, addressOf(call), blockId, read.content, { ...(md5 === undefined ? {} : { md5 }), ...(crc64 === undefined ? {} : { crc64 }) });
  return { status: 201, headers: { ...WRITTEN, ...(actual.md5 === undefined ? {} : { 'content-md5': actual.md5 }), ...(actual.crc64 === undefined ? {} : { 'x-ms-content-crc64': actual.crc64 }) } };
}

function sourceConditionNotMet(): Fault {
  return new Fault('precondition', 'SourceConditionNotMet', 'The source condition specified using HTTP conditional header(s) is not met.');
}

/** Copies are done when they answer: there is never one to abort. */
export async function abortCopy(): Promise<PlaneReply> {
  throw new Fault('conflict', 'NoPendingCopyOperation', 'There is currently no pending copy operation.');
}
