// Signatures in the query (SAS): which of the three kinds it is, whether it is genuine, and what it grants.

import { Fault } from '#kernel/faults.ts';
import { accountSasText, delegationSasText, deriveDelegationKey, fileSasText, isSignature, OLDEST_SAS_VERSION, type SasFields, sasTime, serviceSasText } from '#blobs/sas.ts';
import type { PlaneRequest } from '#planes/plane.ts';
import { authenticationFailed, notSupported } from './faults.ts';
import type { StorageAccount } from './ports.ts';
import { keysNotPermitted } from './shared-key.ts';
import type { Target } from './target.ts';

/** What a genuine signature grants. */
export interface Grant {
  readonly kind: 'account' | 'container' | 'blob';
  /** Letters of `sp`. */
  readonly permissions: string;
  /** Account signatures: letters of `srt`. */
  readonly resourceTypes: string;
  /** Set for a user-delegation signature: who stands behind it. */
  readonly signer?: { readonly objectId: string; readonly tenantId: string };
  /** Response headers it overrides. */
  readonly overrides: Readonly<Record<string, string>>;
}

export interface SignedRequest {
  readonly service: 'blob' | 'file';
  readonly accountName: string;
  readonly account: StorageAccount;
  readonly target: Target;
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly request: Pick<PlaneRequest, 'url' | 'remoteAddress'>;
  readonly delegationMaster: Buffer;
  readonly nowMs: number;
}

const OVERRIDES = { rscc: 'cache-control', rscd: 'content-disposition', rsce: 'content-encoding', rscl: 'content-language', rsct: 'content-type' } as const;
const REFUSED = {
  si: 'stored access policies (si)',
  ses: 'encryption scopes (ses)',
  sdd: 'directory signatures (sdd)',
  suoid: 'signatures for another user (suoid)',
  saoid: 'signatures of an agent (saoid)',
  sduoid: 'signatures bound to a user (sduoid)',
  skdutid: 'signatures bound to a tenant (skdutid)',
  srh: 'signatures bound to headers (srh)',
  srq: 'signatures bound to query parameters (srq)',
} as const;
/** `sr` of a signature for files, as that of a blob or container. */
const FILE_RESOURCES: Readonly<Record<string, string>> = { s: 'c', f: 'b' };
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)?$/;
const MAX_DELEGATION_MS = 7 * 24 * 3_600_000;

/** Throws AuthenticationFailed with the reason. */
export function verifySignature(signed: SignedRequest): Grant {
  const fields: SasFields = Object.fromEntries([...signed.query].map(([name, values]) => [name, values[0] ?? '']));
  for (const [name, what] of Object.entries(REFUSED)) if ((fields[name] ?? '') !== '') throw notSupported(`A shared access signature with ${what}`);
  if ((fields['sv'] ?? '') < OLDEST_SAS_VERSION) throw authenticationFailed(`sv is ${JSON.stringify(fields['sv'] ?? '')}; versions from ${OLDEST_SAS_VERSION} on are accepted.`);
  if ((fields['sp'] ?? '') === '') throw authenticationFailed('sp is mandatory and cannot be empty.');
  const grant =
    fields['ss'] !== undefined || fields['srt'] !== undefined ? verifyAccount(signed, fields) : fields['skoid'] !== undefined ? verifyDelegation(signed, fields) : verifyService(signed, fields);
  checkTimes(fields, signed.nowMs);
  checkProtocol(fields, signed.request.url);
  checkAddress(fields, signed.request.remoteAddress);
  return grant;
}

function isByAccountKey(signed: SignedRequest, fields: SasFields, text: string): boolean {
  const given = fields['sig'] ?? '';
  return isSignature(given, text, signed.account.keys.key1) || isSignature(given, text, signed.account.keys.key2);
}

function mismatch(): Error {
  return authenticationFailed('Signature did not match. The signature in sig is not that of these parameters for this resource.');
}

function verifyAccount(signed: SignedRequest, fields: SasFields): Grant {
  if (!isByAccountKey(signed, fields, accountSasText(fields, signed.accountName))) throw mismatch();
  if (!signed.account.allowSharedKeyAccess) throw keysNotPermitted();
  const letter = signed.service === 'file' ? 'f' : 'b';
  if (!(fields['ss'] ?? '').includes(letter)) throw authenticationFailed(`ss does not name the ${signed.service} service (${letter}).`);
  return { kind: 'account', permissions: fields['sp'] ?? '', resourceTypes: fields['srt'] ?? '', overrides: {} };
}

