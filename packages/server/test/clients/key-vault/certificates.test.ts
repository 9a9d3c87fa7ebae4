// Certificates through the unmodified client, and what takes an authority of one's own or time: merge and renewal.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type JsonObject, objectAt } from '#kernel/json.ts';
import { runClient } from '../azure/run-client.ts';
import { itemsOf, refusalOf, startVaultServer, type VaultServer } from './vault-server.ts';

let it: VaultServer;
let facts: JsonObject;
const dir = mkdtempSync(join(tmpdir(), 'lazurite-certificates-'));
const openssl = (...args: readonly string[]): string => execFileSync('openssl', args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

beforeAll(async () => {
  it = await startVaultServer();
  await it.createVault('certs');
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority', '-days', '30');
  openssl('pkcs12', '-export', '-inkey', 'ca.key', '-in', 'ca.pem', '-out', 'ca.pfx', '-passout', 'pass:pass word');
  const { domain, port } = it.server.connection;
  const principal = { objectId: '', ...it.server.credential() };
  const variables = { VAULT_URL: `https://certs.vault.${domain}:${port}`, PFX: readFileSync(join(dir, 'ca.pfx')).toString('base64') };
  facts = await runClient(it.server, '../key-vault/certificates', { principal, variables });
});
afterAll(async () => {
  const errors = it?.server.errors();
  await it?.server.stop();
  expect(errors).toEqual([]);
});

test('a self-signed certificate has a key and a secret of its version, and a policy', () => {
  expect(facts['self']).toEqual({
    subject: 'CN=self.example.org',
    names: true,
    isSelfSigned: true,
    thumbprint: true,
    linked: [true, true, 'application/x-pkcs12', true, true],
    isVerified: true,
    operation: true,
    versions: 2,
    newest: 'CN=again',
    updated: [false, { b: '2' }],
    disabled: { status: 403, code: 'Forbidden', message: expect.stringContaining('disabled') },
    policy: ['CN=later', 3, 1],
    keyDelete: { status: 403, code: 'Forbidden', message: expect.stringContaining('belongs to the certificate') },
    secretSet: { status: 409, code: 'Conflict', message: expect.stringContaining('belongs to the certificate') },
  });
});

test('PEM and PFX are imported, with and without password', () => {
  expect(facts['imports']).toEqual({
    pem: true,
    fromPem: ['CN=pem', 'EC', 'Unknown'],
    fromPfx: ['CN=again', 'RSA', 'application/x-pkcs12'],
    sealed: 'CN=authority',
    wrong: { status: 400, code: 'BadParameter', message: expect.stringContaining('password') },
    rubbish: { status: 400, code: 'BadParameter', message: expect.any(String) },
  });
});

test('issuers, contacts, backups, deleted ones', () => {
  expect(facts['rest']).toMatchObject({
    issuer: ['Test', 'me', undefined, 'Test2', 'a@b.c'].map((value) => value ?? null),
    issuers: [['authority', 'Test2']],
    viaIssuer: { status: 501, code: 'NotSupported' },
    unknownIssuer: { status: 400, code: 'BadParameter' },
    gone: { status: 404, code: 'CertificateIssuerNotFound' },
    contacts: ['a@b.c'],
    withKey: { status: 404, code: 'KeyNotFound' },
    back: 'self',
    deleted: ['self'],
    missing: { status: 404, code: 'CertificateNotFound' },
    restored: ['self', 'application/x-pkcs12'],
    names: ['from-pem', 'from-pfx', 'from-sealed', 'pem', 'self'],
    taken: { status: 409, code: 'Conflict' },
  });
});

test('a request is signed by an authority elsewhere and merged', async () => {
  const { status, csr } = objectAt(facts, 'request');
  expect(status).toBe('inProgress');
  expect(refusalOf(await it.call('certs', 'POST', '/certificates/signed/create', { policy: { issuer: { name: 'Unknown' }, x509_props: { subject: 'CN=x' } } }))).toBe('409 Conflict');
  writeFileSync(join(dir, 'request.der'), Buffer.from(String(csr), 'base64'));
  const der = (file: string): string => openssl('x509', '-in', file, '-outform', 'PEM').replaceAll(/-----[A-Z ]+-----|\s/g, '');
  openssl('x509', '-req', '-inform', 'DER', '-in', 'request.der', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '10', '-out', 'signed.pem');
  expect(refusalOf(await it.call('certs', 'POST', '/certificates/signed/pending/merge', { x5c: [der('ca.pem')] }))).toBe('400 BadParameter');
  const merged = await it.call('certs', 'POST', '/certificates/signed/pending/merge', { x5c: [der('signed.pem'), der('ca.pem')] });
  expect([merged.status, merged.json['cer']]).toEqual([201, der('signed.pem')]);
  expect((await it.call('certs', 'GET', '/certificates/signed/pending')).json).toMatchObject({ status: 'completed' });
  expect((await it.call('certs', 'DELETE', '/certificates/signed/pending')).status).toBe(200);
  expect(refusalOf(await it.call('certs', 'GET', '/certificates/signed/pending'))).toBe('404 PendingCertificateNotFound');
});

test('what is due is renewed by the server itself', async () => {
  const policy = { issuer: { name: 'Self' }, x509_props: { subject: 'CN=old', validity_months: 1 }, lifetime_actions: [{ trigger: { days_before_expiry: 5 }, action: { action_type: 'AutoRenew' } }] };
  expect((await it.call('certs', 'POST', '/certificates/old/create', { policy })).status).toBe(202);
  const { pool } = it.server.composition.database;
  await pool.query("update vault_versions set expires_at = now() + interval '2 days' where object_id = (select id from vault_objects where name = 'old' and kind = 'certificate')");
  await it.call('certs', 'PATCH', '/certificates/old/policy', { x509_props: { validity_months: 2 } });
  await vi.waitFor(async () => expect(itemsOf(await it.call('certs', 'GET', '/certificates/old/versions'))).toHaveLength(2), { timeout: 30_000, interval: 200 });
});

test.each([
  [{}, '400 BadParameter'],
  [{ policy: { issuer: { name: 'Self' } } }, '400 BadParameter'],
  [{ policy: { issuer: { name: 'Self' }, x509_props: { subject: 'no name' } } }, '400 BadParameter'],
  [{ policy: { issuer: { name: 'Self' }, x509_props: { subject: 'CN=x', validity_months: 0 } } }, '400 BadParameter'],
  [{ policy: { issuer: { name: 'Self' }, x509_props: { subject: 'CN=x', key_usage: ['dance'] } } }, '400 BadParameter'],
  [{ policy: { issuer: { name: 'Self' }, x509_props: { subject: 'CN=x' }, key_props: { kty: 'oct' } } }, '400 BadParameter'],
  [{ policy: { issuer: { name: 'Self' }, x509_props: { subject: 'CN=x' }, secret_props: { contentType: 'text/plain' } } }, '400 BadParameter'],
])('%j is refused', async (body, refusal) => {
  expect(refusalOf(await it.call('certs', 'POST', '/certificates/bad/create', body))).toBe(refusal);
  expect(refusalOf(await it.call('certs', 'GET', '/certificates/bad'))).toBe('404 CertificateNotFound');
});
