// Target: which of our hosts a request is for. Over TLS any of them; over plain HTTP loopback only, for callers on this machine.

import type { IncomingMessage } from 'node:http';
import { Fault } from '#kernel/faults.ts';
import type { HostKind } from '#planes/plane.ts';
import { isLoopbackAddress, parseAuthority, type VirtualHosts } from './virtual-hosts.ts';

export interface Target {
  readonly kind: HostKind;
  readonly hostLabel: string;
  readonly origin: string;
  /** Path and query as sent. */
  readonly target: string;
}

/** No host of ours, with the status that says so. */
export interface RefusedTarget {
  readonly status: number;
  readonly fault: Fault;
}

export function resolveTarget(req: IncomingMessage, scheme: 'http' | 'https', hosts: VirtualHosts): Target | RefusedTarget {
  const absolute = /^(https?):\/\/([^/?#]*)(.*)$/i.exec(req.url ?? '');
  const authority = absolute?.[2] ?? req.headers.host ?? '';
  const rest = absolute === null ? (req.url ?? '/') : (absolute[3] ?? '');
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  const parsed = parseAuthority(authority);
  if (parsed === undefined) return refused(400, 'InvalidHostName', `The Host header ${JSON.stringify(authority.slice(0, 200))} is not a host name with an optional port.`);
  const { hostname } = parsed;
  const match = hosts(hostname);
  if (match === undefined) return refused(421, 'MisdirectedRequest', `This server does not answer for the host ${hostname}.`);
  if (match.kind === 'unserved') return refused(501, 'ServiceNotSupported', `The service '${match.service}' (${hostname}) is not offered by this version of Lazurite.`);
  const isLocalPeer = isLoopbackAddress(req.socket.remoteAddress ?? '');
  const origin = `${scheme}://${authority.toLowerCase()}`;
  if (match.kind === 'local' || (scheme === 'http' && match.kind === 'studio')) {
    if (!isLocalPeer) return refused(421, 'MisdirectedRequest', `The host ${hostname} answers callers on the same machine only. Use https://studio with the domain of this server.`);
    return { kind: 'local', hostLabel: '', origin, target };
  }
  if (scheme === 'http') return refused(421, 'HttpsRequired', `The host ${hostname} answers over HTTPS only. Use https://${authority}.`);
  return { kind: match.kind, hostLabel: match.label, origin, target };
}

function refused(status: number, code: string, message: string): RefusedTarget {
  return { status, fault: new Fault('invalid', code, message, { target: 'Host' }) };
}
