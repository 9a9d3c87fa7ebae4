// Children of a workspace by the unmodified client: a compute instance through its life, a cluster, datastores, outbound rules.

import { GROUP, openSession, POLL, refusal, report, WORKSPACE } from '../azure/session.ts';

const { ml, resources, subscription, workspaceId } = openSession();
await resources.resourceGroups.createOrUpdate(GROUP, { location: 'local' });
const workspace = await ml.workspaces.beginCreateOrUpdateAndWait(GROUP, WORKSPACE, { location: 'local', identity: { type: 'SystemAssigned' } }, POLL);

const instance = (properties: object) => ({ location: 'local', properties: { computeType: 'ComputeInstance' as const, properties } });
const stopAt = (timeZone: string) => ({
  computeStartStop: [{ status: 'Enabled', action: 'Stop', triggerType: 'Cron' as const, cron: { expression: '0 18 * * 1-5', timeZone, startTime: '2099-01-01T00:00:00' } }],
});
const made = await ml.computeOperations.beginCreateOrUpdateAndWait(
  GROUP,
  WORKSPACE,
  'desk',
  instance({
    vmSize: 'STANDARD_DS2_V2',
    sshSettings: { sshPublicAccess: 'Disabled' },
    schedules: stopAt('W. Europe Standard Time'),
  }),
  POLL,
);
const stateOf = async (name: string): Promise<unknown> => {
  const { properties } = await ml.computeOperations.get(GROUP, WORKSPACE, name);
  return properties !== undefined && 'properties' in properties ? Reflect.get(properties.properties ?? {}, 'state') : undefined;
};
const states: unknown[] = [await stateOf('desk')];
await ml.computeOperations.beginStopAndWait(GROUP, WORKSPACE, 'desk', POLL);
states.push(await stateOf('desk'));
await ml.computeOperations.beginStartAndWait(GROUP, WORKSPACE, 'desk', POLL);
states.push(await stateOf('desk'));
await ml.computeOperations.beginRestartAndWait(GROUP, WORKSPACE, 'desk', POLL);
states.push(await stateOf('desk'));

const cluster = (properties: object, rest: object = {}) => ({ location: 'local', ...rest, properties: { computeType: 'AmlCompute' as const, properties } });
const scale = (maxNodeCount: number, nodeIdleTimeBeforeScaleDown: string) => ({ maxNodeCount, minNodeCount: 0, nodeIdleTimeBeforeScaleDown });
await ml.computeOperations.beginCreateOrUpdateAndWait(GROUP, WORKSPACE, 'pool', cluster({ vmSize: 'STANDARD_D1_V2', vmPriority: 'LowPriority', scaleSettings: scale(1, 'PT30S') }), POLL);
const grown = await ml.computeOperations.beginCreateOrUpdateAndWait(
  GROUP,
  WORKSPACE,
  'pool',
  cluster({ vmSize: 'standard_d1_v2', vmPriority: 'LowPriority', scaleSettings: scale(2, 'PT1M') }, { identity: { type: 'SystemAssigned' }, tags: { a: 'b' } }),
  POLL,
);

const accountName = workspace.storageAccount?.split('/').at(-1) ?? '';
const key = (await ml.workspaces.listKeys(GROUP, WORKSPACE)).userStorageKey ?? '';
const blob = (properties: object, containerName = 'extra') => ({
  properties: {
    datastoreType: 'AzureBlob' as const,
    accountName,
    containerName,
    credentials: { credentialsType: 'AccountKey' as const, secrets: { secretsType: 'AccountKey' as const, key } },
    ...properties,
  },
});
const put = (name: string, body: object, skipValidation = false) =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- bodies that the client's types do not allow are sent on purpose
  ml.datastores.createOrUpdate(GROUP, WORKSPACE, name, body as Parameters<typeof ml.datastores.createOrUpdate>[3], { skipValidation });
await put('extra', blob({}));
const principal = { clientId: '11111111-1111-1111-1111-111111111111', tenantId: '22222222-2222-2222-2222-222222222222' };
await put(
  'lake',
  {
    properties: {
      datastoreType: 'AzureDataLakeGen2',
      accountName: 'elsewhere',
      filesystem: 'fs',
      credentials: { credentialsType: 'ServicePrincipal', ...principal, secrets: { secretsType: 'ServicePrincipal', clientSecret: 'hush' } },
    },
  },
  true,
);
await put('files', {
  properties: { datastoreType: 'AzureFile', accountName, fileShareName: 'share', credentials: { credentialsType: 'Sas', secrets: { secretsType: 'Sas', sasToken: 'sv=1&sig=x' } } },
});

report({
  workspaceId,
  subscription,
  accountName,
  instance: made.properties,
  states,
  grown: { ...grown.properties, identity: grown.identity, tags: grown.tags },
  refused: {
    startCluster: await refusal(ml.computeOperations.beginStartAndWait(GROUP, WORKSPACE, 'pool', POLL)),
    size: await refusal(ml.computeOperations.beginCreateOrUpdateAndWait(GROUP, WORKSPACE, 'pool', cluster({ vmSize: 'STANDARD_D2_V2', scaleSettings: scale(2, 'PT1M') }), POLL)),
    priority: await refusal(ml.computeOperations.beginCreateOrUpdateAndWait(GROUP, WORKSPACE, 'pool', cluster({ vmPriority: 'Dedicated', scaleSettings: scale(2, 'PT1M') }), POLL)),
    kubernetes: await refusal(ml.computeOperations.beginCreateOrUpdateAndWait(GROUP, WORKSPACE, 'aks', { location: 'local', properties: { computeType: 'Kubernetes', resourceId: 'x' } }, POLL)),
    scripts: await refusal(
      ml.computeOperations.beginCreateOrUpdateAndWait(GROUP, WORKSPACE, 'desk-b', instance({ setupScripts: { scripts: { creationScript: { scriptSource: 'inline', scriptData: 'eA==' } } } }), POLL),
    ),
    timeZone: await refusal(ml.computeOperations.beginCreateOrUpdateAndWait(GROUP, WORKSPACE, 'desk-c', instance({ schedules: stopAt('Atlantis Standard Time') }), POLL)),
    keys: await refusal(ml.computeOperations.listKeys(GROUP, WORKSPACE, 'pool')),
    unknownAccount: await refusal(put('bad', blob({ accountName: 'nowhere' }))),
    wrongKey: await refusal(put('bad', blob({ credentials: { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key: 'AAAA' } } }))),
    noSecret: await refusal(put('bad', blob({ credentials: { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey' } } }))),
    systemDelete: await refusal(ml.datastores.delete(GROUP, WORKSPACE, 'workspaceartifactstore')),
    systemMove: await refusal(put('workspaceblobstore', blob({}))),
  },
  lakeSecrets: await ml.datastores.listSecrets(GROUP, WORKSPACE, 'lake'),
  lake: (await ml.datastores.get(GROUP, WORKSPACE, 'lake')).properties,
  goneInstance: await ml.computeOperations.beginDeleteAndWait(GROUP, WORKSPACE, 'desk', 'Delete', POLL).then(() => refusal(ml.computeOperations.get(GROUP, WORKSPACE, 'desk'))),
});
