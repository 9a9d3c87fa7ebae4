// Registry: every resource type and route of this server. A new type is one file and one line here.

import { memberRules } from '#arm/envelope.ts';
import { createRegistry as createArmRegistry, type Registry } from '#arm/registry.ts';
import type { AnyResourceType } from '#arm/resource-type.ts';
import type { ArmRoute } from '#arm/route.ts';
import { locks } from './authorization/locks.ts';
import { permissions } from './authorization/permissions.ts';
import { roleAssignments } from './authorization/role-assignments.ts';
import { roleDefinitions } from './authorization/role-definitions.ts';
import { registries } from './container-registry/registries.ts';
import { registryRoutes } from './container-registry/registry-routes.ts';
import { activityRoutes } from './insights/activity-events.ts';
import { billingFeatureRoutes } from './insights/billing-features.ts';
import { smartDetectionRoutes } from './insights/smart-detection.ts';
import { components } from './insights/components.ts';
import { accessPolicyRoutes } from './key-vault/access-policy-routes.ts';
import { deletedVaultRoutes } from './key-vault/deleted-vaults.ts';
import { vaultItemRoutes } from './key-vault/vault-items.ts';
import { vaults as defineVaults } from './key-vault/vaults.ts';
import { privateEndpointConnections, showConnections } from './families/private-endpoint-connections.ts';
import { machineLearningVersions } from './machine-learning/api-versions.ts';
import { codes } from './machine-learning/codes.ts';
import { computes } from './machine-learning/computes/computes.ts';
import { connections } from './machine-learning/connections.ts';
import { data } from './machine-learning/data.ts';
import { datastores } from './machine-learning/datastores/datastores.ts';
import { environments } from './machine-learning/environments.ts';
import { jobs } from './machine-learning/jobs.ts';
import { withManagedNetwork } from './machine-learning/managed-network/managed-network.ts';
import { outboundRules } from './machine-learning/managed-network/outbound-rules.ts';
import { models } from './machine-learning/models.ts';
import { pendingUploadRoutes } from './machine-learning/pending-upload-route.ts';
import { deletedWorkspaceRoutes } from './machine-learning/workspaces/deleted.ts';
import { locationRoutes } from './machine-learning/workspaces/locations.ts';
import { workspaces as defineWorkspaces } from './machine-learning/workspaces/workspaces.ts';
import { carryIdentities } from './managed-identity/carry-identities.ts';
import { federatedCredentials } from './managed-identity/federated-credentials.ts';
import { systemIdentities } from './managed-identity/system-identities.ts';
import { userAssignedIdentities } from './managed-identity/user-assigned-identities.ts';
import { deletedLogWorkspaceRoutes } from './operational-insights/deleted-workspaces.ts';
import { logWorkspaces } from './operational-insights/workspaces.ts';
import { networkInterfaces } from './network/network-interfaces.ts';
import { networkSecurityGroups } from './network/network-security-groups.ts';
import { privateDnsZoneGroups } from './network/private-dns-zone-groups.ts';
import { privateDnsZones, virtualNetworkLinks } from './network/private-dns-zones.ts';
import { privateEndpoints } from './network/private-endpoints.ts';
import { recordSets } from './network/record-sets.ts';
import { subnets } from './network/subnets.ts';
import { virtualNetworks } from './network/virtual-networks.ts';
import type { ResourcePorts } from './ports.ts';
import { policyAssignments } from './policy/policy-assignments.ts';
import { policyDefinitions } from './policy/policy-definitions.ts';
import { deploymentRoutes } from './resources/deployment-routes.ts';
import { deployments as defineDeployments } from './resources/deployments.ts';
import { providerOperationRoutes } from './resources/provider-operations.ts';
import { resourceGroups } from './resources/resource-groups.ts';
import { subscriptions } from './resources/subscriptions.ts';
import { tagNameRoutes } from './resources/tag-names.ts';
import { tags } from './resources/tags.ts';
import { tenancyRoutes } from './resources/tenancy-routes.ts';
import { containerTypes } from './storage/container-types.ts';
import { containerRoutes } from './storage/containers.ts';
import { storageAccountRoutes, storageAccounts } from './storage/storage-accounts.ts';
import { shareRoutes } from './storage/shares.ts';
import { storageServiceRoutes } from './storage/storage-services.ts';

export { prepareImageBuild } from './machine-learning/workspaces/image-builds.ts';

export function createRegistry(ports: ResourcePorts): Registry {
  const workspaces = withManagedNetwork(ports, showConnections(carryIdentities(ports, defineWorkspaces(ports))));
  const vaults = showConnections(defineVaults(ports));
  const accounts = carryIdentities(ports, showConnections(storageAccounts(ports)));
  const containerRegistries = carryIdentities(ports, showConnections(registries(ports)));
  const identities = userAssignedIdentities(ports);
  const deploymentDeps = { ...ports.deployments, types: () => types, routes: () => routes };
  const deployments = defineDeployments(deploymentDeps);
  const endpoints = privateEndpoints(ports);
  const types: readonly AnyResourceType[] = [
    subscriptions(ports),
    resourceGroups,
    deployments,
    roleDefinitions(ports),
    roleAssignments(ports),
    locks,
    policyDefinitions(() => types),
    policyAssignments,
    permissions(ports),
    tags((name) => types.some((type) => type.type.toLowerCase() === name && memberRules(type).tags)),
    identities,
    federatedCredentials(identities),
    systemIdentities(ports),
    accounts,
    ...containerTypes(accounts),
    privateEndpointConnections(accounts, { since: '2015-06-15' }),
    vaults,
    containerRegistries,
    privateEndpointConnections(containerRegistries, { since: '2017-10-01' }),
    carryIdentities(ports, logWorkspaces),
    privateEndpointConnections(vaults, { since: '2015-06-01' }),
    components(ports),
    virtualNetworks,
    subnets(virtualNetworks),
    networkSecurityGroups,
    networkInterfaces,
    endpoints,
    privateDnsZoneGroups(endpoints),
    privateDnsZones,
    virtualNetworkLinks(privateDnsZones),
    ...recordSets(privateDnsZones),
    workspaces,
    carryIdentities(ports, computes(workspaces, ports)),
    datastores(workspaces, ports),
    ...codes(workspaces),
    ...environments(workspaces),
    ...models(workspaces),
    ...data(workspaces),
    jobs(workspaces, ports),
    connections(workspaces),
    outboundRules(workspaces, ports),
    privateEndpointConnections(workspaces, machineLearningVersions),
  ];
  const routes: readonly ArmRoute[] = [
    ...tagNameRoutes(),
    ...tenancyRoutes(ports, () => types),
    ...providerOperationRoutes(() => types),
    ...deploymentRoutes(deploymentDeps, deployments),
    ...storageAccountRoutes(ports),
    ...storageServiceRoutes(),
    ...containerRoutes(ports),
    ...shareRoutes(ports),
    ...registryRoutes(ports),
    ...deletedLogWorkspaceRoutes(),
    ...billingFeatureRoutes(),
    ...smartDetectionRoutes(),
    ...activityRoutes(ports),
    ...deletedVaultRoutes(vaults, ports),
    ...accessPolicyRoutes(),
    ...vaultItemRoutes(ports),
    ...deletedWorkspaceRoutes(),
    ...locationRoutes(ports),
    ...pendingUploadRoutes(ports),
  ];
  return createArmRegistry(types, routes);
}
