// Bodies as clients write them.

import { expect, test } from 'vitest';
import { lenientReader } from './lenient.ts';
import { WorkspaceProperties } from './properties.ts';

const read = lenientReader(WorkspaceProperties);

test('members come in any letter case, empty values count as left out, unknown ones are dropped', () => {
  const given = { FRIENDLYNAME: 'a', description: '', featureStoreSettings: { computeruntime: { SparkRuntimeVersion: '3.4' } }, managedNetwork: { isolationMode: '' }, azureOpenAI: {} };
  expect(read(given, false)).toEqual({ friendlyName: 'a', description: undefined, featureStoreSettings: { computeRuntime: { sparkRuntimeVersion: '3.4' } }, managedNetwork: undefined });
});

test('numbers come as texts; lists and maps are left as they are', () => {
  const given = { serviceManagedResourcesSettings: { cosmosDb: { collectionsThroughput: '800' } }, managedNetwork: { outboundRules: { Rule: { type: 'FQDN', Destination: '' } } } };
  expect(read(given, false)).toEqual({
    serviceManagedResourcesSettings: { cosmosDb: { collectionsThroughput: 800 } },
    managedNetwork: { outboundRules: { Rule: { type: 'FQDN', Destination: '' } } },
  });
});

test('in a patch an empty text clears what is stored', () => {
  expect(read({ description: '', encryption: { keyVaultProperties: { keyIdentifier: '' } } }, true)).toEqual({ description: null, encryption: { keyVaultProperties: { keyIdentifier: null } } });
});
