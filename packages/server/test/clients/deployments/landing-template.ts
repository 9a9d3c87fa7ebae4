// Templates in the style of Azure's machine-learning quickstarts, as Bicep compiles them: a subscription deployment that
// makes a resource group and a module in it; the module with symbolic names, types, loops, conditions and functions.

const SUBSCRIPTION_SCHEMA = 'https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#';
const GROUP_SCHEMA = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';
const READER = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
const ML = 'Microsoft.MachineLearningServices/workspaces';

const workspaceModule = {
  $schema: GROUP_SCHEMA,
  languageVersion: '2.0',
  contentVersion: '1.0.0.0',
  definitions: {
    accountType: {
      type: 'object',
      properties: {
        suffix: { type: 'string', minLength: 1, maxLength: 8 },
        sku: { type: 'string', allowedValues: ['Standard_LRS', 'Standard_GRS'] },
        tags: { $ref: '#/definitions/labels', nullable: true },
      },
    },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
  },
  functions: [
    {
      namespace: 'landing',
      members: {
        name: {
          parameters: [
            { name: 'kind', type: 'string' },
            { name: 'seed', type: 'string' },
          ],
          output: { type: 'string', value: "[format('{0}{1}', toLower(parameters('kind')), take(uniqueString(parameters('seed')), 6))]" },
        },
      },
    },
  ],
  parameters: {
    workspaceName: { type: 'string' },
    accounts: { type: 'array', items: { $ref: '#/definitions/accountType' } },
    withInsights: { type: 'bool', defaultValue: true },
    password: { type: 'securestring' },
    note: { type: 'string', nullable: true },
    prefix: { type: 'string', defaultValue: "[concat('ws', take(uniqueString(resourceGroup().id), 5))]" },
  },
  variables: {
    copy: [{ name: 'accountNames', count: "[length(parameters('accounts'))]", input: "[landing.name(parameters('accounts')[copyIndex('accountNames')].suffix, resourceGroup().id)]" }],
    bySku: "[groupBy(parameters('accounts'), lambda('account', lambdaVariables('account').sku))]",
    tagList: "[map(filter(parameters('accounts'), lambda('a', not(equals(tryGet(lambdaVariables('a'), 'tags'), null())))), lambda('a', lambdaVariables('a').tags))]",
    tags: "[reduce(variables('tagList'), createObject(), lambda('sofar', 'next', union(lambdaVariables('sofar'), lambdaVariables('next'))))]",
    vaultName: "[landing.name('kv', resourceGroup().id)]",
  },
  resources: {
    accounts: {
      copy: { name: 'accounts', count: "[length(parameters('accounts'))]", mode: 'serial', batchSize: 2 },
      type: 'Microsoft.Storage/storageAccounts',
      apiVersion: '2023-01-01',
      name: "[variables('accountNames')[copyIndex()]]",
      location: '[resourceGroup().location]',
      kind: 'StorageV2',
      sku: { name: "[parameters('accounts')[copyIndex()].sku]" },
      tags: "[coalesce(tryGet(parameters('accounts')[copyIndex()], 'tags'), createObject())]",
      properties: { minimumTlsVersion: 'TLS1_2', allowBlobPublicAccess: false },
    },
    vault: {
      type: 'Microsoft.KeyVault/vaults',
      apiVersion: '2022-07-01',
      name: "[variables('vaultName')]",
      location: '[resourceGroup().location]',
      properties: { tenantId: '[subscription().tenantId]', sku: { family: 'A', name: 'standard' }, accessPolicies: [], enableRbacAuthorization: true },
    },
    insights: {
      condition: "[parameters('withInsights')]",
      type: 'Microsoft.Insights/components',
      apiVersion: '2020-02-02',
      name: "[format('{0}-ai', parameters('workspaceName'))]",
      location: '[resourceGroup().location]',
      kind: 'web',
      properties: { Application_Type: 'web' },
    },
    workspace: {
      type: ML,
      apiVersion: '2024-04-01',
      name: "[parameters('workspaceName')]",
      location: '[resourceGroup().location]',
      identity: { type: 'SystemAssigned' },
      tags: "[variables('tags')]",
      properties: {
        friendlyName: "[format('{0} ({1})', parameters('workspaceName'), deployment().name)]",
        description: "[parameters('note')]",
        storageAccount: "[resourceId('Microsoft.Storage/storageAccounts', variables('accountNames')[0])]",
        keyVault: "[resourceId('Microsoft.KeyVault/vaults', variables('vaultName'))]",
        applicationInsights: "[if(parameters('withInsights'), resourceId('Microsoft.Insights/components', format('{0}-ai', parameters('workspaceName'))), null())]",
      },
      dependsOn: ['accounts', 'vault', 'insights'],
    },
    store: {
      type: `${ML}/datastores`,
      apiVersion: '2024-04-01',
      name: "[format('{0}/{1}', parameters('workspaceName'), 'extra')]",
      properties: {
        datastoreType: 'AzureBlob',
        accountName: "[variables('accountNames')[1]]",
        containerName: 'extra',
        credentials: {
          credentialsType: 'AccountKey',
          secrets: { secretsType: 'AccountKey', key: "[listKeys(resourceId('Microsoft.Storage/storageAccounts', variables('accountNames')[1]), '2023-01-01').keys[0].value]" },
        },
      },
      dependsOn: ['accounts', 'workspace'],
    },
    reader: {
      type: 'Microsoft.Authorization/roleAssignments',
      apiVersion: '2022-04-01',
      scope: "[format('Microsoft.Storage/storageAccounts/{0}', variables('accountNames')[1])]",
      name: "[guid(resourceGroup().id, parameters('workspaceName'), 'reader')]",
      properties: {
        roleDefinitionId: `[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '${READER}')]`,
        principalId: "[reference('workspace', '2024-04-01', 'full').identity.principalId]",
        principalType: 'ServicePrincipal',
      },
      dependsOn: ['accounts', 'workspace'],
    },
  },
  outputs: {
    workspaceId: { type: 'string', value: "[resourceId('Microsoft.MachineLearningServices/workspaces', parameters('workspaceName'))]" },
    discovery: { type: 'string', value: "[reference('workspace').discoveryUrl]" },
    endpoints: { type: 'array', copy: { count: "[length(parameters('accounts'))]", input: "[reference(format('accounts[{0}]', copyIndex())).primaryEndpoints.blob]" } },
    names: { type: 'array', value: "[map(references('accounts', 'full'), lambda('account', lambdaVariables('account').name))]" },
    skus: { type: 'object', value: "[toObject(items(variables('bySku')), lambda('entry', lambdaVariables('entry').key), lambda('entry', length(lambdaVariables('entry').value)))]" },
    tags: { type: 'object', value: "[variables('tags')]" },
    insights: { condition: "[parameters('withInsights')]", type: 'string', value: "[reference('insights').ConnectionString]" },
    secret: { type: 'securestring', value: "[concat('kept-', parameters('password'))]" },
    cloud: { type: 'array', value: '[createArray(environment().name, environment().suffixes.storage, environment().authentication.loginEndpoint)]' },
    dates: { type: 'array', value: "[createArray(dateTimeAdd('2026-01-31T00:00:00Z', 'P1M'), dateTimeToEpoch('2026-01-01T00:00:00Z'))]" },
    network: { type: 'object', value: "[createObject('subnets', map(range(0, 3), lambda('i', cidrSubnet('10.20.0.0/16', 24, lambdaVariables('i')))), 'host', cidrHost('10.20.0.0/24', 3))]" },
    zones: {
      type: 'array',
      value: "[concat(pickZones('Microsoft.Storage', 'storageAccounts', resourceGroup().location), toLogicalZones(subscription().subscriptionId, resourceGroup().location, createArray()))]",
    },
  },
};

