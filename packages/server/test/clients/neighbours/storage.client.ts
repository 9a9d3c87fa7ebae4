// Children and signatures of storage accounts by @azure/arm-storage, and the same containers by @azure/storage-blob.

import { StorageManagementClient } from '@azure/arm-storage';
import { BlobServiceClient } from '@azure/storage-blob';
import { ShareFileClient, ShareServiceClient } from '@azure/storage-file-share';
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

const share = await storage.fileShares.create(GROUP, NAME, 'from-arm', { shareQuota: 3, metadata: { a: 'b' } });
const grown = await storage.fileShares.update(GROUP, NAME, 'from-arm', { shareQuota: 4, accessTier: 'Cool' });
const nfs = await refusal(storage.fileShares.create(GROUP, NAME, 'unix', { enabledProtocols: 'NFS' }));
const badShare = await refusal(storage.fileShares.create(GROUP, NAME, 'Not-Valid', {}));
const noQuota = await refusal(storage.fileShares.create(GROUP, NAME, 'large', { shareQuota: 1_000_000 }));
const shareClient = new ShareServiceClient(account.primaryEndpoints?.file ?? '', credential, { fileRequestIntent: 'backup' }).getShareClient('from-arm');
await shareClient.createDirectory('d');
await shareClient.getDirectoryClient('d').getFileClient('f.txt').uploadData(Buffer.from('by token'));
const used = await storage.fileShares.get(GROUP, NAME, 'from-arm', { expand: 'stats' });
const fileSas = await storage.storageAccounts.listServiceSAS(GROUP, NAME, { canonicalizedResource: `/file/${NAME}/from-arm/d/f.txt`, resource: 'f', permissions: 'r', sharedAccessExpiryTime: expiry });
const bySignature = await new ShareFileClient(`${shareClient.url}/d/f.txt?${fileSas.serviceSasToken ?? ''}`).downloadToBuffer();
await new ShareServiceClient(
  `${account.primaryEndpoints?.file ?? ''}?${(await storage.storageAccounts.listAccountSAS(GROUP, NAME, { services: 'f', resourceTypes: 'sco', permissions: 'rwlc', sharedAccessExpiryTime: expiry })).accountSasToken ?? ''}`,
)
  .getShareClient('from-data')
  .create();
const shares = await collect(storage.fileShares.list(GROUP, NAME, { maxpagesize: '1' }));
const someShares = await collect(storage.fileShares.list(GROUP, NAME, { filter: 'startswith(name, from-d)' }));
await storage.fileShares.delete(GROUP, NAME, 'from-arm');
const shareGone = await refusal(storage.fileShares.get(GROUP, NAME, 'from-arm'));
const shareGoneThere = await shareClient.exists();
const lake = await storage.storageAccounts.create(GROUP, 'lakeaccount', { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_ZRS' }, isHnsEnabled: true }, POLL).pollUntilDone();
const infos = [await data.getAccountInfo(), await blobs(lake.primaryEndpoints?.blob ?? '').getAccountInfo()];
const filesOn = await refusal(storage.fileServices.setServiceProperties(GROUP, NAME, { shareDeleteRetentionPolicy: { enabled: true, days: 7 } }));

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
  filesOn,
  share,
  grown: [grown.shareQuota, grown.accessTier, grown.metadata],
  nfs,
  badShare,
  noQuota,
  used: used.shareUsageBytes,
  bySignature: bySignature.toString(),
  shares: shares.map(({ name }) => name),
  someShares: someShares.map(({ name }) => name),
  shareGone,
  shareGoneThere,
  info: infos.map(({ isHierarchicalNamespaceEnabled, skuName }) => [isHierarchicalNamespaceEnabled, skuName]),
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
