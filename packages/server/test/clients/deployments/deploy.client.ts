// A deployment by the generic resources API of @azure/arm-resources (version 8 has moved its deployments to another package):
// long-running create, read, what-if, operations, existence, delete.

import { DeploymentsClient } from '@azure/arm-resourcesdeployments';
import { openSession, POLL, refusal, report, variable } from '../azure/session.ts';
import { quickstartTemplate } from './quickstart-template.ts';

const { credential, resources, subscription, post } = openSession();
const endpoint = variable('LAZURITE_ARM_ENDPOINT');
const GROUP = 'Template-RG';
const VERSION = '2025-04-01';
const group = `/subscriptions/${subscription}/resourceGroups/${GROUP}`;
const id = `${group}/providers/Microsoft.Resources/deployments/quickstart`;
const properties = { mode: 'Incremental', template: quickstartTemplate, parameters: { workspaceName: { value: 'templated' }, tags: { value: { team: 'vision' } } } };

await resources.resourceGroups.createOrUpdate(GROUP, { location: 'local' });
const validated = await post(`${id}/validate?api-version=${VERSION}`, { properties });
const created = await resources.resources.beginCreateOrUpdateByIdAndWait(id, VERSION, { properties }, POLL);
const workspace = await resources.resources.getById(`${group}/providers/Microsoft.MachineLearningServices/workspaces/templated`, '2024-04-01');
const datastore = await resources.resources.getById(`${group}/providers/Microsoft.MachineLearningServices/workspaces/templated/datastores/earlier`, '2024-04-01');
const { deployments } = new DeploymentsClient(credential, subscription, { endpoint, credentials: { scopes: [`${endpoint}/.default`] } });
const unchanged = await deployments.whatIf(GROUP, 'quickstart', { properties: { ...properties, mode: 'Incremental' } }, POLL);
const again = await resources.resources.beginCreateOrUpdateByIdAndWait(id, VERSION, { properties }, POLL);
const exists = await resources.resources.checkExistenceById(id, VERSION);
const failure = await refusal(
  resources.resources.beginCreateOrUpdateByIdAndWait(
    `${id}-bad`,
    VERSION,
    { properties: { ...properties, parameters: { ...properties.parameters, storageKind: { value: 'Standard_LRS' }, workspaceName: { value: 'not valid!' } } } },
    POLL,
  ),
);
const invalid = await refusal(resources.resources.beginCreateOrUpdateByIdAndWait(`${id}-bad`, VERSION, { properties: { ...properties, parameters: {} } }, POLL));
await resources.resources.beginDeleteByIdAndWait(id, VERSION, POLL);
const gone = await refusal(resources.resources.getById(id, VERSION));
report({ validated, created, again, datastore, unchanged, workspace, exists: exists.body, failure, invalid, gone });
