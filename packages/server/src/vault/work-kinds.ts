// Names of the durable work of vaults.

export const PURGE_KIND = 'vault.purge';
export const ROTATE_KIND = 'vault.rotate';
