// User-assigned identities and their federated credentials by @azure/arm-msi; tokens by ManagedIdentityCredential.

import { ManagedServiceIdentityClient } from '@azure/arm-msi';
import { ManagedIdentityCredential } from '@azure/identity';
import { StorageManagementClient } from '@azure/arm-storage';
import { collect, openSession, POLL, refusal, report, variable } from '../azure/session.ts';

const { credential, resources, subscription } = openSession();
const endpoint = variable('LAZURITE_ARM_ENDPOINT');
const scope = `${endpoint}/.default`;
const msi = new ManagedServiceIdentityClient(credential, subscription, { endpoint, credentialScopes: scope });
const storage = new StorageManagementClient(credential, subscription, { endpoint, credentials: { scopes: [scope] } });
const GROUP = 'Identities';

await resources.resourceGroups.createOrUpdate(GROUP, { location: 'local' });
const made = await msi.userAssignedIdentities.createOrUpdate(GROUP, 'Worker', { location: 'local', tags: { a: 'b' } });
const again = await msi.userAssignedIdentities.createOrUpdate(GROUP, 'worker', { location: 'local' });
const patched = await msi.userAssignedIdentities.update(GROUP, 'worker', { tags: { c: 'd' } });
const listed = await collect(msi.userAssignedIdentities.listByResourceGroup(GROUP));
const inSubscription = await collect(msi.userAssignedIdentities.listBySubscription());

const trust = { issuer: 'https://token.example.com', subject: 'repo:a/b', audiences: ['api://AzureADTokenExchange'] };
const federated = await msi.federatedIdentityCredentials.createOrUpdate(GROUP, 'Worker', 'from-ci', trust);
const twin = await refusal(msi.federatedIdentityCredentials.createOrUpdate(GROUP, 'Worker', 'from-ci-2', trust));
const wrongIssuer = await refusal(msi.federatedIdentityCredentials.createOrUpdate(GROUP, 'Worker', 'wrong', { ...trust, issuer: 'not a url' }));
const credentials = await collect(msi.federatedIdentityCredentials.list(GROUP, 'Worker'));

const token = await new ManagedIdentityCredential({ clientId: made.clientId ?? '' }).getToken(scope);
const byResource = await new ManagedIdentityCredential({ resourceId: made.id ?? '' }).getToken(scope);
const claims: unknown = JSON.parse(Buffer.from(token.token.split('.')[1] ?? '', 'base64url').toString('utf8'));
const answers = async (): Promise<number> =>
  (await fetch(`${endpoint}/subscriptions/${subscription}/resourceGroups?api-version=2021-04-01`, { headers: { authorization: `Bearer ${token.token}` } })).status;
const before = await answers();

const account = (identity: object) =>
  storage.storageAccounts.create(GROUP, 'identified', { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, identity: { type: 'None', ...identity } }, POLL).pollUntilDone();
const both = await account({ type: 'SystemAssigned,UserAssigned', userAssignedIdentities: { [made.id ?? '']: {} } });
const system = await msi.systemAssignedIdentities.getByScope((both.id ?? '').slice(1));
const missing = await refusal(account({ type: 'UserAssigned', userAssignedIdentities: { [`${made.id}-missing`]: {} } }));
const none = await account({ type: 'None' });
const noSystem = await refusal(msi.systemAssignedIdentities.getByScope((both.id ?? '').slice(1)));

await msi.userAssignedIdentities.delete(GROUP, 'Worker');
const after = await answers();
const gone = await refusal(msi.userAssignedIdentities.get(GROUP, 'Worker'));

report({
  made,
  again,
  patched,
  names: [listed.map(({ name }) => name), inSubscription.map(({ name }) => name)],
  federated,
  twin,
  wrongIssuer,
  credentials: credentials.map(({ name }) => name),
  claims,
  byResource: byResource.token.length > 100,
  answers: [before, after],
  both: both.identity,
  system,
  missing,
  none: none.identity,
  noSystem,
  gone,
});
