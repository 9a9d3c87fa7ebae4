// VaultObject: a secret or key and one of its versions, as the stores and vault/ exchange them.

import type { JsonObject } from '#kernel/json.ts';

export type VaultObjectKind = 'secret' | 'key' | 'certificate';

export interface VaultObject {
  readonly id: string;
  readonly vaultKey: string;
  readonly kind: VaultObjectKind;
  readonly name: string;
  readonly rotationPolicy: JsonObject | undefined;
  readonly deletedAt: Date | undefined;
  /** When a deleted one is removed for good. */
  readonly purgeAt: Date | undefined;
  /** Of a certificate: what its next version is to be, and the operation that makes one. */
  readonly policy: JsonObject | undefined;
  readonly pending: JsonObject | undefined;
  /** The private key of a request that waits for its certificate. */
  readonly pendingSealed: Buffer | undefined;
}

/** What a caller may set and change. */
export interface VersionAttributes {
  readonly isEnabled: boolean;
  readonly notBefore: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly contentType: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly details: JsonObject;
}

export interface NewVersion extends VersionAttributes {
  readonly version: string;
  readonly sealed: Buffer;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface VaultVersion extends NewVersion {
  readonly object: VaultObject;
  readonly seq: string;
}
