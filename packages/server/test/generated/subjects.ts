// Subjects: what the schema of a type cannot say about a valid body: rules between properties, and references to what exists.
// A type without a subject is tried all the same; its bodies may then be refused, but never with a fault of the server's.

import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';

export interface World {
  readonly subscription: string;
  readonly tenantId: string;
  readonly principalId: string;
  /** The resource of that type that others are put under; '' when there is none. */
  idOf(type: string): string;
}

export interface Subject {
  /** Members beside `properties`. @default location for what is tracked */
  readonly envelope?: JsonObject;
  /** Makes generated properties valid. A type with a subject accepts every body that this gives. */
  fix?(properties: JsonObject, world: World, n: number): JsonObject;
  /** The only name there can be. */
  readonly name?: string | ((world: World) => string);
  /** An extension that is made at the subscription only. */
  readonly isOfSubscription?: boolean;
  /** At most so many bodies: each costs work in the background. */
  readonly most?: number;
  /** Further query parameters of the PUT. */
  readonly query?: string;
  /** Pointers of what is asked for and not read back: wishes of one request. */
  readonly unread?: readonly string[];
  /** References to what need not be there: valid bodies may be refused all the same. */
  readonly mayRefuse?: boolean;
}

const without = (properties: JsonObject, ...names: readonly string[]): JsonObject => Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
const DATASTORE_PLACES: Readonly<Record<string, readonly string[]>> = {
  AzureBlob: ['accountName', 'containerName'],
  AzureFile: ['accountName', 'fileShareName'],
  AzureDataLakeGen1: ['storeName'],
  AzureDataLakeGen2: ['accountName', 'filesystem'],
  OneLake: ['oneLakeWorkspaceName'],
};

const WORKSPACE_REFERENCES =
  'storageAccount keyVault applicationInsights containerRegistry hubResourceId encryption primaryUserAssignedIdentity managedNetwork workspaceHubConfig featureStoreSettings serverlessComputeSettings sharedPrivateLinkResources imageBuildCompute associatedWorkspaces'.split(
    ' ',
  );

/** No stable version knows them. */
const WORKSPACE_PREVIEWS = ['allowRoleAssignmentOnRG', 'ipAllowlist', 'networkAcls'];

