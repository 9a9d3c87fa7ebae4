// The unmodified Key Vault clients against a whole server: challenge, token, and all operations.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { objectAt } from '#kernel/json.ts';
import { runClient } from '../azure/run-client.ts';
import { startVaultServer, type VaultServer } from './vault-server.ts';

let it: VaultServer;
beforeAll(async () => {
  it = await startVaultServer();
  await it.createVault('sdk-vault');
});
afterAll(async () => {
  const errors = it?.server.errors();
  await it?.server.stop();
  expect(errors).toEqual([]);
});

test('@azure/keyvault-secrets and @azure/keyvault-keys do all they can', async () => {
  const { domain, port } = it.server.connection;
  const base = `https://sdk-vault.vault.${domain}:${port}`;
  const principal = { objectId: '', ...it.server.credential() };
  const facts = await runClient(it.server, '../key-vault/sdk', { principal, variables: { VAULT_URL: base } });
  expect(facts['secrets']).toEqual({
    latest: ['two', true],
    older: ['one', 'text/plain', { a: '1' }, '2035-01-01T00:00:00.000Z'],
    updated: [false, { b: '2' }],
    disabled: { status: 403, code: 'Forbidden', message: expect.stringContaining('disabled') },
    count: 31,
    versions: 2,
    deleted: ['alpha', `${base}/deletedsecrets/alpha`, true],
    recovered: 'two',
    listedDeleted: ['alpha'],
    held: { status: 409, code: 'Conflict', message: expect.stringContaining('deleted but recoverable') },
    missing: { status: 404, code: 'SecretNotFound', message: expect.any(String) },
    restored: ['alpha', 'two'],
  });
  const keys = objectAt(facts, 'keys');
  expect(keys).toMatchObject({
    rsa: ['rsa', 'RSA', ['encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey'], { a: '1' }],
    ec: ['EC', 'P-384'],
    policy: ['P90D', [['Rotate', 'P30D']]],
    rotated: [true, true],
    names: ['ec', 'rsa'],
    versions: 2,
    missing: { status: 404, code: 'KeyNotFound' },
    restored: 'rsa',
    random: 16,
    oct: { status: 400, code: 'BadParameter' },
  });
  expect(Object.values(objectAt(keys, 'rounds'))).toEqual(Array(6).fill('a few bytes'));
  expect(Object.entries(objectAt(keys, 'signatures')).filter(([, isGood]) => isGood !== true)).toEqual([]);
  expect(Object.keys(objectAt(keys, 'signatures'))).toHaveLength(13);
});
