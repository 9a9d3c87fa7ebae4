// WireClient: a server's public wire with nothing in between: Resource Manager, MLflow and the studio's API over plain
// HTTP on loopback, blobs over TLS with SharedKey.

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Connection } from '@lazurite/server/config/connection.ts';
import { Agent, Pool } from 'undici';

export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface WireClient {
  /** Value of the Authorization header of `call`. */
  readonly authorization: string;
  /** A request with a bearer token to `http://127.0.0.1`. A body that is no Buffer goes as JSON. */
  call(method: Method, path: string, body?: unknown): Promise<WireReply>;
  /** A request to a blob account over TLS; `account.key` is the base64 of a key. */
  blob(account: BlobAccount, method: Method, pathAndQuery: string, body?: Buffer | string, headers?: Readonly<Record<string, string>>): Promise<WireReply>;
  close(): Promise<void>;
}

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD';

export interface BlobAccount {
  readonly name: string;
  readonly key: string;
  /** @default 'blob' */
  readonly service?: 'blob' | 'file';
}

export interface WireOptions {
  /** Most connections to each origin. @default 50 */
  readonly connections?: number;
}

/** Signs in with the data folder's own client. Throws when that is refused. */
export async function openWire(connection: Connection, options: WireOptions = {}): Promise<WireClient> {
  const connections = options.connections ?? 50;
  const plain = new Pool(`http://127.0.0.1:${connection.port}`, { connections, bodyTimeout: 60_000, headersTimeout: 60_000 });
  const secure = new Agent({
    connect: {
      ca: readFileSync(connection.caFile),
      // Why: names under .localhost do not resolve everywhere.
      lookup: (_host, look, callback) => (look.all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)),
    },
    connections,
    bodyTimeout: 60_000,
    headersTimeout: 60_000,
  });
  const domain = `${connection.domain}:${connection.port}`;
  const token = await signIn(secure, connection);

  const authorization = `Bearer ${token}`;
  return {
    authorization,
    async call(method, path, body) {
      const headers = { authorization, ...(body === undefined || Buffer.isBuffer(body) ? {} : { 'content-type': 'application/json' }) };
      const payload = body === undefined || Buffer.isBuffer(body) ? (body ?? null) : JSON.stringify(body);
      const reply = await plain.request({ method, path, headers, body: payload });
      return { status: reply.statusCode, headers: reply.headers, body: Buffer.from(await reply.body.arrayBuffer()) };
    },
    async blob(account, method, path, body, headers = {}) {
      const signed = sharedKeyHeaders(account, { method, path, resourcePrefix: '', length: body === undefined ? 0 : Buffer.byteLength(body), headers });
      const reply = await secure.request({ origin: `https://${account.name}.${account.service ?? 'blob'}.${domain}`, method, path, headers: signed, body: body ?? null });
      return { status: reply.statusCode, headers: reply.headers, body: Buffer.from(await reply.body.arrayBuffer()) };
    },
    async close() {
      await Promise.all([plain.close(), secure.close()]);
    },
  };
}

async function signIn(agent: Agent, connection: Connection): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: connection.clientId, client_secret: connection.clientSecret, scope: `${connection.origins.management}/.default` });
  const reply = await agent.request({
    origin: connection.origins.login,
    path: `/${connection.tenantId}/oauth2/v2.0/token`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  const text = await reply.body.text();
  if (reply.statusCode !== 200) throw new Error(`The server refused its own client: ${text}`);
  const { access_token: token } = JSON.parse(text) as { readonly access_token: string };
  return token;
}

export interface SignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  /** What stands before the path in the canonical resource, such as the account of a path-style endpoint. */
  readonly resourcePrefix: string;
  readonly length: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers of a request to the Blob service, signed. Source: Storage REST, "Authorize with Shared Key". */
export function sharedKeyHeaders(account: BlobAccount, request: SignedRequest): Record<string, string> {
  const headers: Record<string, string> = { 'x-ms-date': new Date().toUTCString(), 'x-ms-version': '2023-11-03', ...request.headers };
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .toSorted();
  const url = new URL(request.path, 'http://signed.invalid');
  const query = [...url.searchParams].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `\n${name}:${value}`);
  const text = [
    request.method,
    headers['content-encoding'] ?? '',
    '',
    request.length === 0 ? '' : String(request.length),
    headers['content-md5'] ?? '',
    headers['content-type'] ?? '',
    '',
    '',
    headers['if-match'] ?? '',
    headers['if-none-match'] ?? '',
    '',
    headers['range'] ?? '',
    ...own.map((name) => `${name}:${headers[name] ?? ''}`),
    `/${account.name}${request.resourcePrefix}${request.path.split('?')[0] ?? ''}${query.join('')}`,
  ].join('\n');
  headers['authorization'] = `SharedKey ${account.name}:${createHmac('sha256', Buffer.from(account.key, 'base64')).update(text, 'utf8').digest('base64')}`;
  if (request.length > 0 || request.method === 'PUT') headers['content-length'] = String(request.length);
  return headers;
}
