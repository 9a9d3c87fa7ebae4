// Names of the durable work of vaults.

export const PURGE_KIND = 'vault.purge';
export const ROTATE_KIND = 'vault.rotate';
/** Payload: vaultId, keyName. */
export const REWRAP_KIND = 'customer-keys.rewrap';
/** Payload: id. */
export const RELEASE_KIND = 'customer-keys.release';
/** Payload: vaultKey, name. */
export const RENEW_KIND = 'vault.renew';
