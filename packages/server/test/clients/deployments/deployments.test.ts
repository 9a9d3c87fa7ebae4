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
  expect(done['outputResources']).toHaveLength(7);
  const outputs = objectAt(done, 'outputs');
  const value = (name: string) => objectAt(outputs, name)['value'];
  expect(value('workspaceId')).toBe(stringAt(facts['workspace'], 'id'));
  expect(value('principalId')).toBe(objectAt(facts['workspace'], 'identity')['principalId']);
  expect(value('blobEndpoint')).toContain('.blob.');
  expect(value('keyUri')).toMatch(/\/keys\/seal\/[0-9a-f]{32}$/);
  expect(value('keyOps')).toContain('wrapKey');
  expect(value('zone')).toBe('privatelink.api.azureml.ms');
  expect(facts['datastore']).toMatchObject({ properties: { datastoreType: 'AzureBlob', containerName: 'raw', credentials: { credentialsType: 'AccountKey' } } });
  expect(JSON.stringify(facts['datastore'])).not.toMatch(/skipValidation|AccountKey":/i);
  // Policies were added to the vault since it was written, and a change of them cannot be read; the key has operations now.
  expect(changesOf(facts['unchanged']).filter((change) => !change.startsWith('NoChange'))).toEqual([
    'Modify Microsoft.KeyVault/vaults',
    'Modify Microsoft.KeyVault/vaults/keys',
    'Create Microsoft.KeyVault/vaults/accessPolicies',
  ]);
  expect(JSON.stringify(facts['unchanged'])).not.toMatch(/"[A-Za-z0-9+/]{86}=="/);
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

test('@azure/arm-resourcesdeployments lands a workspace from a subscription, and everything around it', async () => {
  const facts = await runClient(server, '../deployments/landing', { principal: { objectId: '', ...server.credential() } });
  expect(facts).toMatchObject({ validated: { properties: { provisioningState: 'Succeeded' } }, landed: { properties: { provisioningState: 'Succeeded' } } });
  const outputs = objectAt(objectAt(objectAt(facts['landed'], 'properties'), 'outputs'), 'all')['value'];
  const value = (name: string) => objectAt(objectAt(outputs, name), 'value') && objectAt(outputs, name)['value'];
  expect(objectAt(objectAt(objectAt(facts['landed'], 'properties'), 'outputs'), 'group')['value']).toBe('by template');
  expect(value('skus')).toEqual({ Standard_LRS: 2, Standard_GRS: 1 });
  expect(value('tags')).toEqual({ team: 'vision', stage: 'test' });
  expect(value('names')).toHaveLength(3);
  expect(value('endpoints')).toEqual([0, 1, 2].map(() => expect.stringContaining('.blob.')));
  expect(value('cloud')).toEqual([expect.any(String), server.connection.domain, expect.stringContaining('login.')]);
  expect(value('dates')).toEqual(['2026-02-28T00:00:00Z', 1_767_225_600]);
  expect(value('network')).toEqual({ subnets: ['10.20.0.0/24', '10.20.1.0/24', '10.20.2.0/24'], host: '10.20.0.4' });
  expect([value('zones'), objectAt(outputs, 'secret')]).toEqual([[], { type: 'SecureString' }]);
  expect(JSON.stringify(facts)).not.toContain('swordfish');
  const ofModule = Array.isArray(facts['moduleOperations']) ? facts['moduleOperations'] : [];
  expect(ofModule).toHaveLength(9);
  expect(facts['outerOperations']).toHaveLength(3);
  expect(stringAt(facts['oneOperation'], 'operationId')).toBe(stringAt(ofModule[0], 'operationId'));
  expect(changesOf(facts['foreseen'])).toContain('Create Microsoft.Resources/resourceGroups');
  expect(objectAt(objectAt(objectAt(facts['added'], 'properties'), 'outputs'), 'friendlyName')['value']).toBe('landed (workspace-module)');
  expect(changesOf(facts['unchanged']).filter((change) => change.startsWith('NoChange'))).toEqual(['NoChange Microsoft.MachineLearningServices/workspaces/codes']);
  expect(objectAt(facts['exported'], 'template')['languageVersion']).toBe('2.0');
  expect(stringAt(facts['hash'], 'templateHash')).toMatch(/^\d+$/);
  expect(facts).toMatchObject({
    active: { status: 409, code: 'DeploymentActive' },
    canceled: { properties: { provisioningState: 'Canceled' } },
    cancelAgain: { status: 409, code: 'DeploymentCannotBeCancelled' },
    failing: { message: expect.stringMatching(/At least one resource deployment operation failed.*minimumTlsVersion/s) },
    failed: ['failing'],
    newest: 4,
    atSubscription: ['landing'],
    left: 0,
    exists: false,
    stays: true,
    refused: {
      templateLink: { status: 501, code: 'TemplateLinkNotSupported' },
      extension: { status: 501, code: 'TemplateFeatureNotSupported' },
      script: { status: 400, code: 'InvalidTemplateDeployment', message: expect.stringContaining('Microsoft.Resources/deploymentScripts') },
      managementGroup: { status: 404, message: expect.stringContaining('Microsoft.Management') },
      tenant: { status: 501, code: 'DeploymentScopeNotSupported' },
    },
  });
  const error = {
    code: 'InvalidTemplateDeployment',
    message: expect.stringContaining('disallowed by policy'),
    details: [
      { code: 'RequestDisallowedByPolicy', target: expect.stringMatching(/\/policedtwo$/), additionalInfo: [{ type: 'PolicyViolation', info: { policyAssignmentName: 'tagged' } }] },
      { code: 'InvalidResourceName', target: expect.stringMatching(/\/Not_Valid$/) },
    ],
  };
  const refused = { code: error.code, message: error.message };
  expect(facts['preflight']).toMatchObject({
    validated: { message: expect.stringMatching(/answered 400.*RequestDisallowedByPolicy.*policedtwo/s) },
    created: refused,
    foreseen: { status: 'Failed', error },
    made: 0,
  });
  expect(facts['all']).toEqual(['failing', 'slow', 'existing', 'workspace-module']);
  expect(changesOf(facts['willGo'])).toEqual(['Delete Microsoft.Insights/components', 'Delete Microsoft.Insights/components']);
});

/** `Create Namespace/type`, one for each change. */
function changesOf(result: unknown): readonly string[] {
  const changes: unknown = objectAt(result, 'properties')['changes'] ?? Reflect.get(Object(result), 'changes');
  return (Array.isArray(changes) ? changes : []).map((change: unknown) => {
    const id = stringAt(change, 'resourceId') ?? '';
    const path = id.split('/providers/').at(-1) ?? '';
    const [namespace = '', ...rest] = path.split('/');
    const type = id.includes('/providers/') ? [namespace, ...rest.filter((_name, index) => index % 2 === 0)].join('/') : 'Microsoft.Resources/resourceGroups';
    return `${stringAt(change, 'changeType') ?? ''} ${type}`;
  });
}
