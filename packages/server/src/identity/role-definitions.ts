// The built-in roles: Azure's own ids, names and permissions, as data. The ARM type lists them; authorization reads them.
// Source: Azure's built-in roles reference (names, GUIDs, action lists are the contract).

/** Effective permission of one entry: (actions - notActions), (dataActions - notDataActions). Entries of a role add up. */
export interface RolePermission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
}

export interface RoleDefinition {
  /** Lower-case GUID. */
  readonly id: string;
  readonly roleName: string;
  readonly description: string;
  readonly permissions: readonly RolePermission[];
}

export const roleIds = {
  owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  userAccessAdministrator: '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
  rbacAdministrator: 'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
  dataScientist: 'f6c7c914-8db3-469d-8ca1-694a8f32e121',
  computeOperator: 'e503ece1-11d0-4e8e-8e2c-7a6c3bf38815',
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  blobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  blobDataReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
  fileDataPrivilegedContributor: '69566ab7-960f-475b-8e7c-b3118f30c6bd',
  fileDataPrivilegedReader: 'b8eda974-7b85-4f76-af95-65846b26df6d',
  fileDataShareContributor: '0c867c2a-1d8c-454a-a3db-ab2ea1bdc8bb',
  fileDataShareElevatedContributor: 'a7264617-510b-434b-a828-9731dc254ea7',
  fileDataShareReader: 'aba4ae5f-2193-4029-9191-0cb91df5e314',
  keyVaultAdministrator: '00482a5a-887f-4fb3-b363-3b7fe8e74483',
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6',
  keyVaultReader: '21090545-7ca7-4776-b22c-e363652d74d2',
  keyVaultCryptoOfficer: '14b46e9e-c2b7-41b4-b07b-48a6ebf60603',
  keyVaultCertificatesOfficer: 'a4417e6f-fecd-4de8-b567-7b0420556985',
  keyVaultCryptoUser: '12338af0-0e69-4776-bea7-57ae8d297424',
  keyVaultCryptoServiceEncryptionUser: 'e147488a-f6f5-4113-8e2d-b22465e65bf6',
  keyVaultCertificateUser: 'db79e9a7-68ee-4b58-9aeb-b90e7c24fcba',
} as const;

const AML = 'Microsoft.MachineLearningServices';
const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers';
const FILE_SERVICE = 'Microsoft.Storage/storageAccounts/fileServices';
const FILES = `${FILE_SERVICE}/fileshares/files`;
const DELEGATION_KEY = 'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action';
const VAULTS = 'Microsoft.KeyVault/vaults';
const ACCOUNTS = 'Microsoft.Storage/storageAccounts';
const REGISTRIES = 'Microsoft.ContainerRegistry/registries';
const IDENTITIES = 'Microsoft.ManagedIdentity/userAssignedIdentities';
const LOG_WORKSPACES = 'Microsoft.OperationalInsights/workspaces';

const vaultManagement: readonly string[] = [
  'Microsoft.Authorization/*/read',
  'Microsoft.Insights/alertRules/*',
  'Microsoft.Resources/deployments/*',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
  'Microsoft.Support/*',
  'Microsoft.KeyVault/checkNameAvailability/read',
  'Microsoft.KeyVault/deletedVaults/read',
  'Microsoft.KeyVault/locations/*/read',
  `${VAULTS}/*/read`,
  'Microsoft.KeyVault/operations/read',
];

function role(id: string, roleName: string, description: string, permission: Partial<RolePermission>): RoleDefinition {
  return { id, roleName, description, permissions: [{ actions: [], notActions: [], dataActions: [], notDataActions: [], ...permission }] };
}

/** What roles that manage one kind of resource have besides. */
const around: readonly string[] = [
  'Microsoft.Authorization/*/read',
  'Microsoft.Insights/alertRules/*',
  'Microsoft.ResourceHealth/availabilityStatuses/read',
  'Microsoft.Resources/deployments/*',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
  'Microsoft.Support/*',
];

