// Microsoft Graph on a whole server: what az, azuread and the SDKs ask for, and who may.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { Client, type Context, type Middleware, PageIterator } from '@microsoft/microsoft-graph-client';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import { testCertificate } from '../../../../testkit/src/test-certificate.ts';
import type { RawAnswer } from '../../../../testkit/src/raw-request.ts';
import { startTestServer, type TestPrincipal, type TestServer } from '../../../../testkit/src/test-server.ts';

const GRAPH = 'https://graph.microsoft.com';
let server: TestServer;
let owner: { readonly authorization: string };
let robot: TestPrincipal;
let robotHeaders: { readonly authorization: string };

let issuer: TestIssuer;

/** An OpenID Connect issuer on plain http, as there are in private networks. */
interface TestIssuer {
  readonly url: string;
  sign(subject: string): Promise<string>;
  close(): void;
}

async function startIssuer(): Promise<TestIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' };
  const http = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.url === '/keys' ? { keys: [jwk] } : { issuer: url, jwks_uri: `${url}/keys` }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    url,
    sign: (subject) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setIssuer(url)
        .setSubject(subject)
        .setAudience('api://AzureADTokenExchange')
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey),
    close: () => void http.close(),
  };
}

beforeAll(async () => {
  issuer = await startIssuer();
  server = await startTestServer({ federationIssuers: issuer.url });
  owner = await server.bearer(undefined, GRAPH);
  robot = await server.createPrincipal({ name: 'robot', roles: ['reader'] });
  robotHeaders = await server.bearer(robot, GRAPH);
});
afterAll(async () => {
  expect(server.errors()).toEqual([]);
  await server.stop();
  issuer.close();
});

const call = (method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = owner): Promise<RawAnswer> =>
  server.send('graph', { method, path: `/v1.0${path}`, headers, ...(body === undefined ? {} : { body }) });
const get = (path: string, headers?: Readonly<Record<string, string>>): Promise<RawAnswer> => call('GET', path, undefined, headers);
const filter = (path: string, text: string, more = ''): Promise<RawAnswer> => get(`${path}?$filter=${encodeURIComponent(text)}${more}`);
const valueOf = (answer: RawAnswer): readonly JsonObject[] => (Array.isArray(answer.json['value']) ? answer.json['value'] : []);
const idOf = (answer: RawAnswer): string => stringAt(answer.json, 'id') ?? '';
const errorOf = (answer: RawAnswer): readonly unknown[] => [answer.status, stringAt(answer.json['error'], 'code')];
const user = (name: string, more: object = {}): object => ({
  accountEnabled: true,
  displayName: name,
  mailNickname: name.toLowerCase(),
  userPrincipalName: `${name.toLowerCase()}@lazurite.localhost`,
  passwordProfile: { password: 'a long enough one', forceChangePasswordNextSignIn: false },
  ...more,
});

