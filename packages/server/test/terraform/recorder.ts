// Recorder: a CONNECT proxy between a client and the server that opens TLS with the server's own certificate and writes
// down what is said. For making conversations by hand; nothing of it runs in the product.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Connection } from '@lazurite/server/config/connection.ts';
import { FOLLOWED_HEADERS, mapTexts, placeholdersOf, SECRET, type Turn } from './conversation.ts';

export interface Recorder {
  readonly proxyUrl: string;
  /** What was said since the last call. */
  take(): readonly Turn[];
  close(): Promise<void>;
}

export async function startRecorder(connection: Connection, ownerId: string): Promise<Recorder> {
  const tls = (name: string): Buffer => readFileSync(join(connection.dataDir, 'tls', name));
  const [cert, key, ca] = [tls('server.pem'), tls('server.key'), tls('ca.pem')];
  const suffix = `.${connection.domain}:${connection.port}`;
  const placeholders = placeholdersOf(connection, ownerId);
  const normal = (text: string): string => placeholders.reduce((changed, [value, placeholder]) => changed.replaceAll(value, placeholder), text);
  let turns: Turn[] = [];

  const note = (turn: Turn): void => {
    const last = turns.at(-1);
    // Asked again and again until something ends: only how it ended can be repeated.
    if (last?.method === 'GET' && turn.method === 'GET' && last.path === turn.path && last.host === turn.host && last.isAnonymous === turn.isAnonymous) turns.pop();
    turns.push(turn);
  };

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const host = incoming.headers.host ?? '';
    const body = await bytesOf(incoming);
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      const forward = request(
        { host: '127.0.0.1', port: connection.port, servername: host.split(':')[0] ?? '', ca, method: incoming.method ?? 'GET', path: incoming.url ?? '/', headers: incoming.headers },
        resolve,
      );
      forward.once('error', reject);
      forward.end(body);
    });
    const answer = await bytesOf(reply);
    outgoing.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
    outgoing.end(answer);
    const label = host.endsWith(suffix) ? host.slice(0, -suffix.length) : host;
    // Tokens and discovery are the business of other suites, and would put credentials into the file.
    if (label === 'login' || (incoming.url ?? '').includes('/metadata/')) return;
    note({
      method: incoming.method ?? 'GET',
      host: label,
      path: normal(incoming.url ?? '/'),
      ...(incoming.headers.authorization === undefined ? { isAnonymous: true } : {}),
      ...contentOf('body', body, normal),
      status: reply.statusCode ?? 0,
      headers: Object.fromEntries(FOLLOWED_HEADERS.flatMap((name) => (typeof reply.headers[name] === 'string' ? [[name, normal(reply.headers[name])]] : []))),
      ...contentOf('answer', answer, normal),
    });
  }

  const inner = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error instanceof Error ? error : new Error(String(error))));
  });
  const outer = createServer();
  outer.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    const secured = new TLSSocket(socket, { isServer: true, cert, key });
    secured.on('error', () => secured.destroy());
    inner.emit('connection', secured);
  });
  const port = await new Promise<number>((resolve) => outer.listen(0, '127.0.0.1', () => resolve((outer.address() as AddressInfo).port)));
  return {
    proxyUrl: `http://127.0.0.1:${port}`,
    take() {
      const taken = turns;
      turns = [];
      return taken;
    },
    async close() {
      inner.closeAllConnections();
      outer.closeAllConnections();
      await new Promise((resolve) => outer.close(resolve));
    },
  };
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function contentOf(name: 'body' | 'answer', bytes: Buffer, normal: (text: string) => string): object {
  if (bytes.length === 0) return {};
  const text = bytes.toString('utf8');
  try {
    return { [name]: withoutSecrets(mapTexts(JSON.parse(text), normal)) };
  } catch {
    return { [name]: normal(text) };
  }
}

const SECRET_NAMES = /^(primaryKey|secondaryKey|primarySharedKey|secondarySharedKey|userStorageKey|password|clientSecret|accountKey|sasToken)$/i;

function withoutSecrets(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    // Keys of accounts and passwords of registries stand under the name `value`.
    if (SECRET_NAMES.test(name) || /^(?:[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{52})$/.test(value)) return SECRET;
    return value.replaceAll(/AccountKey=[^;]+/g, `AccountKey=${SECRET}`);
  }
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, key)]));
}
