// A bare HTTP server in front of the storage planes: host names resolve by being the proxy of the client, as the product's
// CONNECT proxy does for TLS. Accounts, tokens and roles are those of the test.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openLocalDisk } from '@lazurite/server/blobs/local-disk.ts';
import { type Context, silentLog } from '@lazurite/server/kernel/context.ts';
import { Fault, toFault } from '@lazurite/server/kernel/faults.ts';
import { systemClock } from '@lazurite/server/kernel/clock.ts';
import { anonymous, type Principal } from '@lazurite/server/kernel/principal.ts';
import { createBlobPlane } from '@lazurite/server/planes/storage/blob-plane.ts';
import { createDfsPlane } from '@lazurite/server/planes/storage/dfs-plane.ts';
import { createFilePlane } from '@lazurite/server/planes/storage/file/file-plane.ts';
import { createNeighbourServicesPlane } from '@lazurite/server/planes/storage/neighbour-services.ts';
import type { BlobPlaneDeps } from '@lazurite/server/planes/storage/plane-deps.ts';
import type { Plane, PlaneReply, PlaneRequest } from '@lazurite/server/planes/plane.ts';
import type { Database } from '@lazurite/server/storage/database.ts';

export const ACCOUNT = 'lazuritetest';
export const KEY1 = Buffer.alloc(64, 1);
export const KEY2 = Buffer.alloc(64, 2);
export const reader: Principal = { ...anonymous, objectId: '11111111-1111-1111-1111-111111111111', tenantId: '22222222-2222-2222-2222-222222222222', kind: 'User', displayName: 'reader' };
export const owner: Principal = { ...reader, objectId: '33333333-3333-3333-3333-333333333333', displayName: 'owner' };

export interface PlaneServer {
  readonly port: number;
  readonly deps: BlobPlaneDeps;
  /** Faults that were the server's own: a test expects none. */
  readonly internal: unknown[];
  close(): Promise<void>;
}

function testDeps(database: Database, root: string): BlobPlaneDeps {
  const people = new Map([reader, owner].map((principal) => [principal.displayName, principal]));
  return {
    database,
    bytes: openLocalDisk(root, systemClock),
    clock: systemClock,
    accounts: {
      find: async (name) =>
        name === ACCOUNT || name === 'otheraccount'
          ? {
              resourceId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`,
              keys: { key1: KEY1, key2: KEY2 },
              allowSharedKeyAccess: true,
              sku: 'Standard_LRS',
              kind: 'StorageV2',
              isHierarchical: name === 'otheraccount',
            }
          : undefined,
    },
    access: {
      async authenticate(_ctx, authorization) {
        const principal = people.get(authorization.slice('Bearer '.length));
        if (principal === undefined) throw new Fault('unauthenticated', 'InvalidAuthenticationToken', 'The token is not one of ours.');
        return principal;
      },
      findPrincipal: async (objectId) => [...people.values()].find((principal) => principal.objectId === objectId),
      async require(ctx, _kind, action) {
        if (ctx.principal === owner || /\/(read|readFileBackupSemantics\/action)$/.test(action) || action.endsWith('/generateUserDelegationKey/action')) return;
        throw new Fault('forbidden', 'AuthorizationFailed', `${ctx.principal.displayName} may not ${action}.`);
      },
    },
    delegationMaster: Buffer.alloc(32, 9),
    authorizationUri: 'https://login.lazurite.localhost/t/oauth2/authorize',
  };
}

export async function startPlaneServer(database: Database): Promise<PlaneServer> {
  const root = mkdtempSync(join(tmpdir(), 'lazurite-blobs-'));
  const deps = testDeps(database, root);
  const planes: Readonly<Record<string, Plane>> = {
    blob: createBlobPlane(deps),
    dfs: createDfsPlane(deps),
    file: createFilePlane(deps),
    ...Object.fromEntries((['queue', 'table'] as const).map((service) => [service, createNeighbourServicesPlane(deps, service)])),
  };
  const internal: unknown[] = [];
  const server = createServer((request, response) => {
    serve(planes[request.headers.host?.split('.')[1] ?? ''] ?? createBlobPlane(deps), request, response).catch((error: unknown) => {
      internal.push(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  async function serve(from: Plane, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`);
    const raw = (incoming.url ?? '/').replace(/^http:\/\/[^/?]+/i, '');
    const [rawPath = '/', rawQuery = ''] = raw.split(/\?(.*)/s, 2);
    const route = from.routes.find((each) => each.method === incoming.method);
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]));
    const request: PlaneRequest = {
      method: incoming.method ?? '',
      rawPath,
      rawQuery,
      url,
      query: url.searchParams,
      headers,
      params: {},
      hostLabel: url.hostname.split('.')[0] ?? '',
      remoteAddress: '127.0.0.1',
      body: undefined,
      stream: incoming,
    };
    const ctx: Context = { principal: anonymous, correlationId: crypto.randomUUID(), log: silentLog, clock: systemClock, signal: () => new AbortController().signal };
    let reply: PlaneReply;
    try {
      if (route === undefined) throw new Fault('methodNotAllowed', 'UnsupportedHttpVerb', 'no such method');
      reply = await route.run(ctx, request);
    } catch (error) {
      if (!(error instanceof Fault)) internal.push(error);
      reply = from.renderFault(toFault(error), { requestId: ctx.correlationId, method: request.method });
    }
    incoming.resume();
    const isJson = typeof reply.body === 'object' && !Buffer.isBuffer(reply.body) && !(reply.body instanceof Readable);
    response.writeHead(reply.status, { ...(isJson ? { 'content-type': 'application/json' } : {}), ...reply.headers });
    if (reply.body instanceof Readable) await pipeline(reply.body, response);
    else if (reply.body === undefined) response.end();
    else response.end(typeof reply.body === 'string' || Buffer.isBuffer(reply.body) ? reply.body : JSON.stringify(reply.body));
  }

  return {
    port: address.port,
    deps,
    internal,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(root, { recursive: true, force: true });
    },
  };
}
