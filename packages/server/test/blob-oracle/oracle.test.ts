// The same calls to the Blob plane and to Azurite: status, error code and the headers that clients read must be equal.
// Where the two differ on purpose, the step says so with the status and code that are Azure's own.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccountSASPermissions, ContainerSASPermissions, generateAccountSASQueryParameters, generateBlobSASQueryParameters } from '@azure/storage-blob';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { type PlaneServer, startPlaneServer } from './plane-server.ts';
import { azuriteTarget, planeTarget, type Answer, type Target } from './targets.ts';

const CONTAINER = 'oracle-container';
const COMPARED = [
  'content-type',
  'content-length',
  'content-range',
  'content-md5',
  'accept-ranges',
  'content-encoding',
  'content-language',
  'content-disposition',
  'cache-control',
  'x-ms-blob-type',
  'x-ms-blob-append-offset',
  'x-ms-blob-committed-block-count',
  'x-ms-copy-status',
  'x-ms-error-code',
  'x-ms-meta-a',
  'x-ms-lease-state',
  'x-ms-lease-status',
  'x-ms-lease-duration',
  'x-ms-lease-id',
  'x-ms-lease-time',
  'x-ms-client-request-id',
];

interface Step {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | ((last: Answer) => Readonly<Record<string, string>>);
  readonly body?: string;
  /** Headers that differ for a reason: Azurite leaves them out or adds them. */
  readonly ignore?: readonly string[];
  /** Ours, where Azurite does not do as Azure does. */
  readonly ours?: { readonly status: number; readonly code?: string };
}

const block = { 'x-ms-blob-type': 'BlockBlob' };
const blob = `/${CONTAINER}/blob.txt`;
const append = `/${CONTAINER}/log.txt`;
const etag = (last: Answer): string => last.headers['etag'] ?? '';

