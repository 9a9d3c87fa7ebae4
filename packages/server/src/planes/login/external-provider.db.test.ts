// People of an external OpenID provider: users here from the first time on, with the groups of their claims.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createExternalProvider } from '#identity/people.ts';
import { createOperatorFetch, type OperatorFetch } from '#outbound/operator-fetch.ts';
import { findPrincipal, findPrincipalByUserName, setPrincipalEnabled } from '#storage/identity-store.ts';
import { type PlaneAnswer, type PlaneClient, planeClient } from '../../../../testkit/src/plane-client.ts';
import { type TestIdentity, testIdentity } from '../../../../testkit/src/test-identity.ts';
import { startOpenidProvider, type TestOpenidProvider } from '../../../../testkit/src/test-openid-provider.ts';
import { createLoginPlane } from './login-plane.ts';

const LOGIN = 'https://login.lazurite.localhost:7443';
let it: TestIdentity;
let provider: TestOpenidProvider;
let outbound: OperatorFetch;
let send: PlaneClient;
const people = new Map<string, object>();

beforeAll(async () => {
  it = await testIdentity();
  provider = await startOpenidProvider(`${LOGIN}/signin/external/return`, (login) => people.get(login) ?? {});
  outbound = createOperatorFetch();
  const { database, domain } = it.identity;
  const { issuer, clientId, clientSecret } = provider;
  const external = createExternalProvider({ database, domain, fetch: outbound.fetch }, { issuer, clientId, clientSecret, name: 'Acme', groupsClaim: 'groups' });
  send = planeClient([createLoginPlane({ ...it.identity, external })], it.clock);
});
afterAll(async () => {
  provider.close();
  await outbound.close();
  await it.close();
});

const cookieOf = (answer: PlaneAnswer): string => (answer.headers['set-cookie'] ?? '').split(';')[0] ?? '';

async function signIn(login: string, next = ''): Promise<PlaneAnswer> {
  const leaving = await send(`${LOGIN}/signin/external?${new URLSearchParams({ next })}`);
  expect(leaving.status).toBe(303);
  const back = await provider.signIn(leaving.headers['location'] ?? '', login);
  return send(back, { headers: { cookie: cookieOf(leaving) } });
}

const personBehind = async (answer: PlaneAnswer): Promise<string> => (await it.identity.sessions.find(cookieOf(answer).split('=')[1] ?? ''))?.id ?? '';

test('the page offers it', async () => {
  expect((await send(`${LOGIN}/signin`)).text).toContain('Sign in with Acme');
});

test('somebody new becomes a user, and the same one the next time; groups follow the claims', async () => {
  people.set('mary', { name: 'Mary S', preferred_username: 'mary@acme.example', groups: ['chemists', 'authors'] });
  const first = await signIn('mary', '/devicelogin');
  expect([first.status, first.headers['location']]).toEqual([303, '/devicelogin']);
  const id = await personBehind(first);
  const mary = await findPrincipal(it.identity.database.sql, id);
  expect(mary).toMatchObject({ kind: 'User', displayName: 'Mary S', userPrincipalName: 'mary@acme.example' });
  const names = async (): Promise<readonly string[]> => {
    const groups = (await findPrincipal(it.identity.database.sql, id))?.groups ?? [];
    return (await Promise.all(groups.map((group) => findPrincipal(it.identity.database.sql, group)))).map((group) => group?.displayName ?? '').toSorted();
  };
  expect(await names()).toEqual(['authors', 'chemists']);
  people.set('mary', { name: 'Mary S', preferred_username: 'mary@acme.example', groups: ['authors', 'editors'] });
  expect(await personBehind(await signIn('mary'))).toBe(id);
  expect(await names()).toEqual(['authors', 'editors']);
});

test('a name of this directory is not taken over', async () => {
  people.set('mallory', { preferred_username: 'ada.lovelace@lazurite.localhost' });
  const id = await personBehind(await signIn('mallory'));
  expect(id).not.toBe(it.installation.ownerId);
  expect((await findPrincipalByUserName(it.identity.database.sql, 'ada.lovelace@lazurite.localhost'))?.id).toBe(it.installation.ownerId);
});

test('a disabled one, an answer of nobody, an answer of another browser', async () => {
  const id = await personBehind(await signIn('disabled'));
  await it.identity.database.transaction((tx) => setPrincipalEnabled(tx, id, false));
  expect((await signIn('disabled')).text).toContain('AADSTS50057');
  expect((await send(`${LOGIN}/signin/external/return?code=x&state=y`)).text).toContain('AADSTS50058');
  const mine = await send(`${LOGIN}/signin/external`);
  const theirs = await provider.signIn((await send(`${LOGIN}/signin/external`)).headers['location'] ?? '', 'mary');
  expect((await send(theirs, { headers: { cookie: cookieOf(mine) } })).text).toContain('AADSTS50058');
  expect((await send(`${LOGIN}/signin/external?next=//evil.example`)).status).toBe(400);
});
