// The path of a vault in routes below it.

export const VAULT_PATH = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.KeyVault/vaults/{vaultName}';

export function vaultIdOf(params: Readonly<Record<string, string>>): string {
  const { subscriptionId = '', resourceGroupName = '', vaultName = '' } = params;
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.KeyVault/vaults/${vaultName}`;
}
