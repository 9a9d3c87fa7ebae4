// A server with toy planes for the tests of this folder: real sockets, port 0, a throw-away authority.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { systemClock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import { anonymous } from '#kernel/principal.ts';
import type { Plane } from '#planes/plane.ts';
import { createLog } from '#telemetry/log.ts';
import { createMetrics } from '#telemetry/metrics.ts';
import type { Arm } from './ports.ts';
import { createHttpServer, type HttpServer } from './server.ts';
import { loadTls, type TlsMaterial } from './tls.ts';

export const DOMAIN = 'toy.localhost';

export interface TestHttpServer {
  readonly server: HttpServer;
  readonly port: number;
  readonly tls: TlsMaterial;
  readonly lines: string[];
  readonly local: string;
  close(): Promise<void>;
}

export interface TestHttpServerOptions {
  readonly planes: readonly Plane[];
  readonly studioDir?: string;
  readonly proxyTargets?: string;
  readonly closeWaitMs?: number;
  readonly port?: number;
}

const arm: Arm = {
  handle: async (ctx, request) => {
    if (request.path.endsWith('/broken')) throw new Error('insides with AccountKey=c2VjcmV0c2VjcmV0 in them');
    return { status: 200, headers: {}, body: { path: request.path, origin: request.origin, caller: ctx.principal.displayName, body: request.body ?? null } };
  },
  renderFault: (fault, { requestId }) => ({ status: fault.status, body: { error: { code: fault.code, message: fault.message, requestId } } }),
};

export async function startTestHttpServer(options: TestHttpServerOptions): Promise<TestHttpServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'lazurite-http-'));
  const lines: string[] = [];
  const tls = await loadTls({ dataDir, domain: DOMAIN, region: 'local', clock: systemClock });
  const server = await createHttpServer({
    settings: { host: '127.0.0.1', port: options.port ?? 0, domain: DOMAIN, region: 'local', proxyTargets: options.proxyTargets ?? '' },
    tls,
    planes: options.planes,
    arm,
    authenticator: {
      async authenticate(authorization) {
        if (!authorization.startsWith('Bearer ')) throw new Fault('unauthenticated', 'InvalidAuthenticationToken', 'The access token is invalid.');
        return { ...anonymous, objectId: '11111111-1111-1111-1111-111111111111', kind: 'User', displayName: authorization.slice('Bearer '.length) };
      },
    },
    authorizer: {
      async require(ctx, action, scope) {
        if (ctx.principal.displayName !== 'owner') throw new Fault('forbidden', 'AuthorizationFailed', `${ctx.principal.displayName} may not ${action} at ${scope}.`);
      },
      async requireData() {},
    },
    network: { admit: async () => undefined },
    log: createLog({ level: 'debug', write: (line) => void lines.push(line) }),
    metrics: createMetrics({ isProcessIncluded: false }),
    isReady: async () => true,
    ...(options.studioDir === undefined ? {} : { studioDir: options.studioDir }),
    ...(options.closeWaitMs === undefined ? {} : { closeWaitMs: options.closeWaitMs }),
  });
  const { port } = await server.listen();
  return {
    server,
    port,
    tls,
    lines,
    local: `http://127.0.0.1:${port}`,
    async close() {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Routes that show what reaches a plane. */
export function toyPlane(seen: { aborted?: Promise<void>; onAborted?: () => void; secondReads: number }): Plane {
  const open = { kind: 'public', why: 'a test' } as const;
  return {
    name: 'toy',
    routes: [
      {
        hosts: ['api', 'local'],
        method: 'GET',
        path: '/toy/Echo/:Name',
        permission: open,
        run: async (_ctx, { params, rawQuery, url, hostLabel }) => ({ status: 200, body: { params, rawQuery, url: url.href, hostLabel } }),
      },
      { hosts: ['local'], method: 'POST', path: '/toy/json', permission: open, body: 'json', maxBodyBytes: 1000, run: async (_ctx, { body }) => ({ status: 200, body: { body: body ?? null } }) },
      { hosts: ['local'], method: 'POST', path: '/toy/form', permission: open, body: 'form', run: async (_ctx, { body }) => ({ status: 200, body: { body } }) },
      {
        hosts: ['local'],
        method: 'POST',
        path: '/toy/guarded',
        permission: { kind: 'action', action: 'Toy/write', scope: () => '/toy' },
        body: 'json',
        maxBodyBytes: 100_000_000,
        async run(ctx, { body }) {
          seen.secondReads += 1;
          return { status: 200, body: { caller: ctx.principal.displayName, body } };
        },
      },
      { hosts: ['local'], method: 'POST', path: '/toy/drain', permission: open, body: 'stream', run: async (_ctx, { stream }) => ({ status: 200, body: { bytes: await countBytes(stream) } }) },
      { hosts: ['local'], method: 'GET', path: '/toy/fails', permission: open, run: async () => Promise.reject(new Error('select * from secrets')) },
      {
        hosts: ['local'],
        method: 'GET',
        path: '/toy/fails-late',
        permission: open,
        run: async () => ({
          status: 200,
          body: new Readable({
            read() {
              this.destroy(new Fault('notFound', 'BytesGone', 'The bytes are gone.'));
            },
          }),
        }),
      },
      {
        hosts: ['local'],
        method: 'GET',
        path: '/toy/waits',
        permission: open,
        run: (ctx) =>
          new Promise((resolve) => {
            ctx.signal().addEventListener('abort', () => {
              seen.onAborted?.();
              resolve({ status: 200 });
            });
          }),
      },
      {
        hosts: ['blob'],
        method: 'PUT',
        path: '/*',
        permission: open,
        body: 'stream',
        maxBodyBytes: 10_000_000,
        run: async (_ctx, { stream, params, hostLabel }) => ({
          status: 201,
          headers: { 'X-Ms-Version': '2025-01-05', 'x-name': params['*'] ?? '', 'x-account': hostLabel, 'x-size': String(await countBytes(stream)) },
        }),
      },
      { hosts: ['blob'], method: 'HEAD', path: '/*', permission: open, run: async () => ({ status: 200, headers: { 'content-length': '123456', etag: '"0x1"', 'content-type': 'text/plain' } }) },
      {
        hosts: ['blob'],
        method: 'GET',
        path: '/*',
        permission: open,
        run: async () => ({ status: 200, headers: { 'content-length': '11' }, body: Readable.from([Buffer.from('hello '), Buffer.from('world')]) }),
      },
    ],
    renderFault: (fault) => ({ status: fault.status, headers: { 'x-envelope': 'toy' }, body: { toy: fault.code, message: fault.message } }),
  };
}

async function countBytes(stream: Readable): Promise<number> {
  let size = 0;
  for await (const chunk of stream) size += chunk.length;
  return size;
}
