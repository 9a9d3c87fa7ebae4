// Management locks by @azure/arm-locks: what they refuse at their scope, below it and above it; and the activity log of it
// all by @azure/arm-monitor.

import { ManagementLockClient } from '@azure/arm-locks';
import { MonitorClient } from '@azure/arm-monitor';
import { collect, openSession, POLL, refusal, report, variable } from '../azure/session.ts';

const { credential, resources, subscription } = openSession();
const endpoint = variable('LAZURITE_ARM_ENDPOINT');
const scope = `${endpoint}/.default`;
const locks = new ManagementLockClient(credential, subscription, { endpoint, credentialScopes: scope });
const monitor = new MonitorClient(credential, subscription, { endpoint, credentials: { scopes: [scope] } });
const GROUP = 'Locked';
const VERSION = '2024-11-30';
const group = `/subscriptions/${subscription}/resourceGroups/${GROUP}`;
const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/kept`;
const registry = `${group}/providers/Microsoft.ContainerRegistry/registries/keptimages`;
const put = (id: string, body: object, version = VERSION) => resources.resources.beginCreateOrUpdateByIdAndWait(id, version, { location: 'local', ...body }, POLL);
const remove = (id: string) => resources.resources.beginDeleteByIdAndWait(id, VERSION, POLL);
const began = new Date(Date.now() - 60_000).toISOString();

await resources.resourceGroups.createOrUpdate(GROUP, { location: 'local' });
await put(identity, {});
await put(registry, { sku: { name: 'Basic' }, properties: { adminUserEnabled: true } }, '2025-11-01');

const made = await locks.managementLocks.createOrUpdateByScope(identity.slice(1), 'keep', { level: 'CanNotDelete', notes: 'in use' });
const write = await put(identity, { tags: { a: 'b' } });
const removal = await refusal(remove(identity));
const cascade = await refusal(resources.resourceGroups.beginDeleteAndWait(GROUP, POLL));
const ofGroup = await collect(locks.managementLocks.listAtResourceGroupLevel(GROUP));
const atGroup = await collect(locks.managementLocks.listAtResourceGroupLevel(GROUP, { filter: 'atScope()' }));
await locks.managementLocks.deleteByScope(identity.slice(1), 'keep');

await locks.managementLocks.createOrUpdateAtResourceGroupLevel(GROUP, 'frozen', { level: 'ReadOnly' });
const inSubscription = await collect(locks.managementLocks.listAtSubscriptionLevel());
const frozen = [
  await refusal(put(identity, { tags: { c: 'd' } })),
  await refusal(remove(identity)),
  await refusal(resources.resourceGroups.update(GROUP, { tags: { a: 'b' } })),
  await refusal(put(`${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/another`, {})),
];
const keysResponse = await fetch(`${endpoint}${registry}/listCredentials?api-version=2025-11-01`, {
  method: 'POST',
  headers: { authorization: `Bearer ${(await credential.getToken(scope))?.token ?? ''}` },
});
const readable = await resources.resources.getById(identity, VERSION);
const wrongLevel = await refusal(locks.managementLocks.createOrUpdateAtResourceGroupLevel(GROUP, 'odd', { level: 'NotSpecified' }));
await locks.managementLocks.deleteAtResourceGroupLevel(GROUP, 'frozen');
await remove(identity);

const all = await collect(monitor.activityLogs.list(`eventTimestamp ge '${began}' and resourceGroupName eq '${GROUP}'`));
const ofIdentity = await collect(monitor.activityLogs.list(`eventTimestamp ge '${began}' and resourceUri eq '${identity}'`, { select: 'operationName,resourceId' }));
const correlated = await collect(monitor.activityLogs.list(`eventTimestamp ge '${began}' and correlationId eq '${all[0]?.correlationId ?? ''}'`));
const none = await collect(monitor.activityLogs.list(`eventTimestamp ge '${began}' and eventTimestamp le '${began}'`));
const noBeginning = await refusal(collect(monitor.activityLogs.list(`resourceGroupName eq '${GROUP}'`)));
const tooOld = await refusal(collect(monitor.activityLogs.list("eventTimestamp ge '2001-01-01T00:00:00Z'")));
await resources.resourceGroups.beginDeleteAndWait(GROUP, POLL);

report({
  made,
  write: write.tags,
  removal,
  cascade,
  locks: [ofGroup.map(({ name }) => name), atGroup.map(({ name }) => name), inSubscription.map(({ name }) => name)],
  frozen,
  keys: keysResponse.status,
  readable: readable.name,
  wrongLevel,
  first: all.at(-1),
  operations: all.map((event) => event.operationName?.value),
  ofIdentity,
  correlated: correlated.map((event) => event.correlationId === all[0]?.correlationId),
  none,
  noBeginning,
  tooOld,
});
