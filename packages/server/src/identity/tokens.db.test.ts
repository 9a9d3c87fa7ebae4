// Access tokens: what is accepted, and everything that is not. Keys: rotation, sharing, removal.

import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemPrincipal } from '#kernel/principal.ts';
import { silentLog } from '#kernel/context.ts';
import { addGroupMember, insertPrincipal, setPrincipalEnabled } from '#storage/identity-store.ts';
import { type TestIdentity, testIdentity } from '../../../testkit/src/test-identity.ts';

const ARM = 'https://management.azure.com';
const WS = '/subscriptions/s/resourcegroups/rg/providers/microsoft.machinelearningservices/workspaces/w';

let it: TestIdentity;
beforeAll(async () => {
  it = await testIdentity();
});
afterAll(() => it.close());

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const arm = { audiences: ['arm'] } as const;
const ownerToken = async (seconds?: number): Promise<string> => (await it.identity.tokens.issueFor(it.installation.ownerId, ARM, seconds)).token;
const rejects = (token: string, code: string): Promise<void> => expect(it.identity.tokens.verifyBearer(token, arm)).rejects.toMatchObject({ kind: 'unauthenticated', code });

/** The token's claims, changed and signed with our own key. */
async function signedWith(change: Record<string, unknown>): Promise<string> {
  const claims = { ...decodeJwt(await ownerToken()), ...change };
  return it.identity.keys.sign({ ...claims, exp: typeof claims.exp === 'number' ? claims.exp : 0 });
}

describe('verifyBearer', () => {
  test('gives the caller, with groups through groups', async () => {
    const { database } = it.identity;
    const [inner, outer] = ['00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-0000000000c2'];
    await database.transaction(async (tx) => {
      await insertPrincipal(tx, { id: inner, kind: 'Group', displayName: 'inner' });
      await insertPrincipal(tx, { id: outer, kind: 'Group', displayName: 'outer' });
      await addGroupMember(tx, inner, it.installation.ownerId);
      await addGroupMember(tx, outer, inner);
      // A cycle must not hang anybody.
      await addGroupMember(tx, inner, outer);
    });
    expect(await it.identity.tokens.verifyBearer(await ownerToken(), arm)).toEqual({
      objectId: it.installation.ownerId,
      tenantId: it.installation.tenantId,
      kind: 'User',
      displayName: 'Ada Lovelace',
      userPrincipalName: 'ada.lovelace@lazurite.localhost',
      groups: [inner, outer],
      audience: ARM,
    });
  });
  test('another server on the database accepts it', async () => {
    expect(await it.otherServer().tokens.verifyBearer(await ownerToken(), arm)).toMatchObject({ objectId: it.installation.ownerId });
  });
  test('expired', async () => {
    const token = await ownerToken(10);
    it.clock.advance(10_001);
    await rejects(token, 'ExpiredAuthenticationToken');
  });
  test('for another audience', async () => {
    await rejects((await it.identity.tokens.issueFor(it.installation.ownerId, 'https://storage.azure.com')).token, 'InvalidAuthenticationTokenAudience');
    await rejects(await signedWith({ aud: 'https://example.com' }), 'InvalidAuthenticationTokenAudience');
    await rejects(await signedWith({ aud: [ARM, 'https://example.com'] }), 'InvalidAuthenticationTokenAudience');
  });
  test('from another issuer, or for another tenant', async () => {
    await rejects(await signedWith({ iss: 'https://sts.windows.net/x/' }), 'InvalidAuthenticationTokenTenant');
    await rejects(await signedWith({ tid: '00000000-0000-4000-8000-000000000009' }), 'InvalidAuthenticationToken');
  });
  test('not yet valid', async () => {
    await rejects(await signedWith({ nbf: Math.floor(it.clock.now() / 1000) + 60 }), 'InvalidAuthenticationToken');
  });
  test('an id token is no access token', async () => {
    const principal = { id: it.installation.ownerId, kind: 'User', displayName: 'x', isEnabled: true, groups: [] } as const;
    const idToken = await it.identity.tokens.issueIdToken(principal, { issuer: `https://sts.lazurite.localhost/${it.installation.tenantId}/`, version: 'v1', appId: it.installation.studioAppId });
    await rejects(idToken, 'InvalidAuthenticationTokenAudience');
  });
  test('alg none, a public key as a shared secret, a foreign key, a changed claim', async () => {
    const token = await ownerToken();
    const [head = '', body = '', signature = ''] = token.split('.');
    const { kid } = decodeProtectedHeader(token);
    const claims = decodeJwt(token);
    await rejects(`${encode({ alg: 'none', typ: 'JWT', kid })}.${body}.`, 'InvalidAuthenticationToken');
    const [publicKey] = await it.identity.keys.listPublicKeys();
    const shared = `${encode({ alg: 'HS256', typ: 'JWT', kid })}.${body}`;
    await rejects(`${shared}.${createHmac('sha256', JSON.stringify(publicKey)).update(shared).digest('base64url')}`, 'InvalidAuthenticationToken');
    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    await rejects(`${head}.${body}.${sign('sha256', Buffer.from(`${head}.${body}`), foreign).toString('base64url')}`, 'InvalidAuthenticationToken');
    await rejects(`${head}.${encode({ ...claims, oid: it.installation.cliPrincipalId })}.${signature}`, 'InvalidAuthenticationToken');
    await rejects(`${encode({ alg: 'RS256', kid: 'unknown' })}.${body}.${signature}`, 'InvalidAuthenticationToken');
    await rejects(`${encode({ alg: 'RS256', kid: "x' or 1=1 --" })}.${body}.${signature}`, 'InvalidAuthenticationToken');
    for (const junk of ['', 'x', 'a.b.c', `${token}.x`, `${head}.${body}`]) await rejects(junk, 'InvalidAuthenticationToken');
  });
  test('a disabled principal is out at once, and gets no new token', async () => {
    const token = await ownerToken();
    const { database } = it.identity;
    await database.transaction((tx) => setPrincipalEnabled(tx, it.installation.ownerId, false));
    await rejects(token, 'InvalidAuthenticationToken');
    await expect(ownerToken()).rejects.toMatchObject({ code: 'PrincipalDisabled' });
    await database.transaction((tx) => setPrincipalEnabled(tx, it.installation.ownerId, true));
    await it.identity.tokens.verifyBearer(token, arm);
  });
});

