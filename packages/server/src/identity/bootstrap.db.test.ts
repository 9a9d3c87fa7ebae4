// First start: once, also when servers start together; secrets are never in the database.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { findApplication } from '#storage/identity-store.ts';
import { type TestIdentity, testDomain, testIdentity } from '../../../testkit/src/test-identity.ts';
import { type BootstrapDeps, ensureOwner, findInstallation, reissueMachineCredentials } from './bootstrap.ts';

let it: TestIdentity;
let deps: BootstrapDeps;
beforeAll(async () => {
  it = await testIdentity();
  deps = { database: it.identity.database, clock: it.clock, domain: testDomain };
});
afterAll(() => it.close());

const redeem = (clientId: string, clientSecret: string): Promise<unknown> =>
  it.identity.tokenService.redeem({
    version: 'v2',
    tenant: 'named',
    origin: 'https://x',
    fields: { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope: 'https://management.azure.com/.default' },
  });

test('a later start finds what the first made, issues nothing, and moves the studio', async () => {
  const starts = await Promise.all([1, 2, 3].map(() => ensureOwner(deps, { ownerName: 'Somebody Else', studioOrigins: ['https://studio.lazurite.localhost:9443'] })));
  for (const start of starts) expect(start).toEqual({ installation: it.installation });
  expect(await findInstallation(deps.database.sql)).toEqual(it.installation);
  const uris = (await findApplication(deps.database.sql, it.installation.studioAppId))?.redirectUris.map(({ uri }) => uri);
  expect(uris).toContain('https://studio.lazurite.localhost:9443/auth/return');
  expect(uris).not.toContain('https://studio.lazurite.localhost:7443/auth/return');
});

test('no secret and no private key can be read from the database', async () => {
  await redeem(it.credentials.clientId, it.credentials.clientSecret);
  const tables = ['installation', 'client_secrets', 'identity_headers', 'signing_keys', 'applications'];
  for (const table of tables) {
    const rows = (await deps.database.pool.query(`select t::text as line from ${table} t`)).rows.map((row: { line: string }) => row.line).join('\n');
    for (const secret of [it.credentials.clientSecret, it.credentials.identityHeader, '"d":']) {
      expect(rows).not.toContain(secret);
      expect(rows).not.toContain(Buffer.from(secret).toString('hex'));
    }
  }
});

test('reissued credentials work beside the old ones, or instead of them', async () => {
  const beside = await reissueMachineCredentials(deps, { revokeOthers: false });
  await redeem(it.credentials.clientId, it.credentials.clientSecret);
  await redeem(beside.clientId, beside.clientSecret);
  const instead = await reissueMachineCredentials(deps, { revokeOthers: true });
  await expect(redeem(beside.clientId, beside.clientSecret)).rejects.toMatchObject({ code: 'AADSTS7000215' });
  await expect(it.identity.identityHeaders.issue(beside.identityHeader, 'https://management.azure.com')).rejects.toMatchObject({ code: 'InvalidIdentityHeader' });
  expect(await it.identity.identityHeaders.issue(instead.identityHeader, 'https://management.azure.com')).toMatchObject({ clientId: it.credentials.clientId });
});
