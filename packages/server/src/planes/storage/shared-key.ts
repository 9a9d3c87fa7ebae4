// SharedKey: the canonical form of a request, signed with an account key.
// Source: Storage REST, "Authorize with Shared Key", version 2015-02-21 and later.

import { Fault } from '#kernel/faults.ts';
import { isSignature } from '#blobs/sas.ts';
import type { PlaneRequest } from '#planes/plane.ts';
import type { StorageAccount } from './ports.ts';
import { authenticationFailed } from './faults.ts';
import { parseQuery } from './target.ts';

const MAX_SKEW_MS = 15 * 60_000;
const STANDARD = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
] as const;

type Order = (a: string, b: string) => number;

const ordinal: Order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
/** Azure: the service sorts as .NET does in en-US, where hyphens do not count and underscores come before digits. */
const cultural: Order = (a, b) => ordinal(weight(a), weight(b)) || ordinal(a, b);

function weight(name: string): string {
  return name.replaceAll('-', '').replaceAll('_', ' ');
}

function canonicalHeaders(headers: PlaneRequest['headers'], order: Order): string {
  return Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort(order)
    .map((name) => `${name}:${(headers[name] ?? '').trim()}\n`)
    .join('');
}

function canonicalResource(account: string, request: PlaneRequest): string {
  const query = parseQuery(request.rawQuery);
  const lines = [...query.keys()].sort(ordinal).map((name) => `\n${name}:${[...(query.get(name) ?? [])].sort(ordinal).join(',')}`);
  return `/${account}${request.rawPath === '' ? '/' : request.rawPath}${lines.join('')}`;
}

function standardHeader(headers: PlaneRequest['headers'], name: string): string {
  const value = headers[name] ?? '';
  if (name === 'content-length' && value === '0') return '';
  if (name === 'date' && headers['x-ms-date'] !== undefined) return '';
  return value;
}

function textToSign(account: string, request: PlaneRequest, order: Order): string {
  return `${[request.method, ...STANDARD.map((name) => standardHeader(request.headers, name))].join('\n')}\n${canonicalHeaders(request.headers, order)}${canonicalResource(account, request)}`;
}

/** Throws AuthenticationFailed, KeyBasedAuthenticationNotPermitted. */
export function verifySharedKey(name: string, account: StorageAccount, request: PlaneRequest, nowMs: number): void {
  const [, who, signature] = /^SharedKey ([^:\s]+):(\S+)$/.exec(request.headers['authorization'] ?? '') ?? [];
  if (who === undefined || signature === undefined) throw new Fault('invalid', 'InvalidAuthenticationInfo', 'The Authorization header is not of the form "SharedKey account:signature".');
  if (who !== name) throw authenticationFailed(`the Authorization header is of account ${who}, the request is for ${name}.`);
  const sentAt = Date.parse(request.headers['x-ms-date'] ?? request.headers['date'] ?? '');
  if (Number.isNaN(sentAt)) throw authenticationFailed('a request with SharedKey needs x-ms-date or Date, in RFC 1123 form.');
  if (Math.abs(nowMs - sentAt) > MAX_SKEW_MS)
    throw authenticationFailed(`the request says it was made at ${new Date(sentAt).toUTCString()}; up to 15 minutes from the server's clock (${new Date(nowMs).toUTCString()}) are accepted.`);
  const isValid = [ordinal, cultural].some((order) => {
    const text = textToSign(name, request, order);
    return isSignature(signature, text, account.keys.key1) || isSignature(signature, text, account.keys.key2);
  });
  if (!isValid) throw authenticationFailed('the signature is not that of this request with a key of the account. Check the key, and the headers a proxy may have changed.');
  if (!account.allowSharedKeyAccess) throw keysNotPermitted();
}

/** SharedKey and SharedKeyLite of the Table service. Throws AuthenticationFailed for a time that is off, KeyBasedAuthenticationNotPermitted. */
export function isTableSignature(name: string, account: StorageAccount, request: PlaneRequest, nowMs: number): boolean {
  const [, lite, who, signature] = /^SharedKey(Lite)? ([^:\s]+):(\S+)$/.exec(request.headers['authorization'] ?? '') ?? [];
  const { headers } = request;
  const date = headers['x-ms-date'] ?? headers['date'] ?? '';
  const sentAt = Date.parse(date);
  if (Number.isNaN(sentAt) || Math.abs(nowMs - sentAt) > MAX_SKEW_MS) throw authenticationFailed('x-ms-date or Date is missing, or more than 15 minutes from the clock of the server.');
  const comp = parseQuery(request.rawQuery).get('comp')?.[0];
  const resource = `/${name}${request.rawPath === '' ? '/' : request.rawPath}${comp === undefined ? '' : `?comp=${comp}`}`;
  const text = lite === undefined ? [request.method, headers['content-md5'] ?? '', headers['content-type'] ?? '', date, resource].join('\n') : `${date}\n${resource}`;
  if (who !== name || signature === undefined || ![account.keys.key1, account.keys.key2].some((key) => isSignature(signature, text, key))) return false;
  if (!account.allowSharedKeyAccess) throw keysNotPermitted();
  return true;
}

export function keysNotPermitted(): Fault {
  return new Fault(
    'forbidden',
    'KeyBasedAuthenticationNotPermitted',
    'Key based authentication is not permitted on this storage account (allowSharedKeyAccess is false). Use a token of the directory.',
  );
}
