// Properties of a workspace, in every api-version. Source: reference/rest-workspaces-create-or-update-2023-04-01.txt;
// contracts/azureml-rest.md §6 Workspace.

import { type Static, Type } from 'typebox';

const Flag = Type.Boolean();
const Text = Type.String({ maxLength: 4096 });

export const WorkspaceProperties = Type.Object({
  allowPublicAccessWhenBehindVnet: Type.Boolean({ default: false }),
  applicationInsights: Type.Optional(Text),
  containerRegistry: Type.Optional(Text),
  description: Type.Optional(Text),
  discoveryUrl: Type.Optional(Text),
  enableDataIsolation: Type.Boolean({ default: false }),
  friendlyName: Type.Optional(Text),
  hbiWorkspace: Type.Boolean({ default: false }),
  hubResourceId: Type.Optional(Text),
  imageBuildCompute: Type.Optional(Text),
  keyVault: Type.Optional(Text),
  primaryUserAssignedIdentity: Type.Optional(Text),
  publicNetworkAccess: Type.Union([Type.Literal('Enabled'), Type.Literal('Disabled')], { default: 'Enabled' }),
  storageAccount: Type.Optional(Text),
  v1LegacyMode: Type.Boolean({ default: false }),
  encryption: Type.Optional(
    Type.Object({
      status: Type.Union([Type.Literal('Enabled'), Type.Literal('Disabled')]),
      // Azure: the SDK sends empty ids with status Disabled.
      keyVaultProperties: Type.Object({ keyVaultArmId: Text, keyIdentifier: Text, identityClientId: Type.Optional(Text) }),
      identity: Type.Optional(Type.Object({ userAssignedIdentity: Type.Optional(Text) })),
    }),
  ),
  sharedPrivateLinkResources: Type.Optional(Type.Array(Type.Object({}))),
  serviceManagedResourcesSettings: Type.Optional(Type.Object({ cosmosDb: Type.Optional(Type.Object({ collectionsThroughput: Type.Optional(Type.Integer({ minimum: 400 })) })) })),
  featureStoreSettings: Type.Optional(Type.Object({})),
  managedNetwork: Type.Optional(Type.Object({})),
  serverlessComputeSettings: Type.Optional(Type.Object({ serverlessComputeCustomSubnet: Type.Optional(Text), serverlessComputeNoPublicIP: Type.Optional(Flag) })),
  softDeleteEnabled: Type.Optional(Flag),
  workspaceId: Type.Optional(Text),
});

export type Workspace = Static<typeof WorkspaceProperties>;
