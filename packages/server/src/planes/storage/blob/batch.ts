// Batch: many deletes in one request, each with its own credential, answered one by one.
// Source: Storage REST, "Blob Batch"; the parts are HTTP requests inside multipart/mixed.

import { Readable } from 'node:stream';
import { Fault } from '#kernel/faults.ts';
import type { PlaneReply, PlaneRequest } from '#planes/plane.ts';
import { readBody } from '../call.ts';
import type { Credential } from '../credentials.ts';
import { invalidHeader, notSupported, permissionMismatch } from '../faults.ts';
import type { Target } from '../target.ts';

const MAX_PARTS = 256;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

export function isBatch(method: string, comp: string): boolean {
  return method === 'POST' && comp === 'batch';
}

interface Part {
  readonly contentId: string;
  readonly request: PlaneRequest;
}

/** The parts run one after the other: they are independent, and one batch must not crowd out other callers. */
export async function answerBatch(outer: PlaneRequest, credential: Credential, target: Target, answer: (request: PlaneRequest) => Promise<PlaneReply>): Promise<PlaneReply> {
  if (credential.kind === 'signature' && credential.grant.kind === 'blob') throw permissionMismatch('a signature for a blob does not reach a batch.');
  const boundary = /^multipart\/mixed;.*\bboundary="?([^";]{1,100})"?/i.exec(outer.headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) throw invalidHeader('content-type', outer.headers['content-type'] ?? '', 'multipart/mixed with a boundary is accepted.');
  const body = (await readBody(outer.stream, MAX_BATCH_BYTES)).toString('utf8');
  const parts = parseParts(outer, body, boundary);
  for (const { request } of parts) checkPart(request, target);
  const reply = `batchresponse_${boundary.replace(/^batch_/, '')}`;
  const lines: string[] = [];
  for (const { contentId, request } of parts) lines.push(formatPart(reply, contentId, await answer(request)));
  return { status: 202, headers: { 'content-type': `multipart/mixed; boundary=${reply}` }, body: `${lines.join('')}--${reply}--\r\n` };
}

function badBatch(reason: string): Fault {
  return new Fault('invalid', 'InvalidInput', `One of the request inputs is not valid: ${reason}`);
}

function parseParts(outer: PlaneRequest, body: string, boundary: string): readonly Part[] {
  const [, ...sections] = `\r\n${body}`.split(`\r\n--${boundary}`);
  const end = sections.findIndex((section) => section.startsWith('--'));
  if (end < 0) throw badBatch('the batch does not end with its boundary.');
  if (end === 0 || end > MAX_PARTS) throw badBatch(`the batch has ${end} parts; 1 to ${MAX_PARTS} are accepted.`);
  return sections.slice(0, end).map((section) => parsePart(outer, section));
}

function parsePart(outer: PlaneRequest, section: string): Part {
  const [, partHead = '', requestHead = ''] = /^\r\n((?:[^\r\n]+\r\n)*)\r\n([\s\S]*)$/.exec(section) ?? [];
  const [line = '', ...lines] = requestHead.split('\r\n');
  const [, method, target = ''] = /^([A-Z]+) (\/\S*) HTTP\/1\.1$/.exec(line) ?? [];
  if (method === undefined) throw badBatch(`a part starts with ${JSON.stringify(line.slice(0, 100))} instead of a request line.`);
  const [rawPath = '', rawQuery = ''] = target.split('?', 2);
  const headers = parseHeaders(lines);
  const url = new URL(target, outer.url);
  return {
    contentId: parseHeaders(partHead.split('\r\n'))['content-id'] ?? '0',
    request: { ...outer, method, rawPath, rawQuery, url, query: url.searchParams, headers, params: {}, stream: Readable.from([]) },
  };
}

function parseHeaders(lines: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon < 1) throw badBatch(`${JSON.stringify(line.slice(0, 100))} is not a header.`);
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}

function checkPart(request: PlaneRequest, target: Target): void {
  if (request.method !== 'DELETE' || /(^|&)comp=/i.test(request.rawQuery)) throw notSupported(`A ${request.method} in a batch (only Delete Blob is)`);
  if (target.container !== undefined && !request.rawPath.startsWith(`/${target.container}/`)) throw badBatch(`a part is about ${request.rawPath}, the batch about container ${target.container}.`);
}

function formatPart(boundary: string, contentId: string, reply: PlaneReply): string {
  const headers = Object.entries(reply.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
  const body = typeof reply.body === 'string' ? reply.body : '';
  return `--${boundary}\r\nContent-Type: application/http\r\nContent-ID: ${contentId}\r\n\r\nHTTP/1.1 ${reply.status} ${reply.status < 300 ? 'Accepted' : 'Refused'}\r\n${headers.join('')}\r\n${body}\r\n`;
}
