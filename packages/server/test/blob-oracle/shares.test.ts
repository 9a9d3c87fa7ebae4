// @azure/storage-file-share, unmodified, on the Files plane.

import { randomBytes } from 'node:crypto';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  FileSASPermissions,
  generateAccountSASQueryParameters,
  generateFileSASQueryParameters,
  type RestError,
  type ShareClient,
  type ShareDirectoryClient,
  ShareFileClient,
  ShareSASPermissions,
  ShareServiceClient,
  StorageSharedKeyCredential,
} from '@azure/storage-file-share';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { ACCOUNT, KEY1, type PlaneServer, startPlaneServer } from './plane-server.ts';
import { planeTarget, sendTo, type Target } from './targets.ts';

const URL = `http://${ACCOUNT}.file.lazurite.localhost`;
const credential = new StorageSharedKeyCredential(ACCOUNT, KEY1.toString('base64'));

let db: TestDatabase;
let server: PlaneServer;
let options: Target['options'];
let files: ShareServiceClient;
beforeAll(async () => {
  db = await testDatabase();
  server = await startPlaneServer(db.database);
  ({ options } = planeTarget(server));
  files = new ShareServiceClient(URL, credential, options);
});
afterAll(async () => {
  await server.close();
  await db.close();
  expect(server.internal).toEqual([]);
});

async function freshShare(): Promise<ShareClient> {
  const share = files.getShareClient(`s${randomBytes(6).toString('hex')}`);
  await share.create({ metadata: { team: 'a' }, quota: 10 });
  return share;
}

async function refusal(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    (error: RestError) => `${error.statusCode} ${error.code ?? ''}`,
  );
}

async function namesIn(directory: ShareDirectoryClient, settings: Parameters<ShareDirectoryClient['listFilesAndDirectories']>[0] = {}): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const item of directory.listFilesAndDirectories(settings)) names.push(item.kind === 'directory' ? `${item.name}/` : `${item.name}:${item.properties.contentLength}`);
  return names;
}

