// Blob services and containers as places of extensions: roles and locks can be set on a single container. What is at these
// places is answered by routes (containers.ts, storage-services.ts).

import { Type } from 'typebox';
import { type AnyResourceType, defineResourceType } from '#arm/resource-type.ts';
import { findContainer } from '#storage/blob-container-store.ts';

export function containerTypes(accounts: AnyResourceType): readonly AnyResourceType[] {
  const services = defineResourceType({
    type: 'Microsoft.Storage/storageAccounts/blobServices',
    parent: accounts,
    kind: 'proxy',
    apiVersions: { since: '2016-01-01' },
    name: /^default$/i,
    nameRule: "is 'default'",
    verbs: [],
    hasProvisioningState: false,
    properties: Type.Object({}),
    builtIn: () => [{ name: 'default', properties: {} }],
  });
  const containers = defineResourceType({
    type: 'Microsoft.Storage/storageAccounts/blobServices/containers',
    parent: services,
    kind: 'proxy',
    apiVersions: { since: '2018-02-01' },
    name: /^[a-z0-9$-]{3,63}$/,
    nameRule: 'has 3 to 63 lower-case letters, digits and hyphens',
    verbs: [],
    hasProvisioningState: false,
    properties: Type.Object({}),
    async isElsewhere(id, db) {
      const [, account = '', name = ''] = /\/storageaccounts\/([^/]+)\/blobservices\/default\/containers\/([^/]+)$/.exec(id.toLowerCase()) ?? [];
      return (await findContainer(db, account, name)) !== undefined;
    },
  });
  return [services, containers];
}
