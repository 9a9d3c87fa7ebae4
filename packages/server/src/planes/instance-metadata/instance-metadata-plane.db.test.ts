// The three forms of managed identity, and who gets nothing.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdentityHeader } from '#identity/identity-headers.ts';
import { jobKeyOf } from '#identity/job-permissions.ts';
import { type PlaneClient, planeClient } from '../../../../testkit/src/plane-client.ts';
import { type TestIdentity, testIdentity } from '../../../../testkit/src/test-identity.ts';
import { createInstanceMetadataPlane } from './instance-metadata-plane.ts';

const LOCAL = 'http://127.0.0.1:7443';
const RESOURCE = 'resource=https%3A%2F%2Fmanagement.azure.com%2F';
const WS = '/subscriptions/s/resourcegroups/rg/providers/microsoft.machinelearningservices/workspaces/w';

let it: TestIdentity;
let send: PlaneClient;
beforeAll(async () => {
  it = await testIdentity();
  send = planeClient([createInstanceMetadataPlane(it.identity)], it.clock);
});
afterAll(() => it.close());

const verify = (token: unknown): Promise<object> => it.identity.tokens.verifyBearer(String(token), { audiences: ['arm'] });

test('App Service: text for seconds', async () => {
  const answer = await send(`${LOCAL}/msi/token?api-version=2019-08-01&${RESOURCE}`, { headers: { 'X-IDENTITY-HEADER': it.credentials.identityHeader } });
  expect(answer.json).toEqual({
    access_token: expect.any(String),
    client_id: it.credentials.clientId,
    resource: 'https://management.azure.com',
    token_type: 'Bearer',
    expires_on: expect.stringMatching(/^\d+$/),
    not_before: expect.stringMatching(/^\d+$/),
  });
  expect(await verify(answer.json?.['access_token'])).toMatchObject({ objectId: it.installation.ownerId, kind: 'User' });
});

test('Azure ML compute: numbers for seconds, the identity by clientid', async () => {
  const answer = await send(`${LOCAL}/msi/token?api-version=2017-09-01&${RESOURCE}&clientid=${it.credentials.clientId}`, { headers: { secret: it.credentials.identityHeader } });
  expect(answer.json).toMatchObject({ access_token: expect.any(String), expires_on: expect.any(Number) });
});

test('IMDS: the secret is in the path', async () => {
  const answer = await send(`${LOCAL}/imds/${it.credentials.identityHeader}/metadata/identity/oauth2/token?api-version=2018-02-01&${RESOURCE}`, { headers: { Metadata: 'true' } });
  expect(answer.json).toMatchObject({ access_token: expect.any(String), expires_in: '86400', expires_on: expect.any(String), token_type: 'Bearer' });
});

describe('refused', () => {
  const header = (): Record<string, string> => ({ 'x-identity-header': it.credentials.identityHeader });
  const app = '/msi/token?api-version=2019-08-01';
  test.each<[string, number, string, () => { readonly headers?: Record<string, string>; readonly remoteAddress?: string }]>([
    ['no header', 401, `${app}&${RESOURCE}`, () => ({})],
    ['a wrong header', 401, `${app}&${RESOURCE}`, () => ({ headers: { 'x-identity-header': 'guess' } })],
    ['the header of the other form', 401, `${app}&${RESOURCE}`, () => ({ headers: { secret: it.credentials.identityHeader } })],
    ['no resource', 400, app, () => ({ headers: header() })],
    ['a foreign resource', 400, `${app}&resource=https://example.com`, () => ({ headers: header() })],
    ['another identity', 400, `${app}&${RESOURCE}&client_id=00000000-0000-4000-8000-00000000dead`, () => ({ headers: header() })],
    ['an identity by resource id', 400, `${app}&${RESOURCE}&mi_res_id=/x`, () => ({ headers: header() })],
    ['an identity named in two ways', 400, `${app}&${RESOURCE}&mi_res_id=/x&client_id=y`, () => ({ headers: header() })],
    ['an unknown api-version', 400, `/msi/token?api-version=1&${RESOURCE}`, () => ({ headers: header() })],
    ['a caller from the network', 403, `${app}&${RESOURCE}`, () => ({ headers: header(), remoteAddress: '10.0.0.5' })],
    ['IMDS without a prefix', 400, `/metadata/identity/oauth2/token?api-version=2018-02-01&${RESOURCE}`, () => ({ headers: { metadata: 'true' } })],
    ['IMDS with a wrong prefix', 401, `/imds/guess/metadata/identity/oauth2/token?api-version=2018-02-01&${RESOURCE}`, () => ({ headers: { metadata: 'true' } })],
  ])('%s: %i', async (_name, status, path, call) => {
    const answer = await send(`${LOCAL}${path}`, call());
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: expect.any(String), error_description: expect.any(String), message: expect.any(String) });
    expect(answer.text).not.toContain('access_token');
  });
  test('IMDS without the Metadata header', async () => {
    expect((await send(`${LOCAL}/imds/${it.credentials.identityHeader}/metadata/identity/oauth2/token?api-version=2018-02-01&${RESOURCE}`)).status).toBe(400);
  });
});

test("a job's header gives tokens of that job, and ends with it", async () => {
  const { database, tokens } = it.identity;
  const secret = await database.transaction((tx) =>
    createIdentityHeader(tx, { principalId: it.installation.ownerId, jobKey: jobKeyOf(WS, 'Train-1'), expiresAt: new Date(it.clock.now() + 3_600_000) }),
  );
  const ask = () => send(`${LOCAL}/msi/token?api-version=2019-08-01&${RESOURCE}`, { headers: { 'x-identity-header': secret } });
  const token = (await ask()).json?.['access_token'];
  expect(await verify(token)).toMatchObject({ jobKey: `${WS}/jobs/Train-1` });
  await database.transaction((tx) => tokens.endJob(tx, WS, 'Train-1'));
  expect((await ask()).status).toBe(401);
  await expect(verify(token)).rejects.toMatchObject({ code: 'ExpiredAuthenticationToken' });
});

test("a job's header ends by itself", async () => {
  const secret = await it.identity.database.transaction((tx) =>
    createIdentityHeader(tx, { principalId: it.installation.ownerId, jobKey: jobKeyOf(WS, 'short'), expiresAt: new Date(it.clock.now() + 1000) }),
  );
  it.clock.advance(1001);
  expect((await send(`${LOCAL}/msi/token?api-version=2019-08-01&${RESOURCE}`, { headers: { 'x-identity-header': secret } })).status).toBe(401);
});
