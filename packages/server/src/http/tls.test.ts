import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, getCACertificates } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadTls } from './tls.ts';

const DAY_MS = 86_400_000;
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'lazurite-tls-'));
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const load = (over: { domain?: string; region?: string; laterMs?: number } = {}) =>
  loadTls({ dataDir, domain: over.domain ?? 'ml.example.test', region: over.region ?? 'local', clock: { now: () => Date.now() + (over.laterMs ?? 0) } });

test('the certificate covers each service and is signed by the authority', async () => {
  const tls = await load();
  const leaf = new X509Certificate(tls.certificate);
  const ca = new X509Certificate(readFileSync(tls.caFile));
  expect(leaf.verify(ca.publicKey)).toBe(true);
  expect(ca.ca).toBe(true);
  for (const name of ['management', 'login', 'a.blob', 'v.vault', 'local.api', 'r.registry', 'e.local.inference', 'portal.azure']) expect(leaf.checkHost(`${name}.ml.example.test`)).toBeDefined();
  expect(leaf.checkHost('localhost')).toBe('localhost');
  expect(leaf.checkIP('::1')).toBe('::1');
  expect(leaf.checkHost('a.b.ml.example.test')).toBeUndefined();
  expect(Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)).toBeLessThanOrEqual(397 * DAY_MS);
  expect(() => createSecureContext({ cert: tls.certificate, key: tls.key })).not.toThrow();
});

test('keys are for the owner only', async () => {
  await load();
  for (const name of ['ca.key', 'server.key']) expect(statSync(join(dataDir, 'tls', name)).mode & 0o777).toBe(0o600);
});

test('the authority is bound to the domain', async () => {
  const tls = await load();
  const text = execFileSync('openssl', ['x509', '-in', tls.caFile, '-noout', '-text'], { encoding: 'utf8' });
  expect(text).toMatch(/Name Constraints: critical\s+Permitted:\s+DNS:ml\.example\.test\s+DNS:localhost\s+IP:127\.0\.0\.0/);
});

test('a second start changes nothing; a new region or 30 days left re-issue the certificate, not the authority', async () => {
  const first = await load();
  expect((await load()).certificate).toBe(first.certificate);
  const moved = await load({ region: 'west' });
  expect(moved.certificate).not.toBe(first.certificate);
  expect(moved.caFingerprint).toBe(first.caFingerprint);
  const later = await load({ region: 'west', laterMs: 370 * DAY_MS });
  expect(later.certificate).not.toBe(moved.certificate);
  expect(later.caFingerprint).toBe(first.caFingerprint);
});

test('another domain, or a key that does not belong to the certificate, make a new authority', async () => {
  const first = await load();
  const other = await load({ domain: 'other.example.test' });
  expect(other.caFingerprint).not.toBe(first.caFingerprint);
  writeFileSync(join(dataDir, 'tls', 'ca.key'), readFileSync(join(dataDir, 'tls', 'server.key')));
  const mended = await load({ domain: 'other.example.test' });
  expect(mended.caFingerprint).not.toBe(other.caFingerprint);
  expect(new X509Certificate(mended.certificate).verify(new X509Certificate(readFileSync(mended.caFile)).publicKey)).toBe(true);
});

test('the bundle holds the roots of the system and our authority once', async () => {
  const tls = await load();
  const bundle = readFileSync(tls.bundleFile, 'utf8');
  expect(bundle).toContain(readFileSync(tls.caFile, 'utf8').trim());
  expect(bundle.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(Math.min(50, getCACertificates('bundled').length));
  expect(bundle.split('\n').every((line) => line.length <= 76)).toBe(true);
});
