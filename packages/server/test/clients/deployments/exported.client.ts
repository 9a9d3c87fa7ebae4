// A template from the environment through @azure/arm-resourcesdeployments: validated, deployed, its workspace read.

import { DeploymentsClient } from '@azure/arm-resourcesdeployments';
import { openSession, POLL, report, variable } from '../azure/session.ts';

const { credential, resources, subscription } = openSession();
const endpoint = variable('LAZURITE_ARM_ENDPOINT');
const group = variable('GROUP');
const { deployments } = new DeploymentsClient(credential, subscription, { endpoint, credentials: { scopes: [`${endpoint}/.default`] } });
const deployment = { properties: { mode: 'Incremental' as const, template: JSON.parse(variable('TEMPLATE')) } };

await resources.resourceGroups.createOrUpdate(group, { location: 'local' });
const validated = await deployments.validate(group, 'exported', deployment, POLL);
const created = await deployments.createOrUpdate(group, 'exported', deployment, POLL);
const outputs: unknown = created.properties?.outputs;
report({
  validated,
  created,
  outputs,
  workspace: await resources.resources.getById(`/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${variable('NAME')}`, '2024-10-01'),
});
