// @azure/arm-machinelearning and @azure/storage-blob on a workspace with a customer-managed key and a user-assigned identity.

import { collect, openSession, POLL, readText, refusal, report, variable } from '../azure/session.ts';

const { ml, blobs } = openSession();
const group = variable('GROUP');
const identity = variable('IDENTITY_ID');
const encryption = {
  status: 'Enabled',
  identity: { userAssignedIdentity: identity },
  keyVaultProperties: { keyVaultArmId: variable('VAULT_ID'), keyIdentifier: variable('KEY_ID') },
} as const;
const workspace = {
  location: 'local',
  identity: { type: 'UserAssigned', userAssignedIdentities: { [identity]: {} } },
  primaryUserAssignedIdentity: identity,
  encryption,
} as const;

if (variable('STEP') === 'refused') report({ refused: await refusal(ml.workspaces.beginCreateOrUpdateAndWait(group, 'by-client', workspace, POLL)) });
else {
  const made = await ml.workspaces.beginCreateOrUpdateAndWait(group, 'by-client', workspace, POLL);
  const account = made.storageAccount?.split('/').at(-1) ?? '';
  const container = blobs(`https://${account}.blob.${variable('DOMAIN')}:${variable('PORT')}`).getContainerClient('azureml');
  const text = variable('MARKER').repeat(20_000);
  await container.getBlockBlobClient('by-client.txt').uploadData(Buffer.from(text), { blockSize: 100_000, concurrency: 3 });
  const log = container.getAppendBlobClient('log.txt');
  await log.create();
  for (const line of ['one', 'two', 'three']) await log.appendBlock(`${line}\n`, line.length + 1);
  report({
    encryption: made.encryption,
    isSame: (await readText(container, 'by-client.txt')) === text,
    range: (await container.getBlobClient('by-client.txt').downloadToBuffer(70_000, 10)).toString() === text.slice(70_000, 70_010),
    log: await readText(container, 'log.txt'),
    names: (await collect(container.listBlobsFlat({ prefix: 'by-client' }))).map(({ name, properties }) => [name, properties.contentLength === text.length]),
  });
}