describe('job tokens', () => {
  const issue = (): Promise<{ readonly token: string }> => it.identity.tokens.issueJobToken({ workspaceKey: WS, jobName: 'Train-1', principalId: it.installation.ownerId, lifetimeSeconds: 3600 });

  test('carry the job, and end with it', async () => {
    const { token } = await issue();
    expect(await it.identity.tokens.verifyBearer(token, arm)).toMatchObject({ objectId: it.installation.ownerId, jobKey: `${WS}/jobs/Train-1` });
    await it.identity.database.transaction((tx) => it.identity.tokens.endJob(tx, WS, 'Train-1'));
    await rejects(token, 'ExpiredAuthenticationToken');
  });
  test('a claim without a grant is worth nothing', async () => {
    await rejects(await signedWith({ xms_lzr_job: `${WS}/jobs/other` }), 'ExpiredAuthenticationToken');
    await rejects(await signedWith({ xms_lzr_job: 7 }), 'ExpiredAuthenticationToken');
  });
});

describe('signing keys', () => {
  const ctx = { principal: systemPrincipal, correlationId: 'c', log: silentLog, signal: () => new AbortController().signal };
  const kids = async (): Promise<readonly (string | undefined)[]> => (await it.identity.keys.listPublicKeys()).map((key) => key.kid);
  const runWork = (): Promise<unknown> => it.identity.keys.work.run({ ...ctx, clock: it.clock }, {}, { itemId: 'i', attempt: 1 });

  test('a new key signs after thirty days; the old one stays until its last token has ended', async () => {
    const before = await kids();
    it.clock.advance(30 * 86_400_000);
    const long = (await it.identity.tokens.issueJobToken({ workspaceKey: WS, jobName: 'long', principalId: it.installation.ownerId, lifetimeSeconds: 7 * 86_400 })).token;
    await runWork();
    const during = await kids();
    expect(during).toHaveLength(2);
    expect(during).toContain(before[0]);
    expect(decodeProtectedHeader(await ownerToken()).kid).not.toBe(before[0]);
    await it.identity.tokens.verifyBearer(long, arm);
    it.clock.advance(7 * 86_400_000 - 60_000);
    await runWork();
    await it.identity.tokens.verifyBearer(long, arm);
    it.clock.advance(4 * 3_600_000);
    await runWork();
    expect(await kids()).not.toContain(before[0]);
    await rejects(long, 'InvalidAuthenticationToken');
  });
  test('a key that another server made is found by its id', async () => {
    const other = it.otherServer();
    await it.identity.keys.listPublicKeys();
    await other.keys.rotate();
    const { token } = await other.tokens.issueFor(it.installation.ownerId, ARM);
    expect(await it.identity.tokens.verifyBearer(token, arm)).toMatchObject({ kind: 'User' });
  });
  test('servers that start together make one key', async () => {
    const fresh = await testIdentity();
    const servers = [fresh.identity, fresh.otherServer(), fresh.otherServer()];
    await Promise.all(servers.map((server) => server.tokens.issueFor(fresh.installation.ownerId, ARM)));
    expect(await fresh.identity.keys.listPublicKeys()).toHaveLength(1);
    await fresh.close();
  });
});
