// Properties of a registry with Azure's defaults; the provider reads all of them back.

import { Type } from 'typebox';

const toggle = (value: 'enabled' | 'disabled') => Type.Object({ status: Type.Enum(['enabled', 'disabled'], { default: value }) }, { default: { status: value } });
const capital = (value: 'Enabled' | 'Disabled') => Type.Enum(['Enabled', 'Disabled'], { default: value });

const retention = { days: 7, status: 'disabled' as const };
const trust = { type: 'Notary' as const, status: 'disabled' as const };

export const RegistryProperties = Type.Object({
  adminUserEnabled: Type.Boolean({ default: false }),
  anonymousPullEnabled: Type.Boolean({ default: false }),
  dataEndpointEnabled: Type.Boolean({ default: false }),
  publicNetworkAccess: capital('Enabled'),
  zoneRedundancy: capital('Disabled'),
  networkRuleBypassOptions: Type.Enum(['AzureServices', 'None'], { default: 'AzureServices' }),
  networkRuleBypassAllowedForTasks: Type.Boolean({ default: false }),
  roleAssignmentMode: Type.Enum(['LegacyRegistryPermissions', 'AbacRepositoryPermissions'], { default: 'LegacyRegistryPermissions' }),
  networkRuleSet: Type.Optional(
    Type.Object({
      defaultAction: Type.Enum(['Allow', 'Deny']),
      ipRules: Type.Optional(Type.Array(Type.Object({ action: Type.Optional(Type.Enum(['Allow'])), value: Type.String({ minLength: 1 }) }), { maxItems: 100 })),
    }),
  ),
  policies: Type.Object(
    {
      quarantinePolicy: toggle('disabled'),
      trustPolicy: Type.Object({ type: Type.Enum(['Notary'], { default: 'Notary' }), status: Type.Enum(['enabled', 'disabled'], { default: 'disabled' }) }, { default: trust }),
      retentionPolicy: Type.Object({ days: Type.Integer({ default: 7, minimum: 0, maximum: 365 }), status: Type.Enum(['enabled', 'disabled'], { default: 'disabled' }) }, { default: retention }),
      exportPolicy: toggle('enabled'),
      azureADAuthenticationAsArmPolicy: toggle('enabled'),
    },
    {
      default: {
        quarantinePolicy: { status: 'disabled' },
        trustPolicy: trust,
        retentionPolicy: retention,
        exportPolicy: { status: 'enabled' },
        azureADAuthenticationAsArmPolicy: { status: 'enabled' },
      },
    },
  ),
  encryption: Type.Optional(Type.Object({ status: Type.Enum(['enabled', 'disabled'], { default: 'disabled' }) }, { default: { status: 'disabled' } })),
  passwords: Type.Optional(Type.Object({ password: Type.String(), password2: Type.String() })),
});
