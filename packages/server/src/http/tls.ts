// Tls: Lazurite's own certificate authority and the one server certificate, kept in {dataDir}/tls.
// The authority is bound by name constraints to the configured domain and loopback: trusting it trusts nothing else.
// Source: design/findings.md §3 (what OpenSSL, Node, Go and Chromium accept).

import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REGIONAL_SERVICES, WILDCARD_SERVICES } from '#config/cloud-names.ts';
import type { Clock } from '#kernel/clock.ts';
import { AUTHORITY_ORGANIZATION, writeCaBundle } from './certificates/ca-bundle.ts';
import type { KeyPairPem } from './certificates/issue-certificate.ts';

const DAY_MS = 86_400_000;
const LEAF_DAYS = 396;
const AUTHORITY_DAYS = 3650;
const RENEW_BEFORE_DAYS = 30;

export interface TlsMaterial {
  /** PEM: the server certificate, then the authority. */
  readonly certificate: string;
  readonly key: string;
  /** The authority alone, and the authority with the roots of the system. */
  readonly caFile: string;
  readonly bundleFile: string;
  /** SHA-256 of the authority's certificate, hex. */
  readonly caFingerprint: string;
}

export interface TlsOptions {
  readonly dataDir: string;
  readonly domain: string;
  readonly region: string;
  readonly clock: Clock;
}

/**
 * The certificate to serve with. Makes the authority at first start and when the domain has changed; re-issues the server
 * certificate when under 30 days remain or its names changed. Writes ca.pem and bundle.pem. Idempotent.
 */
export async function loadTls(options: TlsOptions): Promise<TlsMaterial> {
  const dir = join(options.dataDir, 'tls');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const authority = await loadAuthority(dir, options);
  const leaf = await loadLeaf(dir, authority, options);
  const { caFile, bundleFile } = writeCaBundle(dir, authority.certificate, writeAtomically);
  return {
    certificate: `${leaf.certificate.trim()}\n${authority.certificate.trim()}\n`,
    key: leaf.key,
    caFile,
    bundleFile,
    caFingerprint: new X509Certificate(authority.certificate).fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/** Every name the server certificate covers. A wildcard covers one label, so each service has its own. */
export function certificateNames(domain: string, region: string): readonly string[] {
  return [
    domain,
    `*.${domain}`,
    `portal.azure.${domain}`,
    ...WILDCARD_SERVICES.map((service) => `*.${service}.${domain}`),
    ...REGIONAL_SERVICES.map((service) => `*.${region}.${service}.${domain}`),
    'localhost',
  ];
}

async function loadAuthority(dir: string, { domain, clock }: TlsOptions): Promise<KeyPairPem> {
  const commonName = authorityName(domain);
  const kept = readPair(dir, 'ca');
  if (kept !== undefined) {
    const certificate = new X509Certificate(kept.certificate);
    const isOfDomain = certificate.subject === `CN=${commonName}\nO=${AUTHORITY_ORGANIZATION}`;
    if (isOfDomain && daysLeft(certificate, clock) > LEAF_DAYS + RENEW_BEFORE_DAYS) return kept;
  }
  const { issueAuthority } = await import('./certificates/issue-certificate.ts');
  const made = await issueAuthority({ commonName, organization: AUTHORITY_ORGANIZATION, domain, ...validity(clock, AUTHORITY_DAYS) });
  writePair(dir, 'ca', made);
  return made;
}

/** A common name has at most 64 characters; a longer domain is told apart by its hash. */
function authorityName(domain: string): string {
  const name = `Lazurite ${domain}`;
  return name.length <= 64 ? name : `Lazurite ${createHash('sha256').update(domain).digest('hex').slice(0, 32)}`;
}

async function loadLeaf(dir: string, authority: KeyPairPem, { domain, region, clock }: TlsOptions): Promise<KeyPairPem> {
  const names = certificateNames(domain, region);
  const kept = readPair(dir, 'server');
  if (kept !== undefined && isUsable(new X509Certificate(kept.certificate), authority, names, clock)) return kept;
  const { issueServerCertificate } = await import('./certificates/issue-certificate.ts');
  const made = await issueServerCertificate(authority, { commonName: domain.slice(0, 64), names, ...validity(clock, LEAF_DAYS - 1) });
  writePair(dir, 'server', made);
  return made;
}

function isUsable(certificate: X509Certificate, authority: KeyPairPem, names: readonly string[], clock: Clock): boolean {
  const covered = new Set((certificate.subjectAltName ?? '').split(', ').flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : [])));
  const isComplete = covered.size === names.length && names.every((name) => covered.has(name));
  return isComplete && daysLeft(certificate, clock) > RENEW_BEFORE_DAYS && certificate.verify(new X509Certificate(authority.certificate).publicKey);
}

function daysLeft(certificate: X509Certificate, clock: Clock): number {
  return (Date.parse(certificate.validTo) - clock.now()) / DAY_MS;
}

/** From a day ago, because clocks of clients differ. */
function validity(clock: Clock, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(clock.now() - DAY_MS), notAfter: new Date(clock.now() + days * DAY_MS) };
}

/** The certificate and key of a name, or undefined where they are missing, unreadable, or (after a crash between two writes) no pair. */
function readPair(dir: string, name: 'ca' | 'server'): KeyPairPem | undefined {
  const certificateFile = join(dir, `${name}.pem`);
  const keyFile = join(dir, `${name}.key`);
  if (!existsSync(certificateFile) || !existsSync(keyFile)) return undefined;
  const certificate = readFileSync(certificateFile, 'utf8');
  const key = readFileSync(keyFile, 'utf8');
  chmodSync(keyFile, 0o600);
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)) ? { certificate, key } : undefined;
  } catch {
    return undefined;
  }
}

function writePair(dir: string, name: 'ca' | 'server', pair: KeyPairPem): void {
  writeAtomically(join(dir, `${name}.key`), `${pair.key.trim()}\n`, 0o600);
  writeAtomically(join(dir, `${name}.pem`), `${pair.certificate.trim()}\n`, 0o644);
}

function writeAtomically(file: string, content: string, mode: number): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, file);
}
