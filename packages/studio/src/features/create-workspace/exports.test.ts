import { expect, test } from 'vitest';
import { cliText } from './as-cli.ts';
import { armTemplate } from './as-template.ts';
import { terraformText } from './as-terraform.ts';
import { asKind, emptyDraft, missingOf, type WorkspaceDraft, withNames } from './draft.ts';
import { checkable, problemsFrom } from './findings.ts';

const VAULT = '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/shared';
const HUB = '/subscriptions/s/resourceGroups/hubs/providers/Microsoft.MachineLearningServices/workspaces/middle';
const plain: WorkspaceDraft = withNames({ ...emptyDraft({ subscription: 's', location: 'local', group: 'g' }), name: 'Vision-Lab' }, 'a1b2');
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
  tags: { team: "[o'neil]" },
};
const hub = asKind(plain, 'Hub');
const project: WorkspaceDraft = { ...asKind(rich, 'Project'), hub: HUB };
const store = asKind(plain, 'FeatureStore');

test('what is missing is told where it is', () => {
  expect(missingOf(plain)).toEqual([]);
  const empty: WorkspaceDraft = {
    ...rich,
    name: '',
    group: '',
    keyIdentifier: '',
    neighbours: { ...rich.neighbours, vault: { mode: 'pick', name: '', id: '' } },
  };
  const places = (draft: WorkspaceDraft): readonly string[] => missingOf(draft).map(({ step, field }) => `${step}.${field}`);
  expect(places(empty)).toEqual(['basics.group', 'basics.name', 'resources.vault', 'encryption.keyIdentifier']);
  expect(places({ ...empty, ...asKind(empty, 'Project') })).toEqual(['basics.hub', 'basics.group', 'basics.name']);
});

test('the server is asked about everything that is made, and its refusals find their fields', () => {
  const asked = checkable(rich, 'tenant');
  expect(asked.map(({ id }) => id.split('/').at(-1))).toEqual(['g', 'visionlabsta1b2', 'visionlab-insights-a1b2-logs', 'visionlab-insights-a1b2', 'visioncr', 'Vision-Lab']);
  const [group, storage, , , , workspace] = asked.map(({ id }) => id);
  const found = problemsFrom(rich, [
    { id: group ?? '', error: { code: 'InvalidResourceName', message: "The name 'g' is not valid for resourceGroups. A name is short.", target: 'name' } },
    { id: storage ?? '', error: { code: 'StorageAccountAlreadyTaken', message: 'Taken.', target: 'name' } },
    {
      id: workspace ?? '',
      error: {
        message: 'two',
        details: [
          { message: 'properties.encryption.keyVaultProperties.keyIdentifier: is no key.', target: 'properties.encryption.keyVaultProperties.keyIdentifier' },
          { code: 'PreconditionFailed', message: 'If-None-Match', target: 'If-None-Match' },
        ],
      },
    },
    { id: '/typed/meanwhile', error: { message: 'old' } },
  ]);
  expect(found).toEqual([
    { step: 'basics', field: 'group', message: "The name 'g' is not valid for resourceGroups. A name is short." },
    { step: 'resources', field: 'storage', message: 'Taken.' },
    { step: 'encryption', field: 'keyIdentifier', message: 'Is no key.' },
    { step: 'basics', field: 'name', message: 'There is a workspace of this name in g already.' },
  ]);
  expect(checkable({ ...project, hub: '' }, 't').map(({ id }) => id.split('/').at(-1))).toEqual(['g']);
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

test('each kind has what it needs and no more', () => {
  const workspaceOf = (draft: WorkspaceDraft) => Object(armTemplate(draft).resources.at(-1));
  expect([hub, project, store].map((draft) => [workspaceOf(draft).kind, armTemplate(draft).resources.length])).toEqual([
    ['Hub', 3],
    ['Project', 1],
    ['FeatureStore', 5],
  ]);
  expect(Object.keys(workspaceOf(project).properties)).toEqual(['friendlyName', 'description', 'primaryUserAssignedIdentity', 'hubResourceId']);
  expect(workspaceOf(store).properties.featureStoreSettings).toEqual({ computeRuntime: { sparkRuntimeVersion: '3.4' } });
  expect(cliText(hub)).toContain('kind: "hub"');
  expect(cliText(project)).toContain(`hub_id: "${HUB}"`);
  expect(cliText(project)).not.toContain('storage');
  expect(cliText(store)).toContain('az ml feature-store create --file feature-store.yml');
  expect(terraformText(hub)).toContain('resource "azurerm_ai_foundry" "this"');
  expect(terraformText(project)).toContain(`ai_services_hub_id             = "${HUB}"`);
  expect(terraformText(project)).toContain('# The provider makes a project in the resource group of its hub, hubs;');
  expect(terraformText(store)).toContain('feature_store {\n    computer_spark_runtime_version = "3.4"');
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
  for (const each of [text, ...[plain, hub, project, store].map(terraformText)])
    expect(each.split('{').length - (each.match(/[$%]{2}\{/g)?.length ?? 0)).toBe(each.split('}').length - (each.match(/[$%]{2}\{/g)?.length ?? 0));
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
