// Keys over the wire of a whole server: making, importing, using, rotating by hand and by policy, backing up.

import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { objectAt, stringAt } from '#kernel/json.ts';
import { itemsOf, refusalOf, startVaultServer, type VaultServer } from './vault-server.ts';

let it: VaultServer;
beforeAll(async () => {
  it = await startVaultServer();
  await it.createVault('keys');
  await it.createVault('plain', { sku: { family: 'A', name: 'standard' } });
});
afterAll(async () => {
  const errors = it?.server.errors();
  await it?.server.stop();
  expect(errors).toEqual([]);
});

const keys = (method: string, path: string, body?: object) => it.call('keys', method, path, body);
const DIGEST = createHash('sha256').update('message').digest();

describe('a key', () => {
  test('is made as asked, and answers in the form clients compare', async () => {
    const ops = ['decrypt', 'encrypt', 'sign', 'unwrapKey', 'verify', 'wrapKey'];
    const made = await keys('POST', '/keys/Cmk/create', { kty: 'RSA', key_size: 3072, key_ops: ops, attributes: { enabled: true }, tags: {} });
    const { domain, port } = it.server.connection;
    const key = objectAt(made.json, 'key');
    expect(made.status).toBe(200);
    expect(key).toMatchObject({ kty: 'RSA', key_ops: ops, e: 'AQAB', kid: expect.stringMatching(new RegExp(`^https://keys\\.vault\\.${domain}:${port}/keys/Cmk/[0-9a-f]{32}$`)) });
    expect(Buffer.from(stringAt(key, 'n') ?? '', 'base64url')).toHaveLength(384);
    expect(JSON.stringify(made.json)).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
    expect((await keys('GET', '/keys/cmk/')).json).toEqual(made.json);
    expect(itemsOf(await keys('GET', '/keys')).map(({ kid }) => kid)).toEqual([`https://keys.vault.${domain}:${port}/keys/Cmk`]);
    expect((await keys('PATCH', '/keys/cmk', { key_ops: ['sign'], tags: { a: 'b' } })).json).toMatchObject({ key: { key_ops: ['sign'] }, tags: { a: 'b' } });
    expect(refusalOf(await keys('POST', '/keys/cmk/encrypt', { alg: 'RSA-OAEP', value: 'AAAA' }))).toBe('403 Forbidden/KeyOperationForbidden');
  });

  test.each([
    ['keys', { kty: 'oct' }, '400 BadParameter'],
    ['keys', {}, '400 BadParameter'],
    ['keys', { kty: 'RSA', key_size: 1024 }, '400 BadParameter'],
    ['keys', { kty: 'EC', crv: 'P-192' }, '400 BadParameter'],
    ['keys', { kty: 'EC', key_ops: ['encrypt'] }, '400 BadParameter'],
    ['keys', { kty: 'RSA', key_ops: ['dance'] }, '400 BadParameter'],
    ['keys', { kty: 'RSA', attributes: { exportable: true } }, '400 BadParameter'],
    ['keys', { kty: 'RSA', release_policy: { data: 'x' } }, '501 NotSupported'],
    ['plain', { kty: 'RSA-HSM' }, '400 BadParameter'],
  ])('in %s, %j is refused', async (vault, body, refusal) => {
    expect(refusalOf(await it.call(vault, 'POST', '/keys/bad/create', body))).toBe(refusal);
  });

  test('wraps and unwraps, encrypts and decrypts, also with an earlier version', async () => {
    const first = await keys('POST', '/keys/wrap/create', { kty: 'RSA-HSM' });
    const version = stringAt(objectAt(first.json, 'key'), 'kid')?.split('/').at(-1) ?? '';
    const secret = Buffer.from('0123456789abcdef').toString('base64url');
    for (const [there, back] of [
      ['wrapkey', 'unwrapkey'],
      ['encrypt', 'decrypt'],
    ] as const) {
      for (const alg of ['RSA-OAEP', 'RSA-OAEP-256', 'RSA1_5']) {
        const wrapped = await keys('POST', `/keys/wrap/${there}`, { alg, value: secret });
        expect(wrapped.json['kid']).toBe(objectAt(first.json, 'key')['kid']);
        expect((await keys('POST', `/keys/wrap/${version}/${back}`, { alg, value: wrapped.json['value'] })).json['value']).toBe(secret);
      }
    }
    const wrapped = await keys('POST', '/keys/wrap/wrapkey', { alg: 'RSA-OAEP-256', value: secret });
    await keys('POST', '/keys/wrap/rotate');
    expect(refusalOf(await keys('POST', '/keys/wrap/unwrapkey', { alg: 'RSA-OAEP-256', value: wrapped.json['value'] }))).toBe('400 BadParameter');
    expect((await keys('POST', `/keys/wrap/${version}/unwrapkey`, { alg: 'RSA-OAEP-256', value: wrapped.json['value'] })).json['value']).toBe(secret);
    expect(refusalOf(await keys('POST', '/keys/wrap/encrypt', { alg: 'A128CBC', value: secret }))).toBe('400 BadParameter');
    expect(refusalOf(await keys('POST', '/keys/wrap/encrypt', { value: secret }))).toBe('400 BadParameter');
    expect(refusalOf(await keys('POST', '/keys/wrap/release', { target: 'x' }))).toBe('501 NotSupported');
  });

  test('signs what its public half verifies', async () => {
    expect((await keys('POST', '/keys/any-curve/create', { kty: 'EC', crv: '' })).json).toMatchObject({ key: { kty: 'EC', crv: 'P-256' } });
    for (const crv of ['P-256', 'P-256K']) {
      const made = await keys('POST', `/keys/sign-${crv}/create`, { kty: 'EC', crv });
      const { x, y } = objectAt(made.json, 'key');
      const alg = crv === 'P-256' ? 'ES256' : 'ES256K';
      const { value } = (await keys('POST', `/keys/sign-${crv}/sign`, { alg, value: DIGEST.toString('base64url') })).json;
      const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: crv === 'P-256' ? crv : 'secp256k1', x: String(x), y: String(y) } });
      expect(verify('sha256', Buffer.from('message'), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(String(value), 'base64url'))).toBe(true);
      expect((await keys('POST', `/keys/sign-${crv}/verify`, { alg, digest: DIGEST.toString('base64url'), value })).json).toEqual({ value: true });
      expect((await keys('POST', `/keys/sign-${crv}/verify`, { alg, digest: Buffer.alloc(32).toString('base64url'), value })).json).toEqual({ value: false });
    }
  });

  test('is imported, disabled, and ends in time', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const jwk = privateKey.export({ format: 'jwk' });
    const imported = await keys('PUT', '/keys/mine', { key: { ...jwk, key_ops: ['sign', 'verify'] }, tags: { from: 'home' } });
    expect(imported.json).toMatchObject({ key: { kty: 'EC', crv: 'P-384', x: jwk.x, y: jwk.y }, tags: { from: 'home' } });
    expect(refusalOf(await keys('PUT', '/keys/mine', { key: { kty: 'EC', crv: 'P-384', x: jwk.x, y: jwk.y } }))).toBe('400 BadParameter');
    expect(refusalOf(await keys('PUT', '/keys/mine', { key: { kty: 'RSA', key_hsm: 'AAAA' } }))).toBe('501 NotSupported');
    const value = Buffer.alloc(48, 7).toString('base64url');
    const signature = (await keys('POST', '/keys/mine/sign', { alg: 'ES384', value })).json['value'];
    const past = Math.floor(Date.now() / 1000) - 60;
    await keys('PATCH', '/keys/mine', { attributes: { exp: past, nbf: past - 60 } });
    expect(refusalOf(await keys('POST', '/keys/mine/sign', { alg: 'ES384', value }))).toBe('403 Forbidden/KeyExpired');
    expect((await keys('POST', '/keys/mine/verify', { alg: 'ES384', digest: value, value: signature })).json['value']).toBe(true);
    await keys('PATCH', '/keys/mine', { attributes: { exp: past + 7200, nbf: past + 3600 } });
    expect(refusalOf(await keys('POST', '/keys/mine/sign', { alg: 'ES384', value }))).toBe('403 Forbidden/KeyNotYetValid');
    await keys('PATCH', '/keys/mine', { attributes: { enabled: false } });
    expect(refusalOf(await keys('POST', '/keys/mine/verify', { alg: 'ES384', digest: value, value: signature }))).toBe('403 Forbidden/KeyDisabled');
  });

  test('is deleted and purged, its backup restored with every version', async () => {
    await keys('POST', '/keys/saved/create', { kty: 'EC' });
    await keys('POST', '/keys/saved/rotate');
    const { value } = (await keys('POST', '/keys/saved/sign', { alg: 'ES256', value: DIGEST.toString('base64url') })).json;
    const backup = await keys('POST', '/keys/saved/backup');
    expect((await keys('DELETE', '/keys/saved')).json).toHaveProperty('recoveryId');
    expect(refusalOf(await keys('POST', '/keys/saved/create', { kty: 'EC' }))).toBe('409 Conflict/ObjectIsDeletedButRecoverable');
    expect(refusalOf(await keys('POST', '/keys/restore', backup.json))).toBe('409 Conflict/ObjectIsDeletedButRecoverable');
    expect(refusalOf(await keys('POST', '/keys/saved/sign', { alg: 'ES256', value: DIGEST.toString('base64url') }))).toBe('404 KeyNotFound');
    expect((await keys('DELETE', '/deletedkeys/saved')).status).toBe(204);
    expect((await keys('POST', '/keys/restore', backup.json)).status).toBe(200);
    expect(itemsOf(await keys('GET', '/keys/saved/versions'))).toHaveLength(2);
    expect((await keys('POST', '/keys/saved/verify', { alg: 'ES256', digest: DIGEST.toString('base64url'), value })).json['value']).toBe(true);
  });
});

