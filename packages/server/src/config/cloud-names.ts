// CloudNames: every name this server goes by: host names, origins, suffixes, token audiences. The one place that
// spells them; metadata documents, tokens, certificates, virtual hosts and `lazurite env` all read it from here.
// Source: contracts/azure-ai-ml.md §1.2; contracts/terraform-azurerm.md §1.1.

/** Name of the cloud in the metadata documents. Clients select it by this name. */
export const CLOUD_NAME = 'Lazurite';

export interface CloudNames {
  readonly name: string;
  readonly domain: string;
  readonly region: string;
  readonly port: number;
  /** Resource Manager, without trailing slash: base URL and token audience. */
  readonly resourceManager: string;
  readonly login: string;
  readonly graph: string;
  readonly studio: string;
  /** Data planes of the workspaces of the region. */
  readonly api: string;
  /**
   * Azure: the ML clients derive `https://ml.azure.<suffix>` from the host labels of the portal from the third on, and
   * `az ml` replaces the word `portal` by `ml`. `portal.azure.{domain}` makes both come to the same audience. It
   * carries no port, so that the audience does not depend on one.
   */
  readonly portal: string;
  /** Audience of tokens for the machine-learning data planes. */
  readonly amlAudience: string;
  /** Plain HTTP on loopback. */
  readonly local: string;
  readonly discoveryUrl: string;
  readonly suffixes: { readonly storage: string; readonly keyVaultDns: string; readonly acrLoginServer: string };
  /** Audiences that Resource Manager and the data planes accept besides Azure's own; compare without trailing slash. */
  readonly resourceManagerAudiences: readonly string[];
  /** `https://{account}.{service}.{domain}[:port]`, without trailing slash. */
  storageEndpoint(account: string, service: 'blob' | 'dfs' | 'file' | 'queue' | 'table' | 'web'): string;
  /** `https://{vault}.vault.{domain}[:port]`, without trailing slash. */
  vaultUri(vault: string): string;
  /** `{registry}.registry.{domain}[:port]`: images are named without a scheme. */
  registryHost(registry: string): string;
}

/**
 * The names of a server. Origins carry the port unless it is 443; DNS suffixes never do, because clients build
 * `https://{account}.blob.{suffix}` from them: such names are reached through the CONNECT proxy or on port 443.
 */
export function cloudNames(settings: { readonly domain: string; readonly region: string; readonly port: number }): CloudNames {
  const { domain, region, port } = settings;
  const authority = (host: string) => (port === 443 ? host : `${host}:${port}`);
  const origin = (host: string) => `https://${authority(`${host}.${domain}`)}`;
  const api = origin(`${region}.api`);
  return {
    name: CLOUD_NAME,
    domain,
    region,
    port,
    resourceManager: origin('management'),
    login: origin('login'),
    graph: origin('graph'),
    studio: origin('studio'),
    api,
    portal: `https://portal.azure.${domain}`,
    amlAudience: `https://ml.azure.${domain}`,
    local: `http://localhost:${port}`,
    discoveryUrl: `${api}/discovery`,
    suffixes: { storage: domain, keyVaultDns: `vault.${domain}`, acrLoginServer: `registry.${domain}` },
    resourceManagerAudiences: [...new Set([origin('management'), `https://management.${domain}`, 'https://management.azure.com', 'https://management.core.windows.net'])],
    storageEndpoint: (account, service) => origin(`${account}.${service}`),
    vaultUri: (vault) => origin(`${vault}.vault`),
    registryHost: (registry) => authority(`${registry.toLowerCase()}.registry.${domain}`),
  };
}

/** Services under the domain whose first label is a name of the user's: one wildcard certificate name each. */
export const WILDCARD_SERVICES = ['blob', 'dfs', 'file', 'queue', 'table', 'web', 'vault', 'registry', 'api', 'api.azureml'] as const;

/** Services below the region: `{endpoint}.{region}.inference`, `{instance}.{region}.instances`. */
export const REGIONAL_SERVICES = ['inference', 'instances'] as const;
