// People with passwords, devices, and applications that sign instead of telling a secret.

import { preparePassword } from '#identity/people.ts';
import { randomUUID } from 'node:crypto';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addClientSecret } from '#identity/clients.ts';
import { insertApplicationKey, insertFederation } from '#storage/application-store.ts';
import { insertPrincipal, putApplication, setPrincipalEnabled } from '#storage/identity-store.ts';
import { type PlaneAnswer, type PlaneClient, planeClient } from '../../../../testkit/src/plane-client.ts';
import { type TestCertificate, testCertificate } from '../../../../testkit/src/test-certificate.ts';
import { published, type TestIdentity, testIdentity, testStudioOrigin } from '../../../../testkit/src/test-identity.ts';
import { createLoginPlane } from './login-plane.ts';

const LOGIN = 'https://login.lazurite.localhost:7443';
const ARM = 'https://management.azure.com';
const AZ = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';
const GRACE = 'grace@lazurite.localhost';
const PASSWORD = 'correct horse battery';

let it: TestIdentity;
let send: PlaneClient;
let tenant: string;
let grace: string;
beforeAll(async () => {
  it = await testIdentity();
  send = planeClient([createLoginPlane(it.identity)], it.clock);
  tenant = it.installation.tenantId;
  grace = randomUUID();
  await addPerson(grace, GRACE, false);
});
afterAll(() => it.close());

async function addPerson(id: string, userPrincipalName: string, mustChange: boolean): Promise<void> {
  const set = await preparePassword(PASSWORD, mustChange, it.clock);
  await it.identity.database.transaction(async (tx) => {
    await insertPrincipal(tx, { id, kind: 'User', displayName: userPrincipalName.split('@')[0] ?? '', userPrincipalName });
    await set(tx, id);
  });
}

const cookieOf = (answer: PlaneAnswer): string => (answer.headers['set-cookie'] ?? '').split(';')[0] ?? '';
const csrfOf = (answer: PlaneAnswer): string => /name="csrf" value="([^"]+)"/.exec(answer.text)?.[1] ?? '';
const text = (answer: PlaneAnswer, name: string): string => String(answer.json?.[name] ?? '');
const token = (form: Record<string, string>, path = '/oauth2/v2.0/token'): Promise<PlaneAnswer> => send(`${LOGIN}/${tenant}${path}`, { form });
const errorOf = (answer: PlaneAnswer): readonly unknown[] => [answer.json?.['error'], ...(Array.isArray(answer.json?.['error_codes']) ? answer.json['error_codes'] : [])];

async function typePassword(username: string, password: string, next = ''): Promise<PlaneAnswer> {
  const page = await send(`${LOGIN}/signin`);
  return send(`${LOGIN}/signin/password`, { form: { username, password, next, csrf: csrfOf(page) }, headers: { cookie: cookieOf(page) } });
}

