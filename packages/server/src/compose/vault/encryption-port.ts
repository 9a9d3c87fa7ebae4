// EncryptionPort: customer-managed keys as the workspace's resource type sees them.

import { Fault, isFault } from '#kernel/faults.ts';
import type { Vault, VaultDirectory } from '#planes/key-vault/ports.ts';
import type { EncryptionPort, KeyChoice } from '#resources/ports.ts';
import type { Database } from '#storage/database.ts';
import { findPrincipalByResource } from '#storage/identity-store.ts';
import type { CustomerKeys } from '#vault/customer-keys.ts';
import type { Keys } from '#vault/keys.ts';
import type { VaultKeys } from './key-custodian.ts';

export interface EncryptionPortDeps {
  readonly database: Database;
  readonly vaults: VaultDirectory;
  readonly keys: Keys;
  readonly custodian: VaultKeys;
  readonly customerKeys: CustomerKeys;
}

const TARGET = 'properties.encryption.keyVaultProperties';

export function createEncryptionPort(deps: EncryptionPortDeps): EncryptionPort {
  const { database, vaults, keys, custodian, customerKeys } = deps;

  async function vaultOf({ keyVaultArmId }: KeyChoice): Promise<Vault> {
    const vault = await vaults.find(keyVaultArmId.slice(keyVaultArmId.lastIndexOf('/') + 1));
    if (vault === undefined || vault.id.toLowerCase() !== keyVaultArmId.toLowerCase())
      throw refused('KeyVaultNotFound', `The key vault '${keyVaultArmId}' was not found; give the resource id of one that exists.`, 'keyVaultArmId');
    if (!vault.isPurgeProtected)
      throw refused(
        'KeyVaultPolicyError',
        `Keyvault policy recoverable is not set: the key vault '${vault.name}' must have both 'Soft Delete' and 'Purge Protection' enabled in order to use it with customer-managed keys.`,
        'keyVaultArmId',
      );
    return vault;
  }

  return {
    async check(ctx, choice) {
      const vault = await vaultOf(choice);
      const { host, name, version } = parseIdentifier(choice.keyIdentifier);
      if (host !== vault.name.toLowerCase()) throw refused('KeyVaultKeyMismatch', `The key '${choice.keyIdentifier}' is not one of the key vault '${vault.name}' that keyVaultArmId names.`);
      const key = await keys.get(vault, name, version).catch((error: unknown) => {
        if (!isFault(error)) throw error;
        throw refused('KeyVaultKeyNotFound', `The key '${choice.keyIdentifier}' cannot be used: ${error.message}`);
      });
      if (!String(key.details['kty']).startsWith('RSA'))
        throw refused('KeyVaultKeyNotSupported', `The key '${choice.keyIdentifier}' is of type ${String(key.details['kty'])}; RSA and RSA-HSM keys are accepted.`);
      if (!key.isEnabled) throw refused('KeyVaultKeyDisabled', `The key '${choice.keyIdentifier}' is disabled; enable it, or name another one.`);
      if (key.expiresAt !== undefined && key.expiresAt.getTime() <= ctx.clock.now())
        throw refused('KeyVaultKeyExpired', `The key '${choice.keyIdentifier}' expired at ${key.expiresAt.toISOString()}.`);
      const permitted = key.details['keyOps'];
      const missing = ['wrapKey', 'unwrapKey'].filter((operation) => !Array.isArray(permitted) || !permitted.includes(operation));
      if (missing.length > 0) throw refused('KeyVaultKeyNotSupported', `The key '${choice.keyIdentifier}' does not permit ${missing.join(' and ')}: its key_ops are ${JSON.stringify(permitted)}.`);
      if (choice.userAssignedIdentity === undefined) return;
      const principal = await findPrincipalByResource(database.sql, choice.userAssignedIdentity.toLowerCase());
      if (principal === undefined)
        throw new Fault('invalid', 'IdentityNotFound', `The user-assigned identity '${choice.userAssignedIdentity}' was not found.`, { target: 'properties.encryption.identity.userAssignedIdentity' });
      await custodian.requireAccess(ctx, vault, name, principal.id).catch((error: unknown) => {
        if (!isFault(error, 'forbidden')) throw error;
        throw refused(
          'KeyVaultAccessDenied',
          `The identity '${choice.userAssignedIdentity ?? ''}' needs Get, Wrap Key and Unwrap Key on the key vault '${vault.name}'. ${error.message}`,
          'keyVaultArmId',
        );
      });
    },
    async ensure(ctx, workspaceKey, choice, systemPrincipalId, storage) {
      const { name, version } = parseIdentifier(choice.keyIdentifier);
      const identity = choice.userAssignedIdentity === undefined ? undefined : await findPrincipalByResource(database.sql, choice.userAssignedIdentity.toLowerCase());
      const principalId = identity?.id ?? systemPrincipalId;
      if (principalId === undefined) throw new Fault('invalid', 'IdentityNotFound', 'Customer-managed keys need an identity of the workspace.', { target: 'identity' });
      // Why not for the system-assigned identity: it exists only once the workspace does, so nobody can have let it in before.
      const use = { vaultId: choice.keyVaultArmId, keyName: name, version, principalId, mustBePermitted: identity !== undefined };
      await customerKeys.ensure(ctx, workspaceKey, use, storage);
    },
    share: (hubKey, projectKey, storage) => customerKeys.share(hubKey, projectKey, storage),
    release: (tx, ctx, workspaceKey) => customerKeys.release(tx, ctx, workspaceKey),
  };
}

function refused(code: string, message: string, member = 'keyIdentifier'): Fault {
  return new Fault('invalid', code, message, { target: `${TARGET}.${member}` });
}

/** `https://{vault}.vault.{domain}[:port]/keys/{name}[/{version}]`. */
function parseIdentifier(identifier: string): { readonly host: string; readonly name: string; readonly version: string | undefined } {
  const match = /^https:\/\/([a-z0-9-]{3,24})\.[^/]+\/+keys\/+([0-9a-z-]{1,127})(?:\/([0-9a-f]{32})?)?\/?$/i.exec(identifier);
  if (match?.[1] === undefined || match[2] === undefined)
    throw refused('InvalidKeyIdentifier', `'${identifier.slice(0, 300)}' is no identifier of a key; https://{vault}.vault.{domain}/keys/{name}/{version} is accepted, the version may be left out.`);
  return { host: match[1].toLowerCase(), name: match[2], version: match[3]?.toLowerCase() };
}
