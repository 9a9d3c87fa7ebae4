// The operations of secrets. Source: Key Vault REST, Secrets.

import type { Operation } from './operation.ts';
import { objectOperations } from './object-operations.ts';
import { bundleOf } from './wire.ts';

export const secretOperations: readonly Operation[] = [
  ...objectOperations({ noun: 'Secret', area: 'secrets', readAction: 'readMetadata/action', objects: ({ deps }) => deps.secrets }),
  {
    title: 'SecretSet',
    method: 'PUT',
    path: 'secrets/:name',
    needs: { action: 'secrets/setSecret/action', area: 'secrets', permissions: ['set'] },
    async run({ ctx, deps, vault, name, body }) {
      const { version, value } = await deps.secrets.set(ctx, vault, name, body);
      return bundleOf(vault, version, value);
    },
  },
  {
    title: 'SecretGet',
    method: 'GET',
    path: 'secrets/:name/:version?',
    needs: { action: 'secrets/getSecret/action', area: 'secrets', permissions: ['get'] },
    async run({ deps, vault, name, version }) {
      const read = await deps.secrets.read(vault, name, version);
      return bundleOf(vault, read.version, read.value);
    },
  },
  {
    title: 'SecretUpdate',
    method: 'PATCH',
    path: 'secrets/:name/:version?',
    needs: { action: 'secrets/update/action', area: 'secrets', permissions: ['set'] },
    run: async ({ ctx, deps, vault, name, version, body }) => bundleOf(vault, await deps.secrets.update(ctx, vault, name, version, body)),
  },
];