export const subjects: Readonly<Record<string, Subject>> = {
  'Microsoft.Resources/resourceGroups': {},
  'Microsoft.Insights/components': { fix: (properties) => ({ ...without(properties, 'WorkspaceResourceId'), RetentionInDays: 90 }) },
  'Microsoft.OperationalInsights/workspaces': { fix: (properties) => ({ ...properties, sku: { name: 'PerGB2018' }, workspaceCapping: { dailyQuotaGb: -1 }, retentionInDays: 30 }) },
  'Microsoft.ContainerRegistry/registries': { envelope: { location: 'local', sku: { name: 'Premium' } }, fix: (properties) => without(properties, 'encryption') },
  'Microsoft.ManagedIdentity/userAssignedIdentities': {},
  // An identity has at most 20.
  'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials': { most: 36, fix: (properties) => ({ ...properties, issuer: 'https://issuer.example.org/' }) },
  'Microsoft.Authorization/locks': {},
  // A generated assignment would hold for every body after it.
  'Microsoft.Authorization/policyDefinitions': {
    isOfSubscription: true,
    fix: (properties) => ({ ...without(properties, 'parameters', 'version', 'versions', 'policyType'), policyRule: { if: { field: 'tags', exists: 'false' }, then: { effect: 'audit' } } }),
  },
  'Microsoft.Authorization/policyAssignments': {
    fix: (properties) => ({
      ...without(properties, 'resourceSelectors', 'overrides', 'notScopes'),
      enforcementMode: 'DoNotEnforce',
      policyDefinitionId: '/providers/Microsoft.Authorization/policyDefinitions/871b6d14-10aa-478d-b590-94f262ecfa99',
      parameters: { tagName: { value: 'generated' } },
    }),
  },
  'Microsoft.Authorization/roleDefinitions': {
    fix: (properties, { subscription }) => ({
      ...properties,
      type: 'CustomRole',
      assignableScopes: [subscription],
      permissions: [{ actions: ['Microsoft.Storage/*/read'], notActions: [], dataActions: [], notDataActions: [] }],
    }),
  },
  'Microsoft.Authorization/roleAssignments': {
    mayRefuse: true,
    fix: (properties, { principalId, subscription }) => ({
      ...without(properties, 'condition', 'conditionVersion', 'principalType', 'delegatedManagedIdentityResourceId'),
      principalId,
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`,
    }),
  },
  'Microsoft.Storage/storageAccounts': {
    envelope: { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' } },
    fix: (properties) => ({
      // What is refused by name, and what names other resources.
      ...without(properties, 'isHnsEnabled', 'customDomain', 'isNfsV3Enabled', 'isSftpEnabled', 'enableExtendedGroups', 'dualStackEndpointPreference', 'allowSharedKeyAccessForServices'),
      accessTier: 'Cool',
      dnsEndpointType: 'Standard',
      azureFilesIdentityBasedAuthentication: { ...objectAt(properties, 'azureFilesIdentityBasedAuthentication'), directoryServiceOptions: 'None' },
      encryption: { ...without(objectAt(properties, 'encryption'), 'requireInfrastructureEncryption'), keySource: 'Microsoft.Storage' },
      immutableStorageWithVersioning: { ...objectAt(properties, 'immutableStorageWithVersioning'), enabled: false },
      networkAcls: {
        ...without(objectAt(properties, 'networkAcls'), 'virtualNetworkRules'),
        ipRules: [{ value: '203.0.113.0/24', action: 'Allow' }],
        ipv6Rules: [{ value: '2001:db8::1', action: 'Allow' }],
      },
      routingPreference: { ...objectAt(properties, 'routingPreference'), publishMicrosoftEndpoints: false, publishInternetEndpoints: false },
      sasPolicy: { sasExpirationPeriod: '1.00:00:00', expirationAction: 'Log' },
    }),
  },
  'Microsoft.Network/virtualNetworks': {
    // Subnets are made in the background.
    unread: ['/subnets'],
    fix: (properties) => ({
      ...without(properties, 'virtualNetworkPeerings', 'enableDdosProtection'),
      addressSpace: { addressPrefixes: ['172.16.0.0/16', 'fd00:1::/48'] },
      subnets: [{ name: 'one', properties: { addressPrefix: '172.16.1.0/24' } }],
    }),
  },
  'Microsoft.Network/virtualNetworks/subnets': {
    fix: (properties, _world, n) => ({ ...without(properties, 'addressPrefixes', 'networkSecurityGroup'), addressPrefix: `10.${1 + Math.floor(n / 256)}.${n % 256}.0/24` }),
  },
  'Microsoft.Network/privateEndpoints': {
    most: 60,
    fix: (properties, { idOf }, n) => ({
      ...without(properties, 'ipConfigurations', 'applicationSecurityGroups', 'manualPrivateLinkServiceConnections'),
      customNetworkInterfaceName: `nic-${n}`,
      subnet: { id: idOf('Microsoft.Network/virtualNetworks/subnets') },
      privateLinkServiceConnections: [
        { name: 'own', properties: { privateLinkServiceId: idOf('Microsoft.MachineLearningServices/workspaces'), groupIds: ['amlworkspace'], requestMessage: 'please' } },
      ],
    }),
  },
  // Groups of one endpoint write one record, and may meet there.
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups': {
    mayRefuse: true,
    fix: (properties, { idOf }) => ({ ...properties, privateDnsZoneConfigs: [{ name: 'zone', properties: { privateDnsZoneId: idOf('Microsoft.Network/privateDnsZones') } }] }),
  },
  'Microsoft.Network/privateDnsZones': { envelope: { location: 'global' } },
  // A network is linked to a zone once, so each body takes one of the generated networks.
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks': {
    most: 60,
    envelope: { location: 'global' },
    fix: (properties, { idOf }, n) => ({ ...properties, registrationEnabled: false, virtualNetwork: { id: idOf('Microsoft.Network/virtualNetworks').replace(/base$/, `gen-${n}x`) } }),
  },
  'Microsoft.Network/privateDnsZones/A': { fix: (properties, _world, n) => ({ ...properties, aRecords: [{ ipv4Address: `10.0.0.${n % 256}` }] }) },
  'Microsoft.Network/privateDnsZones/AAAA': { fix: (properties, _world, n) => ({ ...properties, aaaaRecords: [{ ipv6Address: `fd00::${n.toString(16)}` }] }) },
  // Of each zone there is one, and lanes would read what others wrote.
  'Microsoft.Network/privateDnsZones/SOA': { name: '@', most: 2 },
  'Microsoft.KeyVault/vaults': {
    fix: (properties, { tenantId }) => ({ ...without(properties, 'enableSoftDelete', 'enablePurgeProtection', 'createMode', 'accessPolicies', 'networkAcls', 'publicNetworkAccess'), tenantId }),
  },
  'Microsoft.MachineLearningServices/workspaces': {
    most: 80,
    mayRefuse: true,
    // Empty settings and texts are left out of answers: azurerm reads them as set.
    unread: ['/allowRecoverSoftDeletedWorkspace', '/serviceManagedResourcesSettings', '/description', '/friendlyName'],
    fix: (properties) => without(properties, ...WORKSPACE_REFERENCES, ...WORKSPACE_PREVIEWS),
  },
  // Endpoints make them; their owner says yes or no to the one that is there.
  'Microsoft.MachineLearningServices/workspaces/privateEndpointConnections': {
    most: 2,
    name: ({ idOf }) => idOf('Microsoft.MachineLearningServices/workspaces/privateEndpointConnections').split('/').at(-1) ?? '',
    fix: (properties) => ({ ...properties, privateLinkServiceConnectionState: { ...objectAt(properties, 'privateLinkServiceConnectionState'), status: 'Rejected' } }),
  },
  'Microsoft.MachineLearningServices/workspaces/computes': {
    most: 200,
    mayRefuse: true,
    fix: (properties) => ({
      ...without(properties, 'resourceId'),
      computeType: 'AmlCompute',
      properties: { scaleSettings: { minNodeCount: 0, maxNodeCount: 4, nodeIdleTimeBeforeScaleDown: 'PT120S' } },
    }),
  },
  'Microsoft.MachineLearningServices/workspaces/outboundRules': {
    fix(properties, { idOf }, n) {
      if (stringAt(properties, 'type') !== 'PrivateEndpoint') return { ...properties, category: 'UserDefined' };
      const target =
        n % 2 === 0
          ? { serviceResourceId: idOf('Microsoft.Storage/storageAccounts'), subresourceTarget: 'blob' }
          : { serviceResourceId: idOf('Microsoft.KeyVault/vaults'), subresourceTarget: 'vault' };
      return { ...without(properties, 'fqdns'), category: 'UserDefined', destination: { ...objectAt(properties, 'destination'), ...target } };
    },
  },
  'Microsoft.MachineLearningServices/workspaces/codes': {},
  'Microsoft.MachineLearningServices/workspaces/codes/versions': {},
  'Microsoft.MachineLearningServices/workspaces/environments': {},
  'Microsoft.MachineLearningServices/workspaces/environments/versions': { fix: (properties) => ({ ...without(properties, 'build', 'osType'), image: 'python:3' }) },
  'Microsoft.MachineLearningServices/workspaces/models': {},
  'Microsoft.MachineLearningServices/workspaces/models/versions': {
    fix: (properties) => ({ ...properties, modelUri: 'azureml://datastores/workspaceblobstore/paths/m', modelType: 'custom_model' }),
  },
  'Microsoft.MachineLearningServices/workspaces/data': { fix: (properties) => ({ ...properties, dataType: 'uri_file' }) },
  'Microsoft.MachineLearningServices/workspaces/data/versions': { fix: (properties) => ({ ...properties, dataType: 'uri_file', dataUri: 'azureml://datastores/workspaceblobstore/paths/d' }) },
  'Microsoft.MachineLearningServices/workspaces/datastores': {
    // Another that is made at the same time takes it over.
    unread: ['/isDefault'],
    query: '&skipValidation=true',
    fix(properties) {
      const places = DATASTORE_PLACES[stringAt(properties, 'datastoreType') ?? ''] ?? [];
      return { ...properties, credentials: { credentialsType: 'None' }, ...Object.fromEntries(places.map((name) => [name, 'thing'])) };
    },
  },
  // Only the form without a definition: any other would run.
  'Microsoft.MachineLearningServices/workspaces/jobs': { fix: (properties) => ({ ...properties, jobType: 'Base', experimentName: 'generated', displayName: 'generated' }) },
};

/** Resources that generated ones are put under, where a generated one would not do: they refer to one another. */
export function enclosing(workspaceId: string) {
  const network = 'Microsoft.Network';
  const version = '2024-05-01';
  return [
    { type: `${network}/virtualNetworks`, name: 'base', version, body: (): JsonObject => ({ location: 'local', properties: { addressSpace: { addressPrefixes: ['10.0.0.0/8'] } } }) },
    { type: `${network}/virtualNetworks/subnets`, name: 'base', version, body: (): JsonObject => ({ properties: { addressPrefix: '10.0.0.0/24' } }) },
    { type: `${network}/privateDnsZones`, name: 'base.example.com', version: '2024-06-01', body: (): JsonObject => ({ location: 'global', properties: {} }) },
    {
      type: `${network}/privateEndpoints`,
      name: 'base',
      version,
      body: (parents: ReadonlyMap<string, string>): JsonObject => ({
        location: 'local',
        properties: {
          subnet: { id: parents.get(`${network}/virtualNetworks/subnets`.toLowerCase()) ?? '' },
          privateLinkServiceConnections: [{ name: 'base', properties: { privateLinkServiceId: workspaceId, groupIds: ['amlworkspace'] } }],
        },
      }),
    },
  ];
}

/** Not generated, with the reason. */
export const reasons: Readonly<Record<string, string>> = {
  'Microsoft.Resources/deployments': 'a template is a program; test/clients/deployments and arm/deployments have them',
  'Microsoft.Resources/tags': 'it reads and writes a part of another resource, whose schema is not its own; test/clients/neighbours has them',
};

/** Where what was sent is not there in what was read; null counts as absent. */
export function differences(sent: Json | undefined, read: Json | undefined, path = ''): readonly string[] {
  if (sent === undefined || sent === null) return [];
  if (Array.isArray(sent)) {
    if (!Array.isArray(read) || sent.length !== read.length) return [path];
    return sent.flatMap((item: Json, index) => differences(item, read[index], `${path}/${index}`));
  }
  if (isJsonObject(sent)) return isJsonObject(read) ? Object.entries(sent).flatMap(([name, member]) => differences(member, read[name], `${path}/${name}`)) : [path];
  return sent === read ? [] : [path];
}

export function errorText(body: JsonObject): string {
  return JSON.stringify(objectAt(body, 'error'));
}
