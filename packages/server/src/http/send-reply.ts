// SendReply: writes a PlaneReply to the wire. Objects leave as JSON, streams are piped, HEAD carries lengths only.

import { once } from 'node:events';
import { Readable } from 'node:stream';
import { type Fault, toFault } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { standardHeaders, type Exchange } from './exchange.ts';
import { ConnectionLost, discardBody, hasBody } from './bodies/request-body.ts';

export type FaultRenderer = (fault: Fault, request: { readonly requestId: string; readonly method: string }) => PlaneReply;

/** A body left unread up to this size is read and dropped, and the connection kept. */
const KEEP_ALIVE_UNREAD_BYTES = 64 * 1024;
const LINGER = { bytes: 32 * 1024 * 1024, ms: 2_000 };

/** Runs the work and sends its reply, or its fault in the protocol's envelope. Never rejects. */
export async function answer(exchange: Exchange, renderFault: FaultRenderer, work: () => Promise<PlaneReply>): Promise<void> {
  try {
    await sendReply(exchange, await work());
  } catch (error) {
    await sendFault(exchange, renderFault, error);
  }
}

export async function sendFault(exchange: Exchange, renderFault: FaultRenderer, error: unknown): Promise<void> {
  const { res, log, requestId, method } = exchange;
  if (error instanceof ConnectionLost || res.destroyed) return void res.destroy();
  const fault = toFault(error);
  if (fault.kind === 'internal') log.error({ error: error === fault ? (fault.cause ?? fault) : error, route: exchange.route }, 'http.failed');
  if (res.headersSent) return void res.destroy();
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  try {
    const reply = renderFault(fault, { requestId, method });
    await sendReply(exchange, { ...reply, headers: { ...lowerCase(fault.headers), ...lowerCase(reply.headers ?? {}) } });
  } catch (rendering) {
    log.error({ error: rendering, route: exchange.route }, 'http.fault-not-rendered');
    res.destroy();
  }
}

async function sendReply(exchange: Exchange, reply: PlaneReply): Promise<void> {
  const { res } = exchange;
  if (res.destroyed) {
    if (reply.body instanceof Readable) reply.body.destroy();
    return;
  }
  const { body, contentType } = encodeBody(reply.body);
  res.statusCode = reply.status;
  for (const [name, value] of Object.entries(standardHeaders(exchange))) res.setHeader(name, value);
  for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value);
  if (contentType !== undefined && !res.hasHeader('content-type')) res.setHeader('content-type', contentType);
  if (contentType === JSON_TYPE && !res.hasHeader('cache-control')) res.setHeader('cache-control', 'no-store');

  const isBodyAllowed = exchange.method !== 'HEAD' && reply.status !== 204 && reply.status !== 304;
  const isWhole = typeof body === 'string' || Buffer.isBuffer(body);
  if (isWhole && reply.status !== 204 && reply.status !== 304 && !res.hasHeader('content-length')) res.setHeader('content-length', Buffer.byteLength(body));
  // Why whatever was declared: with a length and no body the caller would wait for it.
  if (body === undefined && isBodyAllowed) res.setHeader('content-length', 0);

  const isLingering = mustLinger(exchange);
  // Why: a caller that was not told to go on may send its body or not; only a new connection is unambiguous.
  if (isLingering || exchange.isAwaitingContinue) res.shouldKeepAlive = false;
  if (!isBodyAllowed && body instanceof Readable) body.destroy();
  if (isBodyAllowed && body instanceof Readable) {
    return pour(exchange, body);
  }
  if (isLingering) {
    res.flushHeaders();
    if (isBodyAllowed && isWhole) res.write(body);
    await discardBody(exchange, LINGER);
    res.end();
  } else {
    res.end(isBodyAllowed && isWhole ? body : undefined);
  }
}

/**
 * Pipes the stream into the reply. Why not `pipeline`: it destroys the reply when the source fails at its first read, where a
 * fault can still be told.
 */
async function pour(exchange: Exchange, body: Readable): Promise<void> {
  const { res } = exchange;
  const { signal } = exchange.abort;
  const endBody = () => void body.destroy();
  signal.addEventListener('abort', endBody, { once: true });
  exchange.isEndless = String(res.getHeader('content-type') ?? '').startsWith('text/event-stream');
  if (exchange.isEndless) res.flushHeaders();
  const declared = res.getHeader('content-length');
  let sizeBytes = 0;
  try {
    for await (const chunk of body) {
      sizeBytes += chunk.length;
      if (!res.write(chunk)) await once(res, 'drain', { signal });
    }
    if (declared !== undefined && sizeBytes !== Number(declared)) throw new Error(`The body has ${sizeBytes} bytes, but ${String(declared)} were declared.`);
    res.end();
  } catch (error) {
    if (signal.aborted) res.destroy();
    else throw error;
  } finally {
    signal.removeEventListener('abort', endBody);
  }
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Texts stay texts: they leave in one piece with the headers. */
function encodeBody(body: PlaneReply['body']): { readonly body: string | Buffer | Readable | undefined; readonly contentType?: string } {
  if (body === undefined || Buffer.isBuffer(body) || body instanceof Readable) return { body };
  if (typeof body === 'string') return { body, contentType: 'text/plain; charset=utf-8' };
  return { body: JSON.stringify(body), contentType: JSON_TYPE };
}

/** True when so much of the body is unread that reading it all is not worth keeping the connection. */
function mustLinger(exchange: Exchange): boolean {
  const { req, headers } = exchange;
  if (req.complete || !hasBody(exchange) || exchange.isAwaitingContinue) return false;
  const length = headers['content-length'];
  return length === undefined || Number(length) > KEEP_ALIVE_UNREAD_BYTES;
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
