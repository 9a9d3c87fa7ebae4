// What the template function `environment()` answers: this installation as a cloud. Source: Azure template functions, deployment.

import type { CloudNames } from '#config/cloud-names.ts';
import type { JsonObject } from '#kernel/json.ts';

export function templateEnvironment(names: CloudNames): JsonObject {
  return {
    // Why not the name of this installation: public templates look up DNS zones and suffixes by the name of Azure's own cloud.
    name: 'AzureCloud',
    gallery: names.resourceManager,
    graph: names.graph,
    graphAudience: names.graph,
    portal: names.portal,
    resourceManager: names.resourceManager,
    sqlManagement: names.resourceManager,
    authentication: { loginEndpoint: `${names.login}/`, audiences: [...names.resourceManagerAudiences], tenant: 'common', identityProvider: 'AAD' },
    suffixes: {
      storage: names.suffixes.storage,
      // Azure: this one begins with a dot here, and nowhere else.
      keyvaultDns: `.${names.suffixes.keyVaultDns}`,
      acrLoginServer: names.suffixes.acrLoginServer,
      sqlServerHostname: `.database.${names.domain}`,
    },
  };
}
