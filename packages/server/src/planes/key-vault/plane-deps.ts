// What the Key Vault plane is made of.

import type { Certificates } from '#vault/certificates.ts';
import type { Issuers } from '#vault/issuers.ts';
import type { Keys } from '#vault/keys.ts';
import type { Secrets } from '#vault/secrets.ts';
import type { VaultDeps } from '#vault/vault-content.ts';
import type { VaultAccess, VaultDirectory } from './ports.ts';

export interface KeyVaultPlaneDeps extends VaultDeps {
  readonly vaults: VaultDirectory;
  readonly access: VaultAccess;
  readonly secrets: Secrets;
  readonly keys: Keys;
  readonly certificates: Certificates;
  readonly issuers: Issuers;
  /** Where a caller without a token is sent; read at each use, for the port is known only after listening. */
  challenge(): { readonly authority: string; readonly resource: string };
}
