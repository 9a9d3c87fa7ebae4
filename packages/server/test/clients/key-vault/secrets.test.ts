// Secrets over the wire of a whole server: challenge, versions, pages, deletion, access, audit, bytes on disk.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringAt } from '#kernel/json.ts';
import { listVaultUses } from '#storage/vault-store.ts';
import { itemsOf, refusalOf, startVaultServer, type VaultServer } from './vault-server.ts';

let it: VaultServer;
beforeAll(async () => {
  it = await startVaultServer();
  expect((await it.createVault('Lab-Vault')).status).toBe(201);
});
afterAll(async () => {
  const errors = it?.server.errors();
  await it?.server.stop();
  expect(errors).toEqual([]);
});

const lab = (method: string, path: string, body?: object) => it.call('lab-vault', method, path, body);

describe('who calls', () => {
  test('a request without a token is told where to get one, its body unread', async () => {
    const { connection } = it.server;
    for (const path of ['/secrets/x?api%2Dversion=2025-07-01', '/', '/secrets/x']) {
      const answer = await it.server.send('lab-vault.vault', { method: 'GET', path });
      expect(refusalOf(answer)).toBe('401 Unauthorized');
      expect(answer.headers['www-authenticate']).toBe(`Bearer authorization="${connection.origins.login}/${connection.tenantId}", resource="https://vault.${connection.domain}:${connection.port}"`);
    }
    expect(refusalOf(await it.server.send('lab-vault.vault', { method: 'PUT', path: '/secrets/x?api-version=7.4', body: 'not json' }))).toBe('401 Unauthorized');
  });

  test('a token for Resource Manager is no good here', async () => {
    const answer = await it.server.send('lab-vault.vault', { method: 'GET', path: '/secrets?api-version=7.4', headers: await it.server.bearer() });
    expect(refusalOf(answer)).toBe('401 Unauthorized');
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  test('a vault that is not there answers nobody', async () => {
    expect(refusalOf(await it.server.send('no-vault.vault', { method: 'GET', path: '/secrets?api-version=7.4' }))).toBe('404 VaultNotFound');
  });

  test('roles decide, down to one secret', async () => {
    await lab('PUT', '/secrets/granted', { value: 'yes' });
    await lab('PUT', '/secrets/other', { value: 'no' });
    const user = await it.server.createPrincipal({ roles: ['keyVaultSecretsUser'], scope: `${it.vaultId('Lab-Vault')}/secrets/granted` });
    expect((await it.call('lab-vault', 'GET', '/secrets/granted', undefined, user)).json['value']).toBe('yes');
    expect(refusalOf(await it.call('lab-vault', 'GET', '/secrets/other', undefined, user))).toBe('403 Forbidden/ForbiddenByRbac');
    expect(refusalOf(await it.call('lab-vault', 'PUT', '/secrets/granted', { value: 'mine' }, user))).toBe('403 Forbidden/ForbiddenByRbac');
    const owner = await it.server.createPrincipal({ roles: ['owner'] });
    expect(refusalOf(await it.call('lab-vault', 'GET', '/secrets/granted', undefined, owner))).toBe('403 Forbidden/ForbiddenByRbac');
  });
});

describe('a secret', () => {
  test('has versions, of which the newest answers', async () => {
    const first = await lab('PUT', '/secrets/My-Secret', { value: 'one', contentType: 'text/plain', tags: { a: '1' }, attributes: { enabled: true, exp: 4_102_444_800 } });
    expect(first.status).toBe(200);
    const { domain, port } = it.server.connection;
    const base = `https://lab-vault.vault.${domain}:${port}/secrets/My-Secret`;
    expect(first.json).toMatchObject({
      value: 'one',
      contentType: 'text/plain',
      tags: { a: '1' },
      attributes: { enabled: true, exp: 4_102_444_800, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 },
    });
    expect(first.json['id']).toMatch(new RegExp(`^${base}/[0-9a-f]{32}$`));
    const second = await lab('PUT', '//secrets/my-secret/', { value: 'zwei' });
    expect((await lab('GET', '/secrets/my-secret/?api%2Dversion=2025-07-01&api-version=2025-07-01')).json).toMatchObject({ value: 'zwei', id: second.json['id'] });
    const version = stringAt(first.json, 'id')?.split('/').at(-1) ?? '';
    expect((await lab('GET', `/secrets/my-secret/${version}`)).json['value']).toBe('one');
    const versions = itemsOf(await lab('GET', '/secrets/my-secret/versions'));
    expect(versions.map(({ id }) => id)).toEqual([first.json['id'], second.json['id']]);
    expect(versions.some((item) => 'value' in item)).toBe(false);
    const changed = await lab('PATCH', `/secrets/my-secret/${version}`, { contentType: 'x', attributes: { enabled: false } });
    expect(changed.json).toMatchObject({ contentType: 'x', tags: { a: '1' }, attributes: { enabled: false, exp: 4_102_444_800 } });
    expect(changed.json).not.toHaveProperty('value');
    expect(refusalOf(await lab('GET', `/secrets/my-secret/${version}`))).toBe('403 Forbidden/SecretDisabled');
    expect(refusalOf(await lab('GET', '/secrets/my-secret/00000000000000000000000000000000'))).toBe('404 SecretNotFound');
  });

  test.each([
    ['PUT', '/secrets/bad_name', { value: 'x' }],
    ['PUT', '/secrets/a', {}],
    ['PUT', '/secrets/a', { value: 7 }],
    ['PUT', '/secrets/a', { value: 'x'.repeat(25_601) }],
    ['PUT', '/secrets/a', { value: 'x', attributes: { nbf: 2, exp: 1 } }],
    ['PUT', '/secrets/a', { value: 'x', attributes: { exp: 'soon' } }],
    ['PUT', '/secrets/a', { value: 'x', attributes: { enabled: 1 } }],
    ['PUT', '/secrets/a', { value: 'x', tags: { a: 1 } }],
    ['PUT', '/secrets/a?api-version=1.0', { value: 'x' }],
    ['PUT', '/secrets/a', []],
    ['GET', '/secrets?maxresults=26', undefined],
    ['GET', '/secrets?maxresults=x', undefined],
    ['POST', '/secrets/restore', { value: 'AAAA' }],
    ['POST', '/secrets/restore', { value: '!' }],
  ])('%s %s %j is refused as a bad parameter', async (method, path, body) => {
    expect(refusalOf(await lab(method, path, body))).toBe('400 BadParameter');
  });

  test('that is not there, and operations that are not', async () => {
    expect(refusalOf(await lab('GET', '/secrets/nothing'))).toBe('404 SecretNotFound');
    expect(refusalOf(await lab('GET', '/secrets/nothing/versions'))).toBe('404 SecretNotFound');
    expect(refusalOf(await lab('DELETE', '/secrets/nothing'))).toBe('404 SecretNotFound');
    expect(refusalOf(await lab('DELETE', '/secrets'))).toBe('405 HttpMethodNotAllowed');
    expect(refusalOf(await lab('GET', '/nothing'))).toBe('404 NotFound');
    expect(refusalOf(await lab('GET', '/storage'))).toBe('501 NotSupported');
    expect(refusalOf(await lab('GET', '/certificates/contacts'))).toBe('404 ContactsNotFound');
    expect((await lab('PUT', '/certificates/contacts', { contacts: [{ email: 'a@b.example' }] })).json['contacts']).toEqual([{ email: 'a@b.example' }]);
    expect((await lab('GET', '/certificates/contacts')).status).toBe(200);
  });

  test('is deleted, recovered, and purged', async () => {
    await lab('PUT', '/secrets/gone', { value: 'v' });
    const deleted = await lab('DELETE', '/secrets/gone');
    expect(deleted.json).toMatchObject({ recoveryId: expect.stringMatching(/\/deletedsecrets\/gone$/), deletedDate: expect.any(Number), scheduledPurgeDate: expect.any(Number) });
    expect(deleted.json).not.toHaveProperty('value');
    expect(Number(deleted.json['scheduledPurgeDate']) - Number(deleted.json['deletedDate'])).toBe(90 * 86_400);
    expect(refusalOf(await lab('GET', '/secrets/gone'))).toBe('404 SecretNotFound');
    expect(refusalOf(await lab('PUT', '/secrets/gone', { value: 'w' }))).toBe('409 Conflict/ObjectIsDeletedButRecoverable');
    expect(itemsOf(await lab('GET', '/deletedsecrets')).map((item) => item['recoveryId'])).toEqual([deleted.json['recoveryId']]);
    expect((await lab('GET', '/deletedsecrets/gone')).status).toBe(200);
    expect((await lab('POST', '/deletedsecrets/gone/recover')).json['id']).toBe(deleted.json['id']);
    expect((await lab('GET', '/secrets/gone')).json['value']).toBe('v');
    expect(refusalOf(await lab('DELETE', '/deletedsecrets/gone'))).toBe('404 SecretNotFound');
    await lab('DELETE', '/secrets/gone');
    expect((await lab('DELETE', '/deletedsecrets/gone')).status).toBe(204);
    expect(refusalOf(await lab('GET', '/deletedsecrets/gone'))).toBe('404 SecretNotFound');
    expect((await lab('PUT', '/secrets/gone', { value: 'new' })).status).toBe(200);
  });

  test('is backed up and restored in another vault, not over what is there, and not when changed', async () => {
    await lab('PUT', '/secrets/saved', { value: 'first' });
    await lab('PUT', '/secrets/saved', { value: 'second', tags: { t: 'x' } });
    const { json: backup } = await lab('POST', '/secrets/saved/backup');
    expect(refusalOf(await lab('POST', '/secrets/restore', backup))).toBe('409 Conflict');
    await it.createVault('second-vault');
    expect((await it.call('second-vault', 'POST', '/secrets/restore', backup)).json).toMatchObject({ tags: { t: 'x' } });
    expect((await it.call('second-vault', 'GET', '/secrets/saved')).json['value']).toBe('second');
    expect(itemsOf(await it.call('second-vault', 'GET', '/secrets/saved/versions'))).toHaveLength(2);
    expect(refusalOf(await it.call('second-vault', 'POST', '/keys/restore', backup))).toBe('400 BadParameter');
  });

  test('lists come in pages by name', async () => {
    await it.createVault('pages');
    for (const name of ['e', 'a', 'd', 'B', 'c']) await it.call('pages', 'PUT', `/secrets/${name}`, { value: name });
    const names: string[] = [];
    let path: string | undefined = '/secrets?maxresults=2&api-version=7.5';
    let pages = 0;
    while (path !== undefined) {
      const answer = await it.call('pages', 'GET', path);
      expect(answer.status).toBe(200);
      names.push(...itemsOf(answer).map((item) => stringAt(item, 'id')?.split('/').at(-1) ?? ''));
      const next = stringAt(answer.json, 'nextLink');
      path = next === undefined ? undefined : next.slice(next.indexOf('/', 8));
      pages += 1;
    }
    expect([names, pages]).toEqual([['a', 'B', 'c', 'd', 'e'], 3]);
  });
});

test("hostile names, texts and tokens are the caller's mistakes, not the server's", async () => {
  const token = (position: unknown) => Buffer.from(JSON.stringify([position])).toString('base64url');
  const calls: readonly (readonly [string, string, object?])[] = [
    ['GET', '/secrets/%00'],
    ['GET', '/secrets/a/%00'],
    ['GET', '/secrets/%F0%9F%98%80/versions'],
    ['GET', `/secrets?$skiptoken=${token('\0')}`],
    ['GET', '/secrets?$skiptoken=rubbish'],
    ['GET', `/secrets/granted/versions?$skiptoken=${token('99999999999999999999999')}`],
    ['PUT', '/secrets/a', { value: 'x', contentType: 'a\0b' }],
    ['PUT', '/secrets/a', { value: 'x', tags: { 'a\0': 'b' } }],
    ['PUT', '/secrets/a', { value: 'x', tags: { a: '\ud800' } }],
    ['PUT', '/keys/%00/rotationpolicy', {}],
    ['POST', '/keys/%00/create', { kty: 'EC' }],
    ['DELETE', '/deletedkeys/%00'],
    ['POST', '/deletedsecrets/%00/recover'],
    ['PUT', '/certificates/contacts', { contacts: [{ email: 'a@\0' }] }],
  ];
  for (const [method, path, body] of calls) expect([path, (await lab(method, path, body)).status]).toEqual([path, 400]);
  expect((await lab('GET', '/secrets/%zz')).status).toBe(400);
  const vaults = `/subscriptions/${it.server.connection.subscriptionId}/providers/Microsoft.KeyVault`;
  expect((await it.arm('GET', `${vaults}/locations/local/deletedVaults/%00`)).status).toBeLessThan(500);
  expect((await it.arm('GET', `${it.vaultId('Lab-Vault')}/secrets/%00`)).status).toBe(400);
  expect((await it.arm('GET', `${it.vaultId('%00')}/secrets/a`)).status).toBeLessThan(500);
});

test('who read what is written down before it leaves', async () => {
  const reader = await it.server.createPrincipal({ name: 'auditee', roles: ['keyVaultSecretsUser'] });
  const set = await lab('PUT', '/secrets/watched', { value: 'seen' });
  await it.call('lab-vault', 'GET', '/secrets/watched', undefined, reader);
  await it.call('lab-vault', 'DELETE', '/secrets/watched', undefined, reader);
  const uses = await listVaultUses(it.server.composition.database.sql, it.vaultId('Lab-Vault').toLowerCase(), 2);
  const version = stringAt(set.json, 'id')?.split('/').at(-1) ?? '';
  expect(uses).toMatchObject([
    { operation: 'SecretDelete', target: 'secrets/watched', status: 403, principalId: reader.objectId },
    { operation: 'SecretGet', target: `secrets/watched/${version}`, status: 200, principalId: reader.objectId, principalName: 'auditee', appId: reader.clientId },
  ]);
});

test('no value is found in the data folder, in the database, or in the log', async () => {
  const value = 'A-Value-That-Nobody-Else-Has-4711';
  await lab('PUT', '/secrets/hidden', { value });
  await lab('GET', '/secrets/hidden');
  const rows = await it.server.composition.database.pool.query<{ text: string }>(
    'select row_to_json(v)::text as text from vault_versions v union all select row_to_json(a)::text from vault_audit a union all select row_to_json(s)::text from vault_stores s',
  );
  const needles = [value, Buffer.from(value).toString('base64').slice(0, 40), Buffer.from(value).toString('hex')];
  const holds = (bytes: Buffer | string): boolean => needles.some((needle) => bytes.includes(needle));
  expect(rows.rows.length).toBeGreaterThan(3);
  expect(rows.rows.filter(({ text }) => holds(text))).toEqual([]);
  expect(it.server.lines.filter(holds)).toEqual([]);
  await it.server.composition.database.pool.query('checkpoint');
  const { dataDir } = it.server.connection;
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(100);
  expect(files.map((file) => join(file.parentPath, file.name)).filter((path) => holds(readFileSync(path)))).toEqual([]);
});
