// The operations of certificates. Source: Key Vault REST, Certificates.

import { isFault } from '#kernel/faults.ts';
import type { Needs, Operation } from './operation.ts';
import { objectOperations } from './object-operations.ts';
import { bundleOf, certificatePolicyOf, pendingOf, unfinishedOf } from './wire.ts';

const needs = (action: string, permission: string): Needs => ({ action: `certificates/${action}`, area: 'certificates', permissions: [permission] });
const read = needs('read', 'get');
const update = needs('update/action', 'update');

export const certificateOperations: readonly Operation[] = [
  ...objectOperations({ noun: 'Certificate', area: 'certificates', readAction: 'read', objects: ({ deps }) => deps.certificates }),
  {
    title: 'CertificateCreate',
    method: 'POST',
    path: 'certificates/:name/create',
    needs: needs('create/action', 'create'),
    status: 202,
    run: async ({ ctx, deps, vault, name, body }) => pendingOf(vault, await deps.certificates.create(ctx, vault, name, body)),
  },
  {
    title: 'CertificateImport',
    method: 'POST',
    path: 'certificates/:name/import',
    needs: needs('import/action', 'import'),
    run: async ({ ctx, deps, vault, name, body }) => bundleOf(vault, await deps.certificates.import(ctx, vault, name, body)),
  },
  {
    title: 'CertificatePolicyGet',
    method: 'GET',
    path: 'certificates/:name/policy',
    needs: read,
    run: async ({ deps, vault, name }) => certificatePolicyOf(vault, await deps.certificates.describe(vault, name)),
  },
  {
    title: 'CertificatePolicyUpdate',
    method: 'PATCH',
    path: 'certificates/:name/policy',
    needs: update,
    run: async ({ ctx, deps, vault, name, body }) => certificatePolicyOf(vault, await deps.certificates.setPolicy(ctx, vault, name, body)),
  },
  {
    title: 'CertificatePendingGet',
    method: 'GET',
    path: 'certificates/:name/pending',
    needs: read,
    run: async ({ deps, vault, name }) => pendingOf(vault, await deps.certificates.pending(vault, name)),
  },
  {
    title: 'CertificatePendingUpdate',
    method: 'PATCH',
    path: 'certificates/:name/pending',
    needs: update,
    run: async ({ deps, vault, name }) => pendingOf(vault, await deps.certificates.cancel(vault, name)),
  },
  {
    title: 'CertificatePendingDelete',
    method: 'DELETE',
    path: 'certificates/:name/pending',
    needs: needs('delete', 'delete'),
    run: async ({ deps, vault, name }) => pendingOf(vault, await deps.certificates.deletePending(vault, name)),
  },
  {
    title: 'CertificatePendingMerge',
    method: 'POST',
    path: 'certificates/:name/pending/merge',
    needs: needs('create/action', 'create'),
    status: 201,
    run: async ({ ctx, deps, vault, name, body }) => bundleOf(vault, await deps.certificates.merge(ctx, vault, name, body)),
  },
  {
    title: 'CertificateGet',
    method: 'GET',
    path: 'certificates/:name/:version?',
    needs: read,
    async run({ deps, vault, name, version }) {
      try {
        return bundleOf(vault, await deps.certificates.get(vault, name, version));
      } catch (error) {
        if (!isFault(error, 'notFound') || version !== undefined) throw error;
        return unfinishedOf(vault, await deps.certificates.describe(vault, name));
      }
    },
  },
  {
    title: 'CertificateUpdate',
    method: 'PATCH',
    path: 'certificates/:name/:version?',
    needs: update,
    run: async ({ ctx, deps, vault, name, version, body }) => bundleOf(vault, await deps.certificates.update(ctx, vault, name, version, body)),
  },
];
