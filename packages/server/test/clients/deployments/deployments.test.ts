// A workspace with its neighbours from a template, through the unmodified client and a whole server.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { objectAt, stringAt } from '#kernel/json.ts';
import { startTestServer, type TestServer } from '../../../../testkit/src/test-server.ts';
import { runClient } from '../azure/run-client.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  const errors = server?.errors();
  await server?.stop();
  expect(errors).toEqual([]);
});

test('@azure/arm-resources deploys a workspace and what it needs', async () => {
  const facts = await runClient(server, '../deployments/deploy', { principal: { objectId: '', ...server.credential() } });
  expect(objectAt(facts['validated'], 'properties')['provisioningState']).toBe('Succeeded');
  const done = objectAt(facts['created'], 'properties');
  expect(done).toMatchObject({
    provisioningState: 'Succeeded',
    mode: 'Incremental',
    duration: expect.stringMatching(/^PT/),
    correlationId: expect.any(String),
    templateHash: expect.stringMatching(/^\d+$/),
  });
  expect(done['outputResources']).toHaveLength(4);
  const outputs = objectAt(done, 'outputs');
  const value = (name: string) => objectAt(outputs, name)['value'];
  expect(value('workspaceId')).toBe(stringAt(facts['workspace'], 'id'));
  expect(value('principalId')).toBe(objectAt(facts['workspace'], 'identity')['principalId']);
  expect(value('blobEndpoint')).toContain('.blob.');
  expect([value('keyLength'), value('suffix')]).toEqual([88, server.connection.domain]);
  const workspace = objectAt(facts['workspace'], 'properties');
  expect(workspace).toMatchObject({ friendlyName: 'templated of Template-RG', provisioningState: 'Succeeded' });
  for (const neighbour of ['storageAccount', 'keyVault', 'applicationInsights']) expect(stringAt(workspace, neighbour)?.toLowerCase()).toContain('/resourcegroups/template-rg/');
  expect(objectAt(facts['again'], 'properties')['provisioningState']).toBe('Succeeded');
  expect(facts['exists']).toBe(true);
  expect(facts['failure']).toMatchObject({ message: expect.stringContaining('not valid') });
  expect(facts['invalid']).toMatchObject({ status: 400, code: 'InvalidTemplate', message: expect.stringContaining('workspaceName') });
  expect(facts['gone']).toMatchObject({ status: 404 });
});