describe('users', () => {
  test('made, read by id and by name, changed, removed', async () => {
    const made = await call('POST', '/users', user('Grace', { givenName: 'Grace', jobTitle: 'admiral' }));
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      '@odata.context': expect.stringMatching(/^https:\/\/graph\.lazurite\.localhost:\d+\/v1\.0\/\$metadata#users\/\$entity$/),
      displayName: 'Grace',
      jobTitle: 'admiral',
    });
    expect(JSON.stringify(made.json)).not.toContain('password');
    expect((await get('/users/GRACE@lazurite.localhost')).json['id']).toBe(idOf(made));
    expect((await call('PATCH', `/users/${idOf(made)}`, { jobTitle: null, department: 'navy', accountEnabled: false })).status).toBe(204);
    expect((await get(`/users/${idOf(made)}?$select=id,department,jobTitle,accountEnabled`)).json).toMatchObject({ department: 'navy', jobTitle: null, accountEnabled: false });
    // What azuread writes for a user without any of it.
    const terraform = { id: idOf(made), consentProvidedForMinor: null, employeeOrgData: { costCenter: null, division: 'fleet' }, ageGroup: null };
    expect((await call('PATCH', `/users/${idOf(made)}`, terraform)).status).toBe(204);
    expect((await get(`/users/${idOf(made)}?$select=employeeOrgData,consentProvidedForMinor`)).json).toMatchObject({ employeeOrgData: { division: 'fleet' }, consentProvidedForMinor: null });
    expect(errorOf(await call('PATCH', `/users/${idOf(made)}`, { ...terraform, id: robot.objectId }))).toEqual([400, 'Request_BadRequest']);
    expect(errorOf(await call('POST', '/users', user('Grace')))).toEqual([400, 'Request_BadRequest']);
    expect((await call('DELETE', `/users/${idOf(made)}`)).status).toBe(204);
    expect(errorOf(await get(`/users/${idOf(made)}`))).toEqual([404, 'Request_ResourceNotFound']);
  });
  test.each<[string, object]>([
    ['no password', { ...user('Bad'), passwordProfile: undefined }],
    ['a short password', user('Bad', { passwordProfile: { password: 'x' } })],
    ['an unknown property', user('Bad', { shoeSize: 43 })],
    ['a property of another kind', user('Bad', { jobTitle: 5 })],
    ['a name that is no address', user('Bad', { userPrincipalName: 'bad' })],
    ['nothing', {}],
  ])('refused: %s', async (_name, body) => {
    expect(errorOf(await call('POST', '/users', body))).toEqual([400, 'Request_BadRequest']);
  });
  test('the owner of the installation stays', async () => {
    const { ownerId } = server.composition.machine.installation;
    expect(errorOf(await call('DELETE', `/users/${ownerId}`))).toEqual([400, 'Request_BadRequest']);
    expect(errorOf(await call('PATCH', `/users/${ownerId}`, { accountEnabled: false }))).toEqual([400, 'Request_BadRequest']);
  });
});

describe('lists', () => {
  test('pages, counts, filters, searches', async () => {
    await Promise.all(
      ['Pat 1', 'Pat 2', 'Pat 3'].map((name, index) => call('POST', '/users', user(name, { mailNickname: `pat${index}`, userPrincipalName: `pat${index}@lazurite.localhost`, department: 'd' }))),
    );
    const first = await filter('/users', "startswith(displayName,'pat') and department eq 'D'", '&$top=2&$count=true&$select=displayName');
    expect(first.json).toMatchObject({ '@odata.count': 3, value: [{ displayName: 'Pat 1' }, { displayName: 'Pat 2' }] });
    const next = new URL(stringAt(first.json, '@odata.nextLink') ?? '');
    const second = await get(`${next.pathname.replace('/v1.0', '')}${next.search}`);
    expect([valueOf(second).map((each) => each['displayName']), second.json['@odata.nextLink']]).toEqual([['Pat 3'], undefined]);
    expect(valueOf(await get(`/users?$search=${encodeURIComponent('"displayName:at 2"')}`)).map((each) => each['displayName'])).toEqual(['Pat 2']);
    expect(valueOf(await filter('/users', "userPrincipalName in ('pat0@lazurite.localhost','nobody@x')")).length).toBe(1);
  });
  test.each([
    ['$expand=members', 'Request_UnsupportedQuery'],
    ['$filter=nobody%20eq%20%27x%27', 'Request_UnsupportedQuery'],
    ['$top=0', 'Request_BadRequest'],
    ['$skiptoken=x', 'Request_BadRequest'],
    ['$orderby=id', 'Request_UnsupportedQuery'],
  ])('refused: %s', async (query, code) => {
    expect(errorOf(await get(`/users?${query}`))).toEqual([400, code]);
  });
  test('what azuread looks up', async () => {
    const cosmos = await filter('/servicePrincipals', "displayName eq 'Azure Cosmos DB'");
    expect(valueOf(cosmos)).toMatchObject([{ appId: 'a232010e-820c-4083-83bb-3ace5fc29d0b', servicePrincipalType: 'Application' }]);
    const id = stringAt(valueOf(cosmos)[0], 'id') ?? '';
    expect((await server.send('graph', { method: 'GET', path: `/beta/servicePrincipals/${id}?$select=samlMetadataUrl`, headers: owner })).json).toMatchObject({ samlMetadataUrl: null });
    expect(errorOf(await server.send('graph', { method: 'GET', path: '/v2.0/users', headers: owner }))).toEqual([400, 'BadRequest']);
  });
});

