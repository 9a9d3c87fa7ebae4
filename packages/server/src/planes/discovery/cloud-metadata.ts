// Cloud metadata documents, in every shape that a client still asks for.
// Source: contracts/azure-ai-ml.md §1.2, §1.6; contracts/terraform-azurerm.md §1.1, §1.4.
//
//   2015-01-01 one object (with the four legacy names)   2019-05-01, 2020-06-01 an array of one
//   2018-01-01 endpoints and locations by cloud name      2022-09-01 one object

import type { CloudNames } from '#config/cloud-names.ts';
import { Fault } from '#kernel/faults.ts';

export const METADATA_API_VERSIONS = ['2015-01-01', '2018-01-01', '2019-05-01', '2020-06-01', '2022-09-01'] as const;

/** The document for an api-version. Throws `invalid` naming the versions that exist. */
export function cloudMetadata(names: CloudNames, apiVersion: string | null): object {
  const cloud = cloudDocument(names);
  switch (apiVersion) {
    case '2015-01-01':
      return { ...cloud, ...legacyNames(names) };
    case '2018-01-01':
      return { ...legacyNames(names), cloudEndpoint: { [names.name]: { endpoint: new URL(names.resourceManager).host, locations: [names.region] } } };
    case '2019-05-01':
    case '2020-06-01':
      return [cloud];
    case '2022-09-01':
      // Terraform's provider takes the endpoints of an account apart with this suffix, so here it has their port.
      return { ...cloud, suffixes: { ...cloud.suffixes, storage: new URL(names.storageEndpoint('a', 'blob')).host.slice('a.blob.'.length) } };
    case null:
      throw new Fault('invalid', 'MissingApiVersionParameter', `The api-version query parameter (?api-version=) is required for all requests. Use one of ${METADATA_API_VERSIONS.join(', ')}.`, {
        target: 'api-version',
      });
    default:
      throw new Fault('invalid', 'InvalidApiVersionParameter', `The api-version '${apiVersion}' is invalid. The supported versions are '${METADATA_API_VERSIONS.join(',')}'.`, {
        target: 'api-version',
      });
  }
}

function cloudDocument(names: CloudNames) {
  return {
    name: names.name,
    portal: names.portal,
    resourceManager: names.resourceManager,
    authentication: {
      loginEndpoint: names.login,
      audiences: [names.resourceManager, 'https://management.core.windows.net/', 'https://management.azure.com/'],
      tenant: 'common',
      identityProvider: 'AAD',
    },
    graph: names.graph,
    graphAudience: names.graph,
    microsoftGraphResourceId: names.graph,
    activeDirectoryDataLake: 'https://datalake.azure.net/',
    batch: 'https://batch.core.windows.net/',
    gallery: names.resourceManager,
    media: 'https://rest.media.azure.net',
    sqlManagement: names.resourceManager,
    vmImageAliasDoc: '',
    appInsightsResourceId: 'https://api.applicationinsights.io',
    appInsightsTelemetryChannelResourceId: 'https://dc.applicationinsights.azure.com/v2/track',
    attestationResourceId: 'https://attest.azure.net',
    logAnalyticsResourceId: 'https://api.loganalytics.io',
    ossrDbmsResourceId: 'https://ossrdbms-aad.database.windows.net',
    synapseAnalyticsResourceId: 'https://dev.azuresynapse.net',
    suffixes: {
      storage: names.suffixes.storage,
      keyVaultDns: names.suffixes.keyVaultDns,
      acrLoginServer: names.suffixes.acrLoginServer,
      storageSyncEndpointSuffix: `afs.${names.domain}`,
      sqlServerHostname: `database.${names.domain}`,
      mysqlServerEndpoint: `mysql.database.${names.domain}`,
      postgresqlServerEndpoint: `postgres.database.${names.domain}`,
      mariadbServerEndpoint: `mariadb.database.${names.domain}`,
      azureDataLakeStoreFileSystem: `datalakestore.${names.domain}`,
      azureDataLakeAnalyticsCatalogAndJob: `datalakeanalytics.${names.domain}`,
      azureFrontDoorEndpointSuffix: `frontdoor.${names.domain}`,
    },
  };
}

function legacyNames(names: CloudNames) {
  return { galleryEndpoint: names.resourceManager, graphEndpoint: names.graph, portalEndpoint: names.portal, graphAudience: names.graph };
}
