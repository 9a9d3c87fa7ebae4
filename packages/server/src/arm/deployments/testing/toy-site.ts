// A place for templates in tests: a resource group of the toy Resource Manager.

import type { Site } from '../language/scope.ts';

const subscriptionId = '11111111-1111-1111-1111-111111111111';
const scopeId = `/subscriptions/${subscriptionId}/resourceGroups/Shop`;

export const toySite: Site = {
  scopeId,
  subscriptionId,
  resourceGroup: 'Shop',
  functions: {
    resourceGroup: { id: scopeId, name: 'Shop', location: 'here', tags: {}, properties: { provisioningState: 'Succeeded' } },
    subscription: { id: `/subscriptions/${subscriptionId}`, subscriptionId, tenantId: 'tenant-1', displayName: 'toys' },
    tenant: { tenantId: 'tenant-1' },
    environment: { name: 'Toys', suffixes: { storage: 'toys.localhost' } },
    deployment: { name: 'main', properties: { mode: 'Incremental' } },
    deployer: { objectId: 'me', tenantId: 'tenant-1', userPrincipalName: 'me@example.com' },
  },
};
