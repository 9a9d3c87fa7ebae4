// Storage accounts: keys, endpoints, and the kinds and SKUs there are. Their bytes are behind planes/storage.
// Source: contracts/schemas/arm/2026-04-01/Microsoft.Storage.json; contracts/terraform-azurerm.md (storage account).

import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import { defineResourceType } from '#arm/resource-type.ts';
import type { ArmRoute } from '#arm/route.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { nameAvailabilityRoute } from '../families/name-availability.ts';
import type { ResourcePorts } from '../ports.ts';
import { accountSignatureActions } from './account-signatures.ts';

const KINDS = ['StorageV2', 'Storage', 'BlobStorage', 'BlockBlobStorage', 'FileStorage'] as const;
const SKUS = ['Standard_LRS', 'Standard_GRS', 'Standard_RAGRS', 'Standard_ZRS', 'Standard_GZRS', 'Standard_RAGZRS', 'Premium_LRS', 'Premium_ZRS'] as const;
const ENDPOINTS = ['blob', 'dfs', 'file', 'queue', 'table', 'web'] as const;
const OWN_KEY = { enabled: true, keyType: 'Account' } as const;
export const NAME = /^[a-z0-9]{3,24}$/;

export function storageAccounts(ports: Pick<ResourcePorts, 'sites' | 'storage' | 'installation'>) {
  return defineResourceType({
    type: 'Microsoft.Storage/storageAccounts',
    scope: 'resourceGroup',
    kind: 'tracked',
    isMovable: true,
    createdStatus: 202,
    envelope: { location: 'required', kind: true, sku: true, identity: true, others: ['extendedLocation'] },
    apiVersions: { since: '2015-06-15' },
    name: NAME,
    nameRule: 'has 3 to 24 lower-case letters and digits',
    properties: Type.Object({
      accessTier: Type.Optional(Type.Union([Type.Literal('Hot'), Type.Literal('Cool'), Type.Literal('Cold'), Type.Literal('Premium')])),
      supportsHttpsTrafficOnly: Type.Boolean({ default: true }),
      minimumTlsVersion: Type.Enum(['TLS1_0', 'TLS1_1', 'TLS1_2', 'TLS1_3'], { default: 'TLS1_2' }),
      allowBlobPublicAccess: Type.Boolean({ default: false }),
      allowSharedKeyAccess: Type.Boolean({ default: true }),
      isHnsEnabled: Type.Boolean({ default: false }),
      publicNetworkAccess: Type.Enum(['Enabled', 'Disabled', 'SecuredByPerimeter'], { default: 'Enabled' }),
      encryption: Type.Optional(Type.Object({ keySource: Type.Enum(['Microsoft.Storage', 'Microsoft.Keyvault'], { default: 'Microsoft.Storage' }) })),
      keys: Type.Optional(Type.Record(Type.String(), Type.String())),
    }),
    immutable: ['/isHnsEnabled'],
    secrets: ['/keys'],
    readOnly: ['/primaryEndpoints', '/primaryLocation', '/statusOfPrimary', '/creationTime', '/keyCreationTime', '/keys'],
    validate(_ctx, { desired, current, reject }) {
      const kind = desired.kind ?? 'StorageV2';
      if (!KINDS.some((known) => known === kind)) reject('kind', `kind is '${kind}'; ${KINDS.join(', ')} are accepted.`);
      const sku = stringAt(desired.sku, 'name');
      if (sku === undefined) reject('sku.name', `sku.name is missing; one of ${SKUS.join(', ')} is needed.`);
      else if (!SKUS.some((known) => known === sku)) reject('sku.name', `sku.name is '${sku}'; ${SKUS.join(', ')} are accepted.`);
      const keySource = desired.properties.encryption?.keySource;
      if (keySource !== undefined && keySource.toLowerCase() !== 'microsoft.storage')
        reject(
          'properties.encryption.keySource',
          `keySource is '${keySource}'; accounts are encrypted with Microsoft.Storage. Give the key of a workspace to the workspace.`,
          'EncryptionNotSupported',
        );
      if (current !== undefined && (current.kind ?? 'StorageV2') !== kind) reject('kind', `kind cannot change from ${current.kind} to ${kind}.`);
    },
    async prepare(ctx, { desired, current }) {
      if (current === undefined) {
        const other = await ports.storage.findAccount(desired.name);
        if (other !== undefined && other.key !== desired.key)
          throw new Fault('conflict', 'StorageAccountAlreadyTaken', `The storage account named ${desired.name} is already taken.`, { target: 'name' });
      }
      const now = new Date(ctx.clock.now()).toISOString();
      const sku = stringAt(desired.sku, 'name') ?? '';
      return {
        ...desired,
        kind: desired.kind ?? 'StorageV2',
        sku: { name: sku, tier: sku.startsWith('Premium') ? 'Premium' : 'Standard' },
        properties: {
          ...desired.properties,
          accessTier: desired.properties.accessTier ?? 'Hot',
          ...(current === undefined ? { keys: { key1: newKey(), key2: newKey() } } : {}),
          primaryEndpoints: endpointsOf(ports, desired.name),
          primaryLocation: desired.location ?? ports.installation().region,
          statusOfPrimary: 'available',
          creationTime: stringAt(current?.properties, 'creationTime') ?? now,
          keyCreationTime: objectAt(current?.properties, 'keyCreationTime')['key1'] === undefined ? { key1: now, key2: now } : objectAt(current?.properties, 'keyCreationTime'),
          encryption: desired.properties.encryption ?? current?.properties.encryption ?? { services: { blob: OWN_KEY, file: OWN_KEY }, keySource: 'Microsoft.Storage' },
          networkAcls: isJsonObject(objectAt(desired, 'properties')['networkAcls'])
            ? objectAt(objectAt(desired, 'properties'), 'networkAcls')
            : { bypass: 'AzureServices', defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [] },
        },
      };
    },
    // Azure: 200 at once; the provider takes no 202. The bytes are freed by work.
    onDelete: (tx, ctx, resource) => ports.storage.removeAccount(tx, ctx, resource.name),
    // Why live: the port of the server is part of them.
    view: async (_ctx, resources) => new Map<string, JsonObject>(resources.map(({ key, name }) => [key, { primaryEndpoints: endpointsOf(ports, name) }])),
    actions: {
      ...accountSignatureActions(ports),
      listKeys: action({ run: async (_ctx, { resource, store }: ActionCall<unknown, unknown>) => ({ keys: keyList(keysOf(resource, (record) => store.secretsOf(record))) }) }),
      regenerateKey: action({
        permission: 'Microsoft.Storage/storageAccounts/regenerateKey/action',
        input: Type.Object({ keyName: Type.Union([Type.Literal('key1'), Type.Literal('key2')]) }),
        async run(ctx, { resource, input, store }) {
          const keys = { ...keysOf(resource, (record) => store.secretsOf(record)), [input.keyName]: newKey() };
          const keyCreationTime = { [input.keyName]: new Date(ctx.clock.now()).toISOString() };
          await store.patch(ctx, resource.id, { properties: {} }, { as: 'system', readOnly: { keys, keyCreationTime } });
          return { keys: keyList(keys) };
        },
      }),
    },
  });
}

