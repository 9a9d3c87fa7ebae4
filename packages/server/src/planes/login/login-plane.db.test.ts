// The token service as programs and browsers see it: discovery, every grant, and every way to be refused.

import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addClientSecret } from '#identity/clients.ts';
import { insertPrincipal, putApplication, setPrincipalEnabled } from '#storage/identity-store.ts';
import { type PlaneAnswer, type PlaneClient, planeClient } from '../../../../testkit/src/plane-client.ts';
import { type TestIdentity, testIdentity, testStudioOrigin } from '../../../../testkit/src/test-identity.ts';
import { createLoginPlane } from './login-plane.ts';

const LOGIN = 'https://login.lazurite.localhost:7443';
const ARM = 'https://management.azure.com';
const RETURN = `${testStudioOrigin}/auth/return`;

let it: TestIdentity;
let send: PlaneClient;
let tenant: string;
beforeAll(async () => {
  it = await testIdentity();
  send = planeClient([createLoginPlane(it.identity)], it.clock);
  tenant = it.installation.tenantId;
});
afterAll(() => it.close());

const text = (answer: PlaneAnswer, name: string): string => String(answer.json?.[name] ?? '');
const cookieOf = (answer: PlaneAnswer): string => (answer.headers['set-cookie'] ?? '').split(';')[0] ?? '';

function token(fields: Record<string, string>, options: { readonly tenant?: string; readonly path?: string; readonly headers?: Record<string, string> } = {}): Promise<PlaneAnswer> {
  return send(`${LOGIN}/${options.tenant ?? tenant}${options.path ?? '/oauth2/v2.0/token'}`, { form: fields, headers: options.headers ?? {} });
}

const clientFields = (): Record<string, string> => ({ grant_type: 'client_credentials', client_id: it.credentials.clientId, client_secret: it.credentials.clientSecret, scope: `${ARM}/.default` });

function expectError(answer: PlaneAnswer, number: number, error: string): void {
  expect(answer.json).toMatchObject({ error, error_codes: [number], error_description: expect.stringMatching(new RegExp(`^AADSTS${number}: .+\r\nTrace ID: `)) });
  expect(Object.keys(answer.json ?? {})).toEqual(['error', 'error_description', 'error_codes', 'timestamp', 'trace_id', 'correlation_id', 'error_uri']);
}

describe('discovery', () => {
  test('a document carries the origin that was asked, on every host', async () => {
    for (const origin of [LOGIN, 'http://localhost:7443', testStudioOrigin]) {
      const answer = await send(`${origin}/${tenant}/v2.0/.well-known/openid-configuration`);
      expect(answer.json).toMatchObject({
        issuer: `${origin}/${tenant}/v2.0`,
        token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
        authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
        jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
      });
    }
  });
  test('a domain name stands for the tenant, organizations for itself', async () => {
    expect(text(await send(`${LOGIN}/lazurite.localhost/v2.0/.well-known/openid-configuration`), 'token_endpoint')).toBe(`${LOGIN}/${tenant}/oauth2/v2.0/token`);
    expect(text(await send(`${LOGIN}/organizations/v2.0/.well-known/openid-configuration`), 'token_endpoint')).toBe(`${LOGIN}/organizations/oauth2/v2.0/token`);
    expect(text(await send(`${LOGIN}/${tenant}/.well-known/openid-configuration`), 'token_endpoint')).toBe(`${LOGIN}/${tenant}/oauth2/token`);
  });
  test('an unknown tenant is refused', async () => {
    expectError(await send(`${LOGIN}/contoso.com/v2.0/.well-known/openid-configuration`), 90002, 'invalid_request');
  });
  test('the public keys have no private part', async () => {
    const keys = (await send(`${LOGIN}/common/discovery/v2.0/keys`)).json?.['keys'];
    expect(keys).toEqual([expect.objectContaining({ kty: 'RSA', use: 'sig', kid: expect.any(String), n: expect.any(String), e: 'AQAB' })]);
    expect(JSON.stringify(keys)).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
  });
  test('instance discovery knows our authority and no other', async () => {
    const ask = (authority: string): Promise<PlaneAnswer> => send(`${LOGIN}/common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(authority)}`);
    expect((await ask(`${LOGIN}/${tenant}/oauth2/v2.0/authorize`)).json).toMatchObject({
      tenant_discovery_endpoint: `${LOGIN}/${tenant}/v2.0/.well-known/openid-configuration`,
      metadata: [{ preferred_network: 'login.lazurite.localhost:7443' }],
    });
    expectError(await ask('https://login.example.com/common/oauth2/v2.0/authorize'), 50049, 'invalid_instance');
    expectError(await ask('nonsense'), 90013, 'invalid_request');
  });
});

