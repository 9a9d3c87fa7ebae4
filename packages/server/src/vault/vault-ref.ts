// VaultRef: the vault an operation is about, with those of its properties that the operations heed.

export interface VaultRef {
  /** ARM resource key: lower-cased id. */
  readonly key: string;
  readonly id: string;
  readonly name: string;
  /** `https://{vault}.vault.{domain}[:port]`, without trailing slash: start of every id. */
  readonly uri: string;
  readonly location: string;
  readonly subscriptionId: string;
  readonly retentionDays: number;
  readonly isPurgeProtected: boolean;
  /** SKU premium: takes RSA-HSM and EC-HSM keys. */
  readonly isPremium: boolean;
}

/** What reaching the stored content takes. */
export type VaultPlace = Pick<VaultRef, 'key' | 'name'>;
