// Virtual hosts: from a Host header to the kind of host and, below a wildcard, its first label.
// Names that are not ours are refused: that is what makes the server safe from DNS rebinding.
// Source: design/architecture.md §7.

import type { HostKind } from '#planes/plane.ts';

export type HostMatch =
  | { readonly kind: HostKind; readonly label: string }
  /** One of our names, for a service that this version does not offer. */
  | { readonly kind: 'unserved'; readonly label: string; readonly service: string };

export type VirtualHosts = (hostname: string) => HostMatch | undefined;

const NAMED: Readonly<Record<string, HostKind>> = { management: 'management', login: 'login', graph: 'graph', studio: 'studio', 'portal.azure': 'studio' };
const WILDCARD: Readonly<Record<string, HostKind>> = { api: 'api', 'api.azureml': 'api', blob: 'blob', dfs: 'dfs', file: 'file', queue: 'queue', table: 'table', vault: 'vault' };
const UNSERVED = new Set(['web', 'registry', 'inference', 'instances']);
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/** Looks names up below one domain. */
export function virtualHosts(domain: string): VirtualHosts {
  const suffix = `.${domain}`;
  return (hostname) => {
    if (isLoopbackName(hostname)) return { kind: 'local', label: '' };
    if (hostname === domain) return { kind: 'studio', label: '' };
    if (!hostname.endsWith(suffix)) return undefined;
    const prefix = hostname.slice(0, -suffix.length);
    const named = Object.hasOwn(NAMED, prefix) ? NAMED[prefix] : undefined;
    if (named !== undefined) return { kind: named, label: '' };
    const dot = prefix.indexOf('.');
    const label = prefix.slice(0, Math.max(dot, 0));
    const service = prefix.slice(dot + 1);
    if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)) return undefined;
    const kind = Object.hasOwn(WILDCARD, service) ? WILDCARD[service] : undefined;
    if (kind !== undefined) return { kind, label };
    const last = service.split('.').at(-1) ?? '';
    return UNSERVED.has(last) ? { kind: 'unserved', label, service: last } : undefined;
  };
}

export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK.has(hostname);
}

/** True for the address of a peer on this machine. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address);
}

/** `Host` split: name in lower case without brackets or the final dot; port 0 when it carries none. Undefined when malformed. */
export function parseAuthority(authority: string): { readonly hostname: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(authority);
  if (match === null) return undefined;
  const hostname = (match[1] ?? match[2] ?? '').toLowerCase().replace(/\.$/, '');
  const port = match[3] === undefined ? 0 : Number(match[3]);
  return hostname === '' || port > 65_535 ? undefined : { hostname, port };
}
