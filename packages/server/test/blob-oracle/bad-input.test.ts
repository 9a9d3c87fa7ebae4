// Bad input: Azure's status and code, a sentence, never a 500, and nothing left behind.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { signServiceSas } from '@lazurite/server/blobs/sas.ts';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { ACCOUNT, KEY1, type PlaneServer, startPlaneServer } from './plane-server.ts';
import { planeTarget, type Target } from './targets.ts';

let db: TestDatabase;
let server: PlaneServer;
let target: Target;
beforeAll(async () => {
  db = await testDatabase();
  server = await startPlaneServer(db.database);
  target = planeTarget(server);
  await target.service.getContainerClient('bad-input').create();
});
afterAll(async () => {
  await target.close();
  await db.close();
});

const GUID = '00000000-1111-2222-3333-444444444444';
const block = { 'x-ms-blob-type': 'BlockBlob' };
const owned = { authorization: 'Bearer owner' };

test.each<[string, string, Readonly<Record<string, string>>, string, number, string]>([
  ['PUT', '/bad-input/%zz', block, 'x', 400, 'InvalidUri'],
  ['PUT', '/bad-input/a%00b', block, 'x', 400, 'InvalidUri'],
  ['PUT', '/bad-input/%ff%fe', block, 'x', 400, 'InvalidUri'],
  ['GET', '/bad-input/x?a=%zz', {}, '', 400, 'InvalidUri'],
  ['PUT', `/bad-input/${'x'.repeat(1025)}`, block, 'x', 400, 'OutOfRangeInput'],
  ['PUT', `/bad-input/${encodeURIComponent('漢'.repeat(900))}`, block, 'x', 400, 'OutOfRangeInput'],
  ['PUT', '/Bad_Container?restype=container', {}, '', 400, 'InvalidResourceName'],
  ['PUT', '/ab?restype=container', {}, '', 400, 'OutOfRangeInput'],
  ['PUT', '/..%2f..%2fetc?restype=container', {}, '', 400, 'InvalidResourceName'],
  ['PUT', '/bad-input/x', { ...block, 'x-ms-meta-1a': 'x' }, 'x', 400, 'InvalidMetadata'],
  ['PUT', '/bad-input/x', { ...block, 'x-ms-meta-a': 'x'.repeat(9000) }, 'x', 400, 'MetadataTooLarge'],
  ['PUT', '/bad-input/x', { 'x-ms-blob-type': 'Chunk' }, 'x', 400, 'InvalidHeaderValue'],
  ['PUT', '/bad-input/x', { 'x-ms-blob-type': 'PageBlob' }, '', 501, 'NotImplemented'],
  ['PUT', '/bad-input/x', { ...block, 'content-md5': 'short' }, 'x', 400, 'InvalidMd5'],
  ['PUT', '/bad-input/x', { ...block, 'if-modified-since': 'yesterday' }, 'x', 400, 'InvalidHeaderValue'],
  ['PUT', '/bad-input/x', { ...block, 'x-ms-version': 'latest' }, 'x', 400, 'InvalidHeaderValue'],
  ['PUT', '/bad-input/x', { ...block, 'x-ms-lease-id': 'x' }, 'x', 400, 'InvalidHeaderValue'],
  ['PUT', '/bad-input/x', { ...block, 'x-ms-lease-id': GUID }, 'x', 412, 'LeaseNotPresentWithBlobOperation'],
  ['PUT', '/bad-input?restype=container&comp=metadata', { 'x-ms-lease-id': GUID }, '', 412, 'LeaseNotPresentWithContainerOperation'],
  ['PUT', '/bad-input/x', { ...block, 'x-ms-tags': 'a=b' }, 'x', 501, 'NotImplemented'],
  ['PUT', '/bad-input/x?comp=block', {}, 'x', 400, 'MissingRequiredQueryParameter'],
  ['PUT', '/bad-input/x?comp=block&blockid=!!', {}, 'x', 400, 'InvalidQueryParameterValue'],
  ['PUT', '/bad-input/x?comp=block&blockid=QUFB', {}, '', 400, 'InvalidHeaderValue'],
  ['PUT', '/bad-input/x?comp=blocklist', {}, '<BlockList><Latest>', 400, 'InvalidXmlDocument'],
  ['PUT', '/bad-input/x?comp=blocklist', {}, '<Other/>', 400, 'InvalidXmlDocument'],
  ['PUT', '/bad-input/x?comp=blocklist', {}, '<!DOCTYPE a [<!ENTITY x "y">]><BlockList/>', 400, 'InvalidXmlDocument'],
  ['PUT', '/bad-input/x?comp=blocklist', {}, '<BlockList><Latest>??</Latest></BlockList>', 400, 'InvalidBlockId'],
  ['PUT', '/bad-input/x?comp=nonsense', {}, '', 400, 'InvalidQueryParameterValue'],
  ['PUT', '/bad-input/x?comp=lease', { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '15' }, '', 404, 'BlobNotFound'],
  ['PUT', '/bad-input/x?comp=lease', {}, '', 400, 'MissingRequiredHeader'],
  ['PUT', '/bad-input?restype=container&comp=lease', { 'x-ms-lease-action': 'acquire' }, '', 400, 'MissingRequiredHeader'],
  ['PUT', '/bad-input?restype=container&comp=lease', { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '7' }, '', 400, 'InvalidHeaderValue'],
  ['PUT', '/bad-input?restype=container&comp=lease', { 'x-ms-lease-action': 'steal' }, '', 400, 'InvalidHeaderValue'],
  ['DELETE', '/bad-input?restype=container', { 'x-ms-lease-id': 'x' }, '', 400, 'InvalidHeaderValue'],
  ['GET', '/bad-input/x', { 'x-ms-range': 'bytes=9-3' }, '', 400, 'InvalidHeaderValue'],
  ['GET', '/bad-input?restype=container&comp=list&maxresults=0', {}, '', 400, 'OutOfRangeQueryParameterValue'],
  ['GET', '/bad-input?restype=container&comp=list&marker=zzz', {}, '', 400, 'OutOfRangeInput'],
  ['GET', '/bad-input?restype=container&comp=list&include=everything', {}, '', 400, 'InvalidQueryParameterValue'],
  ['PUT', '/bad-input/x', { 'x-ms-copy-source': 'not a url' }, '', 400, 'InvalidHeaderValue'],
  ['PUT', '/bad-input/x', { 'x-ms-copy-source': 'http://127.0.0.1:22/a/b' }, '', 501, 'NotImplemented'],
  ['POST', '/?restype=service&comp=userdelegationkey', {}, '<KeyInfo><Expiry>soon</Expiry></KeyInfo>', 400, 'InvalidXmlNodeValue'],
  ['POST', '/bad-input?restype=container&comp=batch', { 'content-type': 'multipart/mixed; boundary=b' }, 'nothing', 400, 'InvalidInput'],
  ['POST', '/bad-input/x', {}, '', 405, 'UnsupportedHttpVerb'],
  ['OPTIONS', '/bad-input/x', { origin: 'https://elsewhere.example' }, '', 403, 'CorsPreflightFailure'],
])('%s %s %j', async (method, path, headers, body, status, code) => {
  const answer = await target.send(method, path, { ...owned, ...headers }, body);
  expect([answer.status, answer.headers['x-ms-error-code']]).toEqual([status, code]);
  expect(answer.body.toString()).toContain(`<Code>${code}</Code>`);
  expect(server.internal).toEqual([]);
  expect((await target.service.getContainerClient('bad-input').listBlobsFlat().byPage().next()).value.segment.blobItems).toEqual([]);
});

