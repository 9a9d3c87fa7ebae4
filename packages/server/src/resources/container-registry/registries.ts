// Container registries as resources: SKU, policies, admin user. Images are not kept here: the login server refuses by name.
// Source: contracts/schemas/arm/2025-11-01/Microsoft.ContainerRegistry.json; contracts/terraform-azurerm.md §4.12.

import { Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import { defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';
import { adminCredentials, newPassword, passwordsOf } from './admin-user.ts';
import { RegistryProperties } from './registry-properties.ts';

const SKUS = ['Basic', 'Standard', 'Premium'];
export const NAME = /^[a-zA-Z0-9]{5,50}$/;
const GIB = 2 ** 30;
const LIMITS: Readonly<Record<string, { readonly bytes: number; readonly webhooks: number }>> = {
  Basic: { bytes: 10 * GIB, webhooks: 2 },
  Standard: { bytes: 100 * GIB, webhooks: 10 },
  Premium: { bytes: 500 * GIB, webhooks: 500 },
};

export function registries(ports: Pick<ResourcePorts, 'sites' | 'registries'>) {
  return defineResourceType({
    type: 'Microsoft.ContainerRegistry/registries',
    scope: 'resourceGroup',
    kind: 'tracked',
    isMovable: true,
    envelope: { location: 'required', sku: true, identity: true },
    apiVersions: { since: '2017-03-01' },
    name: NAME,
    nameRule: 'has 5 to 50 letters and digits',
    properties: RegistryProperties,
    readOnly: ['/loginServer', '/creationDate', '/status', '/passwords', '/dataEndpointHostNames', '/privateEndpointConnections', '/policies/retentionPolicy/lastUpdatedTime'],
    immutable: ['/zoneRedundancy'],
    secrets: ['/passwords'],
    refuses: [
      {
        at: '/encryption/status',
        values: ['enabled'],
        code: 'EncryptionNotSupported',
        why: 'registries with a customer-managed key are not there: no images are kept here. Leave encryption out, or disabled.',
      },
    ],
    validate(_ctx, { desired, reject }) {
      const name = stringAt(desired.sku, 'name');
      const sku = SKUS.find((known) => known.toLowerCase() === name?.toLowerCase());
      if (sku === undefined) return reject('sku.name', `sku.name is ${name === undefined ? 'missing' : `'${name.slice(0, 60)}'`}; ${SKUS.join(', ')} are accepted.`);
      const { zoneRedundancy, publicNetworkAccess, dataEndpointEnabled, networkRuleSet, policies, anonymousPullEnabled } = desired.properties;
      if (anonymousPullEnabled && sku === 'Basic') reject('properties.anonymousPullEnabled', 'The SKU Basic has no anonymous pull; Standard and Premium have.', 'SkuNotSupported');
      if (sku === 'Premium') return;
      const premium = {
        zoneRedundancy: zoneRedundancy === 'Enabled',
        publicNetworkAccess: publicNetworkAccess === 'Disabled',
        dataEndpointEnabled,
        networkRuleSet: networkRuleSet?.defaultAction === 'Deny' || (networkRuleSet?.ipRules ?? []).length > 0,
        'policies.retentionPolicy': policies.retentionPolicy.status === 'enabled',
      };
      for (const [property, isUsed] of Object.entries(premium)) if (isUsed) reject(`properties.${property}`, `The SKU ${sku} does not offer this; Premium does.`, 'SkuNotSupported');
    },
    async prepare(ctx, { desired, current }) {
      if (current === undefined) {
        const other = await ports.registries.find(desired.name);
        if (other !== undefined && other.key !== desired.key)
          throw new Fault(
            'conflict',
            'AlreadyInUse',
            `The registry DNS name ${ports.sites.registry(desired.name)} is already in use. You can check if the name is already claimed by using checkNameAvailability.`,
            {
              target: 'name',
            },
          );
      }
      const sku = SKUS.find((known) => known.toLowerCase() === stringAt(desired.sku, 'name')?.toLowerCase()) ?? 'Basic';
      return {
        ...desired,
        sku: { name: sku, tier: sku },
        properties: {
          ...desired.properties,
          creationDate: stringAt(current?.properties, 'creationDate') ?? new Date(ctx.clock.now()).toISOString(),
          ...(current === undefined ? { passwords: { password: newPassword(), password2: newPassword() } } : {}),
        },
      };
    },
    // Why live: the port of the server is part of it.
    view: async (_ctx, resources) => new Map<string, JsonObject>(resources.map(({ key, name }) => [key, { loginServer: ports.sites.registry(name) }])),
    actions: {
      listCredentials: action({ run: async (_ctx, { resource, store }: ActionCall<unknown, unknown>) => adminCredentials(resource, passwordsOf(store.secretsOf(resource))) }),
      regenerateCredential: action({
        input: Type.Object({ name: Type.Enum(['password', 'password2']) }),
        async run(ctx, { resource, input, store }) {
          const passwords = { ...passwordsOf(store.secretsOf(resource)), [input.name]: newPassword() };
          const answer = adminCredentials(resource, passwords);
          await store.patch(ctx, resource.id, { properties: {} }, { as: 'system', readOnly: { passwords } });
          return answer;
        },
      }),
      listUsages: action({
        method: 'GET',
        permission: 'Microsoft.ContainerRegistry/registries/listUsages/read',
        async run(_ctx, { resource }: ActionCall<unknown, unknown>) {
          const limits = LIMITS[stringAt(resource.sku, 'name') ?? ''] ?? { bytes: 0, webhooks: 0 };
          return {
            value: [
              { name: 'Size', limit: limits.bytes, currentValue: 0, unit: 'Bytes' },
              { name: 'Webhooks', limit: limits.webhooks, currentValue: 0, unit: 'Count' },
            ],
          };
        },
      }),
      importImage: action({
        run() {
          throw new Fault('notImplemented', 'ImportImageNotImplemented', 'Registries of this server keep no images, so none can be imported.');
        },
      }),
    },
  });
}