describe('client credentials', () => {
  test('v2: numbers are numbers, and the token is of the application', async () => {
    const answer = await token(clientFields());
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toContain('no-store');
    expect(answer.json).toEqual({ token_type: 'Bearer', access_token: expect.any(String), expires_in: 4500, ext_expires_in: 4500 });
    expect(decodeJwt(text(answer, 'access_token'))).toMatchObject({
      aud: ARM,
      tid: tenant,
      appid: it.credentials.clientId,
      appidacr: '1',
      oid: it.installation.cliPrincipalId,
      sub: it.installation.cliPrincipalId,
      idtyp: 'app',
      ver: '1.0',
      iss: `https://sts.lazurite.localhost/${tenant}/`,
    });
  });
  test('v1: numbers are text and the resource is named', async () => {
    const { scope: _scope, ...fields } = clientFields();
    const answer = await token({ ...fields, resource: 'https://storage.azure.com/' }, { path: '/oauth2/token' });
    expect(answer.json).toMatchObject({
      expires_in: '4500',
      ext_expires_in: '4500',
      expires_on: expect.stringMatching(/^\d+$/),
      not_before: expect.stringMatching(/^\d+$/),
      resource: 'https://storage.azure.com',
      token_type: 'Bearer',
    });
  });
  test('the secret may come in Basic', async () => {
    const basic = Buffer.from(`${it.credentials.clientId}:${encodeURIComponent(it.credentials.clientSecret)}`).toString('base64');
    const answer = await token({ grant_type: 'client_credentials', scope: `${ARM}/.default` }, { headers: { authorization: `Basic ${basic}` } });
    expect(answer.status).toBe(200);
  });
  test.each<[string, number, string, () => Record<string, string>]>([
    ['a wrong secret', 7000215, 'invalid_client', () => ({ ...clientFields(), client_secret: 'guess' })],
    ['no secret', 7000218, 'invalid_client', () => ({ ...clientFields(), client_secret: '' })],
    ['an unknown application', 700016, 'unauthorized_client', () => ({ ...clientFields(), client_id: '00000000-0000-4000-8000-00000000dead' })],
    ['no application', 900144, 'invalid_request', () => ({ ...clientFields(), client_id: '' })],
    ['a scope without /.default', 1002012, 'invalid_scope', () => ({ ...clientFields(), scope: `${ARM}/user_impersonation` })],
    ['a scope that is no scope', 70011, 'invalid_scope', () => ({ ...clientFields(), scope: ARM })],
    ['two resources', 70011, 'invalid_scope', () => ({ ...clientFields(), scope: `${ARM}/.default https://storage.azure.com/.default` })],
    ['an unknown resource', 500011, 'invalid_resource', () => ({ ...clientFields(), scope: 'https://example.com/.default' })],
    ['no scope', 900144, 'invalid_request', () => ({ ...clientFields(), scope: '' })],
    ['an unknown grant', 70003, 'unsupported_grant_type', () => ({ ...clientFields(), grant_type: 'password' })],
    ['no grant', 900144, 'invalid_request', () => ({ ...clientFields(), grant_type: '' })],
    ['a public client', 7000218, 'invalid_client', () => ({ ...clientFields(), client_id: it.installation.studioAppId })],
  ])('%s: AADSTS%i', async (_name, number, error, fields) => {
    expectError(await token(fields()), number, error);
  });
  test('an application has no tenant in organizations', async () => {
    expectError(await token(clientFields(), { tenant: 'organizations' }), 50059, 'invalid_request');
  });
  test('a body that is no form is malformed', async () => {
    expectError(await send(`${LOGIN}/${tenant}/oauth2/v2.0/token`, { method: 'POST' }), 9002313, 'invalid_request');
  });
  test('an application has several secrets, and each ends by itself', async () => {
    const { clientId } = it.credentials;
    const now = new Date(it.clock.now());
    const secret = await it.identity.database.transaction((tx) => addClientSecret(tx, { appId: clientId, displayName: 'short', now, endsAt: new Date(now.getTime() + 1000) }));
    expect((await token({ ...clientFields(), client_secret: secret.secretText })).status).toBe(200);
    it.clock.advance(1001);
    expectError(await token({ ...clientFields(), client_secret: secret.secretText }), 7000222, 'invalid_client');
    expect((await token(clientFields())).status).toBe(200);
  });
  test('a disabled application is told so', async () => {
    const appId = '00000000-0000-4000-8000-0000000000a1';
    const secret = await it.identity.database.transaction(async (tx) => {
      await putApplication(tx, { appId, displayName: 'robot', isPublic: false, redirectUris: [] });
      await insertPrincipal(tx, { id: '00000000-0000-4000-8000-0000000000b1', kind: 'ServicePrincipal', displayName: 'robot', appId });
      await setPrincipalEnabled(tx, '00000000-0000-4000-8000-0000000000b1', false);
      return addClientSecret(tx, { appId, displayName: 's', now: new Date(it.clock.now()) });
    });
    expectError(await token({ ...clientFields(), client_id: appId, client_secret: secret.secretText }), 7000112, 'unauthorized_client');
  });
});

