// ApiClient: the CLI's own way to the server: the same TLS port and the same routes that every other client uses.

import { readFileSync } from 'node:fs';
import type { Connection } from '@lazurite/server/config/connection.ts';
import { Fault, type FaultKind } from '@lazurite/server/kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { Agent, fetch, type RequestInit, type Response } from 'undici';
import { PROGRAM } from './program-name.ts';

const API_VERSION = '2024-10-01';

export interface ApiClient {
  readonly connection: Connection;
  /** Any request with a bearer token for Resource Manager. */
  request(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<Response>;
  /** The token itself, for clients that take one. */
  bearer(): Promise<string>;
  /** An ARM call; the answer's JSON. Throws the Fault that the server named. */
  arm(method: string, path: string, options?: { readonly body?: unknown; readonly apiVersion?: string; readonly query?: Readonly<Record<string, string>> }): Promise<JsonObject>;
  /** Follows nextLink. */
  armList(path: string, options?: { readonly apiVersion?: string; readonly query?: Readonly<Record<string, string>>; readonly most?: number }): Promise<readonly JsonObject[]>;
  /** Any URL of this server with headers of its own (a SAS, for example) and no token. */
  raw(url: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export function openApi(connection: Connection): ApiClient {
  // Why: names under .localhost do not resolve everywhere; every name of ours is this machine.
  const agent = new Agent({
    connect: {
      ca: readFileSync(connection.caFile),
      lookup: (_host, options, callback) => (options.all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)),
    },
    connections: 16,
  });
  let token: { readonly value: string; readonly until: number } | undefined;

  const send = (url: string, init: RequestInit): Promise<Response> => fetch(url, { ...init, dispatcher: agent }).catch((error: unknown) => Promise.reject(unreachable(error, connection)));

  async function bearer(): Promise<string> {
    if (token !== undefined && token.until > Date.now() + 60_000) return token.value;
    const response = await send(`${connection.origins.login}/${connection.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: connection.clientId, client_secret: connection.clientSecret, scope: `${connection.origins.management}/.default` }),
    });
    const reply: unknown = await response.json();
    const value = stringAt(reply, 'access_token');
    if (!response.ok || value === undefined)
      throw new Fault('unauthenticated', 'SignInFailed', `The server refused this data folder's own client: ${stringAt(reply, 'error_description') ?? response.status}`);
    token = { value, until: Date.now() + 3_000_000 };
    return value;
  }

  async function request(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    return send(url, {
      method,
      ...(signal === undefined ? {} : { signal }),
      headers: { authorization: `Bearer ${await bearer()}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  const armUrl = (path: string, apiVersion: string, query: Readonly<Record<string, string>> = {}): string =>
    `${connection.origins.management}${path}?${new URLSearchParams({ 'api-version': apiVersion, ...query }).toString()}`;

  return {
    connection,
    request,
    bearer,
    async arm(method, path, options = {}) {
      return readJson(await request(method, armUrl(path, options.apiVersion ?? API_VERSION, options.query), options.body));
    },
    async armList(path, options = {}) {
      const items: JsonObject[] = [];
      let next: string | undefined = armUrl(path, options.apiVersion ?? API_VERSION, options.query);
      while (next !== undefined && items.length < (options.most ?? Number.POSITIVE_INFINITY)) {
        const page: JsonObject = await readJson(await request('GET', next));
        const value = page['value'];
        if (Array.isArray(value)) items.push(...value.filter(isJsonObject));
        next = stringAt(page, 'nextLink');
      }
      return items;
    },
    raw: (url, init = {}) => send(url, init),
    close: () => agent.close(),
  };
}

const UNREACHABLE = 'ServerUnreachable';

/** Whether the server could not be reached at all, as while it restarts. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Fault && error.code === UNREACHABLE;
}

/** undici says `fetch failed` and hides why in the cause. */
function unreachable(error: unknown, connection: Connection): unknown {
  if (!(error instanceof TypeError)) return error;
  const { cause } = error;
  const why = cause instanceof Error ? ('code' in cause && typeof cause.code === 'string' ? cause.code : cause.message) : error.message;
  return new Fault('unavailable', UNREACHABLE, `The server at ${connection.origins.local} does not answer (${why}). See whether it still runs with \`${PROGRAM} status\`.`, { cause: error });
}

/** The JSON of a reply. Throws the Fault that the server named. */
export async function readJson(response: Response): Promise<JsonObject> {
  const text = await response.text();
  let body: unknown = {};
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    body = {};
  }
  if (response.ok) return isJsonObject(body) ? body : {};
  const error = objectAt(body, 'error');
  const requestId = response.headers.get('x-ms-request-id');
  throw new Fault(
    kindOf(response.status),
    stringAt(error, 'code') ?? `Http${response.status}`,
    `${stringAt(error, 'message') ?? `the server answered ${response.status}`}${requestId === null ? '' : ` (request ${requestId})`}`,
  );
}

function kindOf(status: number): FaultKind {
  if (status === 404) return 'notFound';
  if (status === 403) return 'forbidden';
  if (status === 401) return 'unauthenticated';
  if (status === 409) return 'conflict';
  return status < 500 ? 'invalid' : 'internal';
}