/** The thing a service or user-delegation signature must be for, by its `sr`. */
function resourceOf(signed: SignedRequest, fields: SasFields): { readonly kind: 'container' | 'blob'; readonly account: string; readonly container: string; readonly blob?: string } {
  const { container, blob } = signed.target;
  const resource = signed.service === 'file' ? FILE_RESOURCES[fields['sr'] ?? ''] : (fields['sr'] ?? '');
  if (resource === undefined) throw fields['sr'] === undefined ? authenticationFailed('sr is mandatory.') : notSupported(`A shared access signature for files with sr=${fields['sr']}`);
  if (resource !== 'b' && resource !== 'c') throw resource === '' ? authenticationFailed('sr is mandatory.') : notSupported(`A shared access signature with sr=${resource}`);
  if (container === undefined || (resource === 'b' && blob === undefined)) throw authenticationFailed(`a signature for a ${resource === 'b' ? 'blob' : 'container'} does not reach above it.`);
  const base = { account: signed.accountName, container };
  return resource === 'b' && blob !== undefined ? { kind: 'blob', ...base, blob } : { kind: 'container', ...base };
}

function overridesOf(fields: SasFields): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(OVERRIDES).flatMap(([name, header]) => {
      const value = fields[name];
      return value === undefined || value === '' ? [] : [[header, value]];
    }),
  );
}

function verifyService(signed: SignedRequest, fields: SasFields): Grant {
  const resource = resourceOf(signed, fields);
  const { account, container, blob } = resource;
  const text = signed.service === 'file' ? fileSasText(fields, { account, share: container, ...(blob === undefined ? {} : { path: blob }) }) : serviceSasText(fields, resource);
  if (!isByAccountKey(signed, fields, text)) throw mismatch();
  if (!signed.account.allowSharedKeyAccess) throw keysNotPermitted();
  return { kind: resource.kind, permissions: fields['sp'] ?? '', resourceTypes: '', overrides: overridesOf(fields) };
}

function verifyDelegation(signed: SignedRequest, fields: SasFields): Grant {
  if (signed.service === 'file') throw notSupported('A user delegation signature for files');
  const resource = resourceOf(signed, fields);
  const [objectId, tenantId] = [fields['skoid'] ?? '', fields['sktid'] ?? ''];
  const startsAt = parseTime(fields['skt'] ?? '', 'skt');
  const expiresAt = parseTime(fields['ske'] ?? '', 'ske');
  const key = deriveDelegationKey(signed.delegationMaster, {
    account: signed.accountName,
    oid: objectId,
    tid: tenantId,
    startsAt: sasTime(new Date(startsAt)),
    expiresAt: sasTime(new Date(expiresAt)),
    version: fields['skv'] ?? '',
  });
  if (fields['sks'] !== 'b' || !isSignature(fields['sig'] ?? '', delegationSasText(fields, resource), key)) throw mismatch();
  if (signed.nowMs < startsAt || signed.nowMs > expiresAt || expiresAt - startsAt > MAX_DELEGATION_MS)
    throw authenticationFailed('the user delegation key is outside its time (skt to ske, up to seven days).');
  return { kind: resource.kind, permissions: fields['sp'] ?? '', resourceTypes: '', signer: { objectId, tenantId }, overrides: overridesOf(fields) };
}

/** Milliseconds. Throws AuthenticationFailed for what is not a time in UTC. */
function parseTime(text: string, name: string): number {
  const ms = TIME.test(text) ? Date.parse(text.replace(/T(\d\d:\d\d)Z$/, 'T$1:00Z')) : Number.NaN;
  if (Number.isNaN(ms)) throw authenticationFailed(`${name} is ${JSON.stringify(text)}; a time in UTC such as 2030-01-31T00:00:00Z is accepted.`);
  return ms;
}

function checkTimes(fields: SasFields, nowMs: number): void {
  const expiry = fields['se'] ?? '';
  if (nowMs > parseTime(expiry, 'se')) throw authenticationFailed(`Signature not valid in the specified time frame: it expired at ${expiry}.`);
  const start = fields['st'] ?? '';
  if (start !== '' && nowMs < parseTime(start, 'st')) throw authenticationFailed(`Signature not valid in the specified time frame: it starts at ${start}.`);
}

function checkProtocol(fields: SasFields, url: URL): void {
  const allowed = fields['spr'] ?? '';
  if (allowed === '') return;
  if (!['https', 'https,http', 'http,https'].includes(allowed)) throw authenticationFailed(`spr is ${JSON.stringify(allowed)}; https and https,http are accepted.`);
  if (allowed === 'https' && url.protocol !== 'https:')
    throw new Fault('forbidden', 'AuthorizationProtocolMismatch', 'This request is not authorized to perform this operation using this protocol: the signature is for https only.');
}

/** IPv4 as a number; undefined for anything else. */
function addressNumber(text: string): number | undefined {
  const parts = text.replace(/^::ffff:/, '').split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function checkAddress(fields: SasFields, remote: string): void {
  const range = fields['sip'] ?? '';
  if (range === '') return;
  const [from, to = from] = range.split('-').map(addressNumber);
  const actual = addressNumber(remote);
  if (from === undefined || to === undefined || actual === undefined || actual < from || actual > to) {
    throw authenticationFailed(`the signature is for addresses ${range}; the request comes from ${remote}.`);
  }
}
