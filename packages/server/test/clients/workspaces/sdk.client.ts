// A workspace's life through @azure/arm-machinelearning: actions, update in place, refusals, soft delete, hub and project.

import { StorageManagementClient } from '@azure/arm-storage';
import { collect, GROUP, openSession, POLL, refusal, report, variable } from '../azure/session.ts';

const { credential, resources, ml, subscription } = openSession();
const endpoint = variable('LAZURITE_ARM_ENDPOINT');
const storage = new StorageManagementClient(credential, subscription, { endpoint, credentials: { scopes: [`${endpoint}/.default`] } });
const NAME = 'Life';

await resources.resourceGroups.createOrUpdate(GROUP, { location: 'local' });
const created = await ml.workspaces.beginCreateOrUpdateAndWait(GROUP, NAME, { location: 'local', identity: { type: 'SystemAssigned' }, description: 'first' }, POLL);
const updated = await ml.workspaces.beginUpdateAndWait(GROUP, NAME, { tags: { a: '1' }, friendlyName: 'New', publicNetworkAccess: 'Disabled' }, POLL);
const opened = await ml.workspaces.beginUpdateAndWait(GROUP, NAME, { publicNetworkAccess: 'Enabled' }, POLL);
const fixed = await refusal(ml.workspaces.beginCreateOrUpdateAndWait(GROUP, NAME, { ...created, keyVault: `${created.keyVault}x` }, POLL));

const account = created.storageAccount?.split('/').at(-1) ?? '';
const healthy = await ml.workspaces.beginDiagnoseAndWait(GROUP, NAME, { ...POLL, parameters: { value: { storageAccount: {}, keyVault: {} } } });
const before = await ml.workspaces.listKeys(GROUP, NAME);
await storage.storageAccounts.regenerateKey(GROUP, account, { keyName: 'key1' });
const ill = await ml.workspaces.beginDiagnoseAndWait(GROUP, NAME, POLL);
const stale = await ml.datastores.listSecrets(GROUP, NAME, 'workspaceblobstore');
await ml.workspaces.beginResyncKeysAndWait(GROUP, NAME, POLL);
const after = await ml.workspaces.listKeys(GROUP, NAME);
const fresh = await ml.datastores.listSecrets(GROUP, NAME, 'workspaceblobstore');
const cured = await ml.workspaces.beginDiagnoseAndWait(GROUP, NAME, POLL);
const keyOf = (secrets: object): unknown => ('key' in secrets ? secrets.key : undefined);

const storageKeys = await ml.workspaces.listStorageAccountKeys(GROUP, NAME);
const notebooks = [
  await refusal(ml.workspaces.listNotebookKeys(GROUP, NAME)),
  await refusal(ml.workspaces.listNotebookAccessToken(GROUP, NAME)),
  await refusal(ml.workspaces.beginPrepareNotebookAndWait(GROUP, NAME, POLL)),
];
const links = await ml.privateLinkResources.list(GROUP, NAME);
const outbound = await ml.workspaces.listOutboundNetworkDependenciesEndpoints(GROUP, NAME);
const features = await collect(ml.workspaceFeatures.list(GROUP, NAME));

await ml.workspaces.beginDeleteAndWait(GROUP, NAME, POLL);
const gone = await refusal(ml.workspaces.get(GROUP, NAME));
const taken = await refusal(ml.workspaces.beginCreateOrUpdateAndWait(GROUP, NAME, { location: 'local' }, POLL));

report({
  created,
  updated,
  opened,
  fixed,
  healthy,
  ill,
  cured,
  keys: [before.userStorageKey === keyOf(stale), after.userStorageKey === keyOf(fresh), before.userStorageKey === after.userStorageKey, storageKeys.userStorageKey === after.userStorageKey],
  insightsKey: after.appInsightsInstrumentationKey,
  notebooks,
  links,
  outbound,
  features: features.length,
  gone,
  taken,
});
