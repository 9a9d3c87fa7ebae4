// Storage accounts: keys, endpoints, and the kinds and SKUs there are. Their bytes are behind planes/storage.
// Source: contracts/schemas/arm/2026-04-01/Microsoft.Storage.json; contracts/terraform-azurerm.md (storage account).

import { randomBytes } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import { defineResourceType, type Reject } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { ArmRoute } from '#arm/route.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { nameAvailabilityRoute } from '../families/name-availability.ts';
import type { ResourcePorts } from '../ports.ts';
import { findSubnet } from '../families/subnet-use.ts';
import { AccountProperties } from './account-properties.ts';
import { accountRefusals, checkAccount } from './account-rules.ts';
import { accountSignatureActions } from './account-signatures.ts';

type Properties = Static<typeof AccountProperties>;

/** Read-only ones. */
const COMPUTED =
  'primaryEndpoints primaryLocation statusOfPrimary secondaryEndpoints secondaryLocation statusOfSecondary creationTime keyCreationTime keys privateEndpointConnections failoverInProgress lastGeoFailoverTime geoReplicationStats blobRestoreStatus accountMigrationInProgress isSkuConversionBlocked storageAccountSkuConversionStatus'.split(
    ' ',
  );
const ENDPOINTS = ['blob', 'dfs', 'file', 'queue', 'table', 'web'] as const;
export const NAME = /^[a-z0-9]{3,24}$/;

export function storageAccounts(ports: Pick<ResourcePorts, 'sites' | 'storage' | 'installation'>) {
  return defineResourceType({
    type: 'Microsoft.Storage/storageAccounts',
    scope: 'resourceGroup',
    kind: 'tracked',
    isMovable: true,
    createdStatus: 202,
    envelope: { location: 'required', kind: true, sku: true, identity: true, others: ['extendedLocation', 'zones', 'placement'] },
    apiVersions: { since: '2015-06-15' },
    name: NAME,
    nameRule: 'has 3 to 24 lower-case letters and digits',
    properties: AccountProperties,
    immutable: ['/isHnsEnabled'],
    secrets: ['/keys'],
    readOnly: [...COMPUTED.map((name) => `/${name}`), ...['blob', 'file', 'queue', 'table'].map((service) => `/encryption/services/${service}/lastEnabledTime`)],
    refuses: accountRefusals,
    accept: withoutEmptyFlag,
    validate(_ctx, { reject, ...change }) {
      checkAccount(change, reject);
    },
    async prepare(ctx, { desired, current, store, reject }) {
      if (current === undefined) {
        const other = await ports.storage.findAccount(desired.name);
        if (other !== undefined && other.key !== desired.key)
          throw new Fault('conflict', 'StorageAccountAlreadyTaken', `The storage account named ${desired.name} is already taken.`, { target: 'name' });
      }
      await checkSubnets(store, desired.properties.networkAcls, current?.properties.networkAcls, reject);
      const now = new Date(ctx.clock.now()).toISOString();
      const sku = stringAt(desired.sku, 'name') ?? '';
      const kind = desired.kind ?? 'StorageV2';
      const creationTime = stringAt(current?.properties, 'creationTime') ?? now;
      const primaryLocation = desired.location ?? ports.installation().region;
      return {
        ...desired,
        kind,
        sku: { name: sku, tier: sku.startsWith('Premium') ? 'Premium' : 'Standard' },
        properties: {
          ...desired.properties,
          ...tierOf(kind, desired.properties.accessTier),
          ...(current === undefined ? { keys: { key1: newKey(), key2: newKey() } } : {}),
          primaryEndpoints: endpointsOf(ports, desired.name),
          primaryLocation,
          statusOfPrimary: 'available',
          // Why the same: there is one place, and clients read the second of a geo-redundant account.
          ...(/G/.test(sku.split('_')[1] ?? '') ? { secondaryLocation: primaryLocation, statusOfSecondary: 'available' } : { secondaryLocation: undefined, statusOfSecondary: undefined }),
          creationTime,
          keyCreationTime: objectAt(current?.properties, 'keyCreationTime')['key1'] === undefined ? { key1: now, key2: now } : objectAt(current?.properties, 'keyCreationTime'),
          encryption: fullEncryption(desired.properties.encryption ?? current?.properties.encryption, creationTime),
          networkAcls: fullRules(desired.properties.networkAcls),
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

/** Azure: the old kind has no tiers, and block blobs on premium storage have one of their own. */
function tierOf(kind: string, accessTier: Properties['accessTier']): Pick<Properties, 'accessTier'> {
  if (accessTier !== undefined) return { accessTier };
  return kind === 'Storage' ? {} : { accessTier: kind === 'BlockBlobStorage' ? 'Premium' : 'Hot' };
}

/** Blobs and files are always encrypted, and as they are from the start. */
function fullEncryption(given: Properties['encryption'], lastEnabledTime: string): NonNullable<Properties['encryption']> {
  const own = { enabled: true, keyType: 'Account' as const, lastEnabledTime };
  const { blob, file, ...others } = given?.services ?? {};
  return { ...given, keySource: given?.keySource ?? 'Microsoft.Storage', services: { ...others, blob: { ...own, ...blob }, file: { ...own, ...file } } };
}

function fullRules(given: Properties['networkAcls']): NonNullable<Properties['networkAcls']> {
  const rules = given?.virtualNetworkRules ?? [];
  return { bypass: 'AzureServices', defaultAction: 'Allow', ipRules: [], ...given, virtualNetworkRules: rules.map((rule) => ({ ...rule, state: 'Succeeded' })) };
}

async function checkSubnets(store: Resources, given: Properties['networkAcls'], before: Properties['networkAcls'], reject: Reject): Promise<void> {
  const known = new Set((before?.virtualNetworkRules ?? []).map(({ id }) => id.toLowerCase()));
  for (const [index, { id }] of (given?.virtualNetworkRules ?? []).entries()) {
    if (!known.has(id.toLowerCase()) && (await findSubnet(store, id)) === undefined)
      reject(`properties.networkAcls.virtualNetworkRules.${index}.id`, `The subnet '${id.slice(0, 300)}' was not found; give the id of one that exists.`, 'NetworkAclsValidationFailure');
  }
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

/** Observed: templates made by Bicep modules send an empty text where the flag is not asked for. */
function withoutEmptyFlag(body: JsonObject): JsonObject {
  const { isNfsV3Enabled, ...properties } = objectAt(body, 'properties');
  return isNfsV3Enabled === '' ? { ...body, properties } : body;
}
