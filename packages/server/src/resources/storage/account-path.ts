// The path of a storage account in routes of its children, and the account's id in it.

export const ACCOUNT_PATH = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Storage/storageAccounts/{accountName}';

export function accountIdOf(params: Readonly<Record<string, string>>): string {
  return `/subscriptions/${params['subscriptionId'] ?? ''}/resourceGroups/${params['resourceGroupName'] ?? ''}/providers/Microsoft.Storage/storageAccounts/${params['accountName'] ?? ''}`;
}
