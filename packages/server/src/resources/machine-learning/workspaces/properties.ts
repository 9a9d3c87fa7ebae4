// Properties of a workspace, of every api-version together; versions.ts says which version knows which.
// Source: reference/rest-workspaces-create-or-update-2023-04-01.txt; contracts/azureml-rest.md §6 Workspace.

import { type Static, Type } from 'typebox';

const Text = Type.Optional(Type.String({ maxLength: 4096 }));
const Flag = Type.Optional(Type.Boolean());
const Words = Type.Optional(Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 1_000 }));
const Required = Type.String({ minLength: 1, maxLength: 4096 });

const Encryption = Type.Object({
  status: Type.Enum(['Enabled', 'Disabled']),
  keyVaultProperties: Type.Object({ keyVaultArmId: Required, keyIdentifier: Required, identityClientId: Text }),
  identity: Type.Optional(Type.Object({ userAssignedIdentity: Text })),
  cosmosDbResourceId: Text,
  searchAccountResourceId: Text,
  storageAccountResourceId: Text,
});

const ManagedNetwork = Type.Object({
  isolationMode: Type.Optional(Type.Enum(['Disabled', 'AllowInternetOutbound', 'AllowOnlyApprovedOutbound'])),
  outboundRules: Type.Optional(Type.Record(Type.String(), Type.Object({ type: Type.String() }))),
  firewallSku: Type.Optional(Type.Enum(['Standard', 'Basic'])),
  managedNetworkKind: Type.Optional(Type.Enum(['V1', 'V2'])),
  enableNetworkMonitor: Flag,
});

/** Who gets in while publicNetworkAccess is Enabled. */
const NetworkRules = Type.Object({
  defaultAction: Type.Optional(Type.Enum(['Allow', 'Deny'])),
  ipRules: Type.Optional(Type.Array(Type.Object({ value: Required }), { maxItems: 400 })),
});

const SharedLink = Type.Object({
  name: Text,
  properties: Type.Optional(
    Type.Object({
      groupId: Text,
      privateLinkResourceId: Text,
      requestMessage: Text,
      status: Type.Optional(Type.Enum(['Approved', 'Pending', 'Rejected', 'Disconnected', 'Timeout'])),
    }),
  ),
});

export const WorkspaceProperties = Type.Object({
  /** Not in the published schemas: the container of its runs' files, for an account may be that of several workspaces. Never shown. */
  artifactContainer: Text,
  allowPublicAccessWhenBehindVnet: Type.Boolean({ default: false }),
  /** Not in the published schemas: brings a soft-deleted workspace back. Never stored. */
  allowRecoverSoftDeletedWorkspace: Flag,
  allowRoleAssignmentOnRG: Flag,
  applicationInsights: Text,
  associatedWorkspaces: Words,
  containerRegistry: Text,
  description: Text,
  discoveryUrl: Text,
  enableDataIsolation: Flag,
  enableServiceSideCMKEncryption: Flag,
  encryption: Type.Optional(Encryption),
  featureStoreSettings: Type.Optional(Type.Object({ computeRuntime: Type.Optional(Type.Object({ sparkRuntimeVersion: Text })), offlineStoreConnectionName: Text, onlineStoreConnectionName: Text })),
  friendlyName: Text,
  hbiWorkspace: Type.Boolean({ default: false }),
  hubResourceId: Text,
  imageBuildCompute: Text,
  /** The older form of networkAcls. */
  ipAllowlist: Words,
  keyVault: Text,
  managedNetwork: Type.Optional(ManagedNetwork),
  networkAcls: Type.Optional(NetworkRules),
  primaryUserAssignedIdentity: Text,
  provisionNetworkNow: Flag,
  publicNetworkAccess: Type.Enum(['Enabled', 'Disabled'], { default: 'Enabled' }),
  serverlessComputeSettings: Type.Optional(Type.Object({ serverlessComputeCustomSubnet: Text, serverlessComputeNoPublicIP: Flag })),
  serviceManagedResourcesSettings: Type.Optional(Type.Object({ cosmosDb: Type.Optional(Type.Object({ collectionsThroughput: Type.Optional(Type.Integer({ minimum: 0 })) })) })),
  sharedPrivateLinkResources: Type.Optional(Type.Array(SharedLink, { maxItems: 100 })),
  storageAccount: Text,
  systemDatastoresAuthMode: Type.Enum(['AccessKey', 'Identity', 'UserDelegationSAS'], { default: 'AccessKey' }),
  v1LegacyMode: Type.Boolean({ default: false }),
  workspaceHubConfig: Type.Optional(Type.Object({ additionalWorkspaceStorageAccounts: Words, defaultWorkspaceResourceGroup: Text })),
  workspaceId: Text,
});

export type Workspace = Static<typeof WorkspaceProperties>;

/** The server's to set; what a body says of them is ignored. The last are never shown. */
export const READ_ONLY: readonly string[] = [
  '/associatedWorkspaces',
  '/discoveryUrl',
  '/managedNetwork/firewallPublicIpAddress',
  '/managedNetwork/networkId',
  '/managedNetwork/status',
  '/mlFlowTrackingUri',
  '/notebookInfo',
  '/privateEndpointConnections',
  '/privateLinkCount',
  '/serviceProvisionedResourceGroup',
  '/storageHnsEnabled',
  '/tenantId',
  '/workspaceId',
  '/artifactContainer',
  '/madeNeighbours',
];

/** Members of the stored properties that no answer carries. */
export const HIDDEN: readonly string[] = ['artifactContainer', 'madeNeighbours'];
