// What vaults hold, on a real database: places, races, and what is left after a purge.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { type Context, silentLog } from '#kernel/context.ts';
import { systemPrincipal } from '#kernel/principal.ts';
import { insertResource } from '#storage/resource-store.ts';
import { removeVaultStore } from '#storage/vault-store.ts';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { openEnvelope } from './envelope.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import type { VaultDeps } from './vault-content.ts';
import type { VaultRef } from './vault-ref.ts';

const ctx: Context = { principal: systemPrincipal, correlationId: 'test', log: silentLog, clock: systemClock, signal: () => new AbortController().signal };
const dir = mkdtempSync(join(tmpdir(), 'lazurite-vault-'));
let db: TestDatabase;
let deps: VaultDeps;
let secrets: Secrets;
beforeAll(async () => {
  db = await testDatabase();
  deps = { database: db.database, envelope: openEnvelope(join(dir, 'master.key')) };
  secrets = createSecrets(deps);
});
afterAll(async () => {
  await db.close();
  rmSync(dir, { recursive: true, force: true });
});

async function makeVault(): Promise<VaultRef> {
  const name = `v${randomUUID().slice(0, 8)}`;
  const key = `/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/${name}`;
  const content = {
    id: key,
    key,
    name,
    type: 'microsoft.keyvault/vaults',
    parentKey: '/subscriptions/s/resourcegroups/g',
    subscriptionId: 's',
    resourceGroup: 'g',
    location: 'local',
    tags: {},
    kind: undefined,
    sku: undefined,
    identity: undefined,
    members: {},
    properties: {},
  };
  const systemData = { createdBy: 'x', createdByType: 'User', createdAt: '', lastModifiedBy: 'x', lastModifiedByType: 'User', lastModifiedAt: '' };
  await db.database.transaction((tx) => insertResource(tx, content, { etag: randomUUID(), provisioningState: 'Succeeded', systemData, sealed: undefined, at: new Date() }));
  return { key, id: key, name, uri: `https://${name}`, location: 'local', subscriptionId: 's', retentionDays: 90, isPurgeProtected: false, isPremium: true };
}

test('a sealed value opens at its own place only', async () => {
  const vault = await makeVault();
  await secrets.set(ctx, vault, 'a', { value: 'of a' });
  await secrets.set(ctx, vault, 'b', { value: 'of b' });
  await db.database.pool.query(
    "update vault_versions set sealed = (select v.sealed from vault_versions v join vault_objects o on o.id = v.object_id where o.vault_key = $1 and o.name = 'a') where object_id = (select id from vault_objects where vault_key = $1 and name = 'b')",
    [vault.key],
  );
  await expect(secrets.read(vault, 'b')).rejects.toMatchObject({ code: 'SecretUnreadable' });
  expect((await secrets.read(vault, 'a')).value).toBe('of a');
});

test('another master key opens nothing', async () => {
  const vault = await makeVault();
  await secrets.set(ctx, vault, 'a', { value: 'v' });
  const stranger = createSecrets({ ...deps, envelope: openEnvelope(join(dir, 'other.key')) });
  await expect(stranger.read(vault, 'a')).rejects.toMatchObject({ code: 'SecretUnreadable' });
});

test('writers at the same time each make a version, under one name and one data key', async () => {
  const vault = await makeVault();
  const versions = await Promise.all(Array.from({ length: 20 }, (_, index) => secrets.set(ctx, vault, index % 2 === 0 ? 'Shared' : 'shared', { value: String(index) })));
  expect(new Set(versions.map(({ version }) => version.version)).size).toBe(20);
  expect((await secrets.listVersions(vault, 'shared', { limit: 25 })).items).toHaveLength(20);
  expect((await secrets.list(vault, { limit: 25, isDeleted: false })).items).toHaveLength(1);
  for (const { version, value } of versions) expect((await secrets.read(vault, 'shared', version.version)).value).toBe(value);
});

test('of restores at the same time one wins', async () => {
  const vault = await makeVault();
  const target = await makeVault();
  await secrets.set(ctx, vault, 'a', { value: 'v' });
  const backup = await secrets.backup(vault, 'a');
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => secrets.restore(ctx, target, backup)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect((await secrets.listVersions(target, 'a', { limit: 25 })).items).toHaveLength(1);
  const elsewhere = { ...target, subscriptionId: 'another' };
  await expect(secrets.restore(ctx, elsewhere, backup)).rejects.toMatchObject({ code: 'BadParameter' });
});

test('nothing is left of a vault that was removed, and nothing can be written to it', async () => {
  const vault = await makeVault();
  await secrets.set(ctx, vault, 'a', { value: 'v' });
  await db.database.transaction((tx) => removeVaultStore(tx, vault.key));
  await db.database.pool.query('delete from resources where key = $1', [vault.key]);
  await expect(secrets.set(ctx, vault, 'a', { value: 'w' })).rejects.toMatchObject({ code: 'VaultNotFound' });
  const { rows } = await db.database.pool.query('select 1 from vault_objects where vault_key = $1', [vault.key]);
  expect(rows).toEqual([]);
});
