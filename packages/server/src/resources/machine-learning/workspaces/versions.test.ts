// What each api-version knows.

import { expect, test } from 'vitest';
import { hideNewer, keepNewer } from './versions.ts';

const all = {
  description: 'd',
  hubResourceId: '/h',
  serverlessComputeSettings: {},
  systemDatastoresAuthMode: 'Identity',
  managedNetwork: { isolationMode: 'Disabled', firewallSku: 'Basic', enableNetworkMonitor: true },
};

test('an answer has only what its version knows, stable or preview', () => {
  expect(hideNewer(all, '2022-05-01')).toEqual({ description: 'd' });
  expect(hideNewer(all, '2023-10-01')).toEqual({ description: 'd', hubResourceId: '/h', managedNetwork: { isolationMode: 'Disabled' } });
  expect(Object.keys(hideNewer(all, '2024-07-01-preview'))).toEqual(Object.keys(all));
  expect(hideNewer(all, '2026-05-01')).toEqual(all);
});

test('a body of an older version leaves alone what it does not know, and replaces what it knows', () => {
  expect(keepNewer({ systemDatastoresAuthMode: 'AccessKey' }, all, '2024-04-01')).toEqual({ systemDatastoresAuthMode: 'Identity' });
  expect(keepNewer({ managedNetwork: { isolationMode: 'AllowInternetOutbound' } }, all, '2023-10-01')).toMatchObject({
    managedNetwork: { isolationMode: 'AllowInternetOutbound', firewallSku: 'Basic', enableNetworkMonitor: true },
  });
  expect(keepNewer({}, undefined, '2022-05-01')).toEqual({});
  expect(keepNewer({ description: 'new' }, all, '2026-05-01')).toEqual({ description: 'new' });
});
