// @azure/storage-file-datalake, unmodified, on the Data Lake plane; and the same paths seen through the Blob plane.

import { randomBytes } from 'node:crypto';
import { DataLakeServiceClient, FileSystemSASPermissions, generateDataLakeSASQueryParameters, type RestError, StorageSharedKeyCredential } from '@azure/storage-file-datalake';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { ACCOUNT, KEY1, type PlaneServer, startPlaneServer } from './plane-server.ts';
import { planeTarget, sendTo, type Target } from './targets.ts';

let db: TestDatabase;
let server: PlaneServer;
let blobs: Target;
let lake: DataLakeServiceClient;
beforeAll(async () => {
  db = await testDatabase();
  server = await startPlaneServer(db.database);
  blobs = planeTarget(server);
  lake = new DataLakeServiceClient(`http://${ACCOUNT}.dfs.lazurite.localhost`, new StorageSharedKeyCredential(ACCOUNT, KEY1.toString('base64')), blobs.options);
});
afterAll(async () => {
  await blobs.close();
  await db.close();
  expect(server.internal).toEqual([]);
});

async function freshFilesystem() {
  const filesystem = lake.getFileSystemClient(`f${randomBytes(6).toString('hex')}`);
  await filesystem.create({ metadata: { team: 'a' } });
  return filesystem;
}

async function namesOf(filesystem: Awaited<ReturnType<typeof freshFilesystem>>, path = '', recursive = true): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const item of filesystem.listPaths({ path, recursive })) names.push(`${item.name}${item.isDirectory ? '/' : `:${item.contentLength}`}`);
  return names;
}

async function refusal(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    (error: RestError) => `${error.statusCode} ${error.code ?? ''}`,
  );
}

describe('filesystems', () => {
  test('are containers: made, listed, described and removed', async () => {
    const filesystem = await freshFilesystem();
    expect((await filesystem.getProperties()).metadata).toEqual({ team: 'a' });
    const listed: string[] = [];
    for await (const each of lake.listFileSystems()) listed.push(each.name);
    expect(listed).toContain(filesystem.name);
    expect(await blobs.service.getContainerClient(filesystem.name).exists()).toBe(true);
    expect(await refusal(filesystem.create())).toContain('409');
    await filesystem.delete();
    expect(await filesystem.exists()).toBe(false);
  });
});

