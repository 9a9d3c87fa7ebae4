import { expect, test } from 'vitest';
import { patternMatcher, rawWildcard, sharedSegments } from './route-pattern.ts';
import { parseAuthority, virtualHosts } from './virtual-hosts.ts';

test.each([
  ['/*', '/c/a%2Fb//', 'c/a%2Fb//'],
  ['/*', '/', ''],
  ['/mlflow/v1.0/:sub/artifacts/*', '/MLflow/v1.0/s%20x/artifacts/model/MLmodel', 'model/MLmodel'],
  ['/imds/*', '/imds', ''],
])('the wildcard of %s in %s is %s', (pattern, path, wildcard) => {
  expect(rawWildcard(pattern, path)).toBe(wildcard);
});

test.each([
  ['/a/:name/b', '/A/x%2Fy/B/', true],
  ['/a/:name/b', '/a/x/y/b', false],
  ['/a.b/*', '/a.b/c/d', true],
  ['/a.b/*', '/aXb/c', false],
  ['/runs::search', '/runs:search', true],
  ['/:vault-:name', '/one-two', true],
])('%s and %s: %s', (pattern, path, isMatch) => {
  expect(patternMatcher(pattern)(path)).toBe(isMatch);
});

test('shared segments stop at the first parameter', () => {
  expect(sharedSegments('/mlflow/v1.0/:sub/x', '/MLFLOW/v1.0/s/x')).toBe(2);
  expect(sharedSegments('/:tenant/oauth2', '/t/oauth2')).toBe(0);
});

test('virtual hosts', () => {
  const hosts = virtualHosts('ml.example.test');
  expect(hosts('management.ml.example.test')).toEqual({ kind: 'management', label: '' });
  expect(hosts('acct.blob.ml.example.test')).toEqual({ kind: 'blob', label: 'acct' });
  expect(hosts('west.api.ml.example.test')).toEqual({ kind: 'api', label: 'west' });
  expect(hosts('lazuritewest.api.azureml.ml.example.test')).toEqual({ kind: 'api', label: 'lazuritewest' });
  expect(hosts('portal.azure.ml.example.test')).toEqual({ kind: 'studio', label: '' });
  expect(hosts('ep.west.inference.ml.example.test')).toEqual({ kind: 'unserved', label: 'ep', service: 'inference' });
  for (const name of ['other.test', 'blob.ml.example.test', '-a.blob.ml.example.test', 'a.b.blob.ml.example.test', '__proto__.ml.example.test', 'ml.example.test.evil.com'])
    expect(hosts(name)).toBeUndefined();
});

test('authorities', () => {
  expect(parseAuthority('[::1]:7443')).toEqual({ hostname: '::1', port: 7443 });
  expect(parseAuthority('Management.X.:443')).toEqual({ hostname: 'management.x', port: 443 });
  for (const text of ['', 'a b', 'u@h', 'h:', 'h:99999', 'h:1:2', 'h/x']) expect(parseAuthority(text)).toBeUndefined();
});