export const landingTemplate = {
  $schema: SUBSCRIPTION_SCHEMA,
  languageVersion: '2.0',
  contentVersion: '1.0.0.0',
  parameters: { groupName: { type: 'string' }, password: { type: 'securestring' } },
  resources: {
    group: { type: 'Microsoft.Resources/resourceGroups', apiVersion: '2022-09-01', name: "[parameters('groupName')]", location: '[deployment().location]', tags: { made: 'by template' } },
    module: {
      type: 'Microsoft.Resources/deployments',
      apiVersion: '2022-09-01',
      name: 'workspace-module',
      resourceGroup: "[parameters('groupName')]",
      properties: {
        expressionEvaluationOptions: { scope: 'inner' },
        mode: 'Incremental',
        parameters: {
          workspaceName: { value: 'landed' },
          password: { value: "[parameters('password')]" },
          accounts: {
            value: [
              { suffix: 'one', sku: 'Standard_LRS', tags: { team: 'vision' } },
              { suffix: 'two', sku: 'Standard_LRS' },
              { suffix: 'three', sku: 'Standard_GRS', tags: { stage: 'test' } },
            ],
          },
        },
        template: workspaceModule,
      },
      dependsOn: ['group'],
    },
  },
  outputs: {
    workspaceId: { type: 'string', value: "[reference('module').outputs.workspaceId.value]" },
    all: { type: 'object', value: "[reference('module').outputs]" },
    group: { type: 'string', value: "[reference('group', '2022-09-01', 'full').tags.made]" },
  },
};

/** Reads what the other one made, and adds to it. */
export const existingTemplate = {
  $schema: GROUP_SCHEMA,
  languageVersion: '2.0',
  contentVersion: '1.0.0.0',
  parameters: { workspaceName: { type: 'string' } },
  resources: {
    workspace: { existing: true, type: ML, apiVersion: '2024-04-01', name: "[parameters('workspaceName')]" },
    code: {
      type: `${ML}/codes`,
      apiVersion: '2024-04-01',
      name: "[format('{0}/{1}', parameters('workspaceName'), 'from-template')]",
      properties: { description: "[reference('workspace').friendlyName]" },
    },
  },
  outputs: {
    friendlyName: { type: 'string', value: "[reference('workspace').friendlyName]" },
    info: { type: 'object', value: "[resourceInfo('workspace')]" },
  },
};
