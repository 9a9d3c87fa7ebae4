// Server: one TCP port that answers as every virtual host.
//
//   connection > FrontDoor > TLS or plain HTTP > Host > HostRouter of its kind > endpoint > plane, Resource Manager, studio
//                              plain: CONNECT > proxy > FrontDoor again
//
// Source: design/architecture.md §7-8.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { cloudNames } from '#config/cloud-names.ts';
import type { Settings } from '#config/settings.ts';
import { type Clock, systemClock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import { HOST_KINDS, type HostKind, type Plane } from '#planes/plane.ts';
import type { ServerLog } from '#telemetry/log.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import { ActiveExchanges } from './active-exchanges.ts';
import { Exchange } from './exchange.ts';
import { FrontDoor } from './front-door.ts';
import { createHealthPlane, serverFaultBody } from './health-plane.ts';
import { armEndpoints } from './mount-arm.ts';
import { type MountDeps, planeEndpoints } from './mount-plane.ts';
import { studioFallback } from './mount-studio.ts';
import { checkOrigin } from './origin-check.ts';
import type { Arm, Authenticator, Authorizer, NetworkGate } from './ports.ts';
import { connectProxy } from './proxy.ts';
import { HostRouter } from './router.ts';
import { type FaultRenderer, sendFault } from './send-reply.ts';
import type { TlsMaterial } from './tls.ts';
import { resolveTarget } from './target.ts';
import { virtualHosts } from './virtual-hosts.ts';

export interface HttpServerOptions {
  readonly settings: Pick<Settings, 'host' | 'port' | 'domain' | 'region' | 'proxyTargets'>;
  readonly tls: TlsMaterial;
  readonly planes: readonly Plane[];
  readonly arm: Arm;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly network: NetworkGate;
  readonly log: ServerLog;
  readonly metrics: Metrics;
  isReady(): Promise<boolean>;
  /** Folder of the built studio; without it there is none. */
  readonly studioDir?: string;
  readonly clock?: Clock;
  /** How long `close` waits for running requests. @default 10 000 */
  readonly closeWaitMs?: number;
}

export interface MountedRoute {
  readonly host: HostKind;
  readonly method: string;
  readonly path: string;
  readonly owner: string;
  /** `public`, `authenticated`, `action`, `dataAction`, `own`, or `arm` (authorised by resource type). */
  readonly permission: string;
  readonly action?: string;
}

export interface HttpServer {
  /** Throws `conflict`/`PortInUse`. */
  listen(): Promise<{ readonly port: number }>;
  /** The port listened on; before `listen`, the configured one. */
  port(): number;
  /** Takes no new requests, lets running ones finish within bounds. Idempotent. */
  close(): Promise<void>;
  mountedRoutes(): readonly MountedRoute[];
}

const SERVER_OPTIONS = {
  // Why: MLflow and SAS put long values into the request line (64 KiB); the rest is for headers.
  maxHeaderSize: 96 * 1024,
  headersTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  requestTimeout: 3_600_000,
  keepAliveTimeout: 75_000,
  requireHostHeader: false,
  noDelay: true,
} as const;

const BROKEN_REQUEST_LINGER_MS = 1_000;

/** Builds routers for every host kind and mounts everything. Throws for a route without permission and for one mounted twice. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { settings, log, metrics } = options;
  const clock = options.clock ?? systemClock;
  const hosts = virtualHosts(settings.domain);
  let port = settings.port;
  const routers = mountAll(options, () => cloudNames({ ...settings, port }).login);
  const active = new ActiveExchanges();
  let closing: Promise<void> | undefined;

  const receive = (scheme: 'http' | 'https', isAwaitingContinue: boolean) => (req: IncomingMessage, res: ServerResponse) => {
    const resolved = resolveTarget(req, scheme, hosts);
    const exchange = new Exchange({ req, res, log, clock, isAwaitingContinue, ...('fault' in resolved ? { kind: 'local', hostLabel: '', origin: `${scheme}://invalid`, target: '/' } : resolved) });
    const leave = active.add(exchange);
    const startedAt = performance.now();
    res.once('close', () => {
      leave();
      report(exchange, 'fault' in resolved ? 'none' : exchange.kind, (performance.now() - startedAt) / 1000);
    });
    if (closing !== undefined) res.shouldKeepAlive = false;
    if ('fault' in resolved) return void refuse(exchange, resolved);
    try {
      checkOrigin(exchange);
    } catch (error) {
      return void sendFault(exchange, renderServerFault, error);
    }
    routers.get(exchange.kind)?.route(exchange);
  };

  const report = (exchange: Exchange, host: string, seconds: number) => {
    const { req, res, method, principal, requestId, correlationId } = exchange;
    const status = res.writableFinished ? res.statusCode : 499;
    const route = exchange.route === '' ? '(none)' : exchange.route;
    metrics.observeRequest({ host, method, route, status, seconds });
    // Why: such a path parameter is a credential.
    const shown = /:(secret|ticket)\b/.test(route) ? route : exchange.rawPath;
    const path = shown.length > 300 ? `${shown.slice(0, 300)}…` : shown;
    const bytes = Number(res.getHeader('content-length') ?? 0);
    const isProbe = route === '/healthz' || route === '/readyz' || route === '/metrics';
    const line = {
      requestId,
      ...(correlationId === requestId ? {} : { correlationId }),
      method,
      host,
      ...(exchange.hostLabel === '' ? {} : { label: exchange.hostLabel }),
      route,
      path,
      status,
      ms: Math.round(seconds * 10_000) / 10,
      bytes,
      caller: principal.objectId,
      http: req.httpVersion,
    };
    if (isProbe) log.debug(line, 'http.request');
    else log.info(line, 'http.request');
  };

  const plain = createServer(SERVER_OPTIONS, receive('http', false));
  const secure = createTlsServer({ ...SERVER_OPTIONS, cert: options.tls.certificate, key: options.tls.key, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] }, receive('https', false));
  const door = new FrontDoor({ plain, secure, log });
  plain.on('checkContinue', receive('http', true));
  secure.on('checkContinue', receive('https', true));
  plain.on('connect', connectProxy({ hosts, proxyTargets: settings.proxyTargets, ownPort: () => port, accept: (socket) => door.accept(socket) }));
  secure.on('tlsClientError', (error, socket) => {
    log.debug({ error }, 'http.tls-failed');
    socket.destroy();
  });
  for (const server of [plain, secure]) {
    server.on('clientError', answerBrokenRequest);
    // Why: connections are handed over, so neither server listens by itself; this event starts its watch over slow headers.
    server.emit('listening');
  }

  async function close(): Promise<void> {
    door.stopListening();
    const until = performance.now() + (options.closeWaitMs ?? 10_000);
    for (const exchange of active) if (exchange.isEndless) exchange.abort.abort(new Error('The server is stopping.'));
    plain.closeIdleConnections();
    secure.closeIdleConnections();
    for (const exchange of active) exchange.res.shouldKeepAlive = false;
    await Promise.race([finished(active), new Promise((resolve) => setTimeout(resolve, Math.max(0, until - performance.now())).unref())]);
    for (const exchange of active) exchange.abort.abort(new Error('The server is stopping.'));
    await new Promise((resolve) => setImmediate(resolve));
    for (const socket of door.sockets) socket.destroy();
    plain.close();
    secure.close();
  }

  return {
    async listen() {
      port = await door.listen(settings.host, settings.port);
      log.info({ host: settings.host, port, domain: settings.domain }, 'http.listening');
      return { port };
    },
    port: () => port,
    close: () => (closing ??= close()),
    mountedRoutes: () =>
      [...routers.values()].flatMap(({ kind, endpoints }) =>
        endpoints.flatMap(({ methods, path, owner, permission, action }) => methods.map((method) => ({ host: kind, method, path, owner, permission, ...(action === undefined ? {} : { action }) }))),
      ),
  };
}

/** Resolves when every exchange that was running has ended. */
async function finished(active: ActiveExchanges): Promise<void> {
  await Promise.all([...active].filter(({ res }) => !res.closed).map(({ res }) => new Promise((resolve) => res.once('close', resolve))));
}

function mountAll(options: HttpServerOptions, loginOrigin: () => string): ReadonlyMap<HostKind, HostRouter> {
  const { arm, authenticator, authorizer, network, studioDir } = options;
  const deps: MountDeps = { authenticator, authorizer, network, loginOrigin };
  const planes = [createHealthPlane(options), ...options.planes];
  const routers = new Map<HostKind, HostRouter>();
  for (const kind of HOST_KINDS) {
    const isOther = kind === 'management' || kind === 'local' || kind === 'studio';
    const only = planes.find((plane) => plane.routes.some((route) => route.hosts.includes(kind)));
    const renderUnknown: FaultRenderer = isOther || only === undefined ? (fault, request) => arm.renderFault(fault, request) : (fault, request) => only.renderFault(fault, request);
    routers.set(kind, new HostRouter(kind, renderUnknown));
  }
  for (const plane of planes) {
    for (const { route, endpoint } of planeEndpoints(plane, deps)) for (const host of new Set(route.hosts)) routers.get(host)?.add(endpoint);
  }
  for (const kind of ['management', 'local', 'studio'] as const) for (const endpoint of armEndpoints(arm, kind, deps)) routers.get(kind)?.add(endpoint);
  if (studioDir !== undefined) for (const kind of ['local', 'studio'] as const) routers.get(kind)?.setFallback(studioFallback(studioDir, renderServerFault));
  return routers;
}

const renderServerFault: FaultRenderer = (fault) => ({ status: fault.status, body: serverFaultBody(fault) });

/** A request that belongs to no host of ours. */
function refuse(exchange: Exchange, { status, fault }: { readonly status: number; readonly fault: Fault }): Promise<void> {
  exchange.res.shouldKeepAlive = false;
  return sendFault(exchange, (rendered) => ({ status, body: serverFaultBody(rendered) }), fault);
}

/** What node:http could not parse gets a status and a sentence instead of a closed connection. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.writableEnded) return;
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, code, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'RequestHeaderTooLarge', `The request line and headers together exceed ${SERVER_OPTIONS.maxHeaderSize} bytes.`]
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'RequestTimeout', 'The request did not arrive in time.']
        : ['400 Bad Request', 'BadRequest', 'The request is not valid HTTP/1.1.'];
  const body = JSON.stringify({ error: { code, message } });
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
  // Why: closing with unread bytes resets the connection, and the caller would never see the reply.
  socket.removeAllListeners('data');
  socket.resume();
  setTimeout(() => socket.destroy(), BROKEN_REQUEST_LINGER_MS).unref();
}