/** Of the neighbours of a workspace: for their resources, and by name in the configurations that make them. */
const neighbourRoles: readonly RoleDefinition[] = [
  role('7f951dda-4ed3-4680-a7ca-43fe172d538d', 'AcrPull', 'Pull artifacts from a container registry.', { actions: [`${REGISTRIES}/pull/read`] }),
  role('8311e382-0749-4cb8-b61a-304f252e45ec', 'AcrPush', 'Push artifacts to or pull artifacts from a container registry.', { actions: [`${REGISTRIES}/pull/read`, `${REGISTRIES}/push/write`] }),
  role('c2f4ef07-c644-48eb-af81-4b1b4947fb11', 'AcrDelete', 'Delete repositories, tags, or manifests from a container registry.', { actions: [`${REGISTRIES}/artifacts/delete`] }),
  role('e40ec5ca-96e0-45a2-b4ff-59039f2c2b59', 'Managed Identity Contributor', 'Create, read, update and delete user-assigned identities.', {
    actions: [...['read', 'write', 'delete'].map((verb) => `${IDENTITIES}/${verb}`), ...around],
  }),
  role('f1a07417-d97a-45cb-824c-7a7467783830', 'Managed Identity Operator', 'Read and assign user-assigned identities.', {
    actions: [`${IDENTITIES}/*/read`, `${IDENTITIES}/*/assign/action`, ...around],
  }),
  role('4d97b98b-1d4f-4787-a291-c67834d212e7', 'Network Contributor', 'Lets you manage networks, but not access to them.', { actions: [...around, 'Microsoft.Network/*'] }),
  role('b12aa53e-6015-4669-85d0-8515ebb3ae7f', 'Private DNS Zone Contributor', 'Lets you manage private DNS zone resources, but not the virtual networks they are linked to.', {
    actions: [
      ...around,
      'Microsoft.Network/privateDnsZones/*',
      'Microsoft.Network/privateDnsOperationResults/*',
      'Microsoft.Network/privateDnsOperationStatuses/*',
      'Microsoft.Network/virtualNetworks/read',
      'Microsoft.Network/virtualNetworks/join/action',
    ],
  }),
  role('17d1049b-9a84-46fb-8f53-869881c3d3ab', 'Storage Account Contributor', 'Lets you manage storage accounts, including their keys, which give access to their data.', {
    actions: [...around, 'Microsoft.Insights/diagnosticSettings/*', 'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action', `${ACCOUNTS}/*`],
  }),
  role('81a9662b-bebf-436f-a333-f67b29880f12', 'Storage Account Key Operator Service Role', 'Lists and regenerates the keys of storage accounts.', {
    actions: [`${ACCOUNTS}/listkeys/action`, `${ACCOUNTS}/regeneratekey/action`],
  }),
  role('c12c1c16-33a1-487b-954d-41c89c60f349', 'Reader and Data Access', 'View everything, and read and write the data of storage accounts by way of their keys.', {
    actions: [`${ACCOUNTS}/listKeys/action`, `${ACCOUNTS}/ListAccountSas/action`, `${ACCOUNTS}/read`],
  }),
  role('db58b8e5-c6ad-4a2a-8342-4190687cbf4a', 'Storage Blob Delegator', 'Get a user delegation key, to sign for containers and blobs.', { actions: [DELEGATION_KEY] }),
  role('f25e0fa2-a7c8-4377-a976-54943a77a395', 'Key Vault Contributor', 'Manage key vaults, but not access to them, their secrets, keys or certificates.', {
    actions: [...around, 'Microsoft.KeyVault/*'],
    notActions: ['Microsoft.KeyVault/locations/deletedVaults/purge/action', 'Microsoft.KeyVault/hsmPools/*', 'Microsoft.KeyVault/managedHsms/*'],
  }),
  role('ae349356-3a1b-4a5e-921d-050484c6347e', 'Application Insights Component Contributor', 'Can manage Application Insights components.', {
    actions: [...around, 'Microsoft.Insights/components/*', 'Microsoft.Insights/webtests/*'],
  }),
  role('73c42c96-874c-492b-b04d-ab87d138a893', 'Log Analytics Reader', 'View and search monitoring data and settings, except keys.', {
    actions: ['*/read', `${LOG_WORKSPACES}/analytics/query/action`, `${LOG_WORKSPACES}/search/action`, 'Microsoft.Support/*'],
    notActions: [`${LOG_WORKSPACES}/sharedKeys/read`],
  }),
  role('92aaf0da-9dab-42b6-94a3-d43ce8d16293', 'Log Analytics Contributor', 'Read monitoring data and change monitoring settings.', {
    actions: [
      '*/read',
      'Microsoft.Insights/alertRules/*',
      'Microsoft.Insights/diagnosticSettings/*',
      'Microsoft.OperationalInsights/*',
      'Microsoft.OperationsManagement/*',
      'Microsoft.Resources/deployments/*',
      'Microsoft.Resources/subscriptions/resourcegroups/deployments/*',
      `${ACCOUNTS}/listKeys/action`,
      'Microsoft.Support/*',
    ],
  }),
  role('43d0d8ad-25c7-4714-9337-8ba259a9fe05', 'Monitoring Reader', 'Can read all monitoring data.', { actions: ['*/read', `${LOG_WORKSPACES}/search/action`, 'Microsoft.Support/*'] }),
  role('635dd51f-9968-44d3-b7fb-6d9a6bd613ae', 'AzureML Metrics Writer (preview)', 'Lets you write metrics to a workspace.', { dataActions: [`${AML}/workspaces/metrics/*/write`] }),
];