/** A browser: signs in with a one-time link and keeps its cookie. */
async function signIn(): Promise<string> {
  const code = await it.identity.sessions.createOneTimeLink(it.installation.ownerId);
  const page = await send(`${LOGIN}/signin?code=${code}`);
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const answer = await send(`${LOGIN}/signin`, { form: { code, csrf, next: '' }, headers: { cookie: cookieOf(page) } });
  expect(answer.headers['set-cookie']).toMatch(/^__Host-lazurite-session=.+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/);
  return cookieOf(answer);
}

const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

function authorizeUrl(fields: Record<string, string> = {}, path = '/oauth2/v2.0/authorize'): string {
  const all = {
    client_id: it.installation.studioAppId,
    response_type: 'code',
    redirect_uri: RETURN,
    scope: `openid profile offline_access ${ARM}/.default`,
    state: 'st&te',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...fields,
  };
  return `${LOGIN}/${tenant}${path}?${new URLSearchParams(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')))}`;
}

async function newCode(fields: Record<string, string> = {}): Promise<string> {
  const answer = await send(authorizeUrl(fields), { headers: { cookie: await signIn() } });
  expect(answer.status).toBe(302);
  return new URL(answer.headers['location'] ?? '').searchParams.get('code') ?? '';
}

const codeFields = (code: string): Record<string, string> => ({
  grant_type: 'authorization_code',
  client_id: it.installation.studioAppId,
  code,
  redirect_uri: RETURN,
  code_verifier: verifier,
  client_info: '1',
});
const refreshFields = (refreshToken: string, scope = ''): Record<string, string> => ({ grant_type: 'refresh_token', client_id: it.installation.studioAppId, refresh_token: refreshToken, scope });