describe('leases', () => {
  test('keep others from a path, through either protocol, until they end', async () => {
    const filesystem = await freshFilesystem();
    const file = filesystem.getFileClient('d/f.txt');
    await file.upload(Buffer.from('one'));
    const blob = blobs.service.getContainerClient(filesystem.name).getBlockBlobClient('d/f.txt');
    const lease = file.getDataLakeLeaseClient();
    const { leaseId = '' } = await lease.acquireLease(-1);
    const conditions = { leaseId };
    expect(await file.getProperties()).toMatchObject({ leaseStatus: 'locked', leaseState: 'leased', leaseDuration: 'infinite' });
    const items = [];
    for await (const item of blobs.service.getContainerClient(filesystem.name).listBlobsFlat({ prefix: 'd/f' })) items.push(item.properties.leaseState);
    expect(items).toEqual(['leased']);
    for (const write of [
      () => blob.upload('two', 3),
      () => blob.setMetadata({}),
      () => blob.delete(),
      () => file.delete(),
      () => file.setHttpHeaders({}),
      () => filesystem.getDirectoryClient('d').delete(true),
      () => file.move('d/g.txt'),
    ])
      expect(await refusal(write())).toBe('412 LeaseIdMissing');
    const other = { leaseId: '00000000-1111-2222-3333-444444444444' };
    expect(await refusal(blob.upload('two', 3, { conditions: other }))).toBe('412 LeaseIdMismatchWithBlobOperation');
    expect(await refusal(blob.download(0, 1, { conditions: other }))).toContain('412');
    expect((await file.readToBuffer()).toString()).toBe('one');
    await blob.upload('two', 3, { conditions });
    await file.append('!', 3, 1, { conditions });
    await file.flush(4, { conditions });
    await blob.setMetadata({ a: 'b' }, { conditions });
    expect((await blob.downloadToBuffer()).toString()).toBe('two!');
    expect(await refusal(blob.getBlobLeaseClient().acquireLease(15))).toBe('409 LeaseAlreadyPresent');
    const newId = '99999999-1111-2222-3333-444444444444';
    await lease.changeLease(newId);
    await lease.renewLease();
    expect(await refusal(blob.upload('x', 1, { conditions }))).toBe('412 LeaseIdMismatchWithBlobOperation');
    expect((await lease.breakLease(30)).leaseTime).toBe(30);
    expect((await blob.getProperties()).leaseState).toBe('breaking');
    expect(await refusal(blob.upload('x', 1))).toBe('412 LeaseIdMissing');
    expect((await blob.getBlobLeaseClient().breakLease(0)).leaseTime).toBe(0);
    expect((await blob.getProperties()).leaseState).toBe('broken');
    expect(await refusal(lease.renewLease())).toBe('409 LeaseIsBrokenAndCannotBeRenewed');
    const again = blob.getBlobLeaseClient();
    await again.acquireLease(15);
    await file.move('d/g.txt', { conditions: { leaseId: again.leaseId } });
    const moved = blobs.service.getContainerClient(filesystem.name).getBlobClient('d/g.txt');
    expect(await moved.getProperties()).toMatchObject({ leaseState: 'leased', leaseDuration: 'fixed' });
    await moved.getBlobLeaseClient(again.leaseId).releaseLease();
    expect(await refusal(moved.getBlobLeaseClient(again.leaseId).releaseLease())).toBe('409 LeaseIdMismatchWithLeaseOperation');
    expect(await refusal(moved.delete({ conditions: { leaseId: again.leaseId } }))).toBe('412 LeaseNotPresentWithBlobOperation');
    await moved.delete();
  });

  test('are refused by name and value where they cannot be, and taken by Path - Lease', async () => {
    const filesystem = await freshFilesystem();
    await filesystem.getFileClient('f').create();
    const sas = generateDataLakeSASQueryParameters(
      { fileSystemName: filesystem.name, permissions: FileSystemSASPermissions.parse('rw'), expiresOn: new Date(Date.now() + 3_600_000) },
      new StorageSharedKeyCredential(ACCOUNT, KEY1.toString('base64')),
    ).toString();
    const post = (headers: Readonly<Record<string, string>>) =>
      sendTo(server.port, `${ACCOUNT}.dfs.lazurite.localhost`)('POST', `/${filesystem.name}/f?${sas}`, { 'x-ms-version': '2023-11-03', ...headers });
    const acquire = { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '15', 'x-ms-proposed-lease-id': '00000000-1111-2222-3333-444444444444' };
    const wrong: readonly Readonly<Record<string, string>>[] = [
      {},
      { 'x-ms-lease-action': 'steal' },
      { 'x-ms-lease-action': 'acquire' },
      { ...acquire, 'x-ms-lease-duration': '5' },
      { ...acquire, 'x-ms-lease-duration': 'long' },
      { ...acquire, 'x-ms-proposed-lease-id': 'mine' },
      { 'x-ms-lease-action': 'renew' },
      { 'x-ms-lease-action': 'break', 'x-ms-lease-break-period': '61' },
    ];
    for (const headers of wrong) expect([headers, (await post(headers)).status]).toEqual([headers, 400]);
    const acquired = await post(acquire);
    expect([acquired.status, acquired.headers['x-ms-lease-id']]).toEqual([201, acquire['x-ms-proposed-lease-id']]);
    const broken = await post({ 'x-ms-lease-action': 'break', 'x-ms-lease-break-period': '0' });
    expect([broken.status, broken.headers['x-ms-lease-time']]).toEqual([202, '0']);
  });

  test('let one of many in, and nobody past the one', async () => {
    const filesystem = await freshFilesystem();
    const blob = blobs.service.getContainerClient(filesystem.name).getBlockBlobClient('race');
    await blob.upload('0', 1);
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        if (index % 2 === 0) return refusal(blob.upload(String(index), String(index).length));
        const lease = blob.getBlobLeaseClient();
        const taken = await refusal(lease.acquireLease(60));
        if (taken !== 'done') return taken;
        const before = (await blob.downloadToBuffer()).toString();
        for (let look = 0; look < 5; look += 1) if (before !== (await blob.downloadToBuffer()).toString()) return 'passed by';
        return 'held';
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'held').length).toBe(1);
    expect(outcomes.filter((outcome) => !['done', 'held', '409 LeaseAlreadyPresent', '412 LeaseIdMissing'].includes(outcome))).toEqual([]);
  });
});

