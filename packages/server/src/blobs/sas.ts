// Shared access signatures: the strings to sign, and signing. Fields are the query parameters as decoded.
// Source: Storage REST, "Create a service SAS", "Create an account SAS", "Create a user delegation SAS" (fields added in
// 2020-02-10, 2020-12-06, 2025-07-05, 2026-04-06); checked against @azure/storage-blob in test/blob-oracle.

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Oldest version whose signatures are accepted: before it `sr` was not part of what is signed. */
export const OLDEST_SAS_VERSION = '2018-11-09';
const SIGNED_VERSION = '2023-11-03';

export type SasFields = Readonly<Record<string, string>>;

export interface SasResource {
  readonly account: string;
  readonly container: string;
  /** Left out for a container. */
  readonly blob?: string;
}

const RESPONSE_OVERRIDES = ['rscc', 'rscd', 'rsce', 'rscl', 'rsct'] as const;

function canonicalName(resource: SasResource): string {
  const container = `/blob/${resource.account}/${resource.container}`;
  return resource.blob === undefined ? container : `${container}/${resource.blob}`;
}

function pick(fields: SasFields, names: readonly string[]): readonly string[] {
  return names.map((name) => fields[name] ?? '');
}

/** What a service SAS signs with an account key. */
export function serviceSasText(fields: SasFields, resource: SasResource): string {
  const scoped = (fields['sv'] ?? '') >= '2020-12-06' ? ['ses'] : [];
  return [...pick(fields, ['sp', 'st', 'se']), canonicalName(resource), ...pick(fields, ['si', 'sip', 'spr', 'sv', 'sr', 'snapshot', ...scoped, ...RESPONSE_OVERRIDES])].join('\n');
}

export interface FileSasResource {
  readonly account: string;
  readonly share: string;
  /** Left out for a share. */
  readonly path?: string;
}

/** What a service SAS of Azure Files signs with an account key. */
export function fileSasText(fields: SasFields, { account, share, path }: FileSasResource): string {
  const name = `/file/${account}/${share}${path === undefined ? '' : `/${path}`}`;
  return [...pick(fields, ['sp', 'st', 'se']), name, ...pick(fields, ['si', 'sip', 'spr', 'sv', ...RESPONSE_OVERRIDES])].join('\n');
}

/** What a user-delegation SAS signs with a user-delegation key. */
export function delegationSasText(fields: SasFields, resource: SasResource): string {
  const version = fields['sv'] ?? '';
  const agents = version >= '2020-02-10' ? ['saoid', 'suoid', 'scid'] : [];
  const delegated = version >= '2025-07-05' ? ['skdutid', 'sduoid'] : [];
  const scoped = version >= '2020-12-06' ? ['ses'] : [];
  const bound = version >= '2026-04-06' ? ['srh', 'srq'] : [];
  const names = ['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv', ...agents, ...delegated, 'sip', 'spr', 'sv', 'sr', 'snapshot', ...scoped, ...bound, ...RESPONSE_OVERRIDES];
  return [...pick(fields, ['sp', 'st', 'se']), canonicalName(resource), ...pick(fields, names)].join('\n');
}

/** What an account SAS signs with an account key; ends with a line feed. */
export function accountSasText(fields: SasFields, account: string): string {
  const scoped = (fields['sv'] ?? '') >= '2020-12-06' ? ['ses'] : [];
  return [account, ...pick(fields, ['sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv', ...scoped]), ''].join('\n');
}

/** HMAC-SHA256, base64. */
export function signText(text: string, key: Buffer): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('base64');
}

