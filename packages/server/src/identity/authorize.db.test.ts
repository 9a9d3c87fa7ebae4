// Role assignments on a real database: scopes, groups, custom roles, jobs, and what a refusal says.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Context, silentLog } from '#kernel/context.ts';
import { anonymous, type Principal, systemPrincipal } from '#kernel/principal.ts';
import { addGroupMember, findPrincipal, insertPrincipal, removeGroupMember, setPrincipalEnabled } from '#storage/identity-store.ts';
import { insertAssignment } from '#storage/role-store.ts';
import { type TestIdentity, testIdentity } from '../../../testkit/src/test-identity.ts';
import { roleIds } from './role-definitions.ts';

const SUB = '/subscriptions/5e1f0000-0000-4000-8000-000000000001';
const RG = `${SUB}/resourcegroups/rg`;
const WS = `${RG}/providers/microsoft.machinelearningservices/workspaces/w`;
const STORAGE = `${RG}/providers/microsoft.storage/storageaccounts/acct`;
const READ = 'Microsoft.MachineLearningServices/workspaces/read';
const WRITE_JOB = 'Microsoft.MachineLearningServices/workspaces/jobs/write';
const READ_BLOB = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read';

let it: TestIdentity;
beforeAll(async () => {
  it = await testIdentity();
});
afterAll(() => it.close());

async function ctxOf(id: string, extra: Partial<Principal> = {}): Promise<Context> {
  const found = await findPrincipal(it.identity.database.sql, id);
  const principal: Principal = { ...anonymous, objectId: id, kind: 'User', displayName: 'Grace', userPrincipalName: 'grace@lazurite.localhost', groups: found?.groups ?? [], ...extra };
  return { principal, correlationId: 'c', log: silentLog, clock: it.clock, signal: () => new AbortController().signal };
}

async function newPrincipal(kind: 'User' | 'Group' = 'User'): Promise<string> {
  const id = randomUUID();
  await it.identity.database.transaction((tx) => insertPrincipal(tx, { id, kind, displayName: 'Grace' }));
  return id;
}

function assign(principalId: string, roleId: string, scope: string): Promise<void> {
  return it.identity.database.transaction((tx) => insertAssignment(tx, { scope, roleId, principalId, principalType: 'User', createdBy: 'test', now: new Date(it.clock.now()) }));
}

const can = async (id: string, action: string, scope: string, plane: 'action' | 'dataAction' = 'action'): Promise<boolean> => it.identity.authorizer.can(await ctxOf(id), plane, action, scope);

async function insertResource(type: string, key: string, properties: object): Promise<void> {
  await it.identity.database.pool.query(
    `insert into resources (key, id, type, name, parent_key, properties, etag, provisioning_state, system_data) values ($1, $1, $2, $3, '', $4, 'e', 'Succeeded', '{}')`,
    [key, type, key.slice(key.lastIndexOf('/') + 1), JSON.stringify(properties)],
  );
}

describe('assignments', () => {
  test('are inherited downwards only', async () => {
    const id = await newPrincipal();
    await assign(id, roleIds.reader, RG);
    expect(await can(id, READ, WS)).toBe(true);
    expect(await can(id, READ, WS.toUpperCase())).toBe(true);
    expect(await can(id, READ, `${RG}2/providers/x`)).toBe(false);
    expect(await can(id, 'Microsoft.Resources/subscriptions/read', SUB)).toBe(false);
    expect(await can(id, WRITE_JOB, WS)).toBe(false);
  });
  test('at the root count everywhere', async () => {
    expect(await can(it.installation.ownerId, 'Microsoft.Authorization/roleAssignments/write', '/')).toBe(true);
    expect(await can(it.installation.ownerId, READ_BLOB, STORAGE, 'dataAction')).toBe(true);
    expect(await can(it.installation.cliPrincipalId, WRITE_JOB, WS)).toBe(true);
  });
  test('count through nested groups, and end with the membership', async () => {
    const [user, inner, outer] = [await newPrincipal(), await newPrincipal('Group'), await newPrincipal('Group')];
    await assign(outer, roleIds.contributor, WS);
    await it.identity.database.transaction(async (tx) => {
      await addGroupMember(tx, inner, user);
      await addGroupMember(tx, outer, inner);
    });
    expect(await can(user, WRITE_JOB, WS)).toBe(true);
    await it.identity.database.transaction((tx) => removeGroupMember(tx, inner, user));
    expect(await can(user, WRITE_JOB, WS)).toBe(false);
  });
  test('end at once when they are removed', async () => {
    const id = await newPrincipal();
    await assign(id, roleIds.owner, WS);
    expect(await can(id, WRITE_JOB, WS)).toBe(true);
    await it.identity.database.pool.query(`delete from resources where type = 'microsoft.authorization/roleassignments' and properties->>'principalId' = $1`, [id]);
    expect(await can(id, WRITE_JOB, WS)).toBe(false);
  });
  test('of a custom role grant what it says; an unknown role grants nothing', async () => {
    const [id, roleId] = [await newPrincipal(), randomUUID()];
    await assign(id, roleId, WS);
    expect(await can(id, WRITE_JOB, WS)).toBe(false);
    await insertResource('microsoft.authorization/roledefinitions', `${SUB}/providers/microsoft.authorization/roledefinitions/${roleId}`, {
      roleName: 'Submitter',
      permissions: [{ actions: ['Microsoft.MachineLearningServices/workspaces/jobs/*'], notActions: ['*/delete'] }],
    });
    // A later definition of the same name does not widen it.
    await insertResource('microsoft.authorization/roledefinitions', `${RG}/providers/microsoft.authorization/roledefinitions/${roleId}`, { roleName: 'Everything', permissions: [{ actions: ['*'] }] });
    expect(await can(id, WRITE_JOB, WS)).toBe(true);
    expect(await can(id, 'Microsoft.MachineLearningServices/workspaces/jobs/delete', WS)).toBe(false);
    expect(await can(id, READ, WS)).toBe(false);
    expect(await it.identity.authorizer.explain(id, 'action', WRITE_JOB, WS)).toMatchObject({ isAllowed: true, grants: [{ roleName: 'Submitter', scope: WS, principalId: id }] });
  });
  test('a custom definition cannot redefine a built-in role', async () => {
    const id = await newPrincipal();
    await assign(id, roleIds.reader, WS);
    await insertResource('microsoft.authorization/roledefinitions', `${SUB}/providers/microsoft.authorization/roledefinitions/${roleIds.reader}`, { permissions: [{ actions: ['*'] }] });
    expect(await can(id, WRITE_JOB, WS)).toBe(false);
  });
  test('with a condition grant nothing, because it cannot be checked', async () => {
    const id = await newPrincipal();
    await assign(id, roleIds.owner, WS);
    await it.identity.database.pool.query(`update resources set properties = properties || '{"condition":"@Resource[x] StringEquals y"}' where properties->>'principalId' = $1`, [id]);
    expect(await can(id, READ, WS)).toBe(false);
  });
});

