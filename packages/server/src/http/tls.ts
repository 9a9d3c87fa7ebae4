// Tls: Lazurite's own certificate authority and the one server certificate, kept in {dataDir}/tls.
// The authority is bound by name constraints to the configured domain and loopback: trusting it trusts nothing else.
// Source: design/findings.md §3 (what OpenSSL, Node, Go and Chromium accept); RFC 5280.

import 'reflect-metadata';
import { createHash, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { REGIONAL_SERVICES, WILDCARD_SERVICES } from '#config/cloud-names.ts';
import type { Clock } from '#kernel/clock.ts';
import { writeCaBundle } from './ca-bundle.ts';
import { encodeNameConstraints, LOOPBACK_RANGES } from './der.ts';

const DAY_MS = 86_400_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
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
  x509.cryptoProvider.set(crypto);
  const dir = join(options.dataDir, 'tls');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const authority = await loadAuthority(dir, options);
  const leaf = await loadLeaf(dir, authority, options);
  const ca = authority.certificate.toString('pem');
  const { caFile, bundleFile } = writeCaBundle(dir, ca, writeAtomically);
  return {
    certificate: `${leaf.certificate}\n${ca}\n`,
    key: leaf.key,
    caFile,
    bundleFile,
    caFingerprint: createHash('sha256').update(Buffer.from(authority.certificate.rawData)).digest('hex'),
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

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly key: CryptoKey;
}

async function loadAuthority(dir: string, { domain, clock }: TlsOptions): Promise<Authority> {
  const certificateFile = join(dir, 'ca.pem');
  const keyFile = join(dir, 'ca.key');
  const subject = `CN=Lazurite ${domain}, O=Lazurite local authority`;
  if (existsSync(certificateFile) && existsSync(keyFile)) {
    const certificate = new x509.X509Certificate(readFileSync(certificateFile, 'utf8'));
    const key = readFileSync(keyFile, 'utf8');
    const isCurrent = certificate.notAfter.getTime() - clock.now() > (LEAF_DAYS + RENEW_BEFORE_DAYS) * DAY_MS;
    if (certificate.subject === subject && isCurrent && isPair(certificate.toString('pem'), key)) {
      chmodSync(keyFile, 0o600);
      return { certificate, key: await importKey(key) };
    }
  }
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subject,
    keys,
    serialNumber: serialNumber(),
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(clock.now() + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension('2.5.29.30', true, bytes(encodeNameConstraints({ dns: [domain, 'localhost'], addresses: LOOPBACK_RANGES }))),
    ],
  });
  writeAtomically(keyFile, await exportKey(keys.privateKey), 0o600);
  writeAtomically(certificateFile, `${certificate.toString('pem')}\n`, 0o644);
  return { certificate, key: keys.privateKey };
}

async function loadLeaf(dir: string, authority: Authority, { domain, region, clock }: TlsOptions): Promise<{ readonly certificate: string; readonly key: string }> {
  const certificateFile = join(dir, 'server.pem');
  const keyFile = join(dir, 'server.key');
  const names = certificateNames(domain, region);
  if (existsSync(certificateFile) && existsSync(keyFile)) {
    const certificate = readFileSync(certificateFile, 'utf8');
    const key = readFileSync(keyFile, 'utf8');
    if (isUsable(certificate, authority, names, clock) && isPair(certificate, key)) return { certificate: certificate.trim(), key };
  }
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const leaf = await x509.X509CertificateGenerator.create({
    subject: `CN=${domain.slice(0, 64)}`,
    issuer: authority.certificate.subject,
    serialNumber: serialNumber(),
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(clock.now() + (LEAF_DAYS - 1) * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: authority.key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([...names.map((value) => ({ type: 'dns' as const, value })), { type: 'ip' as const, value: '127.0.0.1' }, { type: 'ip' as const, value: '::1' }]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const certificate = leaf.toString('pem');
  const key = await exportKey(keys.privateKey);
  writeAtomically(keyFile, key, 0o600);
  writeAtomically(certificateFile, `${certificate}\n`, 0o644);
  return { certificate, key };
}

function isUsable(pem: string, authority: Authority, names: readonly string[], clock: Clock): boolean {
  const certificate = new X509Certificate(pem);
  const ca = new X509Certificate(Buffer.from(authority.certificate.rawData));
  const covered = new Set((certificate.subjectAltName ?? '').split(', ').flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : [])));
  return Date.parse(certificate.validTo) - clock.now() > RENEW_BEFORE_DAYS * DAY_MS && covered.size === names.length && names.every((name) => covered.has(name)) && certificate.verify(ca.publicKey);
}

/** Why: a crash between writing the key and the certificate leaves two that do not belong together. */
function isPair(certificate: string, key: string): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
}

/** 16 random bytes, positive. */
function serialNumber(): string {
  const raw = randomBytes(16);
  raw[0] = ((raw[0] ?? 0) & 0x7f) | 0x40;
  return raw.toString('hex');
}

async function exportKey(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function importKey(pem: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), ALGORITHM, false, ['sign']);
}

function bytes(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(buffer);
}

function writeAtomically(file: string, content: string, mode: number): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, file);
}