/** Azure: names of storage accounts are unique over all subscriptions. */
export function storageAccountRoutes(ports: Pick<ResourcePorts, 'storage'>): readonly ArmRoute[] {
  return [
    nameAvailabilityRoute({
      namespace: 'Microsoft.Storage',
      apiVersions: { since: '2015-06-15' },
      name: NAME,
      invalid: {
        reason: 'AccountNameInvalid',
        message: (name) => `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`,
      },
      takenBecause: async (name) => ((await ports.storage.findAccount(name)) === undefined ? undefined : `The storage account named ${name} is already taken.`),
    }),
  ];
}

function endpointsOf(ports: Pick<ResourcePorts, 'sites'>, name: string): JsonObject {
  return Object.fromEntries(ENDPOINTS.map((service) => [service, `${ports.sites.service(name, service)}/`]));
}

/** 64 random bytes in base64, as Azure's keys are. */
function newKey(): string {
  return randomBytes(64).toString('base64');
}

function keysOf(resource: ResourceRecord<unknown>, open: (resource: ResourceRecord<unknown>) => JsonObject): Readonly<Record<string, string>> {
  const keys = objectAt(open(resource), 'keys');
  return { key1: stringAt(keys, 'key1') ?? '', key2: stringAt(keys, 'key2') ?? '' };
}

function keyList(keys: Readonly<Record<string, string>>): readonly JsonObject[] {
  return Object.entries(keys).map(([keyName, value]) => ({ keyName, value, permissions: 'FULL' }));
}
