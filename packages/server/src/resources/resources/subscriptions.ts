// Subscriptions: the one of this installation. Source: contracts/azure-ai-ml.md §1.6 (fields that `az login` reads).

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';
import { tagsOfSubscription } from './tags.ts';

export function subscriptions(ports: Pick<ResourcePorts, 'installation'>) {
  return defineResourceType({
    type: 'Microsoft.Resources/subscriptions',
    scope: 'tenant',
    path: '/subscriptions/{name}',
    kind: 'proxy',
    apiVersions: { since: '2014-04-01' },
    name: /^[0-9a-f-]{36}$/i,
    nameRule: 'is a GUID',
    properties: Type.Object({}),
    verbs: ['get', 'list'],
    hasProvisioningState: false,
    list: { onlyVisible: true },
    builtIn: () => {
      const { subscriptionId, subscriptionName, tenantId } = ports.installation();
      return [{ name: subscriptionId, properties: { displayName: subscriptionName, tenantId } }];
    },
    view: async (_ctx, resources, db) => new Map(await Promise.all(resources.map(async ({ key }) => [key, { tags: await tagsOfSubscription(db, key) }] as const))),
    shape: (body, _version, resource) => {
      const tags = objectAt(objectAt(body, 'properties'), 'tags');
      const { subscriptionId, subscriptionName, tenantId } = ports.installation();
      return {
        id: `/subscriptions/${subscriptionId}`,
        authorizationSource: 'RoleBased',
        managedByTenants: [],
        subscriptionId,
        tenantId,
        ...(Object.keys(tags).length === 0 ? {} : { tags }),
        displayName: stringAt(resource.properties, 'displayName') ?? subscriptionName,
        state: 'Enabled',
        subscriptionPolicies: { locationPlacementId: 'Public_2014-09-01', quotaId: 'Internal_2014-09-01', spendingLimit: 'Off' },
      };
    },
  });
}
