// What callers send, parsed: scopes, audiences, tenants, redirect addresses, PKCE, one-time codes.

import { describe, expect, test } from 'vitest';
import { createAudiences } from './audiences.ts';
import { matchesCodeChallenge } from './pkce.ts';
import { findRedirect } from './redirects.ts';
import { formatScope, parseResource, parseScope } from './scopes.ts';
import { newReadableCode, normalizeReadableCode } from './secrets.ts';
import { resolveTenant } from './tenants.ts';

const audiences = createAudiences('lazurite.localhost');
const tenantId = '11111111-2222-4333-8444-555555555555';

describe('audiences', () => {
  test.each([
    ['https://management.azure.com/', 'arm', 'https://management.azure.com'],
    ['https://management.core.windows.net//', 'arm', 'https://management.core.windows.net'],
    ['https://management.lazurite.localhost:7443', 'arm', 'https://management.lazurite.localhost:7443'],
    ['http://localhost:7443', 'arm', 'http://localhost:7443'],
    ['797F4846-BA00-4FD7-BA43-DAC1F8F63013', 'arm', 'https://management.azure.com'],
    ['https://ml.azure.localhost', 'ml', 'https://ml.azure.localhost'],
    ['https://ml.azure.lazurite.localhost', 'ml', 'https://ml.azure.lazurite.localhost'],
    ['https://storage.azure.com/', 'storage', 'https://storage.azure.com'],
    ['https://acct.blob.lazurite.localhost:7443', 'storage', 'https://acct.blob.lazurite.localhost:7443'],
    ['https://v.vault.lazurite.localhost', 'vault', 'https://v.vault.lazurite.localhost'],
    ['https://graph.microsoft.com', 'graph', 'https://graph.microsoft.com'],
  ])('%s is %s', (resource, family, audience) => {
    expect(audiences.find(resource)).toEqual({ family, audience });
  });
  test.each([
    '',
    'x',
    'https://example.com',
    'https://evilmanagement.azure.com',
    'https://management.azure.com.evil.com',
    'http://management.azure.com',
    'https://management.azure.com/path',
    'https://a@management.azure.com',
  ])('%s is none of ours', (resource) => {
    expect(audiences.find(resource)).toBeUndefined();
  });
});

describe('scopes', () => {
  test('a resource with a slash of its own keeps it in the reply', () => {
    const scope = parseScope('https://management.azure.com//.default openid offline_access', audiences);
    expect(scope.audience.audience).toBe('https://management.azure.com');
    expect(formatScope(scope)).toBe('https://management.azure.com//user_impersonation https://management.azure.com//.default openid');
  });
  test('scopes without a resource are Graph', () => {
    expect(parseScope('User.Read openid', audiences)).toMatchObject({ audience: { family: 'graph' }, permissions: ['User.Read'] });
  });
  test.each([
    ['https://management.azure.com/.default https://storage.azure.com/.default', 'AADSTS70011'],
    ['https://management.azure.com', 'AADSTS70011'],
    ['https://management.azure.com/', 'AADSTS70011'],
    ['https://nobody.example/.default', 'AADSTS500011'],
  ])('%s is refused with %s', (scope, code) => {
    expect(() => parseScope(scope, audiences)).toThrow(expect.objectContaining({ code }));
  });
  test('v1 takes resource, or scope when there is none', () => {
    expect(parseResource('https://storage.azure.com/', 'openid', audiences).audience.family).toBe('storage');
    expect(parseResource(undefined, 'https://vault.azure.net/.default', audiences).audience.family).toBe('vault');
  });
});

describe('redirect addresses', () => {
  const registered = [
    { uri: 'https://studio.lazurite.localhost:7443/auth/return', platform: 'spa' },
    { uri: 'http://localhost/', platform: 'native' },
  ] as const;
  test.each([
    ['https://studio.lazurite.localhost:7443/auth/return', true],
    ['https://studio.lazurite.localhost:7444/auth/return', false],
    ['https://studio.lazurite.localhost:7443/auth/return/x', false],
    ['https://studio.lazurite.localhost:7443/auth/return?x=1', false],
    ['https://studio.lazurite.localhost.evil.com:7443/auth/return', false],
    ['http://localhost:51234', true],
    ['http://localhost:51234/', true],
    ['http://localhost:51234/other', false],
    ['https://localhost:51234/', false],
    ['http://localhost@evil.com/', false],
    ['http://localhost:1/#x', false],
    ['javascript:alert(1)', false],
    ['', false],
  ])('%s: %s', (uri, expected) => {
    expect(findRedirect(registered, uri) !== undefined).toBe(expected);
  });
});

test('PKCE: the example of RFC 7636, and what is not it', () => {
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  expect(matchesCodeChallenge(verifier, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')).toBe(true);
  expect(matchesCodeChallenge(`${verifier}x`, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')).toBe(false);
  expect(matchesCodeChallenge('', '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')).toBe(false);
});

test('tenants: GUID, domain, and the words for any', () => {
  expect(resolveTenant(tenantId.toUpperCase(), tenantId, 'lazurite.localhost')).toBe('named');
  expect(resolveTenant('Lazurite.localhost', tenantId, 'lazurite.localhost')).toBe('named');
  expect(resolveTenant('organizations', tenantId, 'lazurite.localhost')).toBe('any');
  expect(() => resolveTenant('contoso.com', tenantId, 'lazurite.localhost')).toThrow(expect.objectContaining({ code: 'AADSTS90002' }));
});

test('a one-time code survives being typed', () => {
  const code = newReadableCode();
  expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$/);
  expect(normalizeReadableCode(` ${code.toLowerCase().replaceAll('-', ' ')}`)).toBe(code);
});
