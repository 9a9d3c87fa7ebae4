// Secrets and keys of a vault as child resources. They live in the vault, not in the table of resources: what the data
// plane makes is seen here and the other way round. Values and private keys are never answered.
// Source: contracts/schemas/arm/2026-02-01/Microsoft.KeyVault.json (vaults_secrets, vaults_keys).

import { type ArmRoute, defineArmRoute, type RouteCall } from '#arm/route.ts';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import type { Page } from '#kernel/page.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { ResourcePorts, VaultItem, VaultItems } from '../ports.ts';
import { VAULT_PATH, vaultIdOf } from './vault-path.ts';

const VERSIONS = { since: '2016-10-01' };

export function vaultItemRoutes(ports: Pick<ResourcePorts, 'vaults'>): readonly ArmRoute[] {
  return [...routesOf('secrets', ports.vaults.secrets), ...routesOf('keys', ports.vaults.keys)];
}

function routesOf(area: 'secrets' | 'keys', items: VaultItems): readonly ArmRoute[] {
  const type = `Microsoft.KeyVault/vaults/${area}`;
  const read = { action: `${type}/read`, scope: vaultIdOf };
  const one = `${VAULT_PATH}/${area}/{name}`;
  const bodyOf = (vault: ResourceRecord, item: VaultItem, isVersion = false): JsonObject => ({
    id: `${vault.id}/${area}/${item.name}${isVersion ? `/versions/${item.version}` : ''}`,
    name: isVersion ? item.version : item.name,
    type: isVersion ? `${type}/versions` : type,
    ...(vault.location === undefined ? {} : { location: vault.location }),
    tags: item.tags,
    properties: item.properties,
  });
  const list = (vault: ResourceRecord, call: RouteCall, path: string, page: Page<VaultItem>, isVersion = false) => ({
    body: {
      value: page.items.map((item) => bodyOf(vault, item, isVersion)),
      ...(page.next === undefined ? {} : { nextLink: `${call.origin}${vault.id}/${path}?api-version=${encodeURIComponent(call.apiVersion)}&$skiptoken=${encodeURIComponent(page.next)}` }),
    },
  });
  return [
    defineArmRoute({
      method: 'PUT',
      path: one,
      apiVersions: VERSIONS,
      permission: { action: `${type}/write`, scope: vaultIdOf },
      async run(ctx, { params, body, store }) {
        const vault = await store.get(vaultIdOf(params));
        return { body: bodyOf(vault, await items.put(ctx, vault, params['name'] ?? '', isJsonObject(body) ? body : {})) };
      },
    }),
    defineArmRoute({
      method: 'GET',
      path: one,
      apiVersions: VERSIONS,
      permission: read,
      async run(_ctx, { params, store }) {
        const vault = await store.get(vaultIdOf(params));
        return { body: bodyOf(vault, await items.get(vault, params['name'] ?? '')) };
      },
    }),
    defineArmRoute({
      method: 'GET',
      path: `${VAULT_PATH}/${area}`,
      apiVersions: VERSIONS,
      permission: read,
      async run(_ctx, call) {
        const vault = await call.store.get(vaultIdOf(call.params));
        return list(vault, call, area, await items.list(vault, tokenOf(call.query)));
      },
    }),
    defineArmRoute({
      method: 'GET',
      path: `${one}/versions`,
      apiVersions: VERSIONS,
      permission: read,
      async run(_ctx, call) {
        const vault = await call.store.get(vaultIdOf(call.params));
        const name = call.params['name'] ?? '';
        return list(vault, call, `${area}/${name}/versions`, await items.listVersions(vault, name, tokenOf(call.query)), true);
      },
    }),
    defineArmRoute({
      method: 'GET',
      path: `${one}/versions/{version}`,
      apiVersions: VERSIONS,
      permission: read,
      async run(_ctx, { params, store }) {
        const vault = await store.get(vaultIdOf(params));
        return { body: bodyOf(vault, await items.get(vault, params['name'] ?? '', params['version'] ?? ''), true) };
      },
    }),
  ];
}

function tokenOf(query: URLSearchParams): string | undefined {
  return [...query].find(([key, value]) => key.toLowerCase() === '$skiptoken' && value !== '')?.[1];
}