describe('groups', () => {
  test('members, owners, groups within groups', async () => {
    const ada = idOf(await call('POST', '/users', user('Ada')));
    const empty = { membershipRule: null, resourceBehaviorOptions: [], resourceProvisioningOptions: [], writebackConfiguration: { isEnabled: false } };
    const group = (name: string, more: object = empty): Promise<RawAnswer> => call('POST', '/groups', { displayName: name, mailNickname: name, mailEnabled: false, securityEnabled: true, ...more });
    expect((await group('plain')).json).toHaveProperty('membershipRule', null);
    const dynamic = await group('dynamic', { membershipRule: 'user.department -eq "Sales"', membershipRuleProcessingState: 'On' });
    expect([dynamic.status, dynamic.text]).toMatchObject([400, expect.stringContaining('membershipRule is not available here')]);
    const [inner, outer] = [idOf(await group('inner')), idOf(await group('outer'))];
    const reference = (id: string): object => ({ '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` });
    expect((await call('POST', `/groups/${inner}/members/$ref`, reference(ada))).status).toBe(204);
    expect((await call('POST', `/groups/${outer}/members/$ref`, reference(inner))).status).toBe(204);
    expect(errorOf(await call('POST', `/groups/${inner}/members/$ref`, reference(ada)))).toEqual([400, 'Request_BadRequest']);
    expect(errorOf(await call('POST', `/groups/${inner}/members/$ref`, reference('00000000-0000-4000-8000-00000000dead')))).toEqual([404, 'Request_ResourceNotFound']);
    expect(valueOf(await get(`/groups/${outer}/members`))).toMatchObject([{ '@odata.type': '#microsoft.graph.group', id: inner }]);
    expect(valueOf(await get(`/groups/${outer}/transitiveMembers`)).map((each) => each['id'])).toEqual(expect.arrayContaining([ada, inner]));
    expect(valueOf(await get(`/users/${ada}/memberOf`)).map((each) => each['id'])).toEqual([inner]);
    expect((await call('POST', `/users/${ada}/getMemberObjects`, { securityEnabledOnly: false })).json['value']).toEqual([inner, outer].toSorted());
    expect((await call('POST', `/directoryObjects/${ada}/checkMemberGroups`, { groupIds: [outer, 'x'] })).json['value']).toEqual([outer]);
    expect((await call('POST', `/groups/${inner}/owners/$ref`, reference(ada))).status).toBe(204);
    expect(valueOf(await get(`/groups/${inner}/owners`))).toMatchObject([{ '@odata.type': '#microsoft.graph.user', id: ada }]);
    expect(valueOf(await call('POST', '/directoryObjects/getByIds', { ids: [ada, outer, 'x'], types: ['user', 'group'] })).map((each) => each['@odata.type'])).toEqual([
      '#microsoft.graph.user',
      '#microsoft.graph.group',
    ]);
    const shown = await get(`/groups/${inner}?$select=id&$expand=members($select=id,displayName),owners($select=id),memberOf($select=id)`);
    expect(shown.json).toEqual({
      '@odata.context': expect.any(String),
      id: inner,
      members: [{ '@odata.type': '#microsoft.graph.user', id: ada, displayName: 'Ada' }],
      owners: [{ '@odata.type': '#microsoft.graph.user', id: ada }],
      memberOf: [{ '@odata.type': '#microsoft.graph.group', id: outer }],
    });
    expect(valueOf(await filter('/groups', `id eq '${outer}'`, '&$expand=members'))).toMatchObject([{ id: outer, members: [{ id: inner }] }]);
    expect((await get(`/users/${ada}?$expand=memberOf($select=displayName)`)).json['memberOf']).toEqual([{ '@odata.type': '#microsoft.graph.group', displayName: 'inner' }]);
    expect(errorOf(await get('/users?$expand=manager'))).toEqual([400, 'Request_UnsupportedQuery']);
    expect(errorOf(await get(`/groups/${inner}?$expand=members($filter=x)`))).toEqual([400, 'Request_UnsupportedQuery']);
    expect((await call('DELETE', `/groups/${inner}/members/${ada}/$ref`)).status).toBe(204);
    expect(errorOf(await call('DELETE', `/groups/${inner}/members/${ada}/$ref`))).toEqual([404, 'Request_ResourceNotFound']);
  });
});

describe('applications', () => {
  test('registered, with secrets and certificates, as a service principal that signs in', async () => {
    const made = await call('POST', '/applications', { displayName: 'app', web: { redirectUris: ['https://app.example.com/back'] }, identifierUris: ['api://app'] });
    expect(made.json).toMatchObject({ displayName: 'app', web: { redirectUris: ['https://app.example.com/back'] }, passwordCredentials: [], keyCredentials: [] });
    const appId = stringAt(made.json, 'appId') ?? '';
    const principal = await call('POST', '/servicePrincipals', { appId });
    expect(principal.json).toMatchObject({ appId, displayName: 'app', servicePrincipalNames: [appId, 'api://app'] });
    expect(errorOf(await call('POST', '/servicePrincipals', { appId }))).toEqual([409, 'Request_MultipleObjectsWithSameKeyValue']);
    expect(valueOf(await filter('/servicePrincipals', "servicePrincipalNames/any(c:c eq 'api://app')")).map((each) => each['appId'])).toEqual([appId]);
    const secret = await call('POST', `/applications/${idOf(made)}/addPassword`, { passwordCredential: { displayName: 'rbac' } });
    expect(secret.json).toMatchObject({ displayName: 'rbac', secretText: expect.any(String), hint: expect.any(String) });
    const signIn = (): Promise<RawAnswer> =>
      server.send('login', {
        method: 'POST',
        path: `/${server.connection.tenantId}/oauth2/v2.0/token`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: appId, client_secret: stringAt(secret.json, 'secretText') ?? '', scope: `${GRAPH}/.default` }).toString(),
      });
    expect((await signIn()).status).toBe(200);
    expect((await get(`/applications/${idOf(made)}`)).json['passwordCredentials']).toMatchObject([{ keyId: secret.json['keyId'], secretText: null }]);
    expect((await call('PATCH', `/servicePrincipals/${idOf(principal)}`, { accountEnabled: false })).status).toBe(204);
    expect((await signIn()).json).toMatchObject({ error: 'unauthorized_client' });
    const certificate = await testCertificate();
    const keyId = '00000000-0000-4000-8000-00000000000a';
    expect((await call('PATCH', `/applications/${idOf(made)}`, { keyCredentials: [{ keyId, type: 'AsymmetricX509Cert', usage: 'Verify', key: certificate.der.toString('base64') }] })).status).toBe(
      204,
    );
    expect((await get(`/applications/${idOf(made)}`)).json['keyCredentials']).toMatchObject([{ keyId, displayName: 'CN=robot', key: null }]);
    expect(errorOf(await call('PATCH', `/applications/${idOf(made)}`, { keyCredentials: [{ type: 'AsymmetricX509Cert', key: 'bm9uc2Vuc2U=' }] }))).toEqual([400, 'Request_BadRequest']);
    expect((await call('POST', `/applications/${idOf(made)}/removePassword`, { keyId: secret.json['keyId'] ?? '' })).status).toBe(204);
    // A change of one member of `api` or `web` leaves the others.
    const scope = { id: '61111111-2222-4333-8444-555555555555', value: 'use', type: 'User', isEnabled: true };
    await call('PATCH', `/applications/${idOf(made)}`, { id: idOf(made), api: { oauth2PermissionScopes: [scope] }, web: { homePageUrl: 'https://app.example.com' } });
    await call('PATCH', `/applications/${idOf(made)}`, { api: { requestedAccessTokenVersion: 2 }, web: { logoutUrl: 'https://app.example.com/out' } });
    expect((await get(`/applications/${idOf(made)}`)).json).toMatchObject({
      api: { oauth2PermissionScopes: [scope], requestedAccessTokenVersion: 2 },
      web: { homePageUrl: 'https://app.example.com', logoutUrl: 'https://app.example.com/out' },
    });
    expect((await get(`/servicePrincipals/${idOf(principal)}`)).json['oauth2PermissionScopes']).toMatchObject([scope]);
    expect((await call('DELETE', `/applications/${idOf(made)}`)).status).toBe(204);
    expect((await get(`/servicePrincipals/${idOf(principal)}`)).status).toBe(404);
    // A secret may be asked for at once; its text is in that answer only.
    const secretive = await call('POST', '/applications', { displayName: 'secretive', passwordCredentials: [{ displayName: 'first', startDateTime: '2026-01-01T00:00:00Z' }] });
    expect(errorOf(await call('POST', '/oauth2PermissionGrants', { clientId: idOf(principal), consentType: 'AllPrincipals', scope: 'openid' }))).toEqual([400, 'Request_BadRequest']);
    expect(secretive.json['passwordCredentials']).toMatchObject([{ displayName: 'first', secretText: expect.any(String) }]);
    expect((await get(`/applications/${idOf(secretive)}`)).json['passwordCredentials']).toMatchObject([{ displayName: 'first', startDateTime: '2026-01-01T00:00:00Z', secretText: null }]);
    const [graph] = valueOf(await filter('/servicePrincipals', "appId eq '00000003-0000-0000-c000-000000000000'"));
    const consent = { principalId: robot.objectId, resourceId: stringAt(graph, 'id') ?? '', appRoleId: 'df021288-bdef-4463-88db-98f22de89214' };
    const granted = await call('POST', `/servicePrincipals/${robot.objectId}/appRoleAssignments`, consent);
    expect([granted.status, granted.text]).toEqual([400, expect.stringContaining('Permissions of Microsoft Graph cannot be granted here')]);
    expect(graph).toMatchObject({ oauth2PermissionScopes: expect.arrayContaining([expect.objectContaining({ value: 'User.Read', id: 'e1fe6dd8-ba31-4d61-89e7-88639da4683d' })]) });
  });
  test('federated credentials', async () => {
    const app = idOf(await call('POST', '/applications', { displayName: 'federated' }));
    const path = `/applications/${app}/federatedIdentityCredentials`;
    const body = { name: 'main', issuer: 'https://token.actions.githubusercontent.com', subject: 'repo:a/b:ref:refs/heads/main', audiences: ['api://AzureADTokenExchange'] };
    const made = await call('POST', path, body);
    expect([made.status, made.json]).toMatchObject([201, body]);
    expect(errorOf(await call('POST', path, { ...body, name: 'other' }))).toEqual([409, 'Request_MultipleObjectsWithSameKeyValue']);
    expect((await call('PATCH', `${path}/main`, { description: 'of main' })).status).toBe(204);
    expect((await get(`${path}/${idOf(made)}`)).json).toMatchObject({ description: 'of main' });
    expect((await call('DELETE', `${path}/main`)).status).toBe(204);
    expect(valueOf(await get(path))).toEqual([]);
  });
  test('an issuer of the own network is believed when the operator names it', async () => {
    const made = await call('POST', '/applications', { displayName: 'on premises' });
    await call('POST', '/servicePrincipals', { appId: made.json['appId'] ?? '' });
    const path = `/applications/${idOf(made)}/federatedIdentityCredentials`;
    const trust = { name: 'build', issuer: issuer.url, subject: 'job', audiences: ['api://AzureADTokenExchange'] };
    expect(errorOf(await call('POST', path, { ...trust, issuer: 'http://127.0.0.1:1' }))).toEqual([400, 'Request_BadRequest']);
    expect((await call('POST', path, trust)).status).toBe(201);
    const signIn = async (subject: string): Promise<RawAnswer> => {
      const form = {
        grant_type: 'client_credentials',
        client_id: stringAt(made.json, 'appId') ?? '',
        scope: 'https://management.azure.com/.default',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await issuer.sign(subject),
      };
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return server.send('login', { method: 'POST', path: `/${server.connection.tenantId}/oauth2/v2.0/token`, headers, body: new URLSearchParams(form).toString() });
    };
    expect((await signIn('job')).json).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String) });
    expect((await signIn('another')).json).toMatchObject({ error_codes: [700213] });
  });
  test('roles of an application are assigned, and are in the tokens for it', async () => {
    const role = (id: string, value: string, type: string): object => ({ id, value, displayName: value, description: value, isEnabled: true, allowedMemberTypes: [type] });
    const [WRITE, ADMIN] = ['51111111-2222-4333-8444-555555555555', '52222222-2222-4333-8444-555555555555'];
    expect(errorOf(await call('POST', '/applications', { displayName: 'roles', appRoles: [role('x', 'Write', 'User')] }))).toEqual([400, 'Request_BadRequest']);
    const made = await call('POST', '/applications', { displayName: 'roles', appRoles: [role(WRITE, 'Tasks.Write', 'Application'), role(ADMIN, 'Admin', 'User')] });
    const appId = stringAt(made.json, 'appId') ?? '';
    const principal = await call('POST', '/servicePrincipals', { appId });
    expect(principal.json['appRoles']).toMatchObject([{ value: 'Tasks.Write' }, { value: 'Admin' }]);
    const path = `/servicePrincipals/${idOf(principal)}/appRoleAssignedTo`;
    const body = { principalId: robot.objectId, resourceId: idOf(principal), appRoleId: WRITE };
    expect(errorOf(await call('POST', path, body, robotHeaders))).toEqual([403, 'Authorization_RequestDenied']);
    const assigned = await call('POST', path, body);
    expect([assigned.status, assigned.json]).toMatchObject([201, { ...body, principalType: 'ServicePrincipal', principalDisplayName: 'robot', resourceDisplayName: 'roles' }]);
    expect((await get(`${path}/${idOf(assigned)}`)).json).toMatchObject({ id: idOf(assigned), ...body });
    expect(errorOf(await get(`/servicePrincipals/${idOf(principal)}/appRoleAssignments/${idOf(assigned)}`))).toEqual([404, 'Request_ResourceNotFound']);
    expect(errorOf(await call('POST', path, body))).toEqual([400, 'Request_BadRequest']);
    expect(errorOf(await call('POST', path, { ...body, appRoleId: ADMIN }))).toEqual([400, 'Request_BadRequest']);
    expect(valueOf(await get(`/servicePrincipals/${robot.objectId}/appRoleAssignments`, robotHeaders))).toMatchObject([{ id: idOf(assigned), appRoleId: WRITE }]);
    const rolesOf = async (id: string): Promise<unknown> => {
      const { token } = await server.composition.tokens.issueFor(id, `api://${appId}`);
      return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')).roles;
    };
    expect(await rolesOf(robot.objectId)).toEqual(['Tasks.Write']);
    const person = idOf(await call('POST', '/users', user('Roland')));
    const group = await call('POST', '/groups', {
      displayName: 'admins',
      mailNickname: 'admins',
      mailEnabled: false,
      securityEnabled: true,
      'members@odata.bind': [`https://graph.microsoft.com/v1.0/users/${person}`],
    });
    expect((await call('POST', `/groups/${idOf(group)}/appRoleAssignments`, { ...body, principalId: idOf(group), appRoleId: ADMIN })).status).toBe(201);
    expect(await rolesOf(person)).toEqual(['Admin']);
    expect(errorOf(await call('DELETE', `${path}/${idOf(assigned)}`, undefined, robotHeaders))).toEqual([403, 'Authorization_RequestDenied']);
    expect((await call('DELETE', `${path}/${idOf(assigned)}`)).status).toBe(204);
    expect(await rolesOf(robot.objectId)).toEqual([]);
    expect((await call('PATCH', `/servicePrincipals/${idOf(principal)}`, { appRoleAssignmentRequired: true })).status).toBe(204);
    await expect(rolesOf(robot.objectId)).rejects.toThrow('is not assigned to a role');
    expect(await rolesOf(person)).toEqual(['Admin']);
  });
  test('managed identities and the applications of the installation are not for callers to change', async () => {
    const { cliPrincipalId } = server.composition.machine.installation;
    expect(errorOf(await call('DELETE', `/servicePrincipals/${cliPrincipalId}`))).toEqual([400, 'Request_BadRequest']);
  });
});