async function bytesOf(stream: NodeJS.ReadableStream | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

describe('shares', () => {
  test('are made, described, changed, listed by pages and removed', async () => {
    const share = await freshShare();
    expect(await share.getProperties()).toMatchObject({ quota: 10, metadata: { team: 'a' }, accessTier: 'TransactionOptimized', enabledProtocols: 'SMB' });
    await share.setProperties({ quotaInGB: 20, accessTier: 'Hot' });
    await share.setMetadata({ team: 'b' });
    expect(await share.getProperties()).toMatchObject({ quota: 20, metadata: { team: 'b' }, accessTier: 'Hot' });
    expect(await refusal(share.create())).toBe('409 ShareAlreadyExists');
    const other = await freshShare();
    const listed: string[] = [];
    for await (const page of files.listShares({ includeMetadata: true, prefix: 's' }).byPage({ maxPageSize: 1 }))
      for (const item of page.shareItems ?? []) listed.push(`${item.name} ${item.metadata?.['team']}`);
    expect(listed).toEqual(expect.arrayContaining([`${share.name} b`, `${other.name} a`]));
    await share.rootDirectoryClient.getFileClient('f').create(1000);
    expect((await share.getStatistics()).shareUsageBytes).toBe(1000);
    expect((await sign('GET', `/${share.name}?restype=share&comp=acl`)).body.toString()).toContain('<SignedIdentifiers/>');
    await share.delete();
    expect(await share.exists()).toBe(false);
    expect(await refusal(share.getProperties())).toBe('404 ShareNotFound');
    await share.create();
    expect(await namesIn(share.rootDirectoryClient)).toEqual([]);
  });

  test('their service tells its properties and takes those that are off', async () => {
    expect(await files.getProperties()).toMatchObject({ hourMetrics: { enabled: false }, minuteMetrics: { enabled: false } });
    await files.setProperties({ hourMetrics: { version: '1.0', enabled: false } });
    expect(await refusal(files.setProperties({ cors: [{ allowedOrigins: '*', allowedMethods: 'GET', allowedHeaders: '', exposedHeaders: '', maxAgeInSeconds: 1 }] }))).toBe('501 NotImplemented');
  });
});

describe('directories', () => {
  test('are made, described, listed in order and by pages, and removed when they are empty', async () => {
    const share = await freshShare();
    const root = share.rootDirectoryClient;
    const made = await root.getDirectoryClient('Dir').create({ metadata: { a: '1' } });
    expect(made).toMatchObject({ fileAttributes: 'Directory', fileParentId: expect.any(String) });
    const directory = root.getDirectoryClient('dir');
    expect(await directory.getProperties()).toMatchObject({ metadata: { a: '1' }, fileAttributes: 'Directory' });
    await directory.setMetadata({ b: '2' });
    await directory.setProperties({ creationTime: new Date('2020-01-02T03:04:05.678Z') });
    expect(await directory.getProperties()).toMatchObject({ metadata: { b: '2' }, fileCreatedOn: new Date('2020-01-02T03:04:05.678Z') });
    for (const name of ['z', 'B', 'a', 'é']) await directory.getFileClient(name).create(name.length);
    await directory.createSubdirectory('c');
    expect(await namesIn(directory)).toEqual(['a:1', 'B:1', 'z:1', 'é:1', 'c/']);
    expect(await namesIn(directory, { prefix: 'b' })).toEqual(['B:1']);
    const pages: number[] = [];
    for await (const page of directory.listFilesAndDirectories({ includeTimestamps: true, includeEtag: true, includeAttributes: true, includeExtendedInfo: true }).byPage({ maxPageSize: 2 }))
      pages.push(page.segment.directoryItems.length + page.segment.fileItems.length);
    expect(pages).toEqual([2, 2, 1]);
    const [first] = (await directory.listFilesAndDirectories({ includeTimestamps: true, includeEtag: true, includeAttributes: true }).byPage().next()).value.segment.fileItems;
    expect(first).toMatchObject({ name: 'a', attributes: expect.any(String), properties: { contentLength: 1, etag: expect.stringMatching(/^"0x8/), creationTime: expect.any(Date) } });
    expect(await refusal(directory.delete())).toBe('409 DirectoryNotEmpty');
    expect(await refusal(root.getDirectoryClient('none/below').create())).toBe('404 ParentNotFound');
    expect(await refusal(root.getDirectoryClient('none').getProperties())).toBe('404 ResourceNotFound');
    expect(await refusal(directory.create())).toBe('409 ResourceAlreadyExists');
    expect(await refusal(directory.getFileClient('c').create(1))).toBe('409 ResourceTypeMismatch');
    expect(await directory.getFileClient('c').exists()).toBe(false);
    expect(await root.exists()).toBe(true);
    await directory.getDirectoryClient('c').delete();
    expect(await directory.getDirectoryClient('c').exists()).toBe(false);
    expect(await refusal(root.delete())).toBe('409 CannotDeleteFileOrDirectory');
    const handles: unknown[] = [];
    for await (const handle of directory.listHandles()) handles.push(handle);
    expect([handles, (await directory.forceCloseAllHandles()).closedHandlesCount]).toEqual([[], 0]);
  });

  test('are moved with what is in them, and not into themselves', async () => {
    const root = (await freshShare()).rootDirectoryClient;
    const directory = root.getDirectoryClient('from');
    await directory.create();
    await directory.getFileClient('f').uploadData(Buffer.from('inside'));
    const { destinationDirectoryClient } = await directory.rename('to', { metadata: { moved: 'yes' } });
    expect((await destinationDirectoryClient.getFileClient('f').downloadToBuffer()).toString()).toBe('inside');
    expect((await destinationDirectoryClient.getProperties()).metadata).toEqual({ moved: 'yes' });
    expect(await directory.exists()).toBe(false);
    expect(await refusal(destinationDirectoryClient.rename('to/below'))).toBe('400 InvalidResourceName');
    await root.createFile('file', 1);
    expect(await refusal(destinationDirectoryClient.rename('file', { replaceIfExists: true }))).toBe('409 ResourceAlreadyExists');
  });
});

describe('files', () => {
  test.each([0, 1, 20_000, 9_000_000])('%i bytes come back as they went', async (size) => {
    const file = (await freshShare()).rootDirectoryClient.getFileClient('data.bin');
    const content = randomBytes(size);
    await file.uploadData(content, { rangeSize: 4 * 1024 * 1024, concurrency: 3, metadata: { made: 'here' }, fileHttpHeaders: { fileContentType: 'text/x-test', fileCacheControl: 'no-store' } });
    expect((await file.downloadToBuffer()).equals(content)).toBe(true);
    expect((await bytesOf((await file.download()).readableStreamBody)).equals(content)).toBe(true);
    expect(await file.getProperties()).toMatchObject({ contentLength: size, contentType: 'text/x-test', cacheControl: 'no-store', metadata: { made: 'here' }, fileAttributes: expect.any(String) });
    expect(await namesIn((await freshShare()).rootDirectoryClient)).toEqual([]);
  });

  test('holes read as zeros; ranges are written, cleared and listed', async () => {
    const share = await freshShare();
    const file = share.rootDirectoryClient.getFileClient('sparse');
    await file.create(1024 ** 3);
    await file.uploadRange(Buffer.alloc(1024, 7), 1024 * 1024, 1024);
    await file.uploadRange(Buffer.alloc(512, 8), 1024 * 1024 + 512, 512);
    await file.uploadRange(Buffer.alloc(100, 9), 5000, 100);
    expect(await file.getRangeList()).toMatchObject({
      rangeList: [
        { start: 5000, end: 5099 },
        { start: 1024 * 1024, end: 1024 * 1024 + 1023 },
      ],
    });
    expect((await file.getRangeList({ range: { offset: 5050, count: 1_043_626 } })).rangeList).toEqual([
      { start: 5050, end: 5099 },
      { start: 1024 * 1024, end: 1024 * 1024 + 99 },
    ]);
    await file.clearRange(1024 * 1024 + 256, 256);
    const part = await file.downloadToBuffer(1024 * 1024 - 10, 1044);
    expect(part).toEqual(Buffer.concat([Buffer.alloc(10), Buffer.alloc(256, 7), Buffer.alloc(256), Buffer.alloc(512, 8), Buffer.alloc(10)]));
    await file.resize(5050);
    expect((await file.getRangeList()).rangeList).toEqual([{ start: 5000, end: 5049 }]);
    await file.resize(6000);
    expect((await file.downloadToBuffer(4990, 100)).subarray(10, 60).equals(Buffer.alloc(50, 9))).toBe(true);
    expect((await file.getProperties()).contentLength).toBe(6000);
    const ranged = await file.download(5000, 10, { rangeGetContentMD5: true });
    expect(Buffer.from(ranged.contentMD5 ?? []).length).toBe(16);
  });

  test('headers, metadata and what SMB knows are kept and changed', async () => {
    const file = (await freshShare()).rootDirectoryClient.getFileClient('f');
    await file.create(10, { fileHttpHeaders: { fileContentType: 'text/plain', fileContentLanguage: 'de' } });
    expect(await file.getProperties()).toMatchObject({ contentType: 'text/plain', contentLanguage: 'de', fileType: 'File' });
    await file.setHttpHeaders({ fileContentEncoding: 'gzip' });
    const changed = await file.getProperties();
    expect([changed.contentType, changed.contentEncoding, changed.contentLanguage]).toEqual(['application/octet-stream', 'gzip', undefined]);
    await file.resize(20);
    expect(await file.getProperties()).toMatchObject({ contentEncoding: 'gzip', contentLength: 20 });
    await file.setMetadata({ a: '1' });
    expect((await file.getProperties()).metadata).toEqual({ a: '1' });
  });

  test('a copy is done when it answers; a move leaves nothing behind', async () => {
    const root = (await freshShare()).rootDirectoryClient;
    const source = root.getFileClient('source');
    await source.uploadData(randomBytes(5_000_000), { metadata: { a: '1' } });
    const copy = root.getFileClient('copy');
    expect(await copy.startCopyFromURL(source.url)).toMatchObject({ copyStatus: 'success', copyId: expect.any(String) });
    expect((await copy.downloadToBuffer()).equals(await source.downloadToBuffer())).toBe(true);
    expect(await copy.getProperties()).toMatchObject({ copyStatus: 'success', copySource: source.url, metadata: { a: '1' } });
    expect(await refusal(copy.abortCopyFromURL('x'))).toBe('409 NoPendingCopyOperation');
    const part = root.getFileClient('part');
    await part.create(100);
    await part.uploadRangeFromURL(`${source.url}?${sasFor(root.shareName, 'source', 'r')}`, 1000, 10, 50);
    expect((await part.downloadToBuffer(10, 50)).equals(await source.downloadToBuffer(1000, 50))).toBe(true);
    expect(await refusal(source.rename('copy'))).toBe('409 ResourceAlreadyExists');
    const { destinationFileClient } = await source.rename('Copy', { replaceIfExists: true });
    expect((await destinationFileClient.getProperties()).contentLength).toBe(5_000_000);
    expect(await source.exists()).toBe(false);
    expect(await namesIn(root)).toEqual(['Copy:5000000', 'part:100']);
    expect(await refusal(copy.startCopyFromURL('https://example.com/share/file'))).toBe('501 NotImplemented');
    expect(await refusal(copy.startCopyFromURL(root.getFileClient('none').url))).toBe('404 ResourceNotFound');
  });

  test('one that is read-only is neither written nor removed', async () => {
    const share = await freshShare();
    const file = share.rootDirectoryClient.getFileClient('f');
    await file.create(10);
    const send = (headers: Readonly<Record<string, string>>) => sign('PUT', `/${share.name}/f?comp=properties`, headers);
    expect((await send({ 'x-ms-file-attributes': 'ReadOnly|Hidden', 'x-ms-file-last-write-time': '2020-01-01T00:00:00.1234567Z' })).headers['x-ms-file-attributes']).toBe('ReadOnly | Hidden');
    expect((await sign('HEAD', `/${share.name}/f`)).headers['x-ms-file-last-write-time']).toBe('2020-01-01T00:00:00.1234567Z');
    expect(await refusal(file.uploadRange('x', 0, 1))).toBe('409 ReadOnlyAttribute');
    expect(await refusal(file.delete())).toBe('409 ReadOnlyAttribute');
    expect(await refusal(file.create(1))).toBe('409 ReadOnlyAttribute');
    await send({ 'x-ms-file-attributes': 'None' });
    await file.delete();
  });
});

function sasFor(shareName: string, filePath: string | undefined, permissions: string): string {
  const parsed = filePath === undefined ? ShareSASPermissions.parse(permissions) : FileSASPermissions.parse(permissions);
  const settings = { shareName, permissions: parsed, expiresOn: new Date(Date.now() + 3_600_000), contentDisposition: 'attachment; filename=x' };
  return generateFileSASQueryParameters(filePath === undefined ? settings : { ...settings, filePath }, credential).toString();
}

/** A request as it stands, with a signature of the account in its query. */
function sign(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = '') {
  const sas = generateAccountSASQueryParameters(
    {
      expiresOn: new Date(Date.now() + 3_600_000),
      permissions: AccountSASPermissions.parse('rwdlc'),
      resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
      services: AccountSASServices.parse('f').toString(),
    },
    credential,
  ).toString();
  return sendTo(server.port, `${ACCOUNT}.file.lazurite.localhost`)(method, `${path}${path.includes('?') ? '&' : '?'}${sas}`, { 'x-ms-version': '2023-11-03', ...headers }, body);
}

describe('who may', () => {
  test('signatures open what they name, and no more', async () => {
    const share = await freshShare();
    const file = share.rootDirectoryClient.getFileClient('d e.txt');
    await file.uploadData(Buffer.from('signed'));
    const at = (path: string, sas: string) => new ShareFileClient(`${URL}/${share.name}/${path}?${sas}`, undefined, options);
    const own = sasFor(share.name, 'd e.txt', 'r');
    const answer = await at('d%20e.txt', own).download();
    expect([(await bytesOf(answer.readableStreamBody)).toString(), answer.contentDisposition]).toEqual(['signed', 'attachment; filename=x']);
    expect(await refusal(at('d%20e.txt', own).delete())).toBe('403 AuthorizationPermissionMismatch');
    expect(await refusal(at('other', own).getProperties())).toContain('403');
    const shareSas = sasFor(share.name, undefined, 'rcl');
    expect(await refusal(at('new', shareSas).create(1))).toBe('done');
    expect(await refusal(at('new', shareSas).create(1))).toBe('403 AuthorizationPermissionMismatch');
    const onlyNew = sasFor(share.name, undefined, 'rcd');
    const moved = await sendTo(server.port, `${ACCOUNT}.file.lazurite.localhost`)('PUT', `/${share.name}/new?comp=rename&${onlyNew}`, {
      'x-ms-version': '2023-11-03',
      'x-ms-file-rename-source': `${URL}/${share.name}/d%20e.txt?${onlyNew}`,
      'x-ms-file-rename-replace-if-exists': 'true',
    });
    expect([moved.status, moved.headers['x-ms-error-code']]).toEqual([403, 'AuthorizationPermissionMismatch']);
    expect((await sendTo(server.port, `${ACCOUNT}.file.lazurite.localhost`)('GET', `/${share.name}?restype=directory&comp=list&${shareSas}`, { 'x-ms-version': '2023-11-03' })).status).toBe(200);
    expect((await sign('GET', '/?comp=list')).status).toBe(200);
    const ofBlobs = generateAccountSASQueryParameters(
      { expiresOn: new Date(Date.now() + 3_600_000), permissions: AccountSASPermissions.parse('r'), resourceTypes: 'sco', services: 'b' },
      credential,
    ).toString();
    expect(await refusal(at('d%20e.txt', ofBlobs).getProperties())).toContain('403');
  });

  test('tokens say that they go past access lists, and their roles decide', async () => {
    const share = await freshShare();
    await share.rootDirectoryClient.getFileClient('f').uploadData(Buffer.from('by role'));
    const send = (headers: Readonly<Record<string, string>>, method = 'GET') =>
      sendTo(server.port, `${ACCOUNT}.file.lazurite.localhost`)(method, `/${share.name}/f`, { 'x-ms-version': '2023-11-03', ...headers });
    const [plain, read, wrong, removed] = await Promise.all([
      send({ authorization: 'Bearer reader' }),
      send({ authorization: 'Bearer reader', 'x-ms-file-request-intent': 'backup' }),
      send({ authorization: 'Bearer reader', 'x-ms-file-request-intent': 'other' }),
      send({ authorization: 'Bearer reader', 'x-ms-file-request-intent': 'backup' }, 'DELETE'),
    ]);
    expect([plain.status, plain.headers['x-ms-error-code']]).toEqual([400, 'MissingRequiredHeader']);
    expect([read.status, read.body.toString()]).toEqual([200, 'by role']);
    expect(wrong.status).toBe(400);
    expect([removed.status, removed.headers['x-ms-error-code']]).toEqual([403, 'AuthorizationPermissionMismatch']);
    expect((await send({ authorization: 'Bearer owner', 'x-ms-file-request-intent': 'backup' }, 'DELETE')).status).toBe(202);
    expect((await send({})).status).toBe(401);
  });
});

describe('bad input', () => {
  test('is refused with a code of Azure, and what is not here by name', async () => {
    const share = await freshShare();
    const file = share.rootDirectoryClient.getFileClient('f');
    await file.uploadData(Buffer.from('0123456789'));
    const f = `/${share.name}/f`;
    const update = { 'x-ms-write': 'update', 'x-ms-range': 'bytes=0-0' };
    const cases: readonly (readonly [string, string, Readonly<Record<string, string>>, string, string?])[] = [
      ['PUT', '/ab?restype=share', {}, '400 OutOfRangeInput'],
      ['PUT', '/UPPER?restype=share', {}, '400 InvalidResourceName'],
      ['PUT', '/a--b?restype=share', {}, '400 InvalidResourceName'],
      ['PUT', '/quota?restype=share', { 'x-ms-share-quota': '0' }, '400 InvalidHeaderValue'],
      ['PUT', '/quota?restype=share', { 'x-ms-share-quota': 'many' }, '400 InvalidHeaderValue'],
      ['PUT', '/tier?restype=share', { 'x-ms-access-tier': 'Warm' }, '400 InvalidHeaderValue'],
      ['PUT', '/nfs?restype=share', { 'x-ms-enabled-protocols': 'NFS' }, '501 NotImplemented'],
      ['PUT', `/${share.name}?restype=share&comp=snapshot`, {}, '501 NotImplemented'],
      ['PUT', `/${share.name}?restype=share&comp=lease`, { 'x-ms-lease-action': 'acquire' }, '501 NotImplemented'],
      ['PUT', `/${share.name}?restype=share&comp=filepermission`, {}, '501 NotImplemented'],
      ['PUT', `${f}?comp=lease`, { 'x-ms-lease-action': 'acquire' }, '501 NotImplemented'],
      ['GET', `${f}?sharesnapshot=2020-01-01T00:00:00.0000000Z`, {}, '501 NotImplemented'],
      ['GET', `${f}?comp=nothing`, {}, '400 InvalidQueryParameterValue'],
      ['DELETE', `${f}?comp=range`, {}, '405 UnsupportedHttpVerb'],
      ['GET', f, { 'x-ms-lease-id': '11111111-1111-1111-1111-111111111111' }, '412 LeaseNotPresentWithFileOperation'],
      ['GET', f, { 'x-ms-range': 'bytes=10-' }, '416 InvalidRange'],
      ['GET', f, { 'x-ms-range': 'bytes=5-2' }, '400 InvalidHeaderValue'],
      ['PUT', f, { 'x-ms-type': 'file' }, '400 MissingRequiredHeader'],
      ['PUT', f, { 'x-ms-content-length': '1' }, '400 MissingRequiredHeader'],
      ['PUT', f, { 'x-ms-type': 'file', 'x-ms-content-length': '-1' }, '400 InvalidHeaderValue'],
      ['PUT', f, { 'x-ms-type': 'file', 'x-ms-content-length': '99999999999999' }, '400 InvalidHeaderValue'],
      ['PUT', f, { 'x-ms-type': 'file', 'x-ms-content-length': '20000000000' }, '403 ShareSizeLimitReached'],
      ['PUT', f, { 'x-ms-type': 'file', 'x-ms-content-length': '1', 'x-ms-file-attributes': 'Shiny' }, '400 InvalidHeaderValue'],
      ['PUT', f, { 'x-ms-type': 'file', 'x-ms-content-length': '1', 'x-ms-file-creation-time': 'yesterday' }, '400 InvalidHeaderValue'],
      ['PUT', f, { 'x-ms-type': 'file', 'x-ms-content-length': '1', 'x-ms-file-permission': 'O:SYG:SYD:' }, '501 NotImplemented'],
      ['PUT', f, { 'x-ms-type': 'file', 'x-ms-content-length': '1', 'x-ms-file-permission-key': '1*2' }, '501 NotImplemented'],
      ['PUT', `/${share.name}/a%3Ab`, { 'x-ms-type': 'file', 'x-ms-content-length': '1' }, '400 InvalidResourceName'],
      ['PUT', `/${share.name}/a//b`, { 'x-ms-type': 'file', 'x-ms-content-length': '1' }, '400 InvalidResourceName'],
      ['PUT', `/${share.name}/..%2Fb`, { 'x-ms-type': 'file', 'x-ms-content-length': '1' }, '400 InvalidResourceName'],
      ['PUT', `/${share.name}/${'x'.repeat(256)}`, { 'x-ms-type': 'file', 'x-ms-content-length': '1' }, '400 InvalidResourceName'],
      ['PUT', `/${share.name}/${'x/'.repeat(1500)}y`, { 'x-ms-type': 'file', 'x-ms-content-length': '1' }, '400 InvalidFileOrDirectoryPathName'],
      ['PUT', `/${share.name}/%ff`, { 'x-ms-type': 'file', 'x-ms-content-length': '1' }, '400 InvalidUri'],
      ['PUT', `${f}?comp=range`, { 'x-ms-write': 'update' }, '400 MissingRequiredHeader', 'x'],
      ['PUT', `${f}?comp=range`, { 'x-ms-range': 'bytes=0-0' }, '400 MissingRequiredHeader', 'x'],
      ['PUT', `${f}?comp=range`, { ...update, 'x-ms-write': 'append' }, '400 InvalidHeaderValue', 'x'],
      ['PUT', `${f}?comp=range`, { ...update, 'x-ms-range': 'bytes=0-' }, '400 InvalidHeaderValue', 'x'],
      ['PUT', `${f}?comp=range`, { ...update, 'x-ms-range': 'bytes=0-1' }, '400 InvalidHeaderValue', 'x'],
      ['PUT', `${f}?comp=range`, { ...update, 'x-ms-range': 'bytes=10-10' }, '416 InvalidRange', 'x'],
      ['PUT', `${f}?comp=range`, { ...update, 'x-ms-range': 'bytes=0-4194304' }, '413 RequestBodyTooLarge', 'x'],
      ['PUT', `${f}?comp=range`, { ...update, 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }, '400 Md5Mismatch', 'x'],
      ['PUT', `${f}?comp=range`, { ...update, 'content-md5': 'short' }, '400 InvalidMd5', 'x'],
      ['PUT', `${f}?comp=range`, { 'x-ms-write': 'clear', 'x-ms-range': 'bytes=0-99' }, '416 InvalidRange'],
      ['PUT', `${f}?comp=range`, { ...update, 'x-ms-source-range': 'bytes=0-0', 'x-ms-copy-source': 'nowhere' }, '400 InvalidHeaderValue'],
      ['PUT', `/${share.name}/g?comp=rename`, {}, '400 MissingRequiredHeader'],
      ['PUT', `/${share.name}/g?comp=rename`, { 'x-ms-file-rename-source': `${URL}/other/f` }, '501 NotImplemented'],
      ['PUT', `/${share.name}?restype=share&comp=metadata`, { 'x-ms-meta-1a': 'x' }, '400 InvalidMetadata'],
      ['GET', '/?comp=list&maxresults=0', {}, '400 OutOfRangeQueryParameterValue'],
      ['GET', `/${share.name}?restype=directory&comp=list&marker=abc`, {}, '400 OutOfRangeInput'],
      ['GET', `/${share.name}?restype=directory&comp=list&include=colours`, {}, '400 InvalidQueryParameterValue'],
      ['GET', `${f}?comp=rangelist&marker=abc`, {}, '400 OutOfRangeInput'],
      ['POST', f, {}, '405 UnsupportedHttpVerb'],
    ];
    const answers: string[] = [];
    for (const [method, path, headers, , body] of cases) {
      const answer = await sign(method, path, headers, body ?? '');
      answers.push(`${answer.status} ${answer.headers['x-ms-error-code'] ?? ''}`);
    }
    expect(answers).toEqual(cases.map(([, , , expected]) => expected));
    expect((await file.downloadToBuffer()).toString()).toBe('0123456789');
  });
});
