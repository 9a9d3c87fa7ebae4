import { expect, test } from 'vitest';
import { cliText } from './as-cli.ts';
import { armTemplate } from './as-template.ts';
import { terraformText } from './as-terraform.ts';
import { emptyDraft, problemsOf, type WorkspaceDraft, withNames } from './draft.ts';

const RULE = { pattern: '^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$', rule: 'has 3 to 33 letters' };
const VAULT = '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/shared';
const plain: WorkspaceDraft = withNames({ ...emptyDraft({ subscription: 's', location: 'local', group: 'g', suffix: 'a1b2' }), name: 'Vision-Lab' }, 'a1b2');
const rich: WorkspaceDraft = {
  ...plain,
  isGroupNew: true,
  description: 'costs "100%{x}" and ${y}\n[not] an expression',
  neighbours: { ...plain.neighbours, vault: { mode: 'pick', name: '', id: VAULT }, registry: { mode: 'create', name: 'visioncr', id: '' } },
  publicAccess: 'Disabled',
  isolation: 'AllowOnlyApprovedOutbound',
  identity: '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/who',
  hasOwnKey: true,
  keyVault: VAULT,
  keyIdentifier: 'https://shared.vault.test/keys/k/0123456789abcdef',
  tags: [{ key: 0, name: 'team', value: "[o'neil]" }],
};

test('names are proposed that the rules accept, whatever the workspace is called', () => {
  for (const name of ['Vision-Lab', '1st', 'a--------------------------b'])
    expect(problemsOf(withNames({ ...plain, name, neighbours: emptyDraft({ subscription: 's', location: 'l', group: 'g', suffix: 'a1b2' }).neighbours }, 'a1b2'), RULE)).toEqual([]);
});

test('what is wrong is told where it is', () => {
  const wrong: WorkspaceDraft = {
    ...rich,
    name: '-',
    group: '',
    keyIdentifier: 'k',
    neighbours: { ...rich.neighbours, storage: { mode: 'create', name: 'UPPER', id: '' }, vault: { mode: 'pick', name: '', id: '' } },
    tags: [...rich.tags, { key: 1, name: 'TEAM', value: '' }],
  };
  expect(problemsOf(wrong, RULE).map(({ step, field }) => `${step}.${field}`)).toEqual([
    'basics.group',
    'basics.name',
    'resources.storage',
    'resources.vault',
    'encryption.keyIdentifier',
    'tags.tags',
  ]);
});

test('the template makes what is new, points to what is there, and takes no text for an expression', () => {
  const template = armTemplate(rich);
  const [storage, logs, insights, registry, workspace] = template.resources.map((each) => Object(each));
  expect([storage.type, logs.type, insights.type, registry.type]).toEqual([
    'Microsoft.Storage/storageAccounts',
    'Microsoft.OperationalInsights/workspaces',
    'Microsoft.Insights/components',
    'Microsoft.ContainerRegistry/registries',
  ]);
  expect(workspace).toMatchObject({
    identity: { type: 'UserAssigned', userAssignedIdentities: { [rich.identity]: {} } },
    tags: { team: "[[o'neil]" },
    properties: {
      keyVault: VAULT,
      storageAccount: `[resourceId('Microsoft.Storage/storageAccounts', 'visionlabsta1b2')]`,
      publicNetworkAccess: 'Disabled',
      managedNetwork: { isolationMode: 'AllowOnlyApprovedOutbound' },
      encryption: { status: 'Enabled', keyVaultProperties: { keyVaultArmId: VAULT } },
    },
  });
  expect(workspace.dependsOn).toHaveLength(3);
});

test('Terraform has the arguments of the provider, aligned, with texts kept from its own language', () => {
  const text = terraformText(rich);
  expect(text).toContain('resource "azurerm_resource_group" "this" {\n  name     = "g"\n  location = "local"\n}');
  expect(text).toContain('storage_account_id             = azurerm_storage_account.this.id');
  expect(text).toContain(`key_vault_id                   = "${VAULT}"`);
  expect(text).toContain('"costs \\"100%%{x}\\" and $${y}\\n[not] an expression"');
  expect(text).toContain('  identity {\n    type         = "UserAssigned"\n    identity_ids = [');
  expect(text).toContain('  managed_network {\n    isolation_mode = "AllowOnlyApprovedOutbound"\n  }');
  expect(text).toContain('  tags = {\n    "team" = "[o\'neil]"\n  }');
  expect(terraformText(plain)).toContain('data "azurerm_resource_group" "this"');
  for (const each of [text, terraformText(plain)]) expect(each.split('{').length - (each.match(/[$%]{2}\{/g)?.length ?? 0)).toBe(each.split('}').length - (each.match(/[$%]{2}\{/g)?.length ?? 0));
});

test('the commands make the same, in an order that works', () => {
  const text = cliText(rich);
  const order = ['az group create', 'az storage account create', 'az monitor log-analytics', 'az monitor app-insights', 'az acr create', "<<'YAML'", 'az ml workspace create'].map((word) =>
    text.indexOf(word),
  );
  expect(order).toEqual([...order].sort((one, other) => one - other));
  expect(order[0]).toBe(0);
  expect(text).not.toContain('az keyvault create');
  expect(text).toContain('customer_managed_key:\n  key_vault:');
  expect(text).toContain('isolation_mode: allow_only_approved_outbound');
});