test('the Graph client reads and writes, and follows pages', async () => {
  const middleware: Middleware = {
    async execute(context: Context) {
      const url = new URL(String(context.request));
      const body = context.options?.body;
      const answer = await server.send('graph', {
        method: context.options?.method ?? 'GET',
        path: `${url.pathname}${url.search}`,
        headers: owner,
        ...(typeof body === 'string' ? { body: JSON.parse(body) } : {}),
      });
      context.response = new Response(answer.status === 204 ? null : answer.text, { status: answer.status, headers: { 'content-type': 'application/json' } });
    },
  };
  const client = Client.initWithMiddleware({ middleware, baseUrl: 'https://graph.lazurite.localhost/', customHosts: new Set(['graph.lazurite.localhost']) });
  const made: JsonObject = await client.api('/users').post(user('Client'));
  await client.api(`/users/${stringAt(made, 'id') ?? ''}`).patch({ jobTitle: 'tester' });
  expect(
    await client
      .api(`/users/${stringAt(made, 'id') ?? ''}`)
      .select(['jobTitle'])
      .get(),
  ).toMatchObject({ jobTitle: 'tester' });
  const names: string[] = [];
  await new PageIterator(client, await client.api('/servicePrincipals').top(2).select('displayName').get(), (entry: JsonObject) => names.push(stringAt(entry, 'displayName') ?? '') > 0).iterate();
  expect(names).toEqual(expect.arrayContaining(['Azure Cosmos DB', 'Microsoft Graph', 'robot']));
  await expect(client.api('/users/nobody').get()).rejects.toMatchObject({ statusCode: 404, code: 'Request_ResourceNotFound' });
});

