// Log Analytics by @azure/arm-operationalinsights, and Application Insights over it by @azure/arm-appinsights.

import { ApplicationInsightsManagementClient } from '@azure/arm-appinsights';
import { OperationalInsightsManagementClient } from '@azure/arm-operationalinsights';
import { collect, openSession, POLL, refusal, report, variable } from '../azure/session.ts';

const { credential, resources, subscription, post } = openSession();
const endpoint = variable('LAZURITE_ARM_ENDPOINT');
const logs = new OperationalInsightsManagementClient(credential, subscription, { endpoint, credentials: { scopes: [`${endpoint}/.default`] } });
const insights = new ApplicationInsightsManagementClient(credential, subscription, { baseUri: endpoint });
const GROUP = 'Logs';

await resources.resourceGroups.createOrUpdate(GROUP, { location: 'local' });
const made = await logs.workspaces.createOrUpdate(GROUP, 'team-logs', { location: 'local', retentionInDays: 60, tags: { a: 'b' } }).pollUntilDone();
const again = await logs.workspaces.createOrUpdate(GROUP, 'team-logs', { location: 'local', retentionInDays: 60, tags: { a: 'b' } }).pollUntilDone();
const listed = await collect(logs.workspaces.listByResourceGroup(GROUP));
const keys = await logs.sharedKeys.getSharedKeys(GROUP, 'team-logs');
const byTemplates = await post(`${made.id}/listKeys?api-version=2020-08-01`, {});
const regenerated = await logs.sharedKeys.regenerate(GROUP, 'team-logs');
const after = await logs.sharedKeys.getSharedKeys(GROUP, 'team-logs');
const wrong = await refusal(logs.workspaces.createOrUpdate(GROUP, 'wrong-logs', { location: 'local', sku: { name: 'Golden' } }).pollUntilDone());

const put = (name: string, properties: object) =>
  resources.resources.beginCreateOrUpdateByIdAndWait(
    `/subscriptions/${subscription}/resourceGroups/${GROUP}/providers/Microsoft.Insights/components/${name}`,
    '2020-02-02',
    { location: 'local', kind: 'web', properties: { Application_Type: 'web', ...properties } },
    POLL,
  );
const linked = await put('app', { WorkspaceResourceId: made.id });
const read = await insights.components.get(GROUP, 'app');
const rewritten = await insights.components.createOrUpdate(GROUP, 'app', { location: 'local', kind: 'web', applicationType: 'web', tags: { x: 'y' } });
const unknown = await refusal(put('lost', { WorkspaceResourceId: `${made.id}-missing` }));
const billing = await insights.componentCurrentBillingFeatures.get(GROUP, 'app');
const capped = await insights.componentCurrentBillingFeatures.update(GROUP, 'app', { currentBillingFeatures: ['Basic'], dataVolumeCap: { cap: 5 } });
const ruleOf = (component: string) => `/subscriptions/${subscription}/resourceGroups/${GROUP}/providers/Microsoft.AlertsManagement/smartDetectorAlertRules/Failure Anomalies - ${component}`;
const rule = await resources.resources.getById(ruleOf('app'), '2019-06-01');
const turn = (state: string) => resources.resources.beginCreateOrUpdateByIdAndWait(ruleOf('app'), '2019-06-01', { location: 'global', properties: { ...rule.properties, state } }, POLL);
const rules = [await refusal(resources.resources.getById(ruleOf('nobody'), '2019-06-01')), await refusal(turn('Enabled')), Reflect.get(Object((await turn('Disabled')).properties), 'state')];
await resources.resources.beginDeleteByIdAndWait(ruleOf('app'), '2019-06-01', POLL);

await logs.workspaces.delete(GROUP, 'team-logs').pollUntilDone();
const gone = await refusal(logs.workspaces.get(GROUP, 'team-logs'));
const deleted = await collect(logs.deletedWorkspaces.list());
const recovered = await logs.workspaces.createOrUpdate(GROUP, 'team-logs', { location: 'local' }).pollUntilDone();
await logs.workspaces.delete(GROUP, 'team-logs', { force: true }).pollUntilDone();
const left = await collect(logs.deletedWorkspaces.listByResourceGroup(GROUP));

report({
  made,
  again: again.customerId,
  listed: listed.map(({ name }) => name),
  keys: [
    Reflect.get(Object(byTemplates), 'primarySharedKey') === keys.primarySharedKey,
    keys.primarySharedKey?.length,
    regenerated.primarySharedKey !== keys.primarySharedKey,
    after.primarySharedKey === regenerated.primarySharedKey,
  ],
  wrong,
  linked: linked.properties,
  read: JSON.parse(JSON.stringify(read)),
  stable: [read.instrumentationKey === rewritten.instrumentationKey, read.connectionString === rewritten.connectionString, read.appId === rewritten.appId],
  unknown,
  billing: JSON.parse(JSON.stringify(billing)),
  capped: JSON.parse(JSON.stringify(capped)),
  rules,
  gone,
  deleted: deleted.map(({ name }) => name),
  recovered: recovered.customerId,
  left: left.map(({ name }) => name),
});
