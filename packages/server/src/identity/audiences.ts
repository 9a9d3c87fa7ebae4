// Audiences: which resource a token is for. Our own hosts (with and without port and slash) and Azure's public names,
// because clients ask for `https://management.azure.com` whatever cloud they talk to.
// Source: contracts/azure-ai-ml.md §1.3; findings.md §4.

import { remembered } from '#kernel/remembered.ts';

/** Planes accept families; a token for storage is no good at Resource Manager. */
export type AudienceFamily =
  | 'arm'
  | 'ml'
  | 'storage'
  | 'vault'
  | 'graph'
  /** An application of this directory, for its own use; whether it is there is for the issuer to look up. */
  | 'app'
  /** A token to be shown as a federated credential. */
  | 'exchange';

export interface Audience {
  readonly family: AudienceFamily;
  /** The `aud` claim: as requested, without a trailing slash. */
  readonly audience: string;
}

export interface Audiences {
  /** The audience behind a resource identifier: URL or well-known application id. Undefined for one we do not serve. */
  find(resource: string): Audience | undefined;
}

const PUBLIC_HOSTS: Readonly<Record<string, AudienceFamily>> = {
  'management.azure.com': 'arm',
  'management.core.windows.net': 'arm',
  'ml.azure.com': 'ml',
  'storage.azure.com': 'storage',
  'vault.azure.net': 'vault',
  'graph.microsoft.com': 'graph',
  'graph.windows.net': 'graph',
  localhost: 'arm',
  '127.0.0.1': 'arm',
  '[::1]': 'arm',
};

// Microsoft's first-party application ids.
const APPLICATIONS: Readonly<Record<string, string>> = {
  '797f4846-ba00-4fd7-ba43-dac1f8f63013': 'https://management.azure.com',
  '18a66f5f-dbdf-4c17-9dd7-1634712a9cbe': 'https://ml.azure.com',
  'e406a681-f3d4-42a8-90b6-c2b029497af1': 'https://storage.azure.com',
  'cfa8b339-82a2-471a-a3c9-0fc0be7a4093': 'https://vault.azure.net',
  '00000003-0000-0000-c000-000000000000': 'https://graph.microsoft.com',
};

const TOKEN_EXCHANGE = 'api://AzureADTokenExchange';
const APPLICATION_AUDIENCE = /^(api:\/\/[\w.~/-]{1,200}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Callers write what they ask for: what is kept of it is bounded in number and length. */
const LONGEST_KNOWN = 300;

const STORAGE_SERVICES = ['blob', 'dfs', 'file', 'queue', 'table'];

/** `domain`: the configured suffix of all virtual hosts. */
export function createAudiences(domain: string): Audiences {
  const labels = domain.toLowerCase().split('.');
  // The SDK derives its audience from the portal's host: `ml.azure.` and what follows the second label, whatever that is here.
  const tails = labels.map((_, index) => labels.slice(index).join('.'));
  const hosts = new Map<string, AudienceFamily>([
    ...Object.entries(PUBLIC_HOSTS),
    [`management.${domain}`, 'arm'],
    [`ml.${domain}`, 'ml'],
    [`api.${domain}`, 'ml'],
    [`vault.${domain}`, 'vault'],
    [`graph.${domain}`, 'graph'],
    ...tails.map((tail): [string, AudienceFamily] => [`ml.azure.${tail}`, 'ml']),
  ]);
  const suffixes: readonly (readonly [string, AudienceFamily])[] = [
    ...STORAGE_SERVICES.flatMap((service) => [[`.${service}.${domain}`, 'storage'] as const, [`.${service}.core.windows.net`, 'storage'] as const]),
    [`.vault.${domain}`, 'vault'],
    ['.vault.azure.net', 'vault'],
    [`.api.${domain}`, 'ml'],
    [`.api.azureml.${domain}`, 'ml'],
    [`.inference.${domain}`, 'ml'],
  ];
  // Why kept: it is asked of every token of every request.
  return { find: remembered(look, { longest: LONGEST_KNOWN }) };

  function look(resource: string): ReturnType<Audiences['find']> {
    const wanted = APPLICATIONS[resource.toLowerCase()] ?? resource.replace(/\/+$/, '');
    if (wanted === TOKEN_EXCHANGE) return { family: 'exchange', audience: wanted };
    if (APPLICATION_AUDIENCE.test(wanted)) return { family: 'app', audience: wanted };
    if (!URL.canParse(wanted)) return undefined;
    const url = new URL(wanted);
    const isLoopback = url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]';
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) return undefined;
    if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') return undefined;
    const family = hosts.get(url.hostname) ?? suffixes.find(([suffix]) => url.hostname.endsWith(suffix))?.[1];
    return family === undefined ? undefined : { family, audience: wanted };
  }
}