const steps: readonly Step[] = [
  { name: 'missing blob', method: 'GET', path: `/${CONTAINER}/missing` },
  { name: 'missing blob, HEAD', method: 'HEAD', path: `/${CONTAINER}/missing` },
  { name: 'missing container', method: 'PUT', path: '/no-such-container/x', headers: block, body: 'x', ours: { status: 403, code: 'AuthenticationFailed' }, ignore: ['*'] },
  {
    name: 'put',
    method: 'PUT',
    path: blob,
    headers: { ...block, 'x-ms-meta-a': '1', 'content-type': 'text/x', 'x-ms-blob-cache-control': 'no-store', 'x-ms-blob-content-language': 'de', 'x-ms-client-request-id': 'mine' },
    body: 'hello world',
  },
  { name: 'get', method: 'GET', path: blob },
  { name: 'head', method: 'HEAD', path: blob },
  { name: 'range', method: 'GET', path: blob, headers: { 'x-ms-range': 'bytes=2-4' } },
  { name: 'open range', method: 'GET', path: blob, headers: { range: 'bytes=6-' } },
  { name: 'range over the end', method: 'GET', path: blob, headers: { range: 'bytes=6-600' } },
  { name: 'range behind the end', method: 'GET', path: blob, headers: { range: 'bytes=11-12' }, ours: { status: 416, code: 'InvalidRange' } },
  { name: 'range with its digest', method: 'GET', path: blob, headers: { 'x-ms-range': 'bytes=0-3', 'x-ms-range-get-content-md5': 'true' } },
  { name: 'put again, only if absent', method: 'PUT', path: blob, headers: { ...block, 'if-none-match': '*' }, body: 'x' },
  { name: 'put, wrong etag', method: 'PUT', path: blob, headers: { ...block, 'if-match': '"0x8000"' }, body: 'x' },
  { name: 'head, for its etag', method: 'HEAD', path: blob },
  { name: 'get, unchanged', method: 'GET', path: blob, headers: (last) => ({ 'if-none-match': etag(last) }), ignore: ['content-type', 'content-length', 'accept-ranges', 'x-ms-error-code'] },
  { name: 'get, other etag asked', method: 'GET', path: blob, headers: { 'if-match': '"0x8000"' } },
  { name: 'get, modified since long ago', method: 'GET', path: blob, headers: { 'if-modified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' } },
  { name: 'get, unmodified since long ago', method: 'GET', path: blob, headers: { 'if-unmodified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' } },
  { name: 'set metadata', method: 'PUT', path: `${blob}?comp=metadata`, headers: { 'x-ms-meta-a': '2' } },
  // Azure: Get Blob Metadata has no body, also as GET; Azurite sends the blob.
  { name: 'get metadata', method: 'GET', path: `${blob}?comp=metadata`, ours: { status: 200 } },
  { name: 'set metadata, wrong etag', method: 'PUT', path: `${blob}?comp=metadata`, headers: { 'x-ms-meta-a': '3', 'if-match': '"0x8000"' } },
  { name: 'set metadata of a missing blob', method: 'PUT', path: `/${CONTAINER}/missing?comp=metadata`, headers: { 'x-ms-meta-a': '2' } },
  { name: 'head after metadata', method: 'HEAD', path: blob },
  { name: 'set properties', method: 'PUT', path: `${blob}?comp=properties`, headers: { 'x-ms-blob-content-type': 'text/y', 'x-ms-blob-content-disposition': 'inline' } },
  { name: 'head after properties', method: 'HEAD', path: blob, ignore: ['content-md5'] },
  { name: 'empty blob', method: 'PUT', path: `/${CONTAINER}/empty`, headers: block },
  { name: 'get of the empty blob', method: 'GET', path: `/${CONTAINER}/empty` },
  { name: 'range of the empty blob', method: 'GET', path: `/${CONTAINER}/empty`, headers: { 'x-ms-range': 'bytes=0-33554431' }, ignore: ['content-range'] },
  { name: 'wrong digest', method: 'PUT', path: `/${CONTAINER}/digest`, headers: { ...block, 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }, body: 'x', ours: { status: 400, code: 'Md5Mismatch' } },
  { name: 'no blob type', method: 'PUT', path: `/${CONTAINER}/typeless`, body: 'x', ours: { status: 400, code: 'MissingRequiredHeader' } },
  { name: 'put block', method: 'PUT', path: `/${CONTAINER}/blocks?comp=block&blockid=QUFB`, body: 'aaa' },
  { name: 'put block, id of another length', method: 'PUT', path: `/${CONTAINER}/blocks?comp=block&blockid=QUFBQUFB`, body: 'aaa' },
  { name: 'get of what is only staged', method: 'GET', path: `/${CONTAINER}/blocks` },
  { name: 'block list of what is only staged', method: 'GET', path: `/${CONTAINER}/blocks?comp=blocklist&blocklisttype=all`, ignore: ['content-length'] },
  { name: 'commit of a missing block', method: 'PUT', path: `/${CONTAINER}/blocks?comp=blocklist`, body: '<?xml version="1.0"?><BlockList><Latest>WlpaWg==</Latest></BlockList>' },
  {
    name: 'commit',
    method: 'PUT',
    path: `/${CONTAINER}/blocks?comp=blocklist`,
    headers: { 'x-ms-meta-a': '1', 'x-ms-blob-content-type': 'text/z' },
    body: '<?xml version="1.0"?><BlockList><Latest>QUFB</Latest></BlockList>',
    ignore: ['content-md5'],
  },
  { name: 'get of the committed', method: 'GET', path: `/${CONTAINER}/blocks`, ignore: ['content-md5'] },
  { name: 'append to a missing blob', method: 'PUT', path: `${append}?comp=appendblock`, body: 'x' },
  { name: 'create an append blob', method: 'PUT', path: append, headers: { 'x-ms-blob-type': 'AppendBlob' }, ignore: ['content-md5'] },
  { name: 'append', method: 'PUT', path: `${append}?comp=appendblock`, body: 'line\n', ignore: ['content-md5'] },
  { name: 'append at the wrong place', method: 'PUT', path: `${append}?comp=appendblock`, headers: { 'x-ms-blob-condition-appendpos': '0' }, body: 'line\n' },
  { name: 'append over the limit', method: 'PUT', path: `${append}?comp=appendblock`, headers: { 'x-ms-blob-condition-maxsize': '6' }, body: 'line\n' },
  { name: 'append at the right place', method: 'PUT', path: `${append}?comp=appendblock`, headers: { 'x-ms-blob-condition-appendpos': '5' }, body: 'line\n', ignore: ['content-md5'] },
  { name: 'get of the append blob', method: 'GET', path: append, ignore: ['content-md5'] },
  { name: 'append to a block blob', method: 'PUT', path: `${blob}?comp=appendblock`, body: 'x' },
  { name: 'stage for an append blob', method: 'GET', path: `${append}?comp=blocklist` },
  { name: 'list', method: 'GET', path: `/${CONTAINER}?restype=container&comp=list`, ignore: ['content-length'] },
  { name: 'list, maxresults 0', method: 'GET', path: `/${CONTAINER}?restype=container&comp=list&maxresults=0`, ours: { status: 400, code: 'OutOfRangeQueryParameterValue' } },
  { name: 'delete, wrong etag', method: 'DELETE', path: blob, headers: { 'if-match': '"0x8000"' } },
  { name: 'delete', method: 'DELETE', path: blob },
  { name: 'delete again', method: 'DELETE', path: blob },
];

