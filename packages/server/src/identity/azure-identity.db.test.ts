// The unmodified @azure/identity against the token service, without a socket: its requests go to the routes.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClientAssertionCredential, ClientCertificateCredential, ClientSecretCredential, DeviceCodeCredential, ManagedIdentityCredential, OnBehalfOfCredential } from '@azure/identity';
import { insertApplicationKey, insertFederation } from '#storage/application-store.ts';
import { insertPrincipal, putApplication } from '#storage/identity-store.ts';
import { ConfidentialClientApplication, type INetworkModule, PublicClientApplication } from '@azure/msal-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PlaneClient, planeClient } from '../../../testkit/src/plane-client.ts';
import { testCertificate } from '../../../testkit/src/test-certificate.ts';
import { type TestIdentity, testIdentity } from '../../../testkit/src/test-identity.ts';
import { createInstanceMetadataPlane } from '../planes/instance-metadata/instance-metadata-plane.ts';
import { createLoginPlane } from '../planes/login/login-plane.ts';

const AUTHORITY = 'https://login.lazurite.localhost:7443';
const SCOPE = 'https://management.azure.com/.default';

type HttpClient = NonNullable<NonNullable<ConstructorParameters<typeof ClientSecretCredential>[3]>['httpClient']>;

let it: TestIdentity;
let send: PlaneClient;
let httpClient: HttpClient;
beforeAll(async () => {
  it = await testIdentity();
  send = planeClient([createLoginPlane(it.identity), createInstanceMetadataPlane(it.identity)], it.clock);
  httpClient = inProcess(send);
});
afterAll(() => it.close());

function inProcess(send: PlaneClient): HttpClient {
  return {
    async sendRequest(request) {
      const body = request.body?.toString();
      const headers = Object.fromEntries([...request.headers].map(([name, value]) => [name, value]));
      const answer = await send(request.url, { method: request.method, headers, ...(body === undefined || body === '' ? {} : { form: Object.fromEntries(new URLSearchParams(body)) }) });
      const all = new Map(Object.entries({ 'content-type': 'application/json', ...answer.headers }));
      // The client's own header collection, made by cloning the request's.
      const replyHeaders = request.headers;
      for (const name of Object.keys(replyHeaders.toJSON())) replyHeaders.delete(name);
      for (const [name, value] of all) replyHeaders.set(name, value);
      return { request, status: answer.status, headers: replyHeaders, bodyAsText: answer.text };
    },
  };
}

const credential = (secret: string, tenant = it.installation.tenantId): ClientSecretCredential =>
  new ClientSecretCredential(tenant, it.credentials.clientId, secret, { authorityHost: AUTHORITY, disableInstanceDiscovery: true, httpClient });

test('ClientSecretCredential, by GUID and by domain name', async () => {
  for (const tenant of [it.installation.tenantId, 'lazurite.localhost']) {
    const { token, expiresOnTimestamp } = await credential(it.credentials.clientSecret, tenant).getToken(SCOPE);
    expect(await it.identity.tokens.verifyBearer(token, { audiences: ['arm'] })).toMatchObject({ objectId: it.installation.cliPrincipalId, kind: 'ServicePrincipal' });
    expect(expiresOnTimestamp - Date.now()).toBeGreaterThan(3_600_000);
  }
});

test('a wrong secret is reported with its number', async () => {
  await expect(credential('guess').getToken(SCOPE)).rejects.toThrow(/AADSTS7000215/);
});

