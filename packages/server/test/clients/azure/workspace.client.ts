// A resource group and a workspace, from nothing: create, read, update, list, keys; and the generic resources API.

import { collect, GROUP, openSession, POLL, refusal, report, WORKSPACE } from './session.ts';

const { resources, ml, workspaceId, subscription } = openSession();

const before = await resources.resourceGroups.checkExistence(GROUP);
const group = await resources.resourceGroups.createOrUpdate(GROUP, { location: 'local', tags: { team: 'vision' } });
const after = await resources.resourceGroups.checkExistence(GROUP.toUpperCase());
const patchedGroup = await resources.resourceGroups.update(GROUP, { tags: { team: 'speech', stage: 'test' } });
const groups = await collect(resources.resourceGroups.list());
const registered = await resources.providers.register('Microsoft.MachineLearningServices');
const provider = await resources.providers.get('Microsoft.MachineLearningServices');
const providers = await collect(resources.providers.list());

const created = await ml.workspaces.beginCreateOrUpdateAndWait(GROUP, WORKSPACE, { location: 'local', identity: { type: 'SystemAssigned' }, friendlyName: 'The lab', tags: { a: '1' } }, POLL);
const read = await ml.workspaces.get(GROUP.toLowerCase(), WORKSPACE.toUpperCase());
const updated = await ml.workspaces.beginUpdateAndWait(GROUP, WORKSPACE, { tags: { b: '2' }, description: 'Changed' }, POLL);
const inGroup = await collect(ml.workspaces.listByResourceGroup(GROUP));
const inSubscription = await collect(ml.workspaces.listBySubscription());
const keys = await ml.workspaces.listKeys(GROUP, WORKSPACE);
const generic = await collect(resources.resources.listByResourceGroup(GROUP));
const filtered = await collect(resources.resources.list({ filter: "resourceType eq 'Microsoft.MachineLearningServices/workspaces'" }));
const byId = await resources.resources.getById(workspaceId, '2024-10-01');
const exists = await resources.resources.checkExistenceById(workspaceId, '2024-10-01');
const missing = await refusal(ml.workspaces.get(GROUP, 'nothing-here'));
const outside = await refusal(ml.workspaces.get('no-such-group', WORKSPACE));
const badName = await refusal(ml.workspaces.beginCreateOrUpdateAndWait(GROUP, 'a', { location: 'local' }, POLL));

report({
  existence: [before.body, after.body],
  group,
  patchedGroup,
  groups: groups.map(({ name }) => name),
  registered: registered.registrationState,
  provider: provider.resourceTypes?.map(({ resourceType }) => resourceType),
  providers: providers.map(({ namespace }) => namespace),
  created,
  read,
  updated,
  inGroup: inGroup.map(({ id }) => id),
  inSubscription: inSubscription.map(({ id }) => id),
  keys: { storage: keys.userStorageResourceId, isKey: Buffer.from(keys.userStorageKey ?? '', 'base64').length },
  generic: generic.map(({ type }) => type).toSorted(),
  filtered: filtered.map(({ id }) => id),
  byId: byId.id,
  exists: exists.body,
  missing,
  outside,
  badName,
  workspaceId,
  subscription,
});