test.each([
  ['expired', (sas: string) => sas.replace(/se=[^&]+/, 'se=2020-01-01T00%3A00%3A00Z')],
  ['more permissions', (sas: string) => sas.replace('sp=r', 'sp=rwd')],
  ['another resource', (sas: string) => sas.replace('sr=c', 'sr=b')],
  ['an old version', (sas: string) => sas.replace(/sv=[^&]+/, 'sv=2015-04-05')],
  ['no signature', (sas: string) => sas.replace(/sig=[^&]+/, 'sig=')],
])('a signature changed to have %s is refused', async (_name, change) => {
  const sas = signServiceSas({ account: ACCOUNT, container: 'bad-input', key: KEY1, permissions: 'r', expiresOn: new Date(Date.now() + 60_000), protocol: 'https,http' });
  const answer = await target.send('GET', `/bad-input/x?${change(sas)}`);
  expect([answer.status, answer.headers['x-ms-error-code']]).toEqual([403, 'AuthenticationFailed']);
});

test('a signature for https only is refused on http; one for it reaches the blob', async () => {
  const sign = (protocol: 'https' | 'https,http'): string =>
    signServiceSas({ account: ACCOUNT, container: 'bad-input', key: KEY1, permissions: 'r', expiresOn: new Date(Date.now() + 60_000), protocol });
  expect((await target.send('GET', `/bad-input/x?${sign('https')}`)).headers['x-ms-error-code']).toBe('AuthorizationProtocolMismatch');
  expect((await target.send('GET', `/bad-input/x?${sign('https,http')}`)).headers['x-ms-error-code']).toBe('BlobNotFound');
});