describe('rights', () => {
  test('others see themselves and write nothing', async () => {
    expect((await get(`/servicePrincipals/${robot.objectId}`, robotHeaders)).json).toMatchObject({ displayName: 'robot' });
    expect(valueOf(await get('/servicePrincipals', robotHeaders)).map((each) => each['id'])).toEqual([robot.objectId]);
    expect(valueOf(await get('/applications', robotHeaders)).map((each) => each['appId'])).toEqual([robot.clientId]);
    expect(valueOf(await get('/users', robotHeaders))).toEqual([]);
    const { ownerId } = server.composition.machine.installation;
    for (const id of [ownerId, '00000000-0000-4000-8000-00000000dead']) expect(errorOf(await get(`/users/${id}`, robotHeaders))).toEqual([403, 'Authorization_RequestDenied']);
    expect(valueOf(await call('POST', '/directoryObjects/getByIds', { ids: [ownerId, robot.objectId] }, robotHeaders)).map((each) => each['id'])).toEqual([robot.objectId]);
    expect(errorOf(await call('POST', '/users', user('Mallory'), robotHeaders))).toEqual([403, 'Authorization_RequestDenied']);
    expect(errorOf(await get('/me', robotHeaders))).toEqual([400, 'Request_BadRequest']);
    expect(errorOf(await get('/users', {}))).toEqual([401, 'InvalidAuthenticationToken']);
  });
  test('who owns an object manages it, and nothing else', async () => {
    const reference = { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${robot.objectId}` };
    const group = idOf(await call('POST', '/groups', { displayName: 'owned', mailNickname: 'owned', mailEnabled: false, securityEnabled: true }));
    const application = idOf(await call('POST', '/applications', { displayName: 'owned app' }));
    const changes = async (): Promise<readonly number[]> =>
      [
        await call('PATCH', `/groups/${group}`, { description: 'by its owner' }, robotHeaders),
        await call('POST', `/groups/${group}/members/$ref`, reference, robotHeaders),
        await call('PATCH', `/applications/${application}`, { notes: 'by its owner' }, robotHeaders),
        await call('POST', `/applications/${application}/addPassword`, {}, robotHeaders),
        await get(`/groups/${group}`, robotHeaders),
        await get(`/applications/${application}`, robotHeaders),
      ].map(({ status }) => status);
    expect(await changes()).toEqual([403, 403, 403, 403, 403, 403]);
    for (const path of [`/groups/${group}`, `/applications/${application}`]) expect((await call('POST', `${path}/owners/$ref`, reference)).status).toBe(204);
    expect(await changes()).toEqual([204, 204, 204, 200, 200, 200]);
    const { ownerId } = server.composition.machine.installation;
    expect(errorOf(await call('POST', '/groups', { displayName: 'x', mailNickname: 'x', mailEnabled: false, securityEnabled: true }, robotHeaders))).toEqual([403, 'Authorization_RequestDenied']);
    expect(errorOf(await call('DELETE', `/users/${ownerId}`, undefined, robotHeaders))).toEqual([403, 'Authorization_RequestDenied']);
    expect((await call('DELETE', `/groups/${group}`, undefined, robotHeaders)).status).toBe(204);
    expect((await call('DELETE', `/applications/${application}`, undefined, robotHeaders)).status).toBe(204);
  });
  test('below /graph for the studio', async () => {
    const answer = await server.send('localhost', { method: 'GET', path: '/graph/v1.0/organization', headers: await server.bearer() });
    expect(answer.json).toMatchObject({ '@odata.context': expect.stringContaining('/graph/v1.0/$metadata#organization'), value: [{ id: server.connection.tenantId }] });
  });
});