const leased = '/leased-container?restype=container';
const ID = '11111111-2222-3333-4444-555555555555';
const OTHER = '99999999-2222-3333-4444-555555555555';
const lease = (name: string, headers: Readonly<Record<string, string>>): Step => ({
  name: `container lease: ${name}`,
  method: 'PUT',
  path: `${leased}&comp=lease`,
  headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key === 'proposed-id' ? 'x-ms-proposed-lease-id' : `x-ms-lease-${key}`, value])),
});
const held = (name: string, method: string, id?: string, comp = ''): Step => ({
  name: `leased container: ${name}`,
  method,
  path: `${leased}${comp}`,
  ignore: ['content-length'],
  ...(id === undefined ? {} : { headers: { 'x-ms-lease-id': id } }),
});

/** By a signature of the account: one of a container does not reach the container itself. */
const leaseSteps: readonly Step[] = [
  { ...lease('of a missing container', { action: 'acquire', duration: '15' }), path: '/no-such-container?restype=container&comp=lease' },
  held('create', 'PUT'),
  held('properties with a lease', 'GET', ID),
  held('delete with a lease', 'DELETE', ID),
  lease('renew without one', { action: 'renew', id: ID }),
  lease('release without one', { action: 'release', id: ID }),
  lease('break without one', { action: 'break' }),
  lease('change without one', { action: 'change', id: ID, 'proposed-id': OTHER }),
  lease('acquire', { action: 'acquire', duration: '-1', 'proposed-id': ID }),
  lease('acquire again', { action: 'acquire', duration: '-1', 'proposed-id': ID }),
  lease('acquire by another', { action: 'acquire', duration: '15', 'proposed-id': OTHER }),
  held('properties', 'GET'),
  held('properties with it', 'GET', ID),
  held('properties with another', 'GET', OTHER),
  held('metadata without it', 'PUT', undefined, '&comp=metadata'),
  held('metadata with it', 'PUT', ID, '&comp=metadata'),
  held('metadata with another', 'PUT', OTHER, '&comp=metadata'),
  held('delete without it', 'DELETE'),
  held('delete with another', 'DELETE', OTHER),
  lease('renew by another', { action: 'renew', id: OTHER }),
  lease('renew', { action: 'renew', id: ID }),
  lease('change by another', { action: 'change', id: OTHER, 'proposed-id': '88888888-2222-3333-4444-555555555555' }),
  lease('change', { action: 'change', id: ID, 'proposed-id': OTHER }),
  lease('release by another', { action: 'release', id: ID }),
  lease('release', { action: 'release', id: OTHER }),
  held('properties after the release', 'GET'),
  lease('acquire for a while', { action: 'acquire', duration: '60', 'proposed-id': ID }),
  lease('break slowly', { action: 'break', 'break-period': '30' }),
  held('properties while it breaks', 'GET'),
  held('delete while it breaks', 'DELETE'),
  lease('acquire while it breaks', { action: 'acquire', duration: '15', 'proposed-id': ID }),
  lease('break at once', { action: 'break', 'break-period': '0' }),
  held('properties when it is broken', 'GET'),
  lease('renew when it is broken', { action: 'renew', id: ID }),
  lease('acquire when it is broken', { action: 'acquire', duration: '-1', 'proposed-id': OTHER }),
  held('delete with it', 'DELETE', OTHER),
  held('properties when it is gone', 'GET'),
];

