// Tenants, locations and resource providers: what belongs to no resource of its own.
// Source: contracts/azure-ai-ml.md §1.6, §2.1; contracts/azureml-rest.md §3.

import { defineArmRoute, type ArmRoute } from '#arm/route.ts';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';

const VERSIONS = { since: '2014-04-01' };
const READ = { action: 'Microsoft.Resources/subscriptions/read', scope: (params: Readonly<Record<string, string>>) => `/subscriptions/${params['subscriptionId'] ?? ''}` };
const REGISTER = { ...READ, action: 'Microsoft.Resources/subscriptions/providers/register/action' };

export function tenancyRoutes(ports: Pick<ResourcePorts, 'installation'>, types: () => readonly AnyResourceType[]): readonly ArmRoute[] {
  const checkSubscription = (id: string | undefined): string => {
    const { subscriptionId } = ports.installation();
    if (id?.toLowerCase() !== subscriptionId) throw new Fault('notFound', 'SubscriptionNotFound', `The subscription '${id}' could not be found.`);
    return subscriptionId;
  };
  const provider = (subscriptionId: string, namespace: string): JsonObject => {
    const found = describeProvider(types(), namespace, ports.installation().region);
    if (found === undefined) throw new Fault('notFound', 'InvalidResourceNamespace', `The resource namespace '${namespace}' is invalid; this server has ${namespaces(types()).join(', ')}.`);
    return { id: `/subscriptions/${subscriptionId}/providers/${String(found['namespace'])}`, ...found };
  };
  return [
    defineArmRoute({
      method: 'GET',
      path: '/tenants',
      apiVersions: VERSIONS,
      permission: 'authenticated',
      run: async () => {
        const { tenantId, domain } = ports.installation();
        return {
          body: { value: [{ id: `/tenants/${tenantId}`, tenantId, displayName: 'Lazurite', defaultDomain: domain, domains: [domain], tenantCategory: 'Home', tenantType: 'AAD', countryCode: '' }] },
        };
      },
    }),
    defineArmRoute({
      method: 'GET',
      path: '/subscriptions/{subscriptionId}/locations',
      apiVersions: VERSIONS,
      permission: READ,
      run: async (_ctx, { params }) => {
        const subscriptionId = checkSubscription(params['subscriptionId']);
        const { region } = ports.installation();
        return {
          body: {
            value: [
              {
                id: `/subscriptions/${subscriptionId}/locations/${region}`,
                name: region,
                type: 'Region',
                displayName: region,
                regionalDisplayName: region,
                metadata: { regionType: 'Physical', regionCategory: 'Recommended' },
              },
            ],
          },
        };
      },
    }),
    defineArmRoute({
      method: 'GET',
      path: '/subscriptions/{subscriptionId}/providers',
      apiVersions: VERSIONS,
      permission: READ,
      run: async (_ctx, { params }) => {
        const subscriptionId = checkSubscription(params['subscriptionId']);
        return { body: { value: namespaces(types()).map((namespace) => provider(subscriptionId, namespace)) } };
      },
    }),
    defineArmRoute({
      method: 'GET',
      path: '/subscriptions/{subscriptionId}/providers/{namespace}',
      apiVersions: VERSIONS,
      permission: READ,
      run: async (_ctx, { params }) => ({ body: provider(checkSubscription(params['subscriptionId']), params['namespace'] ?? '') }),
    }),
    defineArmRoute({
      method: 'POST',
      path: '/subscriptions/{subscriptionId}/providers/{namespace}/register',
      apiVersions: VERSIONS,
      permission: REGISTER,
      run: async (_ctx, { params }) => ({ body: provider(checkSubscription(params['subscriptionId']), params['namespace'] ?? '') }),
    }),
    defineArmRoute({
      method: 'POST',
      path: '/subscriptions/{subscriptionId}/providers/{namespace}/unregister',
      apiVersions: VERSIONS,
      permission: { ...READ, action: 'Microsoft.Resources/subscriptions/providers/unregister/action' },
      run: async (_ctx, { params }) => {
        provider(checkSubscription(params['subscriptionId']), params['namespace'] ?? '');
        throw new Fault('conflict', 'CannotUnregisterRPWithResourcesUsingIt', `'${params['namespace']}' is part of this server and stays registered.`);
      },
    }),
  ];
}

function namespaces(types: readonly AnyResourceType[]): readonly string[] {
  return [...new Set(types.map((type) => type.type.split('/')[0] ?? ''))].toSorted();
}

/** Every provider is part of the program, so each is registered, always. */
function describeProvider(types: readonly AnyResourceType[], namespace: string, region: string): JsonObject | undefined {
  const own = types.filter((type) => type.type.toLowerCase().startsWith(`${namespace.toLowerCase()}/`));
  const first = own[0];
  if (first === undefined) return undefined;
  return {
    namespace: first.type.split('/')[0] ?? '',
    registrationState: 'Registered',
    registrationPolicy: 'RegistrationFree',
    resourceTypes: own.map((type) => ({
      resourceType: type.type.split('/').slice(1).join('/'),
      locations: [region],
      apiVersions: 'since' in type.apiVersions ? [type.apiVersions.since] : [...type.apiVersions],
      capabilities: type.kind === 'tracked' ? 'SupportsTags, SupportsLocation' : 'None',
    })),
  };
}