test('ClientCertificateCredential, ClientAssertionCredential, OnBehalfOfCredential', async () => {
  const { tenantId, ownerId, cliPrincipalId } = it.installation;
  const { database, tokens } = it.identity;
  const appId = randomUUID();
  const certificate = await testCertificate();
  await database.transaction(async (tx) => {
    await putApplication(tx, { appId, displayName: 'robot', isPublic: false, redirectUris: [] });
    await insertPrincipal(tx, { id: randomUUID(), kind: 'ServicePrincipal', displayName: 'robot', appId });
    const { der, thumbprint, thumbprint256 } = certificate;
    const now = it.clock.now();
    await insertApplicationKey(tx, { keyId: randomUUID(), appId, displayName: 'k', certificate: der, thumbprint, thumbprint256, startsAt: new Date(now - 1000), endsAt: new Date(now + 3_600_000) });
    await insertFederation(tx, appId, { id: randomUUID(), name: 'own', issuer: `https://sts.lazurite.localhost/${tenantId}/`, subject: cliPrincipalId, audiences: ['api://AzureADTokenExchange'] });
  });
  const folder = mkdtempSync(join(tmpdir(), 'lazurite-certificate-'));
  const certificatePath = join(folder, 'robot.pem');
  writeFileSync(certificatePath, `${certificate.privateKeyPem}\n${certificate.pem}\n`);
  const options = { authorityHost: AUTHORITY, disableInstanceDiscovery: true, httpClient };
  try {
    const byCertificate = await new ClientCertificateCredential(tenantId, appId, { certificatePath }, options).getToken(SCOPE);
    const byAssertion = await new ClientAssertionCredential(tenantId, appId, async () => (await tokens.issueFor(cliPrincipalId, 'api://AzureADTokenExchange')).token, options).getToken(
      'https://vault.azure.net/.default',
    );
    for (const [token, family] of [
      [byCertificate.token, 'arm'],
      [byAssertion.token, 'vault'],
    ] as const)
      expect(await tokens.verifyBearer(token, { audiences: [family] })).toMatchObject({ appId, displayName: 'robot' });
    const { token: userAssertionToken } = await tokens.issueFor(ownerId, `api://${appId}`);
    const onBehalf = await new OnBehalfOfCredential({ tenantId, clientId: appId, certificatePath, userAssertionToken, ...options }).getToken(SCOPE);
    expect(await tokens.verifyBearer(onBehalf.token, { audiences: ['arm'] })).toMatchObject({ objectId: ownerId, kind: 'User' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('DeviceCodeCredential', async () => {
  const { deviceCodes, tokens } = it.identity;
  const { tenantId, ownerId } = it.installation;
  const credentialOfDevice = new DeviceCodeCredential({
    tenantId,
    clientId: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
    authorityHost: AUTHORITY,
    disableInstanceDiscovery: true,
    httpClient,
    userPromptCallback: ({ userCode }) => void deviceCodes.decide(userCode, { principalId: ownerId, isApproved: true }),
  });
  expect(await tokens.verifyBearer((await credentialOfDevice.getToken(SCOPE)).token, { audiences: ['arm'] })).toMatchObject({ objectId: ownerId, kind: 'User' });
});

/** The same for MSAL, which has a network interface of its own. */
function msalNetwork(): INetworkModule {
  const ask = async (url: string, body?: string) => {
    const answer = await send(url, body === undefined ? {} : { form: Object.fromEntries(new URLSearchParams(body)) });
    return { status: answer.status, headers: { ...answer.headers }, body: JSON.parse(answer.text) };
  };
  return { sendGetRequestAsync: (url) => ask(url), sendPostRequestAsync: (url, options) => ask(url, options?.body ?? '') };
}

test('MSAL: an application, and a person by device code whose token is renewed silently', async () => {
  const authority = `${AUTHORITY}/${it.installation.tenantId}`;
  const system = { networkClient: msalNetwork() };
  const auth = (clientId: string) => ({ clientId, authority, knownAuthorities: [new URL(AUTHORITY).host] });
  const application = new ConfidentialClientApplication({ auth: { ...auth(it.credentials.clientId), clientSecret: it.credentials.clientSecret }, system });
  expect(await application.acquireTokenByClientCredential({ scopes: [SCOPE] })).toMatchObject({ accessToken: expect.any(String), tokenType: 'Bearer' });
  const device = new PublicClientApplication({ auth: auth('04b07795-8ddb-461a-bbee-02f9e1bf7b46'), system });
  const signedIn = await device.acquireTokenByDeviceCode({
    scopes: [SCOPE],
    deviceCodeCallback: ({ userCode }) => void it.identity.deviceCodes.decide(userCode, { principalId: it.installation.ownerId, isApproved: true }),
  });
  const account = signedIn?.account;
  expect(account).toMatchObject({ username: 'ada.lovelace@lazurite.localhost', localAccountId: it.installation.ownerId });
  if (account === null || account === undefined) throw new Error('MSAL knows no account.');
  expect(await device.acquireTokenSilent({ account, scopes: ['https://storage.azure.com/.default'] })).toMatchObject({
    fromCache: false,
    scopes: expect.arrayContaining(['https://storage.azure.com/.default']),
  });
});

// A resource of its own for each: the client keeps tokens between instances.
test.each([
  ['App Service', 'arm', SCOPE, () => ({ IDENTITY_ENDPOINT: 'http://127.0.0.1:7443/msi/token', IDENTITY_HEADER: it.credentials.identityHeader })],
  [
    'Azure ML compute',
    'storage',
    'https://storage.azure.com/.default',
    () => ({ MSI_ENDPOINT: 'http://127.0.0.1:7443/msi/token', MSI_SECRET: it.credentials.identityHeader, DEFAULT_IDENTITY_CLIENT_ID: it.credentials.clientId }),
  ],
  ['IMDS', 'vault', 'https://vault.azure.net/.default', () => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://127.0.0.1:7443/imds/${it.credentials.identityHeader}` })],
] as const)('ManagedIdentityCredential in the %s form', async (_name, audience, scope, environment) => {
  const variables = environment();
  Object.assign(process.env, variables);
  try {
    const { token } = await new ManagedIdentityCredential({ httpClient }).getToken(scope);
    expect(await it.identity.tokens.verifyBearer(token, { audiences: [audience] })).toMatchObject({ objectId: it.installation.ownerId });
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
});