describe('rotation', () => {
  test('a policy that was never set only notifies; what is set is answered again', async () => {
    await keys('POST', '/keys/policy/create', { kty: 'EC' });
    expect((await keys('GET', '/keys/policy/rotationpolicy')).json).toMatchObject({ lifetimeActions: [{ trigger: { timeBeforeExpiry: 'P30D' }, action: { type: 'Notify' } }] });
    const policy = { lifetimeActions: [{ trigger: { timeBeforeExpiry: 'P30D' }, action: { type: 'Rotate' } }], attributes: { expiryTime: 'P90D' } };
    expect((await keys('PUT', '/keys/policy/rotationpolicy', policy)).json).toMatchObject(policy);
    const rotated = await keys('POST', '/keys/policy/rotate');
    const { created, exp } = objectAt(rotated.json, 'attributes');
    expect(Number(exp) - Number(created)).toBe(90 * 86_400);
    expect(refusalOf(await keys('GET', '/keys/nothing/rotationpolicy'))).toBe('404 KeyNotFound');
  });

  test.each([
    [{ lifetimeActions: [{ trigger: { timeAfterCreate: 'P1D' }, action: { type: 'Rotate' } }] }],
    [{ lifetimeActions: [{ trigger: { timeBeforeExpiry: 'P30D' }, action: { type: 'Rotate' } }] }],
    [{ lifetimeActions: [{ trigger: {}, action: { type: 'Rotate' } }] }],
    [{ lifetimeActions: [{ trigger: { timeAfterCreate: 'P30D' }, action: { type: 'Dance' } }] }],
    [{ attributes: { expiryTime: 'P2D' } }],
    [{ attributes: { expiryTime: 'soon' } }],
  ])('%j is refused', async (policy) => {
    expect(refusalOf(await keys('PUT', '/keys/policy/rotationpolicy', policy))).toBe('400 BadParameter');
  });

  test('what is due is done by the server itself', async () => {
    await keys('POST', '/keys/old/create', { kty: 'EC' });
    const { pool } = it.server.composition.database;
    await pool.query("update vault_versions set created_at = now() - interval '40 days' where object_id = (select id from vault_objects where name = 'old')");
    await keys('PUT', '/keys/old/rotationpolicy', { lifetimeActions: [{ trigger: { timeAfterCreate: 'P30D' }, action: { type: 'Rotate' } }] });
    await vi.waitFor(async () => expect(itemsOf(await keys('GET', '/keys/old/versions'))).toHaveLength(2), { timeout: 20_000 });
    const planned = await pool.query<{ days: string }>("select extract(day from run_at - now()) as days from work_items where kind = 'vault.rotate' and state = 'ready' and payload->>'name' = 'old'");
    expect(planned.rows).toHaveLength(1);
  });

  test('a deleted key is removed when its days are over', async () => {
    await keys('POST', '/keys/over/create', { kty: 'EC' });
    await keys('DELETE', '/keys/over');
    const { database } = it.server.composition;
    await database.pool.query("update vault_objects set purge_at = now() - interval '1 second' where name = 'over'");
    await database.pool.query("update work_items set run_at = now() where kind = 'vault.purge' and state = 'ready'");
    await database.pool.query("select pg_notify('lazurite_work', '')");
    await vi.waitFor(async () => expect(refusalOf(await keys('GET', '/deletedkeys/over'))).toBe('404 KeyNotFound'), { timeout: 20_000 });
  });
});

test('random bytes', async () => {
  const { value } = (await keys('POST', '/rng', { count: 64 })).json;
  expect(Buffer.from(String(value), 'base64url')).toHaveLength(64);
  expect(refusalOf(await keys('POST', '/rng', { count: 129 }))).toBe('400 BadParameter');
});
