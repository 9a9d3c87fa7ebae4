// Children and signatures of storage accounts by @azure/arm-storage, and the same containers by @azure/storage-blob.

import { StorageManagementClient } from '@azure/arm-storage';
import { BlobServiceClient } from '@azure/storage-blob';
import { collect, openSession, POLL, refusal, report, variable } from '../azure/session.ts';

const { credential, resources, subscription, blobs } = openSession();
const endpoint = variable('LAZURITE_ARM_ENDPOINT');
const storage = new StorageManagementClient(credential, subscription, { endpoint, credentials: { scopes: [`${endpoint}/.default`] } });
const GROUP = 'Bytes';
const NAME = 'childrenaccount';

await resources.resourceGroups.createOrUpdate(GROUP, { location: 'local' });
const account = await storage.storageAccounts.create(GROUP, NAME, { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' } }, POLL).pollUntilDone();
const availability = await storage.storageAccounts.checkNameAvailability({ name: NAME, type: 'Microsoft.Storage/storageAccounts' });
const updated = await storage.storageAccounts.update(GROUP, NAME, { tags: { a: 'b' }, minimumTlsVersion: 'TLS1_3' });
const service = await storage.blobServices.getServiceProperties(GROUP, NAME);
const off = await storage.blobServices.setServiceProperties(GROUP, NAME, { deleteRetentionPolicy: { enabled: false }, isVersioningEnabled: false, cors: { corsRules: [] } });
const on = await refusal(storage.blobServices.setServiceProperties(GROUP, NAME, { isVersioningEnabled: true }));
const files = await storage.fileServices.getServiceProperties(GROUP, NAME);
const queues = await storage.queueServices.getServiceProperties(GROUP, NAME);
const policy = await refusal(storage.managementPolicies.get(GROUP, NAME, 'default'));

const made = await storage.blobContainers.create(GROUP, NAME, 'from-arm', { metadata: { a: 'b' } });
const again = await storage.blobContainers.create(GROUP, NAME, 'from-arm', {});
const changed = await storage.blobContainers.update(GROUP, NAME, 'from-arm', { metadata: { c: 'd' } });
const isPublic = await refusal(storage.blobContainers.create(GROUP, NAME, 'open', { publicAccess: 'Blob' }));
const badName = await refusal(storage.blobContainers.create(GROUP, NAME, 'Not-Valid', {}));
const data = blobs(account.primaryEndpoints?.blob ?? '');
await data.getContainerClient('from-data').create();
const seen = await data.getContainerClient('from-arm').getProperties();
const listed = await collect(storage.blobContainers.list(GROUP, NAME, { maxpagesize: '1' }));
const filtered = await collect(storage.blobContainers.list(GROUP, NAME, { filter: 'startswith(name, from-d)' }));

const expiry = new Date(Date.now() + 3_600_000);
const accountSas = await storage.storageAccounts.listAccountSAS(GROUP, NAME, { services: 'b', resourceTypes: 'sco', permissions: 'rl', sharedAccessExpiryTime: expiry });
const bySas = await collect(new BlobServiceClient(`${account.primaryEndpoints?.blob ?? ''}?${accountSas.accountSasToken ?? ''}`).listContainers());
const serviceSas = await storage.storageAccounts.listServiceSAS(GROUP, NAME, { canonicalizedResource: `/blob/${NAME}/from-arm`, resource: 'c', permissions: 'rcw', sharedAccessExpiryTime: expiry });
const written = await new BlobServiceClient(`${account.primaryEndpoints?.blob ?? ''}?${serviceSas.serviceSasToken ?? ''}`)
  .getContainerClient('from-arm')
  .getBlockBlobClient('a.txt')
  .upload('hello', 5);
const foreign = await refusal(storage.storageAccounts.listServiceSAS(GROUP, NAME, { canonicalizedResource: '/blob/other/from-arm', resource: 'c', permissions: 'r', sharedAccessExpiryTime: expiry }));

await storage.blobContainers.delete(GROUP, NAME, 'from-arm');
await storage.blobContainers.delete(GROUP, NAME, 'from-arm');
const gone = await refusal(storage.blobContainers.get(GROUP, NAME, 'from-arm'));
const goneThere = await data.getContainerClient('from-arm').exists();
await storage.storageAccounts.delete(GROUP, NAME);
const accountGone = await refusal(storage.storageAccounts.getProperties(GROUP, NAME));

report({
  endpoints: Object.keys(account.primaryEndpoints ?? {}).toSorted(),
  availability,
  updated: [updated.tags, updated.minimumTlsVersion],
  service,
  off: off.name,
  on,
  files: files.name,
  queues: queues.name,
  policy,
  made,
  again: again.metadata,
  changed: changed.metadata,
  isPublic,
  badName,
  seen: seen.metadata,
  listed: listed.map(({ name }) => name),
  filtered: filtered.map(({ name }) => name),
  bySas: bySas.map(({ name }) => name),
  written: written._response.status,
  foreign,
  gone,
  goneThere,
  accountGone,
});
