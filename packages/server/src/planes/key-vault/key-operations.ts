// The operations of keys. Source: Key Vault REST, Keys.

import { Fault } from '#kernel/faults.ts';
import { notSupported } from '#vault/faults.ts';
import type { KeyOperation } from '#vault/keys.ts';
import { putRotationPolicy } from '#vault/rotation-policy.ts';
import type { Operation } from './operation.ts';
import { objectOperations } from './object-operations.ts';
import { bundleOf, rotationPolicyOf, versionId } from './wire.ts';

const readKeys = { action: 'keys/read', area: 'keys', permissions: ['get'] } as const;

/** `segment`: in the path; `right`: data action and permission. */
function cryptography(title: string, operation: KeyOperation, right: string): Operation {
  return {
    title,
    method: 'POST',
    path: `keys/:name/:version?/${operation.toLowerCase()}`,
    needs: { action: `keys/${right}/action`, area: 'keys', permissions: [operation.toLowerCase()] },
    async run({ ctx, deps, vault, name, version, body }) {
      const { version: key, result } = await deps.keys.operate(ctx, vault, name, version, operation, body);
      return typeof result === 'boolean' ? { value: result } : { kid: versionId(vault, key), value: result.toString('base64url') };
    },
  };
}

export const keyOperations: readonly Operation[] = [
  ...objectOperations({ noun: 'Key', area: 'keys', readAction: 'read', objects: ({ deps }) => deps.keys }),
  {
    title: 'KeyCreate',
    method: 'POST',
    path: 'keys/:name/create',
    needs: { action: 'keys/create/action', area: 'keys', permissions: ['create'] },
    run: async ({ ctx, deps, vault, name, body }) => bundleOf(vault, await deps.keys.create(ctx, vault, name, body)),
  },
  {
    title: 'KeyImport',
    method: 'PUT',
    path: 'keys/:name',
    needs: { action: 'keys/import/action', area: 'keys', permissions: ['import'] },
    run: async ({ ctx, deps, vault, name, body }) => bundleOf(vault, await deps.keys.import(ctx, vault, name, body)),
  },
  {
    title: 'KeyRotate',
    method: 'POST',
    path: 'keys/:name/rotate',
    needs: { action: 'keys/rotate/action', area: 'keys', permissions: ['rotate'] },
    async run({ ctx, deps, vault, name }) {
      const key = await deps.keys.rotate(ctx, vault, name);
      if (key === undefined) throw new Fault('conflict', 'Conflict', `The key '${name}' got a new version while it was rotated. Try again if that is not enough.`);
      return bundleOf(vault, key);
    },
  },
  {
    title: 'KeyRotationPolicyGet',
    method: 'GET',
    path: 'keys/:name/rotationpolicy',
    // Azure: clients read the policy along with the key and take a refusal for an error; who may get the key may see it.
    needs: { action: 'keyrotationpolicies/read', area: 'keys', permissions: ['getrotationpolicy', 'get'] },
    run: async ({ deps, vault, name }) => rotationPolicyOf(vault, await deps.keys.get(vault, name)),
  },
  {
    title: 'KeyRotationPolicySet',
    method: 'PUT',
    path: 'keys/:name/rotationpolicy',
    needs: { action: 'keyrotationpolicies/write', area: 'keys', permissions: ['setrotationpolicy'] },
    run: async ({ ctx, deps, vault, name, body }) => rotationPolicyOf(vault, await putRotationPolicy(deps, ctx, vault, name, body)),
  },
  cryptography('KeyEncrypt', 'encrypt', 'encrypt'),
  cryptography('KeyDecrypt', 'decrypt', 'decrypt'),
  cryptography('KeyWrap', 'wrapKey', 'wrap'),
  cryptography('KeyUnwrap', 'unwrapKey', 'unwrap'),
  cryptography('KeySign', 'sign', 'sign'),
  cryptography('KeyVerify', 'verify', 'verify'),
  {
    title: 'KeyRelease',
    method: 'POST',
    path: 'keys/:name/:version?/release',
    needs: { action: 'keys/release/action', area: 'keys', permissions: ['release'] },
    run: async () => {
      throw notSupported('Secure key release is not supported: it rests on the attestation of confidential hardware.');
    },
  },
  {
    title: 'RandomBytes',
    method: 'POST',
    path: 'rng',
    needs: readKeys,
    run: async ({ deps, body }) => ({ value: deps.keys.randomBytes(body).toString('base64url') }),
  },
  {
    title: 'KeyGet',
    method: 'GET',
    path: 'keys/:name/:version?',
    needs: readKeys,
    run: async ({ deps, vault, name, version }) => bundleOf(vault, await deps.keys.get(vault, name, version)),
  },
  {
    title: 'KeyUpdate',
    method: 'PATCH',
    path: 'keys/:name/:version?',
    needs: { action: 'keys/update/action', area: 'keys', permissions: ['update'] },
    run: async ({ ctx, deps, vault, name, version, body }) => bundleOf(vault, await deps.keys.update(ctx, vault, name, version, body)),
  },
];