/** Compares in a time that does not tell where they differ. */
export function isSignature(given: string, text: string, key: Buffer): boolean {
  const expected = createHmac('sha256', key).update(text, 'utf8').digest();
  const actual = Buffer.from(given, 'base64');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

export interface ServiceSas extends SasResource {
  readonly key: Buffer;
  /** Letters such as `rcwl`; put into Azure's order here. */
  readonly permissions: string;
  readonly startsOn?: Date;
  readonly expiresOn: Date;
  /** @default 'https' */
  readonly protocol?: 'https' | 'https,http';
  /** Content-Disposition and Content-Type of answers, overriding those of the blob. */
  readonly contentDisposition?: string;
  readonly contentType?: string;
}

/** Seconds in UTC, as signatures write times. */
export function sasTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

const PERMISSION_ORDER = 'racwdxyltfmeopi';

/** A service SAS for a container, or for one blob, as a query string without `?`. */
export function signServiceSas(sas: ServiceSas): string {
  const permissions = [...PERMISSION_ORDER].filter((letter) => sas.permissions.includes(letter)).join('');
  const fields: Record<string, string> = { ...termsOf(sas), sr: sas.blob === undefined ? 'c' : 'b', sp: permissions };
  return formatSas(fields, signText(serviceSasText(fields, sas), sas.key));
}

function termsOf(sas: Omit<ServiceSas, keyof SasResource>): Record<string, string> {
  return {
    sv: SIGNED_VERSION,
    spr: sas.protocol ?? 'https',
    ...(sas.startsOn === undefined ? {} : { st: sasTime(sas.startsOn) }),
    se: sasTime(sas.expiresOn),
    ...(sas.contentDisposition === undefined ? {} : { rscd: sas.contentDisposition }),
    ...(sas.contentType === undefined ? {} : { rsct: sas.contentType }),
  };
}

function formatSas(fields: SasFields, sig: string): string {
  return Object.entries({ ...fields, sig })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

export interface FileSas extends FileSasResource, Omit<ServiceSas, keyof SasResource> {}

/** A service SAS for a share, or for one file, as a query string without `?`. */
export function signFileSas(sas: FileSas): string {
  const permissions = [...PERMISSION_ORDER].filter((letter) => sas.permissions.includes(letter)).join('');
  const fields: Record<string, string> = { ...termsOf(sas), sr: sas.path === undefined ? 's' : 'f', sp: permissions };
  return formatSas(fields, signText(fileSasText(fields, sas), sas.key));
}

export interface AccountSas extends Pick<ServiceSas, 'account' | 'key' | 'permissions' | 'startsOn' | 'expiresOn' | 'protocol'> {
  /** Letters of `bqtf`. */
  readonly services: string;
  /** Letters of `sco`. */
  readonly resourceTypes: string;
  /** One address, or two with a hyphen between. */
  readonly addresses?: string;
}

/** A SAS for the services of an account, as a query string without `?`. */
export function signAccountSas(sas: AccountSas): string {
  const inOrder = (order: string, letters: string): string => [...order].filter((letter) => letters.includes(letter)).join('');
  const fields: Record<string, string> = {
    sv: SIGNED_VERSION,
    ss: inOrder('btqf', sas.services),
    srt: inOrder('sco', sas.resourceTypes),
    sp: inOrder('rwdxylacuptfi', sas.permissions),
    ...(sas.startsOn === undefined ? {} : { st: sasTime(sas.startsOn) }),
    se: sasTime(sas.expiresOn),
    spr: sas.protocol ?? 'https',
    ...(sas.addresses === undefined ? {} : { sip: sas.addresses }),
  };
  return formatSas(fields, signText(accountSasText(fields, sas.account), sas.key));
}

export interface DelegationKey {
  readonly account: string;
  readonly oid: string;
  readonly tid: string;
  readonly startsAt: string;
  readonly expiresAt: string;
  readonly version: string;
}

/** The user-delegation key of a principal for a time: derived, never stored, the same on every server with this master key. */
export function deriveDelegationKey(master: Buffer, key: DelegationKey): Buffer {
  return createHmac('sha256', master).update(['user-delegation', key.account, key.oid, key.tid, key.startsAt, key.expiresAt, 'b', key.version].join('\n'), 'utf8').digest();
}
