// Exchange: one request and its reply, with what the layers around a route add to it.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#kernel/clock.ts';
import type { Context } from '#kernel/context.ts';
import { anonymous, type Principal } from '#kernel/principal.ts';
import type { HostKind } from '#planes/plane.ts';
import type { ServerLog } from '#telemetry/log.ts';

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly kind: HostKind;
  readonly hostLabel: string;
  /** Scheme, host and port as the caller sees them. */
  readonly origin: string;
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly log: ServerLog;
  readonly clock: Clock;
  /** Aborted when the caller goes away before its reply is complete, and when the server stops waiting. */
  readonly abort: AbortController;
  /** The caller sent `Expect: 100-continue` and has not been told to go on. */
  isAwaitingContinue: boolean;
  /** Pattern of the matched route: for logs and metrics. */
  route: string;
  principal: Principal;
  /** The reply is an event stream: it ends when the server stops rather than being waited for. */
  isEndless: boolean;
}

export interface ExchangeOptions {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly kind: HostKind;
  readonly hostLabel: string;
  readonly origin: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly log: ServerLog;
  readonly clock: Clock;
  readonly isAwaitingContinue: boolean;
}

export function createExchange(options: ExchangeOptions): Exchange {
  const { req, res, target } = options;
  const headers = flattenHeaders(req.headers);
  const requestId = randomUUID();
  const correlationId = echoable(headers['x-ms-correlation-request-id'], 128) ?? requestId;
  let abort: AbortController | undefined;
  let isLost = false;
  const gone = (): Error => new Error('The caller closed the connection.');
  res.once('close', () => {
    isLost = !res.writableFinished;
    if (isLost) abort?.abort(gone());
  });
  const question = target.indexOf('?');
  let log: ServerLog | undefined;
  return {
    req,
    res,
    kind: options.kind,
    hostLabel: options.hostLabel,
    origin: options.origin,
    method: req.method ?? 'GET',
    rawPath: question < 0 ? target : target.slice(0, question),
    rawQuery: question < 0 ? '' : target.slice(question + 1),
    headers,
    remoteAddress: req.socket.remoteAddress ?? '',
    requestId,
    correlationId,
    // Why late: most requests write one line, or none.
    get log() {
      log ??= options.log.child({ requestId, ...(correlationId === requestId ? {} : { correlationId }) });
      return log;
    },
    clock: options.clock,
    // Why late: most requests are over before anybody asks.
    get abort() {
      abort ??= new AbortController();
      if (isLost && !abort.signal.aborted) abort.abort(gone());
      return abort;
    },
    isAwaitingContinue: options.isAwaitingContinue,
    route: '',
    principal: anonymous,
    isEndless: false,
  };
}

export function contextOf(exchange: Exchange): Context {
  const { principal, correlationId, clock, remoteAddress } = exchange;
  return {
    principal,
    correlationId,
    callerAddress: remoteAddress,
    get log() {
      return exchange.log;
    },
    clock,
    get signal() {
      return exchange.abort.signal;
    },
  };
}

/** Headers of every reply; what a route sets itself wins. */
export function standardHeaders(exchange: Exchange): Record<string, string> {
  const clientRequestId = echoable(exchange.headers['x-ms-client-request-id'], 1024);
  return {
    'x-ms-request-id': exchange.requestId,
    'x-ms-correlation-request-id': exchange.correlationId,
    ...(clientRequestId === undefined ? {} : { 'x-ms-client-request-id': clientRequestId }),
    'x-content-type-options': 'nosniff',
  };
}

/** The value when it is safe to send back: visible ASCII of bounded length. */
function echoable(value: string | undefined, maxLength: number): string | undefined {
  return value !== undefined && value.length > 0 && value.length <= maxLength && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

function flattenHeaders(headers: IncomingMessage['headers']): Readonly<Record<string, string>> {
  const flat: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
