// Proxy: HTTP CONNECT on the one port. Our own names lead to this very server, whatever port the client names; so
// clients reach `https://{account}.blob.{domain}` where wildcard names do not resolve and 443 cannot be bound.
// Everything else is refused unless the setting `proxyTargets` says otherwise, and then only for this machine.
// Source: design/findings.md §3.

import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { isLoopbackAddress, isLoopbackName, parseAuthority, type VirtualHosts } from './virtual-hosts.ts';

export interface ProxyDeps {
  readonly hosts: VirtualHosts;
  /** Setting: '' nothing, '*' everything, or names separated by commas (`example.com`, `*.example.com`). */
  readonly proxyTargets: string;
  /** The port this server listens on. */
  ownPort(): number;
  /** Takes a tunnel that leads to this server. */
  accept(socket: Duplex): void;
}

const CONNECT_TIMEOUT_MS = 15_000;

/** The listener for `connect` events. */
export function connectProxy(deps: ProxyDeps): (req: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (req, socket, head) => {
    socket.on('error', () => socket.destroy());
    const target = parseAuthority(req.url ?? '');
    if (target === undefined || target.port === 0) return refuse(socket, 400, `CONNECT needs host:port; it was given ${JSON.stringify((req.url ?? '').slice(0, 200))}.`);
    const { hostname, port } = target;
    const isOwn = isLoopbackName(hostname) ? port === deps.ownPort() : deps.hosts(hostname) !== undefined;
    if (isOwn) {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) socket.unshift(head);
      return deps.accept(socket);
    }
    const isLocalPeer = isLoopbackAddress(req.socket.remoteAddress ?? '');
    if (!isLocalPeer || !isAllowed(hostname, deps.proxyTargets)) {
      return refuse(socket, 403, `This proxy leads to Lazurite's own names only; ${hostname} is none of them. The setting LAZURITE_PROXY_TARGETS can allow it.`);
    }
    tunnel(socket, head, hostname, port);
  };
}

function isAllowed(hostname: string, targets: string): boolean {
  return targets
    .split(',')
    .map((target) => target.trim().toLowerCase())
    .some((target) => target === '*' || (target !== '' && target === hostname) || (target.startsWith('*.') && hostname.endsWith(target.slice(1))));
}

function tunnel(socket: Duplex, head: Buffer, hostname: string, port: number): void {
  const upstream = connect({ host: hostname, port, noDelay: true });
  let isOpen = false;
  upstream.setTimeout(CONNECT_TIMEOUT_MS, () => upstream.destroy(new Error('timed out')));
  upstream.once('connect', () => {
    isOpen = true;
    upstream.setTimeout(0);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    socket.pipe(upstream).pipe(socket);
  });
  upstream.on('error', (error) => (isOpen ? socket.destroy() : refuse(socket, 502, `The connection to ${hostname}:${port} failed: ${error.message}.`)));
  upstream.on('close', () => socket.destroy());
  socket.on('close', () => upstream.destroy());
}

function refuse(socket: Duplex, status: 400 | 403 | 502, message: string): void {
  const reason = { 400: 'Bad Request', 403: 'Forbidden', 502: 'Bad Gateway' }[status];
  const body = JSON.stringify({ error: { code: 'ProxyTargetNotAllowed', message } });
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}
