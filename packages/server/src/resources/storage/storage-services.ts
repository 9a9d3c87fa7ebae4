// The services of a storage account as child resources: their settings, all of them off, and a refusal of what is not there.
// Source: contracts/terraform-azurerm.md §4.2 (read with every account); contracts/schemas/arm/2026-04-01/Microsoft.Storage.json.

import { type ArmRoute, defineArmRoute } from '#arm/route.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { ACCOUNT_PATH, accountIdOf } from './account-path.ts';

const VERSIONS = { since: '2016-01-01' };
const OFF = { enabled: false };

/** What each service answers. Members beyond `cors` are what clients read back. */
const SERVICES: Readonly<Record<string, JsonObject>> = {
  blobServices: { cors: { corsRules: [] }, deleteRetentionPolicy: { allowPermanentDelete: false, ...OFF } },
  fileServices: { cors: { corsRules: [] }, shareDeleteRetentionPolicy: OFF },
  queueServices: { cors: { corsRules: [] } },
  tableServices: { cors: { corsRules: [] } },
};

export function storageServiceRoutes(): readonly ArmRoute[] {
  return [...Object.keys(SERVICES).flatMap(routesOf), managementPolicy('GET'), managementPolicy('PUT')];
}

function routesOf(service: string): readonly ArmRoute[] {
  const type = `Microsoft.Storage/storageAccounts/${service}`;
  const read = { action: `${type}/read`, scope: accountIdOf };
  const one = `${ACCOUNT_PATH}/${service}/default`;
  return [
    defineArmRoute({ method: 'GET', path: one, apiVersions: VERSIONS, permission: read, run: async (_ctx, { params, store }) => ({ body: bodyOf(await store.get(accountIdOf(params)), service) }) }),
    defineArmRoute({
      method: 'GET',
      path: `${ACCOUNT_PATH}/${service}`,
      apiVersions: VERSIONS,
      permission: read,
      run: async (_ctx, { params, store }) => ({ body: { value: [bodyOf(await store.get(accountIdOf(params)), service)] } }),
    }),
    defineArmRoute({
      method: 'PUT',
      path: one,
      apiVersions: VERSIONS,
      permission: { action: `${type}/write`, scope: accountIdOf },
      check: (body) => refuseWhatIsOn(service, objectAt(body, 'properties')),
      async run(_ctx, { params, body, store }) {
        const account = await store.get(accountIdOf(params));
        refuseWhatIsOn(service, objectAt(body, 'properties'));
        return { body: bodyOf(account, service) };
      },
    }),
  ];
}

/** Every setting has an off position, which is accepted; what would switch something on is refused by name. */
function refuseWhatIsOn(service: string, properties: JsonObject): void {
  const on = Object.entries(properties).filter(([name, value]) => name !== 'defaultServiceVersion' && isOn(value));
  const [first] = on;
  if (first === undefined) return;
  const target = `properties.${first[0]}`;
  throw new Fault('invalid', 'FeatureNotSupported', `${target}: the ${service} of this server do not offer this; leave it out or switch it off.`, {
    target,
    details: on.map(([name]) => ({ code: 'FeatureNotSupported', message: `properties.${name} is not offered.`, target: `properties.${name}` })),
  });
}

function isOn(value: JsonObject[string]): boolean {
  if (value === undefined || value === null || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (!isJsonObject(value)) return value === true;
  if ('enabled' in value || 'enable' in value) return value['enabled'] === true || value['enable'] === true;
  return Object.values(value).some(isOn);
}

function bodyOf(account: ResourceRecord, service: string): JsonObject {
  return {
    id: `${account.id}/${service}/default`,
    name: 'default',
    type: `Microsoft.Storage/storageAccounts/${service}`,
    ...(account.sku === undefined ? {} : { sku: account.sku }),
    properties: SERVICES[service] ?? {},
  };
}

/** Clients look whether there is one. */
function managementPolicy(method: 'GET' | 'PUT'): ArmRoute {
  return defineArmRoute({
    method,
    path: `${ACCOUNT_PATH}/managementPolicies/default`,
    apiVersions: { since: '2018-03-01-preview' },
    permission: { action: `Microsoft.Storage/storageAccounts/managementPolicies/${method === 'GET' ? 'read' : 'write'}`, scope: accountIdOf },
    ...(method === 'GET' ? {} : { check: refusePolicies }),
    async run(_ctx, { params, store }) {
      const account = await store.get(accountIdOf(params));
      if (method === 'GET') throw new Fault('notFound', 'ManagementPolicyNotFound', `No ManagementPolicy found for account ${account.name}.`, { target: account.id });
      return refusePolicies();
    },
  });
}

function refusePolicies(): never {
  throw new Fault('notImplemented', 'ManagementPolicyNotImplemented', 'Storage accounts of this server have no lifecycle management policies.', { target: 'managementPolicies' });
}
