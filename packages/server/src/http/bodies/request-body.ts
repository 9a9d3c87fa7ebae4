// RequestBody: reads a body whole, within a limit, and parses it. What cannot be read is a fault that says where.

import { once } from 'node:events';
import { PassThrough, Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Fault } from '#kernel/faults.ts';
import { describeSyntaxError } from '#kernel/json-fault.ts';
import type { Exchange } from '../exchange.ts';

import { strictJson } from './relaxed-json.ts';

export const DEFAULT_MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_JSON_DEPTH = 100;

/** The caller went away before the body was complete; there is nobody to answer. */
export class ConnectionLost extends Error {}

/** Parsed JSON; undefined for an empty body. Throws `invalid`, `tooLarge`, `unsupportedMedia`. */
export async function readJson(exchange: Exchange, maxBytes: number): Promise<unknown> {
  const text = await readText(exchange, maxBytes);
  return text.trim() === '' ? undefined : parseJson(text);
}

/** The same for Resource Manager, which reads more than JSON. What is wrong is told of the text as it was sent. */
export async function readRelaxedJson(exchange: Exchange, maxBytes: number): Promise<unknown> {
  const text = await readText(exchange, maxBytes);
  if (text.trim() === '') return undefined;
  try {
    return parseJson(text);
  } catch (error) {
    const strict = strictJson(text);
    if (!isParsable(strict)) throw error;
    return parseJson(strict);
  }
}

function isParsable(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Fields of a URL-encoded form; of a repeated field the first counts. */
export async function readForm(exchange: Exchange, maxBytes: number): Promise<Readonly<Record<string, string>>> {
  const type = exchange.headers['content-type'] ?? '';
  const text = await readText(exchange, maxBytes);
  if (text !== '' && !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    throw new Fault('unsupportedMedia', 'UnsupportedMediaType', `The body must be application/x-www-form-urlencoded; the request says ${type === '' ? 'nothing' : `'${type}'`}.`, {
      target: 'Content-Type',
    });
  }
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) fields[name] ??= value;
  return fields;
}

/** The body as a stream that fails with `tooLarge` past the limit. */
export function openBody(exchange: Exchange, maxBytes: number): Readable {
  checkDeclaredLength(exchange, maxBytes);
  sendContinue(exchange);
  // Why: a declared length was checked, and node:http hands over no more than was declared.
  return exchange.headers['content-length'] === undefined && hasBody(exchange) ? feed(exchange, limiter(maxBytes)) : exchange.req;
}

export function emptyBody(): Readable {
  return Readable.from([]);
}

export function hasBody(exchange: Exchange): boolean {
  return exchange.headers['transfer-encoding'] !== undefined || Number(exchange.headers['content-length'] ?? 0) > 0;
}

/** Throws `invalid`/`InvalidRequestContent` with line and column. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalidContent(`The request content was invalid and could not be deserialized as JSON: ${describeSyntaxError(error, text)}`);
  }
  checkShape(value, 0);
  return value;
}

async function readText(exchange: Exchange, maxBytes: number): Promise<string> {
  checkDeclaredLength(exchange, maxBytes);
  if (!hasBody(exchange)) return '';
  sendContinue(exchange);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of decodedBody(exchange)) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Fault || error instanceof ConnectionLost) throw error;
    throw invalidContent('The body cannot be decompressed: it is not valid gzip.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, sizeBytes));
  } catch {
    throw invalidContent('The body is not valid UTF-8.');
  }
}

function decodedBody(exchange: Exchange): AsyncIterable<Buffer> {
  const encoding = (exchange.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity' || encoding === '') return feed(exchange, new PassThrough());
  if (encoding === 'gzip') return feed(exchange, createGunzip());
  throw new Fault('unsupportedMedia', 'UnsupportedContentEncoding', `The content encoding '${encoding}' is not supported. Send the body as it is, or with gzip.`, { target: 'Content-Encoding' });
}

/**
 * Pipes the body on. Why not `pipeline`, or reading the request itself: both destroy its socket when the reader stops early,
 * and with it the reply that says why.
 */
function feed<T extends Transform>(exchange: Exchange, reader: T): T {
  const { req } = exchange;
  req.once('close', () => {
    if (!req.complete) reader.destroy(new ConnectionLost('The caller closed the connection before its body was complete.'));
  });
  return req.pipe(reader);
}

function limiter(maxBytes: number): Transform {
  let sizeBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
}

function sendContinue(exchange: Exchange): void {
  if (!exchange.isAwaitingContinue) return;
  exchange.isAwaitingContinue = false;
  exchange.res.writeContinue();
}

function checkDeclaredLength(exchange: Exchange, maxBytes: number): void {
  if (Number(exchange.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

function tooLarge(maxBytes: number): Fault {
  return new Fault('tooLarge', 'RequestBodyTooLarge', `The request body exceeds the ${maxBytes} bytes that this operation accepts.`);
}

function invalidContent(message: string): Fault {
  return new Fault('invalid', 'InvalidRequestContent', message);
}

/**
 * Why: nested deeper, other code would run out of stack; a member `__proto__` would reach prototypes when merged; PostgreSQL
 * holds no NUL and no half of a surrogate pair.
 */
function checkShape(value: unknown, depth: number): void {
  if (typeof value === 'string') return checkText(value);
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_JSON_DEPTH) throw invalidContent(`The request content nests objects and arrays more than ${MAX_JSON_DEPTH} deep.`);
  if (Object.hasOwn(value, '__proto__')) throw invalidContent("The request content has a member named '__proto__', which is not accepted.");
  for (const [name, member] of Object.entries(value)) {
    checkText(name);
    checkShape(member, depth + 1);
  }
}

function checkText(text: string): void {
  if (text.includes('\0') || !text.isWellFormed())
    throw invalidContent('The request content has a text with a NUL character (\\u0000) or half of a surrogate pair, which cannot be stored. Leave it out.');
}

/** Reads and drops what is left of the body, within bounds, so that the caller gets to read its reply. */
export async function discardBody(exchange: Exchange, limit: { readonly bytes: number; readonly ms: number }): Promise<void> {
  const { req } = exchange;
  if (req.complete || req.destroyed) return;
  let left = limit.bytes;
  const timeout = AbortSignal.timeout(limit.ms);
  const enough = new AbortController();
  req.unpipe();
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) enough.abort();
  });
  req.resume();
  await once(req, 'end', { signal: AbortSignal.any([timeout, enough.signal]) }).catch(() => undefined);
}
