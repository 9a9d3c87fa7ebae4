// A template for the recovery suite: chains, loops, a nested deployment, resources that take time, outputs that read them.

const SCHEMA = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';
const ML = 'Microsoft.MachineLearningServices/workspaces';

/** What it makes, in a resource group, under names that begin with `prefix`. */
export function expectedNames(prefix: string): readonly string[] {
  const accounts = [0, 1, 2, 3, 4].map((n) => `${prefix}acct${n}`);
  const stores = [0, 1, 2].map((n) => `${prefix}-ws-1/store${n}`);
  return [...accounts, `${prefix}-kv`, `${prefix}-ai`, `${prefix}-ws-0`, `${prefix}-ws-1`, `${prefix}-stores`, ...stores];
}

export function recoveryTemplate(prefix: string): object {
  const name = (rest: string) => `${prefix}${rest}`;
  return {
    $schema: SCHEMA,
    contentVersion: '1.0.0.0',
    parameters: { secret: { type: 'securestring' }, unique: { type: 'string', defaultValue: '[newGuid()]' } },
    resources: [
      {
        type: 'Microsoft.Storage/storageAccounts',
        apiVersion: '2023-01-01',
        name: `[concat('${name('acct')}', copyIndex())]`,
        location: '[resourceGroup().location]',
        kind: 'StorageV2',
        sku: { name: 'Standard_LRS' },
        tags: { unique: "[parameters('unique')]" },
        copy: { name: 'accounts', count: 5, mode: 'serial', batchSize: 2 },
      },
      {
        type: 'Microsoft.KeyVault/vaults',
        apiVersion: '2022-07-01',
        name: name('-kv'),
        location: '[resourceGroup().location]',
        properties: { tenantId: '[subscription().tenantId]', sku: { family: 'A', name: 'standard' }, accessPolicies: [] },
      },
      { type: 'Microsoft.Insights/components', apiVersion: '2020-02-02', name: name('-ai'), location: '[resourceGroup().location]', kind: 'web', properties: { Application_Type: 'web' } },
      {
        type: ML,
        apiVersion: '2024-04-01',
        name: `[concat('${name('-ws-')}', copyIndex())]`,
        location: '[resourceGroup().location]',
        identity: { type: 'SystemAssigned' },
        copy: { name: 'workspaces', count: 2, mode: 'serial' },
        dependsOn: ['accounts', name('-kv'), name('-ai')],
        properties: {
          friendlyName: "[parameters('unique')]",
          storageAccount: `[resourceId('Microsoft.Storage/storageAccounts', concat('${name('acct')}', copyIndex()))]`,
          keyVault: `[resourceId('Microsoft.KeyVault/vaults', '${name('-kv')}')]`,
          applicationInsights: `[resourceId('Microsoft.Insights/components', '${name('-ai')}')]`,
        },
      },
      {
        type: 'Microsoft.Resources/deployments',
        apiVersion: '2022-09-01',
        name: name('-stores'),
        dependsOn: ['workspaces'],
        properties: {
          mode: 'Incremental',
          expressionEvaluationOptions: { scope: 'inner' },
          parameters: { key: { value: "[parameters('secret')]" } },
          template: {
            $schema: SCHEMA,
            contentVersion: '1.0.0.0',
            parameters: { key: { type: 'securestring' } },
            resources: [
              {
                type: `${ML}/datastores`,
                apiVersion: '2024-04-01',
                name: `[concat('${name('-ws-1')}/store', copyIndex())]`,
                copy: { name: 'stores', count: 3, mode: 'serial' },
                properties: {
                  datastoreType: 'AzureBlob',
                  accountName: `${name('acct')}0`,
                  containerName: "[format('box{0}', copyIndex())]",
                  credentials: { credentialsType: 'Sas', secrets: { secretsType: 'Sas', sasToken: "[parameters('key')]" } },
                },
              },
            ],
            outputs: { first: { type: 'string', value: `[reference(resourceId('${ML}/datastores', '${name('-ws-1')}', 'store0'), '2024-04-01').containerName]` } },
          },
        },
      },
    ],
    outputs: {
      unique: { type: 'string', value: "[parameters('unique')]" },
      label: { type: 'string', value: `[reference('${name('-ws-1')}').friendlyName]` },
      first: { type: 'string', value: `[reference('${name('-stores')}').outputs.first.value]` },
      principal: { type: 'string', value: `[reference('${name('-ws-0')}', '2024-04-01', 'Full').identity.principalId]` },
      accounts: { type: 'array', copy: { count: 5, input: `[reference(concat('${name('acct')}', copyIndex())).primaryEndpoints.blob]` } },
    },
  };
}
