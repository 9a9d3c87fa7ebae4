// The environment that points unmodified Azure and MLflow clients at this server.
// Source: design/findings.md §3 (CA and proxy variables per runtime); contracts/azure-ai-ml.md §1.7.

import type { Connection } from '@lazurite/server/config/connection.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

export interface Workspace {
  readonly resourceGroup: string;
  readonly name: string;
}

/** Variable names and values. Nothing in here is a password: the managed-identity header works on loopback only. */
export function clientEnvironment(connection: Connection, workspace?: Workspace): Readonly<Record<string, string>> {
  const { origins, bundleFile, caFile } = connection;
  // Why an address and not `localhost`: most clients take a name in NO_PROXY for all names below it, so `localhost` there
  // would send `management.lazurite.localhost` past the proxy, to a resolver that may not know it.
  const loopback = `http://127.0.0.1:${connection.port}`;
  return {
    HTTPS_PROXY: loopback,
    https_proxy: loopback,
    NO_PROXY: '127.0.0.1,::1',
    no_proxy: '127.0.0.1,::1',
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: caFile,
    SSL_CERT_FILE: bundleFile,
    REQUESTS_CA_BUNDLE: bundleFile,
    CURL_CA_BUNDLE: bundleFile,
    AZURE_AUTHORITY_HOST: origins.login,
    AZURE_TENANT_ID: connection.tenantId,
    AZURE_SUBSCRIPTION_ID: connection.subscriptionId,
    IDENTITY_ENDPOINT: `${loopback}/msi/token`,
    IDENTITY_HEADER: connection.identityHeader,
    ARM_CLOUD_METADATA_URL: `${origins.management}/metadata/endpoints?api-version=2019-05-01`,
    AZUREML_CURRENT_CLOUD: connection.cloudName,
    REGISTRY_DISCOVERY_ENDPOINT_URL: `${origins.api}/`,
    ARM_METADATA_HOSTNAME: new URL(origins.management).host,
    ARM_TENANT_ID: connection.tenantId,
    ARM_SUBSCRIPTION_ID: connection.subscriptionId,
    // Terraform's providers know the endpoint of a virtual machine only: its form without a header has the secret in the path.
    ARM_USE_CLI: 'false',
    ARM_USE_MSI: 'true',
    ARM_MSI_ENDPOINT: `${loopback}/imds/${connection.identityHeader}/metadata/identity/oauth2/token`,
    LAZURITE_ARM_ENDPOINT: origins.management,
    LAZURITE_STUDIO: origins.local,
    ...(workspace === undefined
      ? {}
      : {
          MLFLOW_TRACKING_URI: `${loopback}/mlflow/v2.0/subscriptions/${connection.subscriptionId}/resourceGroups/${workspace.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace.name}`,
        }),
  };
}

/** Assignments for a shell to evaluate; values are quoted so that nothing in them is ever executed. */
export function renderEnvironment(variables: Readonly<Record<string, string>>, shell: Shell): string {
  const lines = Object.entries(variables).map(([name, value]) => {
    switch (shell) {
      case 'bash':
      case 'zsh':
        return `export ${name}='${value.replaceAll("'", `'\\''`)}'`;
      case 'fish':
        return `set -gx ${name} '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
      case 'powershell':
        return `$env:${name} = '${value.replaceAll("'", "''")}'`;
    }
  });
  return `${lines.join('\n')}\n`;
}
