// What the Key Vault plane needs from its siblings; compose supplies it.

import type { Context } from '#kernel/context.ts';
import type { Principal } from '#kernel/principal.ts';
import type { VaultRef } from '#vault/vault-ref.ts';

export type PermissionArea = 'keys' | 'secrets' | 'certificates';

/** One entry of `properties.accessPolicies`; names of permissions in lower case. */
export interface AccessPolicy {
  readonly objectId: string;
  readonly applicationId: string | undefined;
  readonly permissions: Readonly<Record<PermissionArea, readonly string[]>>;
}

export interface Vault extends VaultRef {
  /** Data actions of roles decide; otherwise access policies do. */
  readonly isRbac: boolean;
  readonly accessPolicies: readonly AccessPolicy[];
}

export interface VaultDirectory {
  /** The living vault of this name, as its resource is now. */
  find(name: string): Promise<Vault | undefined>;
}

export interface VaultAccess {
  /** Who the `Bearer …` header speaks for; the audience is that of vaults. Throws `unauthenticated`. */
  authenticate(authorization: string): Promise<Principal>;
  /** Throws `forbidden` unless ctx.principal may do the data action at the scope. */
  requireData(ctx: Context, action: string, scope: string): Promise<void>;
}
