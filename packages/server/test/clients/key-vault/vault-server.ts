// A whole server with vaults, and raw requests to them.

import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { startTestServer, type TestPrincipal, type TestServer } from '../../../../testkit/src/test-server.ts';
import type { RawAnswer } from '../../../../testkit/src/raw-request.ts';

export const VAULT_AUDIENCE = 'https://vault.azure.net';
export const GROUP = 'vaults';
const ARM_VERSION = '2023-07-01';

export interface VaultServer {
  readonly server: TestServer;
  vaultId(name: string): string;
  /** Resource Manager, as the owner; `path` without api-version. */
  arm(method: string, path: string, body?: object): Promise<RawAnswer>;
  createVault(name: string, properties?: JsonObject): Promise<RawAnswer>;
  /** The data plane, as the owner's command line or another principal. */
  call(vault: string, method: string, path: string, body?: object, principal?: TestPrincipal): Promise<RawAnswer>;
}

export async function startVaultServer(): Promise<VaultServer> {
  const server = await startTestServer();
  const { subscriptionId, tenantId } = server.connection;
  const vaultId = (name: string): string => `/subscriptions/${subscriptionId}/resourceGroups/${GROUP}/providers/Microsoft.KeyVault/vaults/${name}`;
  const withVersion = (path: string, version: string): string => (path.includes('api-version=') ? path : `${path}${path.includes('?') ? '&' : '?'}api-version=${version}`);
  const arm: VaultServer['arm'] = async (method, path, body) => server.send('management', { method, path: withVersion(path, ARM_VERSION), headers: await server.bearer(), body });
  await arm('PUT', `/subscriptions/${subscriptionId}/resourceGroups/${GROUP}?api-version=2021-04-01`, { location: 'local' });
  return {
    server,
    vaultId,
    arm,
    createVault: (name, properties = {}) =>
      arm('PUT', vaultId(name), { location: 'local', properties: { tenantId, sku: { family: 'A', name: 'premium' }, enableRbacAuthorization: true, ...properties } }),
    call: async (vault, method, path, body, principal) => server.send(`${vault}.vault`, { method, path: withVersion(path, '7.4'), headers: await server.bearer(principal, VAULT_AUDIENCE), body }),
  };
}

/** `code` or `code/innererror.code` of a refusal. */
export function refusalOf(answer: RawAnswer): string {
  const error = objectAt(answer.json, 'error');
  const inner = stringAt(objectAt(error, 'innererror'), 'code');
  return `${answer.status} ${stringAt(error, 'code')}${inner === undefined ? '' : `/${inner}`}`;
}

export function itemsOf(answer: RawAnswer): readonly JsonObject[] {
  const value = answer.json['value'];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
