// Symptom guarded: requests, urllib and Node's fetch went past the proxy, because NO_PROXY had a name that ours end with.

import { execFileSync } from 'node:child_process';
import type { Connection } from '@lazurite/server/config/connection.ts';
import { expect, test } from 'vitest';
import { clientEnvironment, renderEnvironment } from './client-environment.ts';

const connection: Connection = {
  version: '0',
  pid: 1,
  startedAt: '',
  dataDir: '/data',
  host: '127.0.0.1',
  port: 7443,
  domain: 'lazurite.localhost',
  region: 'local',
  cloudName: 'Lazurite',
  tenantId: 'tenant',
  subscriptionId: 'sub',
  clientId: 'client',
  clientSecret: 'the-secret',
  identityHeader: 'header',
  origins: {
    management: 'https://management.lazurite.localhost:7443',
    login: 'https://login.lazurite.localhost:7443',
    api: 'https://local.api.lazurite.localhost:7443',
    studio: 'https://studio.lazurite.localhost:7443',
    local: 'http://localhost:7443',
  },
  caFile: '/data/ca.pem',
  bundleFile: '/data/bundle.pem',
};

test('every host of ours goes through the proxy, and the loopback address past it', () => {
  const variables = clientEnvironment(connection, { resourceGroup: 'rg', name: 'ws' });
  for (const name of ['NO_PROXY', 'no_proxy']) {
    const bypassed = (variables[name] ?? '').split(',');
    for (const origin of [connection.origins.management, connection.origins.login, connection.origins.api]) {
      const { hostname } = new URL(origin);
      expect(bypassed.filter((entry) => hostname.endsWith(entry))).toEqual([]);
    }
    for (const url of [variables['IDENTITY_ENDPOINT'], variables['MLFLOW_TRACKING_URI'], variables['HTTPS_PROXY']]) expect(bypassed).toContain(new URL(url ?? '').hostname);
  }
});

test('carries no password', () => {
  expect(Object.values(clientEnvironment(connection))).not.toContain(connection.clientSecret);
});

test('values are quoted so that no shell runs or expands anything in them', () => {
  const hostile = { NAME: `it's "$(touch x)" \`y\` \\ $HOME %` };
  const script = `${renderEnvironment(hostile, 'bash')}printf %s "$NAME"`;
  for (const shell of ['bash', 'sh']) expect(execFileSync(shell, ['-c', script], { encoding: 'utf8' })).toBe(hostile.NAME);
  expect(renderEnvironment(hostile, 'zsh')).toBe(renderEnvironment(hostile, 'bash'));
  expect(renderEnvironment(hostile, 'fish')).toBe(`set -gx NAME 'it\\'s "$(touch x)" \`y\` \\\\ $HOME %'\n`);
  expect(renderEnvironment(hostile, 'powershell')).toBe(`$env:NAME = 'it''s "$(touch x)" \`y\` \\ $HOME %'\n`);
});
