// A template of the kind people start a workspace with: storage account, key vault, insights and the workspace, by
// parameters and variables, with the identity of the workspace and the key of the account in its outputs.

const at = (type: string, name: string) => `[resourceId('${type}', variables('${name}'))]`;

export const quickstartTemplate = {
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  contentVersion: '1.0.0.0',
  parameters: {
    workspaceName: { type: 'string', minLength: 3, maxLength: 33, metadata: { description: 'Name of the workspace' } },
    location: { type: 'string', defaultValue: '[resourceGroup().location]' },
    storageKind: { type: 'string', defaultValue: 'Standard_LRS', allowedValues: ['Standard_LRS', 'Standard_GRS'] },
    containerRegistryOption: { type: 'string', defaultValue: 'none', allowedValues: ['new', 'existing', 'none'] },
    tags: { type: 'object', defaultValue: {} },
  },
  variables: {
    tenantId: '[subscription().tenantId]',
    suffix: '[uniqueString(resourceGroup().id)]',
    storageName: "[toLower(concat('st', variables('suffix')))]",
    vaultName: "[concat('kv-', variables('suffix'))]",
    insightsName: "[concat(parameters('workspaceName'), '-ai')]",
    registryName: "[concat('cr', variables('suffix'))]",
    wantsRegistry: "[equals(parameters('containerRegistryOption'), 'new')]",
  },
  resources: [
    {
      type: 'Microsoft.MachineLearningServices/workspaces',
      apiVersion: '2024-04-01',
      name: "[parameters('workspaceName')]",
      location: "[parameters('location')]",
      tags: "[parameters('tags')]",
      identity: { type: 'SystemAssigned' },
      dependsOn: [
        at('Microsoft.Storage/storageAccounts', 'storageName'),
        at('Microsoft.KeyVault/vaults', 'vaultName'),
        at('Microsoft.Insights/components', 'insightsName'),
        at('Microsoft.ContainerRegistry/registries', 'registryName'),
      ],
      properties: {
        friendlyName: "[format('{0} of {1}', parameters('workspaceName'), resourceGroup().name)]",
        storageAccount: at('Microsoft.Storage/storageAccounts', 'storageName'),
        keyVault: at('Microsoft.KeyVault/vaults', 'vaultName'),
        applicationInsights: at('Microsoft.Insights/components', 'insightsName'),
        containerRegistry: "[if(variables('wantsRegistry'), resourceId('Microsoft.ContainerRegistry/registries', variables('registryName')), null())]",
      },
    },
    {
      type: 'Microsoft.Storage/storageAccounts',
      apiVersion: '2023-01-01',
      name: "[variables('storageName')]",
      location: "[parameters('location')]",
      kind: 'StorageV2',
      sku: { name: "[parameters('storageKind')]" },
      properties: { supportsHttpsTrafficOnly: true, minimumTlsVersion: 'TLS1_2', allowBlobPublicAccess: false },
    },
    {
      type: 'Microsoft.KeyVault/vaults',
      apiVersion: '2022-07-01',
      name: "[variables('vaultName')]",
      location: "[parameters('location')]",
      properties: { tenantId: "[variables('tenantId')]", sku: { family: 'A', name: 'standard' }, accessPolicies: [], enableSoftDelete: true },
    },
    {
      type: 'Microsoft.Insights/components',
      apiVersion: '2020-02-02',
      name: "[variables('insightsName')]",
      location: "[parameters('location')]",
      kind: 'web',
      properties: { Application_Type: 'web' },
    },
    {
      condition: "[variables('wantsRegistry')]",
      type: 'Microsoft.ContainerRegistry/registries',
      apiVersion: '2023-07-01',
      name: "[variables('registryName')]",
      location: "[parameters('location')]",
      sku: { name: 'Standard' },
    },
  ],
  outputs: {
    workspaceId: { type: 'string', value: "[resourceId('Microsoft.MachineLearningServices/workspaces', parameters('workspaceName'))]" },
    principalId: { type: 'string', value: "[reference(resourceId('Microsoft.MachineLearningServices/workspaces', parameters('workspaceName')), '2024-04-01', 'Full').identity.principalId]" },
    blobEndpoint: { type: 'string', value: "[reference(variables('storageName')).primaryEndpoints.blob]" },
    keyLength: { type: 'int', value: "[length(listKeys(resourceId('Microsoft.Storage/storageAccounts', variables('storageName')), '2023-01-01').keys[0].value)]" },
    suffix: { type: 'string', value: '[environment().suffixes.storage]' },
  },
};