describe('authorization code', () => {
  test('a person signs in once and gets tokens of theirs', async () => {
    const answer = await token(codeFields(await newCode({ nonce: 'n-1' })));
    expect(answer.json).toMatchObject({ token_type: 'Bearer', scope: `${ARM}/user_impersonation ${ARM}/.default openid profile`, expires_in: 4500, refresh_token: expect.any(String) });
    expect(decodeJwt(text(answer, 'access_token'))).toMatchObject({
      aud: ARM,
      oid: it.installation.ownerId,
      idtyp: 'user',
      name: 'Ada Lovelace',
      upn: 'ada.lovelace@lazurite.localhost',
      scp: 'user_impersonation',
      appid: it.installation.studioAppId,
      appidacr: '0',
    });
    expect(decodeJwt(text(answer, 'id_token'))).toMatchObject({
      aud: it.installation.studioAppId,
      iss: `${LOGIN}/${tenant}/v2.0`,
      nonce: 'n-1',
      preferred_username: 'ada.lovelace@lazurite.localhost',
      ver: '2.0',
    });
    expect(JSON.parse(Buffer.from(text(answer, 'client_info'), 'base64url').toString())).toEqual({ uid: it.installation.ownerId, utid: tenant });
  });
  test('v1 gives the resource, a refresh token and numbers as text', async () => {
    const answered = await send(authorizeUrl({ scope: '', resource: `${ARM}/` }, '/oauth2/authorize'), { headers: { cookie: await signIn() } });
    const code = new URL(answered.headers['location'] ?? '').searchParams.get('code') ?? '';
    const answer = await token(codeFields(code), { path: '/oauth2/token' });
    expect(answer.json).toMatchObject({ resource: ARM, expires_in: '4500', refresh_token: expect.any(String), scope: 'user_impersonation' });
    expect(decodeJwt(text(answer, 'id_token'))).toMatchObject({ ver: '1.0', iss: `https://sts.lazurite.localhost/${tenant}/` });
  });
  test('fragment and form_post', async () => {
    const cookie = await signIn();
    const fragment = await send(authorizeUrl({ response_mode: 'fragment' }), { headers: { cookie } });
    expect(fragment.headers['location']).toMatch(/\/auth\/return#code=.+&state=st%26te$/);
    const post = await send(authorizeUrl({ response_mode: 'form_post', state: '"><script>' }), { headers: { cookie } });
    expect(post.text).toContain(`action="${RETURN}"`);
    expect(post.text).toContain('name="state" value="&#34;&#62;&#60;script&#62;"');
    expect(post.headers['content-security-policy']).toContain(`form-action 'self' ${testStudioOrigin};`);
  });
  test('a code works once; shown again, what came of it ends', async () => {
    const code = await newCode();
    const first = await token(codeFields(code));
    expectError(await token(codeFields(code)), 54005, 'invalid_grant');
    expectError(await token(refreshFields(text(first, 'refresh_token'))), 70000, 'invalid_grant');
  });
  test('a code ends after a minute', async () => {
    const code = await newCode();
    it.clock.advance(60_001);
    expectError(await token(codeFields(code)), 70008, 'invalid_grant');
  });
  test.each<[string, number, Record<string, string>]>([
    ['another verifier', 501481, { code_verifier: randomBytes(32).toString('base64url') }],
    ['no verifier', 501481, { code_verifier: '' }],
    ['another redirect address', 50011, { redirect_uri: `${testStudioOrigin}/` }],
    ['another code', 70000, { code: 'x' }],
    ['a scope of two resources', 70011, { scope: `${ARM}/.default https://vault.azure.net/.default` }],
  ])('%s: AADSTS%i', async (_name, number, fields) => {
    const answer = await token({ ...codeFields(await newCode()), ...fields });
    expect(answer.json?.['error_codes']).toEqual([number]);
    expect(answer.json?.['access_token']).toBeUndefined();
  });
  test("another client cannot redeem the studio's code", async () => {
    expectError(await token({ ...codeFields(await newCode()), client_id: '04b07795-8ddb-461a-bbee-02f9e1bf7b46' }), 70000, 'invalid_grant');
  });
});

describe('authorize', () => {
  test.each<[string, string, Record<string, string>]>([
    ['an address that is not registered', 'AADSTS50011', { redirect_uri: 'https://evil.example/auth/return' }],
    ['an unknown client', 'AADSTS700016', { client_id: '00000000-0000-4000-8000-00000000dead' }],
  ])('%s is shown, never redirected to', async (_name, code, fields) => {
    const answer = await send(authorizeUrl(fields), { headers: { cookie: await signIn() } });
    expect(answer.status).toBe(400);
    expect(answer.headers['location']).toBeUndefined();
    expect(answer.text).toContain(code);
  });
  test.each<[string, string, Record<string, string>]>([
    ['no PKCE', 'invalid_request', { code_challenge: '' }],
    ['plain PKCE', 'invalid_request', { code_challenge_method: 'plain' }],
    ['an implicit token', 'unsupported_response_type', { response_type: 'token' }],
    ['an unknown resource', 'invalid_resource', { scope: 'https://example.com/.default' }],
    ['an unknown response mode', 'invalid_request', { response_mode: 'cookie' }],
    ['silence without a session', 'login_required', { prompt: 'none' }],
  ])('%s goes back to the client as %s, with its state', async (_name, error, fields) => {
    const answer = await send(authorizeUrl(fields));
    const location = new URL(answer.headers['location'] ?? '');
    expect(location.href.startsWith(RETURN)).toBe(true);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({ error, state: 'st&te' });
    expect(location.searchParams.has('code')).toBe(false);
  });
  test('without a session the page asks, and leads on to the client', async () => {
    const page = await send(authorizeUrl({ prompt: 'login' }));
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none';.*frame-ancestors 'none'/);
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const next = (/name="next" value="([^"]+)"/.exec(page.text)?.[1] ?? '').replaceAll('&#38;', '&');
    const code = await it.identity.sessions.createOneTimeLink(it.installation.ownerId);
    const answer = await send(`${LOGIN}/signin`, { form: { code: code.toLowerCase().replaceAll('-', ' '), csrf, next }, headers: { cookie: cookieOf(page) } });
    expect(answer.status).toBe(303);
    const last = await send(`${LOGIN}${answer.headers['location']}`, { headers: { cookie: cookieOf(answer) } });
    expect(new URL(last.headers['location'] ?? '').searchParams.get('state')).toBe('st&te');
  });
  test('a native client comes back to any port of loopback', async () => {
    const answer = await send(authorizeUrl({ client_id: '04b07795-8ddb-461a-bbee-02f9e1bf7b46', redirect_uri: 'http://localhost:50123' }), { headers: { cookie: await signIn() } });
    expect(answer.headers['location']).toMatch(/^http:\/\/localhost:50123\/\?code=/);
  });
});

