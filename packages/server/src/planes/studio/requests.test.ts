import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { PlaneRequest } from '../plane.ts';
import { parseCodeUri } from './code.ts';
import { attachment } from './files.ts';
import { parseJobQuery } from './jobs.ts';
import { runIdOf, scopeOfQuery, workspaceIdOf, workspaceKeyOfQuery } from './scope.ts';
import { typeNames } from './type-names.ts';

function requestOf(search: string, params: Record<string, string> = {}): PlaneRequest {
  const url = new URL(`http://localhost/x?${search}`);
  return { method: 'GET', rawPath: '/x', rawQuery: search, url, query: url.searchParams, headers: {}, params, hostLabel: '', remoteAddress: '', body: undefined, stream: Readable.from([]) };
}

test('the job query takes what the list offers', () => {
  expect(parseJobQuery(requestOf('status=Running&status=Failed&text=a%25&sort=name:asc&limit=5'))).toMatchObject({
    statuses: ['Running', 'Failed'],
    text: 'a%',
    sort: 'name',
    isDescending: false,
    limit: 5,
  });
  expect(parseJobQuery(requestOf(''))).toMatchObject({ sort: 'created', isDescending: true, limit: 100 });
});

test('what the list does not offer is refused by name, not ignored', () => {
  for (const [search, target] of [
    ['status=Sleeping', 'status'],
    ['status=constructor', 'status'],
    ['sort=colour', 'sort'],
    ['sort=name:up', 'sort'],
    ['limit=0', 'limit'],
    ['limit=1e9', 'limit'],
    [`text=${'x'.repeat(300)}`, 'text'],
    ['text=%00', 'text'],
  ] as const) {
    expect(() => parseJobQuery(requestOf(search))).toThrow(expect.objectContaining({ kind: 'invalid', target }));
  }
});

test('a workspace in the address cannot be more than a workspace', () => {
  const params = { subscription: 's', group: 'g', workspace: 'w' };
  expect(workspaceIdOf(requestOf('', params))).toBe('/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w');
  expect(workspaceIdOf(requestOf('', { ...params, group: 'prüfung-实验' }))).toContain('/resourceGroups/prüfung-实验/');
  expect(() => workspaceIdOf(requestOf('', { ...params, workspace: 'w/jobs/x' }))).toThrow(/not the id of a workspace/);
  expect(() => workspaceIdOf(requestOf('', { ...params, group: '../g' }))).toThrow(/not the id of a workspace/);
  expect(() => workspaceKeyOfQuery(requestOf('workspace=/subscriptions/s'))).toThrow(/not the id of a workspace/);
  expect(() => runIdOf(requestOf('', { run: '../x' }))).toThrow(/not a job name/);
});

test('a scope is an id, or / for everything', () => {
  for (const scope of ['/', '/subscriptions/s', '/subscriptions/s/resourceGroups/é/providers/A.B/c/d']) expect(scopeOfQuery(requestOf(`scope=${encodeURIComponent(scope)}`))).toBe(scope);
  for (const scope of ['', 'subscriptions/s', '/subscriptions/', '//', '/a\0']) expect(() => scopeOfQuery(requestOf(`scope=${encodeURIComponent(scope)}`))).toThrow(/scope is/);
});

test('types are called as people call them', () => {
  expect(typeNames('Microsoft.Storage/storageAccounts')).toEqual(['Storage account', 'Storage accounts']);
  expect(typeNames('Microsoft.Network/privateDnsZones/virtualNetworkLinks')).toEqual(['Virtual network link', 'Virtual network links']);
  expect(typeNames('Microsoft.KeyVault/vaults')).toEqual(['Key vault', 'Key vaults']);
  expect(typeNames('A.B/policies')).toEqual(['Policy', 'Policies']);
});

test('code lies in a folder of a container of a blob account, or nowhere we look', () => {
  expect(parseCodeUri('https://acct.blob.lazurite.localhost:7443/c/LocalUpload/a%20b/src/')).toEqual({ account: 'acct', container: 'c', prefix: 'LocalUpload/a b/src/' });
  for (const uri of ['https://example.org/c/x', 'https://acct.blob.lazurite.localhost/c', 'file:///etc/passwd', 'nonsense']) expect(parseCodeUri(uri)).toBeUndefined();
});

test('a download name cannot break out of its header', () => {
  expect(attachment('outputs/a"b\\c\r\nSet-Cookie: x.txt')).toMatch(/^attachment; filename="a_b_c__Set-Cookie: x\.txt"; filename\*=UTF-8''[\w%.-]+$/);
  expect(attachment('ergebnis-ä.csv')).toContain("filename*=UTF-8''ergebnis-%C3%A4.csv");
});