export const builtInRoles: readonly RoleDefinition[] = [
  role(roleIds.owner, 'Owner', 'Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.', { actions: ['*'] }),
  role(
    roleIds.contributor,
    'Contributor',
    'Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage assignments in Azure Blueprints, or share image galleries.',
    {
      actions: ['*'],
      notActions: [
        'Microsoft.Authorization/*/Delete',
        'Microsoft.Authorization/*/Write',
        'Microsoft.Authorization/elevateAccess/Action',
        'Microsoft.Blueprint/blueprintAssignments/write',
        'Microsoft.Blueprint/blueprintAssignments/delete',
        'Microsoft.Compute/galleries/share/action',
        'Microsoft.Purview/consents/write',
        'Microsoft.Purview/consents/delete',
        'Microsoft.Resources/deploymentStacks/manageDenySetting/action',
      ],
    },
  ),
  role(roleIds.reader, 'Reader', 'View all resources, but does not allow you to make any changes.', { actions: ['*/read'] }),
  role(roleIds.userAccessAdministrator, 'User Access Administrator', 'Lets you manage user access to Azure resources.', { actions: ['*/read', 'Microsoft.Authorization/*', 'Microsoft.Support/*'] }),
  role(roleIds.rbacAdministrator, 'Role Based Access Control Administrator', 'Manage access to Azure resources by assigning roles, but not by other ways such as Azure Policy.', {
    actions: ['Microsoft.Authorization/roleAssignments/write', 'Microsoft.Authorization/roleAssignments/delete', '*/read', 'Microsoft.Support/*'],
  }),
  role(
    roleIds.dataScientist,
    'AzureML Data Scientist',
    'Can perform all actions within an Azure Machine Learning workspace, except for creating or deleting compute resources and modifying the workspace itself.',
    {
      actions: [`${AML}/workspaces/*/read`, `${AML}/workspaces/*/action`, `${AML}/workspaces/*/delete`, `${AML}/workspaces/*/write`],
      notActions: [
        `${AML}/workspaces/delete`,
        `${AML}/workspaces/write`,
        `${AML}/workspaces/computes/*/write`,
        `${AML}/workspaces/computes/*/delete`,
        `${AML}/workspaces/computes/listKeys/action`,
        `${AML}/workspaces/listKeys/action`,
        `${AML}/workspaces/hubs/write`,
        `${AML}/workspaces/hubs/delete`,
        `${AML}/workspaces/featurestores/write`,
        `${AML}/workspaces/featurestores/delete`,
      ],
    },
  ),
  role(roleIds.computeOperator, 'AzureML Compute Operator', 'Can access and perform CRUD operations on Machine Learning Services managed compute resources (including Notebook VMs).', {
    actions: [`${AML}/workspaces/computes/*`, `${AML}/workspaces/notebooks/vm/*`],
  }),
  role(roleIds.blobDataOwner, 'Storage Blob Data Owner', 'Allows for full access to Azure Storage blob containers and data, including assigning POSIX access control.', {
    actions: [`${CONTAINERS}/*`, DELEGATION_KEY],
    dataActions: [`${CONTAINERS}/blobs/*`],
  }),
  role(roleIds.blobDataContributor, 'Storage Blob Data Contributor', 'Allows for read, write and delete access to Azure Storage blob containers and data.', {
    actions: [`${CONTAINERS}/delete`, `${CONTAINERS}/read`, `${CONTAINERS}/write`, DELEGATION_KEY],
    dataActions: [`${CONTAINERS}/blobs/delete`, `${CONTAINERS}/blobs/read`, `${CONTAINERS}/blobs/write`, `${CONTAINERS}/blobs/move/action`, `${CONTAINERS}/blobs/add/action`],
  }),
  role(roleIds.blobDataReader, 'Storage Blob Data Reader', 'Allows for read access to Azure Storage blob containers and data.', {
    actions: [`${CONTAINERS}/read`, DELEGATION_KEY],
    dataActions: [`${CONTAINERS}/blobs/read`],
  }),
  role(
    roleIds.fileDataPrivilegedContributor,
    'Storage File Data Privileged Contributor',
    'Lets its holder read, write, delete and change access lists of files and directories in file shares, whatever those lists say.',
    {
      dataActions: [
        `${FILES}/read`,
        `${FILES}/write`,
        `${FILES}/delete`,
        `${FILES}/modifypermissions/action`,
        `${FILE_SERVICE}/readFileBackupSemantics/action`,
        `${FILE_SERVICE}/writeFileBackupSemantics/action`,
      ],
    },
  ),
  role(roleIds.fileDataPrivilegedReader, 'Storage File Data Privileged Reader', 'Lets its holder read files and directories in file shares, whatever their access lists say.', {
    dataActions: [`${FILES}/read`, `${FILE_SERVICE}/readFileBackupSemantics/action`],
  }),
  role(roleIds.fileDataShareContributor, 'Storage File Data SMB Share Contributor', 'Read, write and delete access to files in file shares over SMB.', {
    dataActions: [`${FILES}/read`, `${FILES}/write`, `${FILES}/delete`],
  }),
  role(roleIds.fileDataShareElevatedContributor, 'Storage File Data SMB Share Elevated Contributor', 'Read, write, delete and change of access lists of files in file shares over SMB.', {
    dataActions: [`${FILES}/read`, `${FILES}/write`, `${FILES}/delete`, `${FILES}/modifypermissions/action`],
  }),
  role(roleIds.fileDataShareReader, 'Storage File Data SMB Share Reader', 'Read access to files in file shares over SMB.', { dataActions: [`${FILES}/read`] }),
  role(
    roleIds.keyVaultAdministrator,
    'Key Vault Administrator',
    'Perform all data plane operations on a key vault and all objects in it, including certificates, keys, and secrets. Cannot manage key vault resources or manage role assignments.',
    {
      actions: vaultManagement,
      dataActions: [`${VAULTS}/*`],
    },
  ),
  role(roleIds.keyVaultSecretsOfficer, 'Key Vault Secrets Officer', 'Perform any action on the secrets of a key vault, except manage permissions.', {
    actions: vaultManagement,
    dataActions: [`${VAULTS}/secrets/*`],
  }),
  role(roleIds.keyVaultSecretsUser, 'Key Vault Secrets User', 'Read secret contents.', { dataActions: [`${VAULTS}/secrets/getSecret/action`, `${VAULTS}/secrets/readMetadata/action`] }),
  role(roleIds.keyVaultReader, 'Key Vault Reader', 'Read metadata of key vaults and its certificates, keys, and secrets. Cannot read sensitive values such as secret contents or key material.', {
    actions: vaultManagement,
    dataActions: [`${VAULTS}/*/read`, `${VAULTS}/secrets/readMetadata/action`],
  }),
  role(roleIds.keyVaultCryptoOfficer, 'Key Vault Crypto Officer', 'Perform any action on the keys of a key vault, except manage permissions.', {
    actions: vaultManagement,
    dataActions: [`${VAULTS}/keys/*`, `${VAULTS}/keyrotationpolicies/*`],
  }),
  role(
    roleIds.keyVaultCertificatesOfficer,
    'Key Vault Certificates Officer',
    'Perform any action on the certificates of a key vault, excluding reading the secret and key portions, and managing permissions.',
    {
      actions: vaultManagement,
      dataActions: [`${VAULTS}/certificatecas/*`, `${VAULTS}/certificates/*`, `${VAULTS}/certificatecontacts/write`],
    },
  ),
  role(roleIds.keyVaultCryptoUser, 'Key Vault Crypto User', 'Perform cryptographic operations using keys.', {
    dataActions: [
      `${VAULTS}/keys/read`,
      `${VAULTS}/keys/update/action`,
      `${VAULTS}/keys/backup/action`,
      ...['encrypt', 'decrypt', 'wrap', 'unwrap', 'sign', 'verify'].map((right) => `${VAULTS}/keys/${right}/action`),
    ],
  }),
  role(roleIds.keyVaultCryptoServiceEncryptionUser, 'Key Vault Crypto Service Encryption User', 'Read metadata of keys and perform wrap/unwrap operations.', {
    dataActions: [`${VAULTS}/keys/read`, `${VAULTS}/keys/wrap/action`, `${VAULTS}/keys/unwrap/action`],
  }),
  role(roleIds.keyVaultCertificateUser, 'Key Vault Certificate User', 'Read certificate contents.', {
    dataActions: [`${VAULTS}/certificates/read`, `${VAULTS}/secrets/getSecret/action`, `${VAULTS}/secrets/readMetadata/action`, `${VAULTS}/keys/read`],
  }),
  ...neighbourRoles,
];

const byId: ReadonlyMap<string, RoleDefinition> = new Map(builtInRoles.map((definition) => [definition.id, definition]));

/** The built-in role of that GUID, in any letter case. */
export function findBuiltInRole(id: string): RoleDefinition | undefined {
  return byId.get(id.toLowerCase());
}