describe('passwords', () => {
  test('the right one signs in and goes on', async () => {
    const answer = await typePassword('Grace@lazurite.localhost', PASSWORD, '/devicelogin');
    expect([answer.status, answer.headers['location']]).toEqual([303, '/devicelogin']);
    expect(answer.headers['set-cookie']).toMatch(/^__Host-lazurite-session=/);
  });
  test('a wrong one and an unknown account get the same answer', async () => {
    const wrong = await typePassword(GRACE, 'nonsense');
    const unknown = await typePassword('nobody@lazurite.localhost', PASSWORD);
    for (const answer of [wrong, unknown]) expect([answer.status, answer.text.includes('invalid username or password')]).toEqual([400, true]);
  });
  test('ten wrong ones lock the account for a minute, also for the right one', async () => {
    const id = randomUUID();
    await addPerson(id, 'locked@lazurite.localhost', false);
    for (let attempt = 0; attempt < 10; attempt += 1) await typePassword('locked@lazurite.localhost', `guess ${attempt}`);
    expect((await typePassword('locked@lazurite.localhost', PASSWORD)).text).toContain('The account is locked');
    it.clock.advance(60_001);
    expect((await typePassword('locked@lazurite.localhost', 'guess')).text).toContain('The account is locked');
    it.clock.advance(60_001);
    expect((await typePassword('locked@lazurite.localhost', PASSWORD)).text).toContain('The account is locked');
    it.clock.advance(60_001);
    expect((await typePassword('locked@lazurite.localhost', PASSWORD)).status).toBe(200);
  });
  test('a password for one sign-in has to be changed, and then the old one is none', async () => {
    const name = 'newcomer@lazurite.localhost';
    await addPerson(randomUUID(), name, true);
    const page = await typePassword(name, PASSWORD);
    expect(page.text).toContain('Choose a new password');
    expect(page.headers['set-cookie']).not.toContain('session');
    const change = (fields: Record<string, string>): Promise<PlaneAnswer> =>
      send(`${LOGIN}/signin/change`, { form: { username: name, password: PASSWORD, next: '', csrf: csrfOf(page), ...fields }, headers: { cookie: cookieOf(page) } });
    expect((await change({ newPassword: 'short', again: 'short' })).text).toContain('between 8 and 256 characters');
    expect((await change({ newPassword: 'a new long one', again: 'another' })).text).toContain('not the same');
    expect((await change({ newPassword: PASSWORD, again: PASSWORD })).text).toContain('is the old one');
    expect((await change({ newPassword: 'a new long one', again: 'a new long one' })).headers['set-cookie']).toContain('-session=');
    expect((await typePassword(name, PASSWORD)).status).toBe(400);
  });
  test('a disabled account is told so, to the one who knows its password', async () => {
    const id = randomUUID();
    await addPerson(id, 'gone@lazurite.localhost', false);
    await it.identity.database.transaction((tx) => setPrincipalEnabled(tx, id, false));
    expect((await typePassword('gone@lazurite.localhost', PASSWORD)).text).toContain('disabled');
    expect((await typePassword('gone@lazurite.localhost', 'guess')).text).toContain('invalid username or password');
  });
  test('a form of another page, and an address elsewhere', async () => {
    expect((await send(`${LOGIN}/signin/password`, { form: { username: GRACE, password: PASSWORD, next: '', csrf: 'x' } })).status).toBe(403);
    expect((await typePassword(GRACE, PASSWORD, 'https://evil.example')).status).toBe(400);
    expect((await typePassword(GRACE, PASSWORD, '/devicelogin?user_code=x&next=//evil')).status).toBe(400);
  });
  test('no password is told in the database', async () => {
    const rows = await it.identity.database.sql.selectFrom('passwords').select('hash').execute();
    for (const row of rows) expect(row.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });
});

describe('device code', () => {
  const begin = (fields: Record<string, string> = {}): Promise<PlaneAnswer> =>
    send(`${LOGIN}/organizations/oauth2/v2.0/devicecode`, { form: { client_id: AZ, scope: `${ARM}/.default offline_access openid`, ...fields } });
  const poll = (code: string): Promise<PlaneAnswer> => token({ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: AZ, device_code: code });

  async function decide(userCode: string, decision: string): Promise<PlaneAnswer> {
    const session = cookieOf(await typePassword(GRACE, PASSWORD));
    const page = await send(`${LOGIN}/devicelogin`, { headers: { cookie: session } });
    const cookie = `${session}; ${cookieOf(page)}`;
    const confirm = await send(`${LOGIN}/devicelogin`, { form: { csrf: csrfOf(page), user_code: userCode }, headers: { cookie } });
    expect(confirm.text).toContain('Microsoft Azure CLI');
    return send(`${LOGIN}/devicelogin/decision`, { form: { csrf: csrfOf(confirm), user_code: userCode, decision }, headers: { cookie } });
  }

  test('waits, is let in, works once', async () => {
    const begun = await begin();
    expect(begun.json).toMatchObject({ verification_uri: `${LOGIN}/devicelogin`, expires_in: 900, interval: 5, message: expect.stringContaining(text(begun, 'user_code')) });
    expect(errorOf(await poll(text(begun, 'device_code')))).toEqual(['authorization_pending', 70016]);
    expect(errorOf(await poll(text(begun, 'device_code')))).toEqual(['slow_down', 70016]);
    it.clock.advance(5_000);
    expect(errorOf(await poll(text(begun, 'device_code')))).toEqual(['authorization_pending', 70016]);
    expect((await decide(text(begun, 'user_code').toLowerCase(), 'allow')).text).toContain('The program is signed in');
    const answer = await poll(text(begun, 'device_code'));
    expect(decodeJwt(text(answer, 'access_token'))).toMatchObject({ oid: grace, upn: GRACE, appid: AZ, scp: 'user_impersonation' });
    expect([text(answer, 'refresh_token'), text(answer, 'id_token')].every((each) => each !== '')).toBe(true);
    expect(errorOf(await poll(text(begun, 'device_code')))).toEqual(['invalid_grant', 54005]);
  });
  test('declined, over, unknown', async () => {
    const declined = await begin();
    await decide(text(declined, 'user_code'), 'decline');
    expect(errorOf(await poll(text(declined, 'device_code')))).toEqual(['authorization_declined', 65004]);
    const over = await begin();
    it.clock.advance(900_000);
    expect(errorOf(await poll(text(over, 'device_code')))).toEqual(['expired_token', 70020]);
    expect(errorOf(await poll('nonsense'))).toEqual(['bad_verification_code', 70018]);
    expect(errorOf(await begin({ client_id: it.installation.cliAppId }))).toEqual(['invalid_client', 7000218]);
    expect(errorOf(await begin({ scope: '' }))).toEqual(['invalid_request', 900144]);
  });
  test('v1 speaks as ADAL expects', async () => {
    const begun = await send(`${LOGIN}/${tenant}/oauth2/devicecode?client_id=${AZ}&resource=${encodeURIComponent(`${ARM}/`)}`);
    expect(begun.json).toMatchObject({ verification_url: `${LOGIN}/devicelogin`, expires_in: '900', interval: '5' });
    await decide(text(begun, 'user_code'), 'allow');
    const answer = await token({ grant_type: 'device_code', client_id: AZ, code: text(begun, 'device_code'), resource: `${ARM}/` }, '/oauth2/token');
    expect(answer.json).toMatchObject({ resource: ARM, refresh_token: expect.any(String) });
  });
  test('the page asks who it is first', async () => {
    const page = await send(`${LOGIN}/devicelogin?user_code=ABCD`);
    expect(page.text).toContain('value="/devicelogin?user_code=ABCD"');
  });
});

describe('assertions', () => {
  let appId: string;
  let certificate: TestCertificate;
  beforeAll(async () => {
    appId = randomUUID();
    certificate = await testCertificate();
    await it.identity.database.transaction(async (tx) => {
      await putApplication(tx, { appId, displayName: 'robot', isPublic: false, redirectUris: [] });
      await insertPrincipal(tx, { id: randomUUID(), kind: 'ServicePrincipal', displayName: 'robot', appId });
      const now = it.clock.now();
      await insertApplicationKey(tx, {
        keyId: randomUUID(),
        appId,
        displayName: 'CN=robot',
        certificate: certificate.der,
        thumbprint: certificate.thumbprint,
        thumbprint256: certificate.thumbprint256,
        startsAt: new Date(now - 1000),
        endsAt: new Date(now + 3_600_000),
      });
    });
  });

  const ask = (assertion: string, fields: Record<string, string> = {}): Promise<PlaneAnswer> =>
    token({
      grant_type: 'client_credentials',
      client_id: appId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      scope: `${ARM}/.default`,
      ...fields,
    });
  const statement = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, key: CryptoKey = certificate.privateKey): Promise<string> => {
    const now = Math.floor(it.clock.now() / 1000);
    return new SignJWT({ iss: appId, sub: appId, aud: `${LOGIN}/${tenant}/oauth2/v2.0/token`, exp: now + 600, nbf: now, jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'RS256', x5t: certificate.thumbprint, ...header })
      .sign(key);
  };

  test('a certificate: by either thumbprint, on either endpoint', async () => {
    expect(decodeJwt(text(await ask(await statement()), 'access_token'))).toMatchObject({ appid: appId, idtyp: 'app' });
    expect((await ask(await statement({}, { 'x5t#S256': certificate.thumbprint256, alg: 'RS256' }))).status).toBe(200);
    expect((await ask(await statement({ aud: `${LOGIN}/${tenant}/v2.0` }), { client_id: '' })).status).toBe(200);
  });
  test('every way to be refused', async () => {
    const stranger = await testCertificate();
    const now = Math.floor(it.clock.now() / 1000);
    expect(errorOf(await ask('nonsense'))).toEqual(['invalid_client', 50027]);
    expect(errorOf(await ask(await statement(), { client_assertion_type: '' }))).toEqual(['invalid_request', 900144]);
    expect(errorOf(await ask(await statement({}, { x5t: stranger.thumbprint }, stranger.privateKey)))).toEqual(['invalid_client', 700027]);
    expect(errorOf(await ask(await statement({}, {}, stranger.privateKey)))).toEqual(['invalid_client', 700027]);
    expect(errorOf(await ask(await statement({ exp: now - 600, nbf: now - 1200 })))).toEqual(['invalid_client', 700024]);
    expect(errorOf(await ask(await statement({ aud: 'https://login.example.com' })))).toEqual(['invalid_client', 700023]);
    expect(errorOf(await ask(await statement({ sub: randomUUID() })))).toEqual(['invalid_client', 700021]);
    expect(errorOf(await ask(await statement({ iss: randomUUID() })))).toEqual(['invalid_client', 70021]);
    expect(errorOf(await ask(await statement(), { client_id: randomUUID() }))).toEqual(['unauthorized_client', 700016]);
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: appId, sub: appId })).toString('base64url')}.`;
    expect(errorOf(await ask(unsigned))).toEqual(['invalid_client', 700027]);
  });
  test('a federated token of another issuer, whose keys change', async () => {
    const issuer = 'https://tokens.example.com';
    const audience = 'api://AzureADTokenExchange';
    const publish = async (kid: string): Promise<CryptoKey> => {
      const { publicKey, privateKey } = await generateKeyPair('ES256');
      published.set(`${issuer}/.well-known/openid-configuration`, { issuer, jwks_uri: `${issuer}/keys` });
      published.set(`${issuer}/keys`, { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] });
      return privateKey;
    };
    const sign = (key: CryptoKey, kid: string, claims: Record<string, unknown> = {}): Promise<string> =>
      new SignJWT({ iss: issuer, sub: 'repo:x:ref:main', aud: audience, exp: Math.floor(it.clock.now() / 1000) + 600, ...claims }).setProtectedHeader({ alg: 'ES256', kid }).sign(key);
    await it.identity.database.transaction((tx) => insertFederation(tx, appId, { id: randomUUID(), name: 'ci', issuer, subject: 'repo:x:ref:main', audiences: [audience] }));
    const first = await publish('a');
    expect((await ask(await sign(first, 'a'))).status).toBe(200);
    expect(errorOf(await ask(await sign(first, 'a', { sub: 'repo:x:ref:other' })))).toEqual(['invalid_client', 700213]);
    expect(errorOf(await ask(await sign(first, 'a', { aud: 'else' })))).toEqual(['invalid_client', 700212]);
    expect(errorOf(await ask(await sign(first, 'a', { iss: `${issuer}/` })))).toEqual(['invalid_client', 700211]);
    expect(errorOf(await ask(await sign((await generateKeyPair('ES256')).privateKey, 'a')))).toEqual(['invalid_client', 700027]);
    const second = await publish('b');
    it.clock.advance(31_000);
    expect((await ask(await sign(second, 'b'))).status).toBe(200);
  });
  test('our own tokens need no network; those of jobs are no credential', async () => {
    const own = `https://sts.lazurite.localhost/${tenant}/`;
    const subject = it.installation.cliPrincipalId;
    const audience = 'api://AzureADTokenExchange';
    await it.identity.database.transaction((tx) => insertFederation(tx, appId, { id: randomUUID(), name: 'own', issuer: own, subject, audiences: [audience] }));
    expect((await ask((await it.identity.tokens.issueFor(subject, audience)).token)).status).toBe(200);
    const job = await it.identity.tokens.issueJobToken({ workspaceKey: '/ws', jobName: 'j', principalId: subject, lifetimeSeconds: 600, audience });
    expect(errorOf(await ask(job.token))).toEqual(['invalid_client', 700027]);
  });
  test('on behalf of a person', async () => {
    const secret = await it.identity.database.transaction((tx) => addClientSecret(tx, { appId, displayName: 's', now: new Date(it.clock.now()) }));
    const obo = async (assertion: string): Promise<PlaneAnswer> =>
      token({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        requested_token_use: 'on_behalf_of',
        client_id: appId,
        client_secret: secret.secretText,
        assertion,
        scope: `${ARM}/.default offline_access`,
      });
    const { issueFor } = it.identity.tokens;
    const answer = await obo((await issueFor(grace, `api://${appId}`)).token);
    expect(decodeJwt(text(answer, 'access_token'))).toMatchObject({ oid: grace, appid: appId, appidacr: '1', aud: ARM });
    expect(text(answer, 'refresh_token')).not.toBe('');
    expect(errorOf(await obo((await issueFor(grace, ARM)).token))).toEqual(['invalid_grant', 50013]);
    expect(errorOf(await obo((await issueFor(it.installation.cliPrincipalId, `api://${appId}`)).token))).toEqual(['invalid_grant', 50013]);
    expect(errorOf(await obo((await issueFor(grace, `api://${it.installation.cliAppId}`)).token))).toEqual(['invalid_grant', 50013]);
    expect(errorOf(await ask('', { client_assertion: '', client_secret: secret.secretText }))).toEqual(['invalid_client', 50027]);
    expect(errorOf(await token({ grant_type: 'client_credentials', client_id: appId, client_secret: secret.secretText, scope: 'api://nobody/.default' }))).toEqual(['invalid_resource', 500011]);
  });
});

test('the page shows no other origin than ours', async () => {
  const page = await send(`${testStudioOrigin}/signin`);
  expect(page.headers['content-security-policy']).toContain("form-action 'self';");
});