describe('require', () => {
  test('a refusal names caller, action, scope and the roles that would do', async () => {
    const id = await newPrincipal();
    await expect(it.identity.authorizer.require(await ctxOf(id), WRITE_JOB, WS)).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'AuthorizationFailed',
      message: `The client 'grace@lazurite.localhost' with object id '${id}' does not have authorization to perform action '${WRITE_JOB}' over scope '${WS}' or the scope is invalid. If access was recently granted, please refresh your credentials. Roles that would grant it at this scope or above: Owner, Contributor, AzureML Data Scientist.`,
    });
    await expect(it.identity.authorizer.requireData(await ctxOf(id), READ_BLOB, STORAGE)).rejects.toMatchObject({ message: expect.stringContaining('Storage Blob Data Reader') });
  });
  test('nobody is asked to sign in, the server itself may', async () => {
    const ctx = await ctxOf(anonymous.objectId);
    await expect(it.identity.authorizer.require({ ...ctx, principal: anonymous }, READ, WS)).rejects.toMatchObject({ kind: 'unauthenticated', code: 'AuthenticationFailed' });
    await it.identity.authorizer.require({ ...ctx, principal: systemPrincipal }, READ, WS);
  });
  test('explain says nothing is granted to a disabled principal', async () => {
    const id = await newPrincipal();
    await assign(id, roleIds.owner, WS);
    await it.identity.database.transaction((tx) => setPrincipalEnabled(tx, id, false));
    expect(await it.identity.authorizer.explain(id, 'action', READ, WS)).toMatchObject({ isAllowed: false, grants: [] });
    await expect(it.identity.authorizer.explain(randomUUID(), 'action', READ, WS)).rejects.toMatchObject({ code: 'PrincipalNotFound' });
  });
});

describe('a job', () => {
  const jobKey = `${WS}/jobs/Train-1`;
  const mayJob = async (id: string, plane: 'action' | 'dataAction', action: string, scope: string): Promise<boolean> => it.identity.authorizer.can(await ctxOf(id, { jobKey }), plane, action, scope);

  test('does what the rule allows and its owner may, and no more', async () => {
    await insertResource('microsoft.machinelearningservices/workspaces', WS, { storageAccount: STORAGE.toUpperCase() });
    const owner = it.installation.ownerId;
    expect(await mayJob(owner, 'action', READ, WS)).toBe(true);
    expect(await mayJob(owner, 'action', 'Microsoft.MachineLearningServices/workspaces/experiments/runs/write', WS)).toBe(true);
    expect(await mayJob(owner, 'dataAction', READ_BLOB, `${STORAGE}/blobservices/default/containers/c`)).toBe(true);
    expect(await mayJob(owner, 'dataAction', READ_BLOB, `${STORAGE}x`)).toBe(false);
    expect(await mayJob(owner, 'action', WRITE_JOB, WS)).toBe(false);
    expect(await mayJob(owner, 'action', 'Microsoft.Authorization/roleAssignments/write', WS)).toBe(false);
    const reader = await newPrincipal();
    await assign(reader, roleIds.reader, WS);
    expect(await mayJob(reader, 'action', READ, WS)).toBe(true);
    expect(await mayJob(reader, 'action', 'Microsoft.MachineLearningServices/workspaces/experiments/runs/write', WS)).toBe(false);
    expect(await mayJob(reader, 'dataAction', READ_BLOB, STORAGE)).toBe(false);
  });
  test('a refusal says that it is a job', async () => {
    await expect(it.identity.authorizer.require(await ctxOf(it.installation.ownerId, { jobKey }), WRITE_JOB, WS)).rejects.toMatchObject({
      message: expect.stringContaining('The token belongs to job Train-1'),
    });
  });
});

describe('what a list shows', () => {
  test('is what one may read, what encloses it, and nothing beside it', async () => {
    const id = await newPrincipal();
    await assign(id, roleIds.reader, WS);
    const other = `${SUB}/resourceGroups/Other`;
    const visible = await it.identity.authorizer.visible(await ctxOf(id), READ, [SUB, RG, WS.toUpperCase(), other, STORAGE]);
    expect([...visible]).toEqual([SUB, RG, WS.toUpperCase()]);
    expect([...(await it.identity.authorizer.visible(await ctxOf(await newPrincipal()), READ, [SUB, RG, WS]))]).toEqual([]);
  });
});
