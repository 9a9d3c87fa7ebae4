// @azure/storage-blob, unmodified, on the Blob plane: what clients of a workspace do with storage.

import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  BlobSASPermissions,
  BlobServiceClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  newPipeline,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signServiceSas } from '@lazurite/server/blobs/sas.ts';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { ACCOUNT, KEY1, KEY2, owner, type PlaneServer, reader, startPlaneServer } from './plane-server.ts';
import { planeTarget, type Target } from './targets.ts';

let db: TestDatabase;
let server: PlaneServer;
let target: Target;
beforeAll(async () => {
  db = await testDatabase();
  server = await startPlaneServer(db.database);
  target = planeTarget(server);
});
afterAll(async () => {
  await target.close();
  await db.close();
  expect(server.internal).toEqual([]);
});

const later = (): Date => new Date(Date.now() + 3_600_000);

async function freshContainer() {
  const container = target.service.getContainerClient(`c${randomBytes(6).toString('hex')}`);
  await container.create();
  return container;
}

async function text(stream: NodeJS.ReadableStream | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

describe('blobs', () => {
  test.each([0, 1, 1000, 64 * 1024, 64 * 1024 + 1, 20_000, 3_000_000])('%i bytes come back as they went, also in ranges', async (size) => {
    const container = await freshContainer();
    const content = randomBytes(size);
    const blob = container.getBlockBlobClient('folder/some file.bin');
    const put = await blob.upload(content, size, { metadata: { upload_status: 'completed' }, blobHTTPHeaders: { blobContentType: 'text/x-test' } });
    expect(Buffer.from(put.contentMD5 ?? '').toString('base64')).toBe(createHash('md5').update(content).digest('base64'));
    expect((await blob.downloadToBuffer()).equals(content)).toBe(true);
    const properties = await blob.getProperties();
    expect(properties).toMatchObject({ contentLength: size, contentType: 'text/x-test', etag: put.etag, blobType: 'BlockBlob', metadata: { upload_status: 'completed' } });
    if (size > 10) expect((await blob.downloadToBuffer(5, size - 7)).equals(content.subarray(5, size - 2))).toBe(true);
  });

  test('blocks make a blob, in the order of the list, from staged and committed ones', async () => {
    const blob = (await freshContainer()).getBlockBlobClient('blocks');
    const id = (n: number): string => Buffer.from(`block-${n}`).toString('base64');
    await blob.stageBlock(id(1), 'one', 3);
    await blob.stageBlock(id(2), 'two', 3);
    await blob.stageBlock(id(3), 'unused', 6);
    expect((await blob.getBlockList('all')).uncommittedBlocks?.map((block) => block.name)).toEqual([id(1), id(2), id(3)]);
    await blob.commitBlockList([id(2), id(1)], { metadata: { a: '1' } });
    expect((await blob.downloadToBuffer()).toString()).toBe('twoone');
    await blob.stageBlock(id(4), 'four', 4);
    await blob.commitBlockList([id(1), id(4), id(1)]);
    expect((await blob.downloadToBuffer()).toString()).toBe('onefourone');
    expect((await blob.downloadToBuffer(2, 6)).toString()).toBe('efouro');
    expect((await blob.getBlockList('all')).uncommittedBlocks).toEqual([]);
    await expect(blob.commitBlockList([id(9)])).rejects.toMatchObject({ code: 'InvalidBlockList', statusCode: 400 });
    expect((await blob.downloadToBuffer()).toString()).toBe('onefourone');
  });

  test('a stream of unknown length is uploaded in blocks, in parallel', async () => {
    const blob = (await freshContainer()).getBlockBlobClient('streamed');
    const content = randomBytes(9_000_000);
    await blob.uploadStream(Readable.from([content.subarray(0, 5_000_000), content.subarray(5_000_000)]), 1024 * 1024, 4);
    expect((await blob.downloadToBuffer()).equals(content)).toBe(true);
  });

  test('appends are kept in order and guarded by their position', async () => {
    const blob = (await freshContainer()).getAppendBlobClient('log.txt');
    await blob.create();
    await blob.appendBlock('one\n', 4);
    const second = await blob.appendBlock('two\n', 4, { conditions: { appendPosition: 4 } });
    expect(second).toMatchObject({ blobAppendOffset: '4', blobCommittedBlockCount: 2 });
    await expect(blob.appendBlock('x', 1, { conditions: { appendPosition: 4 } })).rejects.toMatchObject({ code: 'AppendPositionConditionNotMet', statusCode: 412 });
    await expect(blob.appendBlock('x', 1, { conditions: { maxSize: 8 } })).rejects.toMatchObject({ code: 'MaxBlobSizeConditionNotMet', statusCode: 412 });
    await Promise.all(Array.from({ length: 20 }, (_, i) => blob.appendBlock(`${i}`.padStart(3, '0'), 3)));
    expect((await text((await blob.download()).readableStreamBody)).length).toBe(8 + 60);
    await expect(blob.getBlockBlobClient().getBlockList('all')).rejects.toMatchObject({ code: 'InvalidBlobType' });
  });

  test('a copy has the content of its source and outlives it', async () => {
    const container = await freshContainer();
    const source = container.getBlockBlobClient('source ü');
    const content = randomBytes(200_000);
    await source.upload(content, content.length, { metadata: { kept: 'yes' } });
    const copy = container.getBlockBlobClient('copy');
    const poller = await copy.beginCopyFromURL(source.url);
    expect(await poller.pollUntilDone()).toMatchObject({ copyStatus: 'success' });
    await source.delete();
    expect((await copy.downloadToBuffer()).equals(content)).toBe(true);
    expect((await copy.getProperties()).metadata).toEqual({ kept: 'yes' });
    const other = container.getBlockBlobClient('other');
    await other.syncCopyFromURL(copy.url);
    await other.syncUploadFromURL(copy.url);
    await other.stageBlockFromURL(Buffer.from('a').toString('base64'), copy.url, 10, 5);
    await other.commitBlockList([Buffer.from('a').toString('base64')]);
    expect((await other.downloadToBuffer()).equals(content.subarray(10, 15))).toBe(true);
    await expect(copy.syncCopyFromURL('http://169.254.169.254/latest/meta-data')).rejects.toMatchObject({ statusCode: 501 });
  });

  test('names are what they are: dots, percent signs, unicode, 1024 characters', async () => {
    const container = await freshContainer();
    const names = ['a/../../etc/passwd', '..', '%2e%2e/x', 'ünï/çødé 漢字', 'x'.repeat(1024), 'a+b c&d=e?f#g', 'a\u0001b', 'quote\'"<>&'];
    for (const name of names) {
      // Why not getBlockBlobClient for all: the URL parser of the client itself resolves bare dots.
      const path = name
        .split('/')
        .map((part) => encodeURIComponent(part).replaceAll('.', '%2E'))
        .join('%2F');
      const sas = signServiceSas({ account: ACCOUNT, container: container.containerName, key: KEY1, permissions: 'rcw', expiresOn: later(), protocol: 'https,http' });
      const put = await target.send('PUT', `/${container.containerName}/${path}?${sas}`, { 'x-ms-blob-type': 'BlockBlob' }, name);
      expect([name, put.status]).toEqual([name, 201]);
      expect((await target.send('GET', `/${container.containerName}/${path}?${sas}`)).body.toString()).toBe(name);
    }
    const listed: string[] = [];
    for await (const blob of container.listBlobsFlat()) listed.push(blob.name);
    expect(listed.sort()).toEqual([...names].sort());
  });

  test('listing pages, groups by delimiter, and shows metadata', async () => {
    const container = await freshContainer();
    for (const name of ['a/1', 'a/2', 'a/b/3', 'b', 'c/1', 'd&<']) await container.getBlockBlobClient(name).upload('x', 1, { metadata: { n: '1' } });
    const groups: string[] = [];
    for await (const page of container.listBlobsByHierarchy('/').byPage({ maxPageSize: 2 })) {
      groups.push(
        [...(page.segment.blobPrefixes ?? []), ...page.segment.blobItems]
          .map((item) => item.name)
          .sort()
          .join(' '),
      );
    }
    expect(groups).toEqual(['a/ b', 'c/ d&<']);
    const flat = await container.listBlobsFlat({ prefix: 'a/', includeMetadata: true }).byPage().next();
    expect(flat.value.segment.blobItems.map((blob: { name: string; metadata: unknown; properties: { contentLength: number } }) => [blob.name, blob.metadata, blob.properties.contentLength])).toEqual(
      ['a/1', 'a/2', 'a/b/3'].map((name) => [name, { n: '1' }, 1]),
    );
    const names: string[] = [];
    for await (const each of target.service.listContainers({ prefix: container.containerName })) names.push(each.name);
    expect(names).toEqual([container.containerName]);
  });

  test('many deletes go in one batch', async () => {
    const container = await freshContainer();
    for (const name of ['1', '2']) await container.getBlockBlobClient(name).upload('x', 1);
    const batch = await container.getBlobBatchClient().deleteBlobs(
      ['1', '2', '3'].map((name) => container.getBlockBlobClient(name).url),
      target.credential,
    );
    expect(batch.subResponses.map((part) => [part.status, part.errorCode])).toEqual([
      [202, undefined],
      [202, undefined],
      [404, 'BlobNotFound'],
    ]);
  });

  test('content that does not match its digest is refused and leaves nothing', async () => {
    const blob = (await freshContainer()).getBlockBlobClient('checked');
    const wrong = createHash('md5').update('other').digest();
    await expect(blob.upload('content', 7, { blobHTTPHeaders: { blobContentMD5: wrong } })).rejects.toMatchObject({ code: 'Md5Mismatch' });
    await expect(blob.stageBlock('QQ==', 'content', 7, { transactionalContentMD5: wrong })).rejects.toMatchObject({ code: 'Md5Mismatch' });
    await expect(blob.stageBlock('QQ==', 'content', 7, { transactionalContentCrc64: Buffer.alloc(8) })).rejects.toMatchObject({ code: 'Crc64Mismatch' });
    expect(await blob.exists()).toBe(false);
  });

  test('a container that is leased is deleted by nobody but the holder', async () => {
    const container = await freshContainer();
    const lease = container.getBlobLeaseClient();
    const { leaseId = '' } = await lease.acquireLease(-1);
    expect(await container.getProperties()).toMatchObject({ leaseStatus: 'locked', leaseState: 'leased', leaseDuration: 'infinite' });
    for await (const { properties } of target.service.listContainers({ prefix: container.containerName })) expect(properties).toMatchObject({ leaseStatus: 'locked', leaseDuration: 'infinite' });
    await container.getBlockBlobClient('free').upload('x', 1);
    await container.setMetadata({ a: 'b' });
    await expect(container.delete()).rejects.toMatchObject({ statusCode: 412, code: 'LeaseIdMissing' });
    await expect(container.getBlobLeaseClient().acquireLease(15)).rejects.toMatchObject({ statusCode: 409, code: 'LeaseAlreadyPresent' });
    await lease.changeLease('99999999-1111-2222-3333-444444444444');
    await lease.renewLease();
    await expect(container.delete({ conditions: { leaseId } })).rejects.toMatchObject({ statusCode: 412, code: 'LeaseIdMismatchWithContainerOperation' });
    expect((await lease.breakLease(0)).leaseTime).toBe(0);
    await container.delete();
    // One of many lessees wins; what they do beside it ends with the container or with the lease, never with both.
    const contended = await freshContainer();
    const outcomes = await Promise.allSettled([...Array.from({ length: 6 }, () => contended.getBlobLeaseClient().acquireLease(60)), contended.delete()]);
    const isGone = outcomes[6]?.status === 'fulfilled';
    const leases = outcomes.slice(0, 6).filter(({ status }) => status === 'fulfilled').length;
    expect([await contended.exists(), leases]).toEqual(isGone ? [false, 0] : [true, 1]);
  });

  test('what is not supported is refused by name', async () => {
    const container = await freshContainer();
    const blob = container.getBlockBlobClient('b');
    await blob.upload('x', 1);
    await expect(blob.createSnapshot()).rejects.toMatchObject({ statusCode: 501 });
    await expect(container.getPageBlobClient('p').create(512)).rejects.toMatchObject({ statusCode: 501 });
    await expect(container.setAccessPolicy('blob')).rejects.toMatchObject({ statusCode: 501 });
    await container.setAccessPolicy();
    expect(await target.service.getAccountInfo()).toMatchObject({ skuName: 'Standard_LRS' });
    const properties = await target.service.getProperties();
    expect(properties).toMatchObject({ staticWebsite: { enabled: false }, blobAnalyticsLogging: { version: '1.0', read: false } });
    await target.service.setProperties({
      blobAnalyticsLogging: properties.blobAnalyticsLogging ?? { version: '1.0', deleteProperty: false, read: false, write: false, retentionPolicy: { enabled: false } },
    });
    await expect(target.service.setProperties({ deleteRetentionPolicy: { enabled: true, days: 3 } })).rejects.toMatchObject({ statusCode: 501 });
  });
});

describe('credentials', () => {
  const anonymous = (url: string): BlobServiceClient => new BlobServiceClient(url, newPipeline(undefined, target.options));
  const signedBy = (key: Buffer, account = ACCOUNT): BlobServiceClient => new BlobServiceClient(target.endpoint, new StorageSharedKeyCredential(account, key.toString('base64')), target.options);

  test('both keys open the account, another key does not, nobody does not', async () => {
    const container = await freshContainer();
    await signedBy(KEY2).getContainerClient(container.containerName).getProperties();
    await expect(signedBy(Buffer.alloc(64, 3)).getContainerClient(container.containerName).getProperties()).rejects.toMatchObject({ statusCode: 403, code: 'AuthenticationFailed' });
    await expect(anonymous(target.endpoint).getContainerClient(container.containerName).getProperties()).rejects.toMatchObject({ statusCode: 401, code: 'NoAuthenticationInformation' });
  });

  test('an account signature is held to its letters, resource types and time', async () => {
    const container = await freshContainer();
    const sign = (permissions: string, types: string, expiresOn: Date): string =>
      generateAccountSASQueryParameters(
        { permissions: AccountSASPermissions.parse(permissions), services: AccountSASServices.parse('b').toString(), resourceTypes: AccountSASResourceTypes.parse(types).toString(), expiresOn },
        target.credential,
      ).toString();
    const blob = (sas: string) => anonymous(`${target.endpoint}?${sas}`).getContainerClient(container.containerName).getBlockBlobClient('x');
    await blob(sign('w', 'o', later())).upload('x', 1);
    expect((await blob(sign('r', 'o', later())).downloadToBuffer()).toString()).toBe('x');
    await expect(blob(sign('r', 'o', later())).upload('y', 1)).rejects.toMatchObject({ statusCode: 403, code: 'AuthorizationPermissionMismatch' });
    await expect(blob(sign('rw', 'c', later())).upload('y', 1)).rejects.toMatchObject({ statusCode: 403 });
    await expect(blob(sign('rw', 'o', new Date(Date.now() - 1000))).upload('y', 1)).rejects.toMatchObject({ statusCode: 403, code: 'AuthenticationFailed' });
    await expect(blob(sign('c', 'o', later())).upload('y', 1)).rejects.toMatchObject({ statusCode: 403, code: 'UnauthorizedBlobOverwrite' });
  });

  test.each(['2018-11-09', '2020-02-10', '2020-12-06', '2025-07-05', '2026-04-06', '2026-10-06'])('a service signature of version %s reaches its blob or container and no further', async (version) => {
    const container = await freshContainer();
    await container.getBlockBlobClient('in').upload('in', 2);
    await container.getBlockBlobClient('out').upload('out', 3);
    const forBlob = generateBlobSASQueryParameters(
      { version, containerName: container.containerName, blobName: 'in', permissions: BlobSASPermissions.parse('r'), expiresOn: later(), contentDisposition: 'attachment; filename=x' },
      target.credential,
    );
    const client = (sas: object) => anonymous(`${target.endpoint}?${sas}`).getContainerClient(container.containerName);
    expect(await client(forBlob).getBlobClient('in').download()).toMatchObject({ contentDisposition: 'attachment; filename=x' });
    await expect(client(forBlob).getBlobClient('out').download()).rejects.toMatchObject({ statusCode: 403 });
    const forContainer = generateBlobSASQueryParameters(
      { version, containerName: container.containerName, permissions: ContainerSASPermissions.parse('rl'), expiresOn: later(), ipRange: { start: '127.0.0.1' } },
      target.credential,
    );
    expect((await client(forContainer).listBlobsFlat().byPage().next()).value.segment.blobItems).toHaveLength(2);
    await expect(client(forContainer).getBlobClient('in').delete()).rejects.toMatchObject({ statusCode: 403, code: 'AuthorizationPermissionMismatch' });
    await expect(client(forContainer).delete()).rejects.toMatchObject({ statusCode: 403 });
    const elsewhere = generateBlobSASQueryParameters(
      { version, containerName: container.containerName, permissions: ContainerSASPermissions.parse('rl'), expiresOn: later(), ipRange: { start: '10.0.0.1', end: '10.0.0.9' } },
      target.credential,
    );
    await expect(client(elsewhere).getBlobClient('in').download()).rejects.toMatchObject({ statusCode: 403 });
  });

  test.each(['2018-11-09', '2020-02-10', '2020-12-06', '2025-07-05', '2026-04-06', '2026-10-06'])('a user-delegation signature of version %s is worth what its signer may do', async (version) => {
    const container = await freshContainer();
    await container.getBlockBlobClient('x').upload('x', 1);
    const keyOf = async (name: string) => {
      const body = `<?xml version="1.0"?><KeyInfo><Start>${new Date(Date.now() - 60_000).toISOString()}</Start><Expiry>${later().toISOString()}</Expiry></KeyInfo>`;
      const answer = await target.send('POST', '/?restype=service&comp=userdelegationkey', { authorization: `Bearer ${name}`, 'x-ms-version': version, 'content-type': 'application/xml' }, body);
      const value = (tag: string): string => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(answer.body.toString())?.[1] ?? '';
      return {
        signedObjectId: value('SignedOid'),
        signedTenantId: value('SignedTid'),
        signedStartsOn: new Date(value('SignedStart')),
        signedExpiresOn: new Date(value('SignedExpiry')),
        signedService: value('SignedService'),
        signedVersion: value('SignedVersion'),
        value: value('Value'),
      };
    };
    const client = async (name: string, tamper = false) => {
      const key = await keyOf(name);
      const used = tamper ? { ...key, signedObjectId: owner.objectId } : key;
      const sas = generateBlobSASQueryParameters({ version, containerName: container.containerName, permissions: ContainerSASPermissions.parse('rwd'), expiresOn: later() }, used, ACCOUNT);
      return anonymous(`${target.endpoint}?${sas}`).getContainerClient(container.containerName).getBlockBlobClient('x');
    };
    await (await client('owner')).upload('y', 1);
    expect((await (await client('reader')).downloadToBuffer()).toString()).toBe('y');
    await expect((await client('reader')).upload('z', 1)).rejects.toMatchObject({ statusCode: 403, code: 'AuthorizationPermissionMismatch' });
    await expect((await client('reader', true)).upload('z', 1)).rejects.toMatchObject({ statusCode: 403, code: 'AuthenticationFailed' });
  });

  test('a token does what its roles say', async () => {
    const container = await freshContainer();
    const path = `/${container.containerName}/x`;
    const put = (name: string) => target.send('PUT', path, { authorization: `Bearer ${name}`, 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2023-11-03' }, 'x');
    expect((await put(owner.displayName)).status).toBe(201);
    const refused = await put(reader.displayName);
    expect([refused.status, refused.headers['x-ms-error-code']]).toEqual([403, 'AuthorizationPermissionMismatch']);
    expect((await target.send('GET', path, { authorization: `Bearer ${reader.displayName}` })).body.toString()).toBe('x');
    const forged = await put('forged');
    expect([forged.status, forged.headers['www-authenticate']]).toEqual([401, expect.stringContaining('authorization_uri=')]);
  });

  test('a metadata name with underscores and an odd order of headers is signed as clients sign it', async () => {
    const blob = (await freshContainer()).getBlockBlobClient('m');
    await blob.upload('x', 1, { metadata: { a_b: '1', ab: '2', a1: '3', hdi_isfolder: 'true', _x: '' } });
    expect((await blob.getProperties()).metadata).toMatchObject({ a_b: '1', ab: '2', a1: '3', hdi_isfolder: 'true' });
  });
});
