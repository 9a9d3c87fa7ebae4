// Properties of a storage account: everything a body may say, with Azure's defaults.
// Source: contracts/schemas/arm/2026-04-01/Microsoft.Storage.json; contracts/terraform-azurerm.md §4.2.

import { Type } from 'typebox';

const Flag = Type.Optional(Type.Boolean());
const Text = Type.Optional(Type.String({ maxLength: 2048 }));
const flag = (value: boolean) => Type.Boolean({ default: value });

const Service = Type.Optional(Type.Object({ enabled: Flag, keyType: Type.Optional(Type.Enum(['Service', 'Account'])), lastEnabledTime: Text }));
const SharedKeyOf = Type.Optional(Type.Object({ enabled: Flag }));
const IpRules = Type.Optional(Type.Array(Type.Object({ value: Type.String({ minLength: 1, maxLength: 64 }), action: Type.Enum(['Allow'], { default: 'Allow' }) }), { maxItems: 400 }));

const networkAcls = Type.Object({
  bypass: Type.Optional(
    Type.String({
      pattern: '^(?:None|(?:Logging|Metrics|AzureServices)(?:, ?(?:Logging|Metrics|AzureServices)){0,2})$',
      accepts: 'None, or some of Logging, Metrics and AzureServices with commas between',
    }),
  ),
  defaultAction: Type.Enum(['Allow', 'Deny'], { default: 'Allow' }),
  ipRules: IpRules,
  ipv6Rules: IpRules,
  virtualNetworkRules: Type.Optional(
    Type.Array(Type.Object({ id: Type.String({ minLength: 1, maxLength: 2048 }), action: Type.Enum(['Allow'], { default: 'Allow' }), state: Text }), { maxItems: 400 }),
  ),
  resourceAccessRules: Type.Optional(Type.Array(Type.Object({ tenantId: Text, resourceId: Text }), { maxItems: 200 })),
});

const encryption = Type.Object({
  keySource: Type.Enum(['Microsoft.Storage', 'Microsoft.Keyvault'], { default: 'Microsoft.Storage' }),
  requireInfrastructureEncryption: Flag,
  services: Type.Optional(Type.Object({ blob: Service, file: Service, queue: Service, table: Service })),
  keyvaultproperties: Type.Optional(Type.Object({ keyname: Text, keyversion: Text, keyvaulturi: Text })),
  identity: Type.Optional(Type.Object({ userAssignedIdentity: Text, federatedIdentityClientId: Text })),
});

const fileIdentity = Type.Object({
  directoryServiceOptions: Type.Enum(['None', 'AADDS', 'AD', 'AADKERB']),
  activeDirectoryProperties: Type.Optional(
    Type.Object({
      domainName: Text,
      netBiosDomainName: Text,
      forestName: Text,
      domainGuid: Text,
      domainSid: Text,
      azureStorageSid: Text,
      samAccountName: Text,
      accountType: Type.Optional(Type.Enum(['User', 'Computer'])),
    }),
  ),
  defaultSharePermission: Type.Optional(
    Type.Enum(['None', 'StorageFileDataSmbShareReader', 'StorageFileDataSmbShareContributor', 'StorageFileDataSmbShareElevatedContributor', 'StorageFileDataSmbShareOwner']),
  ),
  smbOAuthSettings: Type.Optional(Type.Object({ isSmbOAuthEnabled: Flag })),
});

export const AccountProperties = Type.Object({
  accessTier: Type.Optional(Type.Enum(['Hot', 'Cool', 'Cold', 'Premium', 'Smart'])),
  allowBlobPublicAccess: flag(false),
  allowCrossTenantReplication: flag(false),
  allowedCopyScope: Type.Optional(Type.Enum(['PrivateLink', 'AAD', 'All'])),
  allowSharedKeyAccess: flag(true),
  allowSharedKeyAccessForServices: Type.Optional(Type.Object({ blob: SharedKeyOf, file: SharedKeyOf, queue: SharedKeyOf, table: SharedKeyOf })),
  azureFilesIdentityBasedAuthentication: Type.Optional(fileIdentity),
  customDomain: Type.Optional(Type.Object({ name: Type.String({ maxLength: 255 }), useSubDomainName: Flag })),
  dataCollaborationPolicyProperties: Type.Optional(Type.Object({ allowStorageConnectors: Flag, allowStorageDataShares: Flag, allowCrossTenantDataSharing: Flag })),
  defaultToOAuthAuthentication: Flag,
  dnsEndpointType: Type.Optional(Type.Enum(['Standard', 'AzureDnsZone'])),
  dualStackEndpointPreference: Type.Optional(Type.Object({ publishIpv6Endpoint: Flag })),
  enableExtendedGroups: Flag,
  encryption: Type.Optional(encryption),
  geoPriorityReplicationStatus: Type.Optional(Type.Object({ isBlobEnabled: Flag })),
  immutableStorageWithVersioning: Type.Optional(
    Type.Object({
      enabled: Flag,
      immutabilityPolicy: Type.Optional(
        Type.Object({
          immutabilityPeriodSinceCreationInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 146_000 })),
          state: Type.Optional(Type.Enum(['Unlocked', 'Locked', 'Disabled'])),
          allowProtectedAppendWrites: Flag,
        }),
      ),
    }),
  ),
  isHnsEnabled: flag(false),
  isLocalUserEnabled: Flag,
  isNfsV3Enabled: Flag,
  isSftpEnabled: Flag,
  keyPolicy: Type.Optional(Type.Object({ keyExpirationPeriodInDays: Type.Integer({ minimum: 0, maximum: 2_147_483_647 }) })),
  largeFileSharesState: Type.Optional(Type.Enum(['Disabled', 'Enabled'])),
  minimumTlsVersion: Type.Enum(['TLS1_0', 'TLS1_1', 'TLS1_2', 'TLS1_3'], { default: 'TLS1_2' }),
  networkAcls: Type.Optional(networkAcls),
  publicNetworkAccess: Type.Enum(['Enabled', 'Disabled', 'SecuredByPerimeter'], { default: 'Enabled' }),
  routingPreference: Type.Optional(Type.Object({ routingChoice: Type.Optional(Type.Enum(['MicrosoftRouting', 'InternetRouting'])), publishMicrosoftEndpoints: Flag, publishInternetEndpoints: Flag })),
  sasPolicy: Type.Optional(
    Type.Object({
      sasExpirationPeriod: Type.String({ pattern: '^[0-9]{1,5}\\.(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', accepts: 'days.hours:minutes:seconds, such as 1.12:05:59' }),
      expirationAction: Type.Enum(['Log', 'Block'], { default: 'Log' }),
    }),
  ),
  supportsHttpsTrafficOnly: flag(true),
  keys: Type.Optional(Type.Record(Type.String(), Type.String())),
});
