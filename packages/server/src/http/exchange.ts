// Exchange: one request and its reply, with what the layers around a route add to it.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#kernel/clock.ts';
import type { Context, Log } from '#kernel/context.ts';
import { anonymous, type Principal } from '#kernel/principal.ts';
import type { HostKind } from '#planes/plane.ts';
import type { ServerLog } from '#telemetry/log.ts';

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

/** Why no object with getters: each would have a shape of its own, which holds on to it long after the request is over. */
export class Exchange {
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
  readonly requestId = randomUUID();
  readonly correlationId: string;
  readonly clock: Clock;
  /** The caller sent `Expect: 100-continue` and has not been told to go on. */
  isAwaitingContinue: boolean;
  /** Pattern of the matched route: for logs and metrics. */
  route = '';
  principal: Principal = anonymous;
  /** The reply is an event stream: it ends when the server stops rather than being waited for. */
  isEndless = false;
  readonly #parentLog: ServerLog;
  #log: ServerLog | undefined;
  #abort: AbortController | undefined;
  #isLost = false;

  constructor({ req, res, target, kind, hostLabel, origin, log, clock, isAwaitingContinue }: ExchangeOptions) {
    const question = target.indexOf('?');
    this.req = req;
    this.res = res;
    this.kind = kind;
    this.hostLabel = hostLabel;
    this.origin = origin;
    this.method = req.method ?? 'GET';
    this.rawPath = question < 0 ? target : target.slice(0, question);
    this.rawQuery = question < 0 ? '' : target.slice(question + 1);
    this.headers = flattenHeaders(req.headers);
    this.remoteAddress = req.socket.remoteAddress ?? '';
    this.correlationId = echoable(this.headers['x-ms-correlation-request-id'], 128) ?? this.requestId;
    this.clock = clock;
    this.isAwaitingContinue = isAwaitingContinue;
    this.#parentLog = log;
    res.once('close', () => {
      this.#isLost = !res.writableFinished;
      if (this.#isLost) this.#abort?.abort(callerGone());
    });
  }

  /** Made when it is asked for, as `abort` is: most requests write one line or none, and are over before anybody asks. */
  get log(): ServerLog {
    return (this.#log ??= this.#parentLog.child({ requestId: this.requestId, ...(this.correlationId === this.requestId ? {} : { correlationId: this.correlationId }) }));
  }

  /** Aborted when the caller goes away before its reply is complete, and when the server stops waiting. */
  get abort(): AbortController {
    this.#abort ??= new AbortController();
    if (this.#isLost && !this.#abort.signal.aborted) this.#abort.abort(callerGone());
    return this.#abort;
  }
}

function callerGone(): Error {
  return new Error('The caller closed the connection.');
}

export function contextOf(exchange: Exchange): Context {
  const { principal, correlationId, clock, remoteAddress } = exchange;
  return { principal, correlationId, callerAddress: remoteAddress, log: new RequestLog(exchange), clock, signal: () => exchange.abort.signal };
}

/** The log of the request, which is made with its first line. */
class RequestLog implements Log {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  debug(fields: object, event: string): void {
    this.#exchange.log.debug(fields, event);
  }

  info(fields: object, event: string): void {
    this.#exchange.log.info(fields, event);
  }

  warn(fields: object, event: string): void {
    this.#exchange.log.warn(fields, event);
  }

  error(fields: object, event: string): void {
    this.#exchange.log.error(fields, event);
  }
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
