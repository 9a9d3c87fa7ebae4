import { expect, test } from 'vitest';
import { cloudNames } from '#config/cloud-names.ts';
import { systemClock } from '#kernel/clock.ts';
import { silentLog } from '#kernel/context.ts';
import { isJsonObject, objectAt } from '#kernel/json.ts';
import { anonymous } from '#kernel/principal.ts';
import { Readable } from 'node:stream';
import { createDiscoveryPlane } from './discovery-plane.ts';

const names = cloudNames({ domain: 'lazurite.localhost', region: 'local', port: 7443 });
const plane = createDiscoveryPlane(() => names);

async function get(path: string, query = ''): Promise<unknown> {
  const route = plane.routes.find((one) => one.path === path);
  if (route === undefined) throw new Error(`no route ${path}`);
  const ctx = { principal: anonymous, correlationId: 'c', log: silentLog, clock: systemClock, signal: () => new AbortController().signal };
  const url = new URL(`https://management.lazurite.localhost${path}${query}`);
  const reply = await route.run(ctx, {
    method: 'GET',
    rawPath: path,
    rawQuery: query.slice(1),
    url,
    query: url.searchParams,
    headers: {},
    params: {},
    hostLabel: '',
    remoteAddress: '',
    body: undefined,
    stream: Readable.from([]),
  });
  return reply.body;
}

/** What the ML client makes of the portal's address: its host labels from the third on. */
function mlAudience(portal: string): string {
  return `https://ml.azure.${portal.split('.').slice(2).join('.').replaceAll('/', '')}`;
}

test('the shape follows the api-version', async () => {
  const newest = await get('/metadata/endpoints', '?api-version=2022-09-01');
  expect(newest).toMatchObject({
    name: 'Lazurite',
    resourceManager: 'https://management.lazurite.localhost:7443',
    authentication: { loginEndpoint: 'https://login.lazurite.localhost:7443', identityProvider: 'AAD', tenant: 'common' },
    suffixes: { storage: 'lazurite.localhost:7443' },
  });
  // Here the suffix has no port.
  const cloud = isJsonObject(newest) ? { ...newest, suffixes: { ...objectAt(newest, 'suffixes'), storage: 'lazurite.localhost' } } : {};
  for (const version of ['2019-05-01', '2020-06-01']) expect(await get('/metadata/endpoints', `?api-version=${version}`)).toEqual([cloud]);
  expect(await get('/metadata/endpoints', '?api-version=2015-01-01')).toMatchObject({
    ...cloud,
    graphEndpoint: names.graph,
    portalEndpoint: names.portal,
    galleryEndpoint: names.resourceManager,
  });
  expect(await get('/metadata/endpoints', '?api-version=2018-01-01')).toMatchObject({ cloudEndpoint: { Lazurite: { endpoint: 'management.lazurite.localhost:7443', locations: ['local'] } } });
});

test('a registry is refused by its name', async () => {
  await expect(get('/registrymanagement/v1.0/registries/*')).rejects.toMatchObject({ code: 'RegistryNotFound' });
});

test('an api-version that is missing or unknown is refused with those that exist', async () => {
  await expect(get('/metadata/endpoints')).rejects.toMatchObject({ code: 'MissingApiVersionParameter' });
  await expect(get('/metadata/endpoints', '?api-version=1999-01-01')).rejects.toMatchObject({ code: 'InvalidApiVersionParameter', message: expect.stringContaining('2022-09-01') });
});

test('both ways in which clients derive the audience for machine learning meet', () => {
  expect(mlAudience(names.portal)).toBe(names.amlAudience);
  expect(names.portal.replace('portal', 'ml')).toBe(names.amlAudience);
});

test('origins end without a slash and have no path; suffixes have no port', () => {
  for (const origin of [names.resourceManager, names.login, names.graph, names.api, names.storageEndpoint('a', 'blob'), names.vaultUri('v')]) expect(new URL(origin).origin).toBe(origin);
  for (const suffix of Object.values(names.suffixes)) expect(suffix).toMatch(/^[a-z.]+$/);
  expect(cloudNames({ domain: 'ml.example.com', region: 'west', port: 443 }).resourceManager).toBe('https://management.ml.example.com');
});

test('discovery names the data planes', async () => {
  expect(await get('/discovery')).toMatchObject({
    api: 'https://local.api.lazurite.localhost:7443',
    history: 'https://local.api.lazurite.localhost:7443',
    studio: 'https://studio.lazurite.localhost:7443',
  });
});