describe('signing in', () => {
  const page = async (): Promise<{ readonly csrf: string; readonly cookie: string }> => {
    const answer = await send(`${LOGIN}/signin`);
    return { csrf: /name="csrf" value="([^"]+)"/.exec(answer.text)?.[1] ?? '', cookie: cookieOf(answer) };
  };
  const code = (): Promise<string> => it.identity.sessions.createOneTimeLink(it.installation.ownerId);

  test('looking at a link does not use it up; using it does', async () => {
    const link = await code();
    await send(`${LOGIN}/signin?code=${link}`);
    const { csrf, cookie } = await page();
    const use = (): Promise<PlaneAnswer> => send(`${LOGIN}/signin`, { form: { code: link, csrf, next: '' }, headers: { cookie } });
    expect((await use()).headers['set-cookie']).toContain('lazurite-session=');
    const again = await use();
    expect(again.status).toBe(400);
    expect(again.headers['set-cookie']).not.toContain('lazurite-session=');
  });
  test('a link ends after ten minutes', async () => {
    const link = await code();
    const { csrf, cookie } = await page();
    it.clock.advance(600_001);
    expect((await send(`${LOGIN}/signin`, { form: { code: link, csrf, next: '' }, headers: { cookie } })).status).toBe(400);
  });
  test.each<[string, (own: { csrf: string; cookie: string }) => { readonly csrf: string; readonly cookie: string }]>([
    ['no cookie', ({ csrf }) => ({ csrf, cookie: '' })],
    ['a token of another page', ({ cookie }) => ({ csrf: 'x'.repeat(43), cookie })],
    ['a cookie that was planted', ({ csrf }) => ({ csrf, cookie: '__Host-lazurite-csrf=planted' })],
  ])('a form with %s is refused', async (_name, forge) => {
    const { csrf, cookie } = forge(await page());
    expect((await send(`${LOGIN}/signin`, { form: { code: await code(), csrf, next: '' }, headers: { cookie } })).status).toBe(403);
  });
  test.each(['https://evil.example/', '//evil.example/x/oauth2/authorize?', '/\\evil.example', '/subscriptions', 'javascript:alert(1)'])('it does not lead to %s', async (next) => {
    const { csrf, cookie } = await page();
    const answer = await send(`${LOGIN}/signin`, { form: { code: await code(), csrf, next }, headers: { cookie } });
    expect(answer.status).toBe(400);
    expect(answer.headers['location']).toBeUndefined();
  });
  test('on loopback the cookie works without https, and the studio follows', async () => {
    const origin = 'http://localhost:7443';
    const shown = await send(`${origin}/signin`);
    const csrf = /name="csrf" value="([^"]+)"/.exec(shown.text)?.[1] ?? '';
    const answer = await send(`${origin}/signin`, { form: { code: await code(), csrf, next: '' }, headers: { cookie: cookieOf(shown) } });
    expect(answer.headers).toMatchObject({ location: '/', 'set-cookie': expect.stringMatching(/^lazurite-session=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/) });
  });
  test('signing out ends the session, and leads to registered addresses only', async () => {
    const cookie = await signIn();
    const out = (to: string): Promise<PlaneAnswer> => send(`${LOGIN}/${tenant}/oauth2/v2.0/logout?post_logout_redirect_uri=${encodeURIComponent(to)}`, { headers: { cookie } });
    expect((await out(`${testStudioOrigin}/`)).headers).toMatchObject({ location: `${testStudioOrigin}/`, 'set-cookie': expect.stringContaining('Max-Age=0') });
    expect((await out('https://evil.example/')).headers['location']).toBeUndefined();
    expect(new URL((await send(authorizeUrl({ prompt: 'none' }), { headers: { cookie } })).headers['location'] ?? '').searchParams.get('error')).toBe('login_required');
  });
});

