// The draft as Terraform, for the azurerm provider. Pure. Source: contracts/terraform-azurerm.md;
// reference/terraform-machine-learning-workspace.md.

import { groupOf } from '../../api/resource-id.ts';
import { type NeighbourKind, neighboursOf, type WorkspaceDraft, type WorkspaceKind } from './draft.ts';
import { logsName } from './planned.ts';

type Line = readonly [name: string, value: string];

export function terraformText(draft: WorkspaceDraft): string {
  const made = neighboursOf(draft).filter(({ mode }) => mode === 'create');
  const groupRef = draft.isGroupNew ? 'azurerm_resource_group.this' : 'data.azurerm_resource_group.this';
  return [
    'terraform {\n  required_providers {\n    azurerm = {\n      source  = "hashicorp/azurerm"\n      version = ">= 4.0"\n    }\n  }\n}',
    'provider "azurerm" {\n  features {}\n}',
    ...(made.some(({ kind }) => kind === 'vault') ? ['data "azurerm_client_config" "current" {}'] : []),
    ...(draft.kind === 'Project' ? elsewhere(draft) : [group(draft)]),
    ...made.map(({ kind }) => neighbour(draft, kind, groupRef)),
    workspace(draft, groupRef),
    `output "workspace_id" {\n  value = ${RESOURCES[draft.kind]}.this.id\n}`,
  ].join('\n\n');
}

function group(draft: WorkspaceDraft): string {
  return draft.isGroupNew
    ? block('resource "azurerm_resource_group" "this"', [
        ['name', quoted(draft.group)],
        ['location', quoted(draft.location)],
      ])
    : block('data "azurerm_resource_group" "this"', [['name', quoted(draft.group)]]);
}

/** The provider puts a project where its hub is. */
function elsewhere(draft: WorkspaceDraft): readonly string[] {
  const own = groupOf(draft.hub);
  return own.toLowerCase() === draft.group.toLowerCase() ? [] : [`# The provider makes a project in the resource group of its hub, ${own}; the other ways make this one in ${draft.group}.`];
}

function neighbour(draft: WorkspaceDraft, kind: NeighbourKind, group: string): string {
  const common = (name: string): readonly Line[] => [
    ['name', quoted(name)],
    ['resource_group_name', `${group}.name`],
    ['location', quoted(draft.location)],
  ];
  const tags = tagLines(draft);
  const { name } = draft.neighbours[kind];
  switch (kind) {
    case 'storage':
      return block('resource "azurerm_storage_account" "this"', [
        ...common(name),
        ['account_tier', '"Standard"'],
        ['account_replication_type', '"LRS"'],
        ['allow_nested_items_to_be_public', 'false'],
        ...tags,
      ]);
    case 'vault':
      return block('resource "azurerm_key_vault" "this"', [
        ...common(name),
        ['tenant_id', 'data.azurerm_client_config.current.tenant_id'],
        ['sku_name', '"standard"'],
        ['rbac_authorization_enabled', 'true'],
        ...tags,
      ]);
    case 'insights':
      return [
        block('resource "azurerm_log_analytics_workspace" "this"', [...common(logsName(draft)), ['sku', '"PerGB2018"'], ['retention_in_days', '30'], ...tags]),
        block('resource "azurerm_application_insights" "this"', [...common(name), ['workspace_id', 'azurerm_log_analytics_workspace.this.id'], ['application_type', '"web"'], ...tags]),
      ].join('\n\n');
    case 'registry':
      return block('resource "azurerm_container_registry" "this"', [...common(name), ['sku', '"Standard"'], ['admin_enabled', 'true'], ...tags]);
  }
}

const LINKS: Readonly<Record<NeighbourKind, readonly [argument: string, resource: string]>> = {
  storage: ['storage_account_id', 'azurerm_storage_account'],
  vault: ['key_vault_id', 'azurerm_key_vault'],
  insights: ['application_insights_id', 'azurerm_application_insights'],
  registry: ['container_registry_id', 'azurerm_container_registry'],
};

