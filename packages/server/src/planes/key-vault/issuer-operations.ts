// The operations of certificate issuers. Source: Key Vault REST, "Set certificate issuer" and its siblings.

import type { JsonObject } from '#kernel/json.ts';
import { objectAt } from '#kernel/json.ts';
import type { VaultIssuer } from '#storage/vault-issuer-store.ts';
import type { VaultRef } from '#vault/vault-ref.ts';
import type { Needs, Operation } from './operation.ts';
import { pageQueryOf } from './wire.ts';

const PATH = 'certificates/issuers';
const needs = (action: string, permission: string): Needs => ({ action: `certificatecas/${action}`, area: 'certificates', permissions: [permission, 'manageissuers'] });
const write = needs('write', 'setissuers');

function idOf(vault: VaultRef, issuer: VaultIssuer): string {
  return `${vault.uri}/${PATH}/${issuer.name}`;
}

function bodyOf(vault: VaultRef, issuer: VaultIssuer): JsonObject {
  const at = (time: Date): number => Math.floor(time.getTime() / 1000);
  return { id: idOf(vault, issuer), ...issuer.body, attributes: { ...objectAt(issuer.body, 'attributes'), created: at(issuer.createdAt), updated: at(issuer.updatedAt) } };
}

export const issuerOperations: readonly Operation[] = [
  {
    title: 'CertificateIssuersList',
    method: 'GET',
    path: PATH,
    needs: needs('read', 'listissuers'),
    async run(call) {
      const { vault, apiVersion } = call;
      const page = await call.deps.issuers.list(vault, pageQueryOf(call));
      const next = page.next === undefined ? null : `${vault.uri}/${PATH}?api-version=${encodeURIComponent(apiVersion)}&$skiptoken=${page.next}`;
      return { value: page.items.map((issuer) => ({ id: idOf(vault, issuer), provider: issuer.body['provider'] })), nextLink: next };
    },
  },
  {
    title: 'CertificateIssuerGet',
    method: 'GET',
    path: `${PATH}/:name`,
    needs: needs('read', 'getissuers'),
    run: async ({ deps, vault, name }) => bodyOf(vault, await deps.issuers.get(vault, name)),
  },
  {
    title: 'CertificateIssuerSet',
    method: 'PUT',
    path: `${PATH}/:name`,
    needs: write,
    run: async ({ ctx, deps, vault, name, body }) => bodyOf(vault, await deps.issuers.put(ctx, vault, name, body, false)),
  },
  {
    title: 'CertificateIssuerUpdate',
    method: 'PATCH',
    path: `${PATH}/:name`,
    needs: write,
    run: async ({ ctx, deps, vault, name, body }) => bodyOf(vault, await deps.issuers.put(ctx, vault, name, body, true)),
  },
  {
    title: 'CertificateIssuerDelete',
    method: 'DELETE',
    path: `${PATH}/:name`,
    needs: needs('delete', 'deleteissuers'),
    run: async ({ deps, vault, name }) => bodyOf(vault, await deps.issuers.delete(vault, name)),
  },
];