let db: TestDatabase;
let server: PlaneServer;
let plane: Target;
let azurite: Target;
beforeAll(async () => {
  db = await testDatabase();
  server = await startPlaneServer(db.database);
  plane = planeTarget(server);
  azurite = await azuriteTarget();
  for (const target of [plane, azurite]) await target.service.getContainerClient(CONTAINER).create();
});
afterAll(async () => {
  await azurite.close();
  await plane.close();
  await db.close();
});

function signature(target: Target): string {
  return generateBlobSASQueryParameters(
    { containerName: CONTAINER, permissions: ContainerSASPermissions.parse('racwdl'), expiresOn: new Date(Date.now() + 3_600_000), version: '2023-11-03' },
    target.credential,
  ).toString();
}

function accountSignature(target: Target): string {
  return generateAccountSASQueryParameters(
    { services: 'b', resourceTypes: 'sco', permissions: AccountSASPermissions.parse('rwdlacu'), expiresOn: new Date(Date.now() + 3_600_000), version: '2023-11-03' },
    target.credential,
  ).toString();
}

function shown(answer: Answer, step: Step): object {
  if (step.ignore?.includes('*') === true) return {};
  const isError = answer.status >= 400;
  const names = COMPARED.filter(
    (name) =>
      step.ignore?.includes(name) !== true && !(isError && (name === 'content-length' || name === 'content-type')) && !(step.method !== 'GET' && step.method !== 'HEAD' && name === 'content-length'),
  );
  const xmlType = (value: string | undefined): string | undefined => (value?.startsWith('application/xml') === true ? 'application/xml' : value);
  return {
    status: answer.status,
    code: /<Code>([^<]*)<\/Code>/.exec(answer.body.toString())?.[1],
    headers: Object.fromEntries(names.map((name) => [name, name === 'content-type' ? xmlType(answer.headers[name]) : answer.headers[name]])),
    body: isError || answer.status === 304 || answer.headers['content-type']?.startsWith('application/xml') === true ? undefined : answer.body.toString(),
  };
}

test('every step is answered as Azurite answers it, or as Azure does where Azurite does not', async () => {
  const last = new Map<Target, Answer>();
  const none: Answer = { status: 0, headers: {}, body: Buffer.alloc(0) };
  for (const step of [...steps, ...leaseSteps]) {
    const isContainer = step.path.includes('restype=container') && !step.path.includes('comp=list');
    const ask = async (target: Target): Promise<Answer> => {
      const headers = typeof step.headers === 'function' ? step.headers(last.get(target) ?? none) : step.headers;
      const answer = await target.send(
        step.method,
        `${step.path}${step.path.includes('?') ? '&' : '?'}${isContainer ? accountSignature(target) : signature(target)}`,
        { 'x-ms-version': '2023-11-03', ...headers },
        step.body,
      );
      last.set(target, answer);
      return answer;
    };
    const ours = await ask(plane);
    const theirs = await ask(azurite);
    if (step.ours === undefined) expect.soft({ step: step.name, ...shown(ours, step) }).toEqual({ step: step.name, ...shown(theirs, step) });
    else expect.soft({ step: step.name, status: ours.status, code: ours.headers['x-ms-error-code'] }).toEqual({ step: step.name, ...step.ours });
  }
  expect(server.internal).toEqual([]);
});

test('listings name the same blobs with the same properties', async () => {
  const listing = async (target: Target): Promise<readonly unknown[]> => {
    const found: unknown[] = [];
    for await (const each of target.service.getContainerClient(CONTAINER).listBlobsFlat({ includeMetadata: true })) {
      const { contentLength, contentType, blobType, leaseState, contentMD5 } = each.properties;
      found.push({ name: each.name, contentLength, contentType, blobType, leaseState, md5: each.name === 'empty' ? contentMD5 : undefined, metadata: each.metadata });
    }
    return found;
  };
  expect(await listing(plane)).toEqual(await listing(azurite));
});
