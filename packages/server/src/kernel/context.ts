// Context: what every operation gets as its explicit first argument.

import type { Clock } from './clock.ts';
import type { Principal } from './principal.ts';

/** The structured log: event name first, ids as fields, never a secret. pino satisfies it. */
export interface Log {
  debug(fields: object, event: string): void;
  info(fields: object, event: string): void;
  warn(fields: object, event: string): void;
  error(fields: object, event: string): void;
}

export interface Context {
  readonly principal: Principal;
  /** One per request or work item; returned to the caller as x-ms-correlation-request-id. */
  readonly correlationId: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Where the request came from; absent in the server's own work. */
  readonly callerAddress?: string;
  /** Aborts when the caller goes away or the server stops. Why a function: few ask, and it is not free. */
  signal(): AbortSignal;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
