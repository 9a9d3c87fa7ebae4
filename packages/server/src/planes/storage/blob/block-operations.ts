// Operations on blocks: put block, put block list, get block list, append block.

import { appendBlock, getBlockLists, putBlock, putBlockList } from '#blobs/blocks.ts';
import { digestContent } from '#blobs/digests.ts';
import { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';
import type { BlockReference } from '#storage/blob-block-store.ts';
import { WRITTEN } from './blob-operations.ts';
import { addressOf, type BlobCall, header, queryValue, readBody, xmlReply } from '../call.ts';
import { invalidQuery, missingQuery } from '../faults.ts';
import { blobHeadersOf, blobMd5Of, conditionsOf, digestsOf, metadataOf, numberHeader, versionHeaders, writeConditionsOf } from '../headers.ts';
import { element, parseXml, XML_HEAD } from '../xml.ts';

export const MAX_BLOCK_BYTES = 4000 * 1024 * 1024;
export const MAX_APPEND_BYTES = 100 * 1024 * 1024;
/** 50 000 entries of the longest ids. */
const MAX_LIST_BYTES = 12 * 1024 * 1024;
const MAX_BLOCK_ID_BYTES = 64;

export function blockIdOf(call: BlobCall): string {
  const id = queryValue(call, 'blockid');
  if (id === undefined || id === '') throw missingQuery('blockid');
  if (!isBlockId(id)) throw invalidQuery('blockid', id, 'the base64 form of 1 to 64 bytes is accepted.');
  return id;
}

function isBlockId(id: string): boolean {
  const bytes = Buffer.from(id, 'base64');
  return bytes.length >= 1 && bytes.length <= MAX_BLOCK_ID_BYTES && bytes.toString('base64') === id;
}

export async function putBlockOperation(call: BlobCall): Promise<PlaneReply> {
  const blockId = blockIdOf(call);
  const length = numberHeader(call, 'content-length');
  if (length === 0)
    throw new Fault('invalid', 'InvalidHeaderValue', 'The value for one of the HTTP headers is not in the correct format: Content-Length is 0; a block has at least one byte.', {
      target: 'content-length',
    });
  if (length !== undefined && length > MAX_BLOCK_BYTES) throw new Fault('tooLarge', 'RequestBodyTooLarge', `The request body has ${length} bytes; a block takes up to ${MAX_BLOCK_BYTES}.`);
  const { md5, crc64 } = await putBlock(call.deps, addressOf(call), blockId, call.request.stream, digestsOf(call));
  return { status: 201, headers: { ...WRITTEN, ...digestHeaders(md5, crc64) } };
}

function digestHeaders(md5: string | undefined, crc64: string | undefined): Readonly<Record<string, string>> {
  return { ...(md5 === undefined ? {} : { 'content-md5': md5 }), ...(crc64 === undefined ? {} : { 'x-ms-content-crc64': crc64 }) };
}

function isReferenceKind(name: string): name is BlockReference['from'] {
  return name === 'Committed' || name === 'Uncommitted' || name === 'Latest';
}

function parseBlockList(body: Buffer): readonly BlockReference[] {
  return parseXml(body, 'BlockList').children.map(({ name, text }) => {
    if (!isReferenceKind(name)) throw new Fault('invalid', 'InvalidXmlDocument', `A block list holds Committed, Uncommitted and Latest; ${name} is none of them.`);
    if (!isBlockId(text)) throw new Fault('invalid', 'InvalidBlockId', `The specified block ID is invalid: ${JSON.stringify(text)}; the base64 form of 1 to 64 bytes is accepted.`);
    return { from: name, blockId: text };
  });
}

export async function putBlockListOperation(call: BlobCall): Promise<PlaneReply> {
  const { md5, crc64 } = digestsOf(call);
  const body = await readBody(call.request.stream, MAX_LIST_BYTES);
  // The digests of this request are of the list itself.
  const digest = digestContent({ ...(md5 === undefined ? {} : { md5 }), ...(crc64 === undefined ? {} : { crc64 }) }, false);
  digest.onChunk?.(body);
  const actual = digest.finish();
  const contentMd5 = blobMd5Of(call);
  const blob = await putBlockList(call.deps, addressOf(call), parseBlockList(body), {
    headers: blobHeadersOf(call, false),
    metadata: metadataOf(call),
    conditions: writeConditionsOf(call),
    ...(contentMd5 === undefined ? {} : { contentMd5 }),
  });
  return { status: 201, headers: { ...versionHeaders(blob), ...WRITTEN, ...digestHeaders(actual.md5, actual.crc64) } };
}

export async function getBlockListOperation(call: BlobCall): Promise<PlaneReply> {
  const kind = (queryValue(call, 'blocklisttype') ?? 'committed').toLowerCase();
  if (!['committed', 'uncommitted', 'all'].includes(kind)) throw invalidQuery('blocklisttype', kind, 'committed, uncommitted and all are accepted.');
  const lists = await getBlockLists(call.deps, addressOf(call));
  const blocks = (each: readonly { readonly blockId: string; readonly sizeBytes: number }[]): string =>
    each.map((block) => `<Block>${element('Name', block.blockId)}${element('Size', block.sizeBytes)}</Block>`).join('');
  const committed = kind === 'uncommitted' ? '' : `<CommittedBlocks>${blocks(lists.committed)}</CommittedBlocks>`;
  const uncommitted = kind === 'committed' ? '' : `<UncommittedBlocks>${blocks(lists.uncommitted)}</UncommittedBlocks>`;
  const headers = lists.blob === undefined ? {} : { ...versionHeaders(lists.blob), 'x-ms-blob-content-length': String(lists.blob.sizeBytes) };
  return xmlReply(200, `${XML_HEAD}<BlockList>${committed}${uncommitted}</BlockList>`, headers);
}

export async function appendBlockOperation(call: BlobCall): Promise<PlaneReply> {
  if (header(call, 'x-ms-copy-source') !== undefined) throw new Fault('notImplemented', 'NotImplemented', 'Append Block From URL is not supported by this server.');
  const position = numberHeader(call, 'x-ms-blob-condition-appendpos');
  const maxSizeBytes = numberHeader(call, 'x-ms-blob-condition-maxsize');
  const length = numberHeader(call, 'content-length');
  if (length === 0)
    throw new Fault('invalid', 'InvalidHeaderValue', 'The value for one of the HTTP headers is not in the correct format: Content-Length is 0; a block has at least one byte.', {
      target: 'content-length',
    });
  const digests = digestsOf(call);
  const content = await readBody(call.request.stream, MAX_APPEND_BYTES);
  const appended = await appendBlock(call.deps, addressOf(call), content, {
    conditions: conditionsOf(call),
    digests,
    ...(position === undefined ? {} : { position }),
    ...(maxSizeBytes === undefined ? {} : { maxSizeBytes }),
  });
  return {
    status: 201,
    headers: {
      ...versionHeaders(appended),
      ...WRITTEN,
      ...digestHeaders(appended.md5, appended.crc64),
      'x-ms-blob-append-offset': String(appended.offset),
      'x-ms-blob-committed-block-count': String(appended.blockCount),
    },
  };
}