describe('files', () => {
  test.each([0, 1, 10_000, 9_000_000])('%i bytes come back as they went, through both protocols', async (size) => {
    const filesystem = await freshFilesystem();
    const content = randomBytes(size);
    const file = filesystem.getFileClient('a/b/file.bin');
    await file.upload(content, { chunkSize: 4 * 1024 * 1024, metadata: { made: 'here' }, pathHttpHeaders: { contentType: 'text/x-test' } });
    expect((await file.readToBuffer()).equals(content)).toBe(true);
    expect(await file.getProperties()).toMatchObject({ contentLength: size, contentType: 'text/x-test', metadata: { made: 'here' } });
    expect((await blobs.service.getContainerClient(filesystem.name).getBlobClient('a/b/file.bin').downloadToBuffer()).equals(content)).toBe(true);
    expect(await namesOf(filesystem)).toEqual(['a/', 'a/b/', `a/b/file.bin:${size}`]);
    expect(await namesOf(filesystem, '', false)).toEqual(['a/']);
  });

  test('grow by appends at their end, also those that came as one blob', async () => {
    const filesystem = await freshFilesystem();
    await blobs.service.getContainerClient(filesystem.name).getBlockBlobClient('log.txt').upload('one ', 4);
    const file = filesystem.getFileClient('log.txt');
    await file.append('two ', 4, 4);
    await file.append('three', 8, 5);
    expect((await file.readToBuffer()).toString()).toBe('one ');
    await file.flush(13);
    await file.append('!', 13, 1, { flush: true });
    expect((await file.readToBuffer()).toString()).toBe('one two three!');
    await file.append('gap', 20, 3);
    expect(await refusal(file.flush(23))).toBe('400 InvalidFlushPosition');
    expect(await refusal(file.append('x', 0, 1).then(() => filesystem.getFileClient('none').append('x', 0, 1)))).toBe('404 PathNotFound');
  });

  test('carry properties and are replaced when they are made again', async () => {
    const filesystem = await freshFilesystem();
    const file = filesystem.getFileClient('x');
    await file.upload(Buffer.from('1'));
    await file.setMetadata({ a: 'ü'.normalize() === 'ü' ? 'plain' : '' });
    await file.setHttpHeaders({ contentType: 'application/json' });
    expect(await file.getProperties()).toMatchObject({ metadata: { a: 'plain' }, contentType: 'application/json' });
    expect(await refusal(file.createIfNotExists().then((answer) => Promise.reject(Object.assign(new Error(), { statusCode: answer.succeeded, code: answer.errorCode }))))).toBe(
      'false PathAlreadyExists',
    );
    await file.create();
    expect((await file.getProperties()).contentLength).toBe(0);
  });
});