describe('refresh', () => {
  const start = async (): Promise<string> => text(await token(codeFields(await newCode())), 'refresh_token');

  test('serves another resource than it was issued for', async () => {
    const answer = await token(refreshFields(await start(), 'https://storage.azure.com/.default'));
    expect(decodeJwt(text(answer, 'access_token')).aud).toBe('https://storage.azure.com');
    expect(answer.json).toMatchObject({ refresh_token: expect.any(String), scope: 'https://storage.azure.com/user_impersonation https://storage.azure.com/.default' });
  });
  test('without a scope it is for what it was issued for', async () => {
    expect(decodeJwt(text(await token(refreshFields(await start())), 'access_token')).aud).toBe(ARM);
  });
  test('two requests at once both succeed; a token shown later ends the family', async () => {
    const first = await start();
    const both = await Promise.all([token(refreshFields(first)), token(refreshFields(first, 'https://vault.azure.net/.default'))]);
    expect(both.map((answer) => answer.status)).toEqual([200, 200]);
    it.clock.advance(60_001);
    expectError(await token(refreshFields(first)), 70000, 'invalid_grant');
    expectError(await token(refreshFields(text(both[0], 'refresh_token'))), 70000, 'invalid_grant');
  });
  test('it ends after ninety days without use', async () => {
    const first = await start();
    it.clock.advance(90 * 86_400_000 + 1);
    expectError(await token(refreshFields(first)), 700082, 'invalid_grant');
  });
  test('a bad scope does not use it up', async () => {
    const first = await start();
    expectError(await token(refreshFields(first, ARM)), 70011, 'invalid_scope');
    it.clock.advance(61_000);
    expect((await token(refreshFields(first))).status).toBe(200);
  });
  test('it belongs to its client', async () => {
    expectError(await token({ ...refreshFields(await start()), client_id: '04b07795-8ddb-461a-bbee-02f9e1bf7b46' }), 70000, 'invalid_grant');
  });
  test('a disabled person gets nothing more', async () => {
    const first = await start();
    const { database } = it.identity;
    await database.transaction((tx) => setPrincipalEnabled(tx, it.installation.ownerId, false));
    expectError(await token(refreshFields(first)), 50057, 'invalid_grant');
    await database.transaction((tx) => setPrincipalEnabled(tx, it.installation.ownerId, true));
  });
});
