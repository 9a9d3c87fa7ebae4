// planeClient: sends requests to the routes of planes without a socket. For tests of a plane's protocol; what http/ does
// around it (permissions, limits, origins) is tested there.

import { Readable } from 'node:stream';
import type { Clock } from '@lazurite/server/kernel/clock.ts';
import { silentLog } from '@lazurite/server/kernel/context.ts';
import { isFault } from '@lazurite/server/kernel/faults.ts';
import { anonymous } from '@lazurite/server/kernel/principal.ts';
import type { Plane, PlaneReply, PlaneRequest } from '@lazurite/server/planes/plane.ts';

export interface PlaneAnswer {
  readonly status: number;
  /** Lower-cased names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

interface PlaneCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as form fields. */
  readonly form?: Readonly<Record<string, string>>;
  readonly remoteAddress?: string;
}

export type PlaneClient = (url: string, call?: PlaneCall) => Promise<PlaneAnswer>;

export function planeClient(planes: readonly Plane[], clock: Clock): PlaneClient {
  return async (address, call = {}) => {
    const url = new URL(address);
    const method = call.method ?? (call.form === undefined ? 'GET' : 'POST');
    for (const plane of planes) {
      for (const route of plane.routes) {
        const params = route.method === method ? matchPath(route.path, url.pathname) : undefined;
        if (params === undefined) continue;
        const request: PlaneRequest = {
          method,
          rawPath: url.pathname,
          rawQuery: url.search.slice(1),
          url,
          query: url.searchParams,
          headers: Object.fromEntries(Object.entries(call.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
          params,
          hostLabel: '',
          remoteAddress: call.remoteAddress ?? '127.0.0.1',
          body: call.form,
          stream: Readable.from([]),
        };
        const ctx = { principal: anonymous, correlationId: '00000000-0000-4000-8000-000000000000', log: silentLog, clock, signal: () => new AbortController().signal };
        try {
          return answerOf(await route.run(ctx, request));
        } catch (error) {
          if (!isFault(error)) throw error;
          return answerOf(plane.renderFault(error, { requestId: ctx.correlationId, method }));
        }
      }
    }
    throw new Error(`No route for ${method} ${url.pathname}.`);
  };
}

function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? '';
    if (segment.startsWith(':') && value !== '') params[segment.slice(1)] = decodeURIComponent(value);
    else if (segment.toLowerCase() !== value.toLowerCase()) return undefined;
  }
  return params;
}

function answerOf(reply: PlaneReply): PlaneAnswer {
  const { body } = reply;
  if (body instanceof Readable) throw new Error('This client reads no streams.');
  const isText = typeof body === 'string' || Buffer.isBuffer(body);
  const text = body === undefined ? '' : isText ? body.toString() : JSON.stringify(body);
  const json: unknown = isText || body === undefined ? undefined : JSON.parse(text);
  return {
    status: reply.status,
    headers: Object.fromEntries(Object.entries(reply.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
    text,
    json: typeof json === 'object' && json !== null ? { ...json } : undefined,
  };
}