describe('directories', () => {
  test('are made, moved and removed with what is in them', async () => {
    const filesystem = await freshFilesystem();
    const directory = filesystem.getDirectoryClient('top/sub');
    await directory.create();
    await directory.setMetadata({ upload_status: 'completed' });
    expect(await directory.exists()).toBe(true);
    expect((await directory.getProperties()).metadata).toMatchObject({ upload_status: 'completed', hdi_isfolder: 'true' });
    for (const name of ['1', '2']) await directory.getFileClient(name).upload(Buffer.from(name));
    expect(await refusal(filesystem.getFileClient('top/sub/1/below').create())).toBe('409 ResourceTypeMismatch');
    expect(await refusal(filesystem.getDirectoryClient('top/sub/1').create())).toBe('409 ResourceTypeMismatch');
    await directory.move('moved/ü here');
    expect(await namesOf(filesystem)).toEqual(['moved/', 'moved/ü here/', 'moved/ü here/1:1', 'moved/ü here/2:1', 'top/']);
    expect((await filesystem.getFileClient('moved/ü here/2').readToBuffer()).toString()).toBe('2');
    expect(await refusal(filesystem.getDirectoryClient('moved').move('moved/inside'))).toBe('409 InvalidRenameSourcePath');
    expect(await refusal(filesystem.getDirectoryClient('moved').delete(false))).toBe('409 DirectoryNotEmpty');
    expect(await refusal(directory.move('elsewhere'))).toBe('404 SourcePathNotFound');
    await filesystem.getDirectoryClient('moved').delete(true);
    expect(await namesOf(filesystem)).toEqual(['top/']);
  });

  test('are told by the names below them, where the Blob protocol made no directory', async () => {
    const filesystem = await freshFilesystem();
    await blobs.service.getContainerClient(filesystem.name).getBlockBlobClient('p/q/r.txt').upload('x', 1);
    expect(await namesOf(filesystem, '', false)).toEqual(['p/']);
    expect(await namesOf(filesystem, 'p', true)).toEqual(['p/q/r.txt:1']);
    expect(await refusal(namesOf(filesystem, 'nowhere'))).toBe('404 PathNotFound');
    await filesystem.getDirectoryClient('p').move('s');
    expect(await namesOf(filesystem)).toEqual(['s/q/r.txt:1']);
  });

  test('are listed in pages', async () => {
    const filesystem = await freshFilesystem();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await filesystem.getFileClient(`${name}/x`).create();
    const sizes: number[] = [];
    for await (const page of filesystem.listPaths({ recursive: true }).byPage({ maxPageSize: 4 })) sizes.push(page.pathItems?.length ?? 0);
    expect(sizes).toEqual([4, 4, 2]);
  });
});

describe('access control', () => {
  test('is kept and answered, moves with the path, and changes recursively', async () => {
    const filesystem = await freshFilesystem();
    const directory = filesystem.getDirectoryClient('d');
    const file = directory.getFileClient('f');
    await file.create({ permissions: '0740', umask: '0000' });
    expect(await file.getAccessControl()).toMatchObject({
      owner: '$superuser',
      permissions: { owner: { read: true, write: true, execute: true }, group: { read: true, write: false }, other: { read: false } },
    });
    const acl = [
      { accessControlType: 'user' as const, entityId: '', defaultScope: false, permissions: { read: true, write: true, execute: true } },
      { accessControlType: 'group' as const, entityId: '', defaultScope: false, permissions: { read: true, write: false, execute: false } },
      { accessControlType: 'other' as const, entityId: '', defaultScope: false, permissions: { read: false, write: false, execute: false } },
    ];
    const named = { accessControlType: 'user' as const, entityId: 'ec3595d6-2c17-4696-8caa-7e139758d24a', defaultScope: false, permissions: { read: true, write: false, execute: false } };
    await directory.setAccessControl([...acl, named], { owner: 'me', group: 'us' });
    const counters = (await directory.updateAccessControlRecursive([named])).counters;
    expect(counters).toMatchObject({ changedDirectoriesCount: 1, changedFilesCount: 1, failedChangesCount: 0 });
    await file.move('elsewhere');
    const moved = await filesystem.getFileClient('elsewhere').getAccessControl();
    expect(moved.acl.map((entry) => entry.entityId)).toContain(named.entityId);
    expect(await directory.getAccessControl()).toMatchObject({ owner: 'me', group: 'us', permissions: { extendedAcls: true } });
    expect(await refusal(directory.setAccessControl([named]))).toBe('400 InvalidAccessControlList');
  });
});
