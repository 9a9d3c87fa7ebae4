// What stands beside a workspace, each through its own unmodified client: identities, logs, registries, locks, activity.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '#kernel/json.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import { startTestServer, type TestServer } from '../../../../testkit/src/test-server.ts';
import { runClient } from '../azure/run-client.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  const errors = server?.errors();
  await server?.stop();
  expect(errors).toEqual([]);
});

const client = (name: string, variables: Readonly<Record<string, string>> = {}): Promise<JsonObject> => runClient(server, `../neighbours/${name}`, { variables });

test('user-assigned identities are principals: their tokens count until they are removed', async () => {
  const facts = await client('identities');
  const made = objectAt(facts, 'made');
  expect(made).toMatchObject({ name: 'Worker', tags: { a: 'b' }, tenantId: server.connection.tenantId, principalId: expect.stringMatching(GUID), clientId: expect.stringMatching(GUID) });
  expect(objectAt(facts, 'again')).toMatchObject({ name: 'Worker', principalId: made['principalId'], clientId: made['clientId'] });
  expect(objectAt(facts, 'patched')['tags']).toEqual({ c: 'd' });
  expect(facts['names']).toEqual([['Worker'], ['Worker']]);
  expect(facts['federated']).toMatchObject({ name: 'from-ci', subject: 'repo:a/b' });
  expect([facts['twin'], facts['wrongIssuer']]).toMatchObject([{ status: 409 }, { status: 400, message: expect.stringContaining('issuer') }]);
  expect(facts['credentials']).toEqual(['from-ci']);
  expect(facts['claims']).toMatchObject({ oid: made['principalId'], appid: made['clientId'], xms_mirid: stringAt(made, 'id')?.toLowerCase() });
  expect([facts['byResource'], facts['answers']]).toEqual([true, [200, 401]]);
  const both = objectAt(facts, 'both');
  expect(both).toMatchObject({
    type: 'SystemAssigned,UserAssigned',
    principalId: expect.stringMatching(GUID),
    userAssignedIdentities: { [stringAt(made, 'id') ?? '']: { principalId: made['principalId'], clientId: made['clientId'] } },
  });
  expect(facts['system']).toMatchObject({ name: 'default', principalId: both['principalId'], tenantId: server.connection.tenantId, clientId: expect.stringMatching(GUID) });
  expect(facts['missing']).toMatchObject({ status: 400, message: expect.stringContaining('userAssignedIdentities') });
  expect(facts['none']).toEqual({ type: 'None' });
  expect([facts['noSystem'], facts['gone']]).toMatchObject([{ status: 404 }, { status: 404, code: 'ResourceNotFound' }]);
});