const RESOURCES: Readonly<Record<WorkspaceKind, string>> = {
  Default: 'azurerm_machine_learning_workspace',
  FeatureStore: 'azurerm_machine_learning_workspace',
  Hub: 'azurerm_ai_foundry',
  Project: 'azurerm_ai_foundry_project',
};

function workspace(draft: WorkspaceDraft, group: string): string {
  const { kind } = draft;
  const links = neighboursOf(draft).map(({ kind: each, mode, id }): Line => {
    const [argument, resource] = LINKS[each];
    return [argument, mode === 'create' ? `${resource}.this.id` : quoted(id)];
  });
  const place: readonly Line[] =
    kind === 'Project'
      ? [['ai_services_hub_id', quoted(draft.hub)]]
      : [
          ['resource_group_name', `${group}.name`],
          ...links,
          kind === 'Hub' ? ['public_network_access', quoted(draft.publicAccess)] : ['public_network_access_enabled', String(draft.publicAccess === 'Enabled')],
        ];
  return block(
    `resource "${RESOURCES[kind]}" "this"`,
    [
      ['name', quoted(draft.name)],
      ['location', quoted(draft.location)],
      ...(kind === 'FeatureStore' ? [['kind', '"FeatureStore"'] as const] : []),
      ...place,
      ['friendly_name', quoted(draft.friendlyName || draft.name)],
      ...(draft.description === '' ? [] : [['description', quoted(draft.description)] as const]),
      ...(draft.isHighImpact ? [[kind === 'Hub' || kind === 'Project' ? 'high_business_impact_enabled' : 'high_business_impact', 'true'] as const] : []),
      ...(draft.identity === '' ? [] : [['primary_user_assigned_identity', quoted(draft.identity)] as const]),
      ...tagLines(draft),
    ],
    [identity(draft), ...(kind === 'Project' ? [] : surroundings(draft))],
  );
}

function identity(draft: WorkspaceDraft): string {
  return draft.identity === ''
    ? block('identity', [['type', '"SystemAssigned"']])
    : block('identity', [
        ['type', '"UserAssigned"'],
        ['identity_ids', `[${quoted(draft.identity)}]`],
      ]);
}

/** Blocks that a project has from its hub. */
function surroundings(draft: WorkspaceDraft): readonly string[] {
  const key: readonly Line[] = [
    ['key_vault_id', quoted(draft.keyVault)],
    ['key_id', quoted(draft.keyIdentifier)],
    ...(draft.identity === '' ? [] : [['user_assigned_identity_id', quoted(draft.identity)] as const]),
  ];
  return [
    ...(draft.hasOwnKey ? [block('encryption', key)] : []),
    ...(draft.isolation === 'Disabled' ? [] : [block('managed_network', [['isolation_mode', quoted(draft.isolation)]])]),
    ...(draft.kind === 'FeatureStore' ? [block('feature_store', [['computer_spark_runtime_version', quoted(draft.sparkVersion)]])] : []),
  ];
}

function tagLines(draft: WorkspaceDraft): readonly Line[] {
  const tags = Object.entries(draft.tags);
  return tags.length === 0
    ? []
    : [
        [
          'tags',
          `{\n${aligned(
            tags.map(([name, value]) => [quoted(name), quoted(value)]),
            '    ',
          )}\n  }`,
        ],
      ];
}

function block(head: string, lines: readonly Line[], inner: readonly string[] = []): string {
  const body = [aligned(lines, '  '), ...inner.map((text) => indented(text))].join('\n\n');
  return `${head} {\n${body}\n}`;
}

/** As `terraform fmt` does it: equals signs in one column, but not across a value of several lines. */
function aligned(lines: readonly Line[], indent: string): string {
  const width = Math.max(...lines.filter(([, value]) => !value.includes('\n')).map(([name]) => name.length), 0);
  return lines.map(([name, value]) => `${indent}${value.includes('\n') ? name : name.padEnd(width)} = ${value}`).join('\n');
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : `  ${line}`))
    .join('\n');
}

/** `${` and `%{` would begin an expression. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%]\{/g, (start) => `${start.slice(0, 1)}${start}`);
}
