// operatorFetch: fetch for addresses that the operator has configured, which may be in a private network (an OpenID
// provider, for one). Whatever a user names goes through OutboundHttp.

import { Agent, fetch as undiciFetch } from 'undici';
import { Fault } from '#kernel/faults.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const TIMEOUT_MS = 10_000;

interface OperatorInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export interface OperatorFetch {
  /** Https, or http on this machine or at an origin that the operator named; follows no redirect, waits ten seconds. Throws `invalid` for another address. */
  fetch(url: string, init: OperatorInit): Promise<Response>;
  close(): Promise<void>;
}

/** `httpOrigins`: where the operator accepts plain http. */
export function createOperatorFetch(httpOrigins: ReadonlySet<string> = new Set()): OperatorFetch {
  const agent = new Agent({ connect: { timeout: TIMEOUT_MS }, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS, maxResponseSize: 4 * 2 ** 20 });
  return {
    async fetch(url, init) {
      const parsed = new URL(url);
      const isAllowed = parsed.protocol === 'https:' || (parsed.protocol === 'http:' && (LOOPBACK.has(parsed.hostname) || httpOrigins.has(parsed.origin)));
      if (!isAllowed) throw new Fault('invalid', 'OutboundAddressRefused', `${url} is not asked: https is, and http on this machine.`, { target: url });
      const { method = 'GET', headers = {}, body, signal } = init;
      const isForm = typeof body === 'string' || body instanceof URLSearchParams;
      if (!isForm && body !== undefined && body !== null) throw new TypeError('Only text and forms are sent to addresses of the operator.');
      const response = await undiciFetch(url, { method, headers, body: isForm ? body : null, signal: signal ?? null, dispatcher: agent, redirect: 'manual' });
      return new Response(await response.text(), { status: response.status, headers: Object.fromEntries(response.headers) });
    },
    close: () => agent.close(),
  };
}
