// The deployments client, unmodified: subscription and group scope, validate, what-if, modes, cancel, history, operations.

import { DeploymentsClient } from '@azure/arm-resourcesdeployments';
import { collect, openSession, POLL, refusal, report, variable } from '../azure/session.ts';
import { existingTemplate, landingTemplate } from './landing-template.ts';

const { credential, resources, subscription, post } = openSession();
const endpoint = variable('LAZURITE_ARM_ENDPOINT');
const client = new DeploymentsClient(credential, subscription, { endpoint, credentials: { scopes: [`${endpoint}/.default`] } });
const { deployments, deploymentOperations } = client;
const GROUP = 'Landing-RG';
const empty = { $schema: existingTemplate.$schema, contentVersion: '1.0.0.0', resources: [] };
const incremental = (template: object, parameters = {}) => ({ properties: { mode: 'Incremental' as const, template, parameters } });

const group = `/subscriptions/${subscription}/resourceGroups/${GROUP}`;
const account = (name: string) => ({ type: 'Microsoft.Storage/storageAccounts', apiVersion: '2023-01-01', name, location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' } });

const landing = { location: 'local', ...incremental(landingTemplate, { groupName: { value: GROUP }, password: { value: 'swordfish' } }) };
const validated = await deployments.validateAtSubscriptionScope('landing', landing);
const foreseen = await deployments.whatIfAtSubscriptionScope('landing', { location: 'local', properties: landing.properties }, POLL);
const landed = await deployments.createOrUpdateAtSubscriptionScope('landing', landing, POLL);
const module = await deployments.get(GROUP, 'workspace-module');
const moduleOperations = await collect(deploymentOperations.list(GROUP, 'workspace-module'));
const outerOperations = await collect(deploymentOperations.listAtSubscriptionScope('landing'));
const oneOperation = await deploymentOperations.get(GROUP, 'workspace-module', moduleOperations[0]?.operationId ?? '');

const added = await deployments.createOrUpdate(GROUP, 'existing', incremental(existingTemplate, { workspaceName: { value: 'landed' } }), POLL);
const unchanged = await deployments.whatIf(GROUP, 'existing', { properties: { ...incremental(existingTemplate, { workspaceName: { value: 'landed' } }).properties } }, POLL);
const exported = await deployments.exportTemplate(GROUP, 'existing');
const hash = await deployments.calculateTemplateHash(empty);

// A deployment that waits: its second resource depends on a workspace that takes its time.
const slow = {
  ...empty,
  resources: [0, 1, 2, 3, 4, 5].map((n) => ({
    type: 'Microsoft.MachineLearningServices/workspaces',
    apiVersion: '2024-04-01',
    name: `slow-${n}`,
    location: 'local',
    identity: { type: 'SystemAssigned' },
    properties: {},
    dependsOn: n === 0 ? [] : [`slow-${n - 1}`],
  })),
};
const running = deployments.createOrUpdate(GROUP, 'slow', incremental(slow), POLL);
await running.poll();
const active = await refusal(Promise.resolve(deployments.createOrUpdate(GROUP, 'slow', incremental(slow), POLL)));
await deployments.cancel(GROUP, 'slow');
const canceled = await deployments.get(GROUP, 'slow');
const cancelAgain = await refusal(deployments.cancel(GROUP, 'slow'));

const failing = await refusal(
  Promise.resolve(
    deployments.createOrUpdate(
      GROUP,
      'failing',
      incremental({
        ...empty,
        resources: [
          {
            ...account('notvalid'),
            properties: { minimumTlsVersion: `[reference('${group}/providers/Microsoft.MachineLearningServices/workspaces/landed', '2024-04-01').friendlyName]` },
          },
        ],
      }),
      POLL,
    ),
  ),
);
// What a policy or a schema refuses is refused before anything is made.
const POLICED = 'Policed-RG';
await resources.resourceGroups.createOrUpdate(POLICED, { location: 'local' });
await resources.resources.beginCreateOrUpdateByIdAndWait(
  `/subscriptions/${subscription}/resourceGroups/${POLICED}/providers/Microsoft.Authorization/policyAssignments/tagged`,
  '2023-04-01',
  {
    properties: {
      displayName: 'Costs',
      policyDefinitionId: '/providers/Microsoft.Authorization/policyDefinitions/871b6d14-10aa-478d-b590-94f262ecfa99',
      parameters: { tagName: { value: 'costCenter' } },
    },
  },
  POLL,
);
const policed = incremental({
  ...empty,
  resources: [
    { ...account('policedone'), tags: { costCenter: '7' } },
    { ...account('policedtwo'), dependsOn: ["[resourceId('Microsoft.Storage/storageAccounts', 'policedone')]"] },
    { ...account('Not_Valid'), tags: { costCenter: '7' } },
  ],
});
const preflight = {
  validated: await refusal(post(`/subscriptions/${subscription}/resourceGroups/${POLICED}/providers/Microsoft.Resources/deployments/policed/validate?api-version=2025-04-01`, policed)),
  created: await refusal(Promise.resolve(deployments.createOrUpdate(POLICED, 'policed', policed, POLL))),
  foreseen: await deployments.whatIf(POLICED, 'policed', policed, POLL),
  made: (await collect(resources.resources.listByResourceGroup(POLICED))).length,
};

const all = await collect(deployments.listByResourceGroup(GROUP));
const failed = await collect(deployments.listByResourceGroup(GROUP, { filter: "provisioningState eq 'Failed'" }));
const newest = await collect(deployments.listByResourceGroup(GROUP, { top: 2 }));
const atSubscription = await collect(deployments.listAtSubscriptionScope());

const refused = {
  templateLink: await refusal(
    Promise.resolve(deployments.createOrUpdate(GROUP, 'linked', { properties: { mode: 'Incremental', templateLink: { uri: 'https://example.com/azuredeploy.json' } } }, POLL)),
  ),
  extension: await refusal(
    Promise.resolve(
      deployments.createOrUpdate(GROUP, 'graph', incremental({ ...empty, languageVersion: '2.0', imports: { graph: { provider: 'MicrosoftGraph', version: '1.0.0' } }, resources: {} }), POLL),
    ),
  ),
  script: await refusal(
    Promise.resolve(
      deployments.createOrUpdate(
        GROUP,
        'script',
        incremental({ ...empty, resources: [{ type: 'Microsoft.Resources/deploymentScripts', apiVersion: '2023-08-01', name: 'run', location: 'local', kind: 'AzureCLI', properties: {} }] }),
        POLL,
      ),
    ),
  ),
  managementGroup: await refusal(Promise.resolve(deployments.createOrUpdateAtManagementGroupScope('root', 'up', { location: 'local', properties: { mode: 'Incremental', template: empty } }, POLL))),
  tenant: await refusal(Promise.resolve(deployments.createOrUpdateAtTenantScope('up', { location: 'local', properties: { mode: 'Incremental', template: empty } }, POLL))),
};

const complete = { properties: { ...incremental({ ...empty, resources: [] }).properties, mode: 'Complete' as const } };
await resources.resourceGroups.createOrUpdate('Complete-RG', { location: 'local' });
await deployments.createOrUpdate(
  'Complete-RG',
  'first',
  incremental({
    ...empty,
    resources: [0, 1].map((n) => ({ type: 'Microsoft.Insights/components', apiVersion: '2020-02-02', name: `gone-${n}`, location: 'local', kind: 'web', properties: { Application_Type: 'web' } })),
  }),
  POLL,
);
const willGo = await deployments.whatIf('Complete-RG', 'complete', complete, POLL);
await deployments.createOrUpdate('Complete-RG', 'complete', complete, POLL);
const left = await collect(resources.resources.listByResourceGroup('Complete-RG'));

await deployments.delete(GROUP, 'existing', POLL);
const exists = (await deployments.checkExistence(GROUP, 'existing')).body;
const stays = await resources.resources.checkExistenceById(`/subscriptions/${subscription}/resourceGroups/${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/landed`, '2024-04-01');

report({
  validated,
  foreseen,
  landed,
  module,
  moduleOperations,
  outerOperations,
  oneOperation,
  added,
  unchanged,
  exported,
  hash,
  active,
  canceled,
  cancelAgain,
  failing,
  preflight,
  all: all.map(({ name }) => name),
  failed: failed.map(({ name }) => name),
  newest: newest.length,
  atSubscription: atSubscription.map(({ name }) => name),
  refused,
  willGo,
  left: left.length,
  exists,
  stays: stays.body,
});
