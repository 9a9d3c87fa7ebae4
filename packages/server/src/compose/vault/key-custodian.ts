// KeyCustodian: keys of customers' vaults, used as the identities of their workspaces: the same permission checks,
// operations and audit records as for any caller.

import type { Authorizer } from '#identity/authorize.ts';
import type { Context } from '#kernel/context.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import { authorize } from '#planes/key-vault/access.ts';
import type { Vault, VaultDirectory } from '#planes/key-vault/ports.ts';
import type { Database } from '#storage/database.ts';
import { findPrincipal } from '#storage/identity-store.ts';
import { insertVaultUse } from '#storage/vault-store.ts';
import type { KeyCustodian, KeyUse } from '#vault/customer-keys.ts';
import { keyUnavailable } from '#vault/faults.ts';
import type { Keys } from '#vault/keys.ts';

const ALGORITHM = 'RSA-OAEP-256';
const RIGHTS = {
  wrapKey: { action: 'keys/wrap/action', area: 'keys', permissions: ['wrapkey'] },
  unwrapKey: { action: 'keys/unwrap/action', area: 'keys', permissions: ['unwrapkey'] },
} as const;
type Operation = keyof typeof RIGHTS;

export interface KeyCustodianDeps {
  readonly database: Database;
  readonly vaults: VaultDirectory;
  readonly keys: Keys;
  readonly authorizer: Authorizer;
  readonly tenantId: string;
}

export interface VaultKeys extends KeyCustodian {
  /** Throws `forbidden` unless the identity may wrap and unwrap with the key. */
  requireAccess(ctx: Context, vault: Vault, keyName: string, principalId: string): Promise<void>;
}

export function createKeyCustodian(deps: KeyCustodianDeps): VaultKeys {
  const { database, vaults, keys, authorizer, tenantId } = deps;
  // Why authenticate throws: nobody comes with a token here; the identity is known.
  const access = {
    requireData: authorizer.requireData,
    authenticate: (): Promise<never> => Promise.reject(new Fault('unauthenticated', 'Unauthorized', 'Identities of workspaces come without a token.')),
  };

  async function contextOf(ctx: Context, principalId: string): Promise<Context | undefined> {
    const found = await findPrincipal(database.sql, principalId);
    if (found === undefined || !found.isEnabled || found.kind === 'Group') return undefined;
    const { id, kind, displayName, groups, appId } = found;
    return { ...ctx, principal: { objectId: id, tenantId, kind, displayName, groups, ...(appId === undefined ? {} : { appId }) } };
  }

  async function check(as: Context | undefined, vault: Vault, keyName: string, operation: Operation, principalId: string): Promise<void> {
    if (as === undefined) throw keyUnavailable('KeyVaultAccessDenied', `the identity ${principalId} that its key is used as is gone or disabled.`);
    await authorize(access, as, vault, RIGHTS[operation], keyName).catch((error: unknown) => {
      if (!isFault(error, 'forbidden')) throw error;
      throw keyUnavailable('KeyVaultAccessDenied', error.message.replace(/\.?$/, '.'));
    });
  }

  async function operate(ctx: Context, use: KeyUse, operation: Operation, value: Buffer) {
    const vault = await vaults.find(use.vaultId.slice(use.vaultId.lastIndexOf('/') + 1));
    if (vault === undefined || vault.id.toLowerCase() !== use.vaultId.toLowerCase())
      throw keyUnavailable('KeyVaultEncryptionKeyNotFound', `the key vault '${use.vaultId}' was deleted or is not there.`);
    const as = await contextOf(ctx, use.principalId);
    const audit = (status: number): Promise<void> =>
      insertVaultUse(database.sql, {
        at: new Date(ctx.clock.now()),
        vaultKey: vault.key,
        operation: operation === 'wrapKey' ? 'KeyWrap' : 'KeyUnwrap',
        target: `keys/${use.keyName}${use.version === undefined ? '' : `/${use.version}`}`,
        status,
        principalId: as?.principal.objectId ?? use.principalId,
        principalName: as?.principal.displayName ?? 'workspace',
        appId: as?.principal.appId,
        remoteAddress: 'local',
        correlationId: ctx.correlationId,
      });
    let wasPermitted = true;
    try {
      await check(as, vault, use.keyName, operation, use.principalId);
    } catch (error) {
      if (!isFault(error, 'forbidden')) throw error;
      if (use.mustBePermitted) {
        await audit(403);
        throw error;
      }
      wasPermitted = false;
    }
    const body: JsonObject = { alg: ALGORITHM, value: value.toString('base64url') };
    try {
      const { version, result } = await keys.operate(ctx, vault, use.keyName, use.version, operation, body);
      await audit(200);
      return { version: version.version, bytes: Buffer.isBuffer(result) ? result : Buffer.alloc(0), wasPermitted };
    } catch (error) {
      if (isFault(error, 'notFound')) {
        await audit(404);
        throw keyUnavailable('KeyVaultEncryptionKeyNotFound', `the key '${use.keyName}' is not in the key vault '${vault.name}', or was deleted.`);
      }
      if (isFault(error, 'forbidden')) {
        await audit(403);
        throw keyUnavailable('KeyVaultAccessDenied', `${error.message} (key '${use.keyName}' of the key vault '${vault.name}')`);
      }
      throw error;
    }
  }

  return {
    async wrap(ctx, use, bytes) {
      const done = await operate(ctx, use, 'wrapKey', bytes);
      return { version: done.version, wrapped: done.bytes, wasPermitted: done.wasPermitted };
    },
    unwrap: (ctx, use, wrapped) => operate(ctx, use, 'unwrapKey', wrapped),
    async requireAccess(ctx, vault, keyName, principalId) {
      const as = await contextOf(ctx, principalId);
      await check(as, vault, keyName, 'wrapKey', principalId);
      await check(as, vault, keyName, 'unwrapKey', principalId);
    },
  };
}
