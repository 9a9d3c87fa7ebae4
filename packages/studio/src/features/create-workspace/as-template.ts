// The draft as an ARM template. What the wizard deploys is this, byte for byte. Pure.

import { NEIGHBOUR_KINDS, NEIGHBOURS, type NeighbourKind, tagsOf, type WorkspaceDraft } from './draft.ts';

const WORKSPACE = 'Microsoft.MachineLearningServices/workspaces';
const LOGS = 'Microsoft.OperationalInsights/workspaces';
const LOCATION = "[parameters('location')]";

export interface Template {
  readonly $schema: string;
  readonly contentVersion: string;
  readonly parameters: object;
  readonly resources: readonly object[];
  readonly outputs: object;
}

/** Name of the Log Analytics workspace behind a new Application Insights. */
export function logsName(draft: WorkspaceDraft): string {
  return `${draft.neighbours.insights.name}-logs`;
}

export function armTemplate(draft: WorkspaceDraft): Template {
  const made = NEIGHBOUR_KINDS.filter((kind) => draft.neighbours[kind].mode === 'create');
  return {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    parameters: { location: { type: 'string', defaultValue: literal(draft.location) } },
    resources: [...made.flatMap((kind) => neighbour(draft, kind)), workspace(draft, made)],
    outputs: { workspaceId: { type: 'string', value: idOf(WORKSPACE, draft.name) } },
  };
}

function neighbour(draft: WorkspaceDraft, kind: NeighbourKind): readonly object[] {
  const tags = tagsOf(draft);
  const common = (type: string, apiVersion: string, name: string): object => ({
    type,
    apiVersion,
    name: literal(name),
    location: LOCATION,
    ...(Object.keys(tags).length === 0 ? {} : { tags: literals(tags) }),
  });
  const { name } = draft.neighbours[kind];
  switch (kind) {
    case 'storage':
      return [
        {
          ...common(NEIGHBOURS.storage.type, '2023-05-01', name),
          kind: 'StorageV2',
          sku: { name: 'Standard_LRS' },
          properties: { supportsHttpsTrafficOnly: true, minimumTlsVersion: 'TLS1_2', allowBlobPublicAccess: false },
        },
      ];
    case 'vault':
      return [
        {
          ...common(NEIGHBOURS.vault.type, '2023-07-01', name),
          properties: { tenantId: '[subscription().tenantId]', sku: { family: 'A', name: 'standard' }, accessPolicies: [], enableRbacAuthorization: true, enableSoftDelete: true },
        },
      ];
    case 'insights':
      return [
        { ...common(LOGS, '2023-09-01', logsName(draft)), properties: { sku: { name: 'PerGB2018' }, retentionInDays: 30 } },
        {
          ...common(NEIGHBOURS.insights.type, '2020-02-02', name),
          kind: 'web',
          properties: { Application_Type: 'web', WorkspaceResourceId: idOf(LOGS, logsName(draft)) },
          dependsOn: [idOf(LOGS, logsName(draft))],
        },
      ];
    case 'registry':
      return [{ ...common(NEIGHBOURS.registry.type, '2023-07-01', name), sku: { name: 'Standard' }, properties: { adminUserEnabled: true } }];
  }
}

function workspace(draft: WorkspaceDraft, made: readonly NeighbourKind[]): object {
  const tags = tagsOf(draft);
  const links = NEIGHBOUR_KINDS.flatMap((kind) => {
    const { mode, name, id } = draft.neighbours[kind];
    const { property, type } = NEIGHBOURS[kind];
    return mode === 'none' ? [] : [[property, mode === 'create' ? idOf(type, name) : literal(id)] as const];
  });
  return {
    type: WORKSPACE,
    apiVersion: '2024-10-01',
    name: literal(draft.name),
    location: LOCATION,
    kind: 'Default',
    sku: { name: 'Basic', tier: 'Basic' },
    identity: draft.identity === '' ? { type: 'SystemAssigned' } : { type: 'UserAssigned', userAssignedIdentities: { [draft.identity]: {} } },
    ...(Object.keys(tags).length === 0 ? {} : { tags: literals(tags) }),
    properties: {
      friendlyName: literal(draft.friendlyName || draft.name),
      ...(draft.description === '' ? {} : { description: literal(draft.description) }),
      hbiWorkspace: draft.isHighImpact,
      publicNetworkAccess: draft.publicAccess,
      ...Object.fromEntries(links),
      ...(draft.identity === '' ? {} : { primaryUserAssignedIdentity: literal(draft.identity) }),
      ...(draft.isolation === 'Disabled' ? {} : { managedNetwork: { isolationMode: draft.isolation } }),
      ...(draft.hasOwnKey
        ? {
            encryption: {
              status: 'Enabled',
              ...(draft.identity === '' ? {} : { identity: { userAssignedIdentity: literal(draft.identity) } }),
              keyVaultProperties: { keyVaultArmId: literal(draft.keyVault), keyIdentifier: literal(draft.keyIdentifier) },
            },
          }
        : {}),
    },
    dependsOn: made.map((kind) => idOf(NEIGHBOURS[kind].type, draft.neighbours[kind].name)),
  };
}

function idOf(type: string, name: string): string {
  return `[resourceId('${type}', '${name.replaceAll("'", "''")}')]`;
}

/** A text that begins with `[` would be an expression; a second bracket says that it is none. */
function literal(text: string): string {
  return text.startsWith('[') ? `[${text}` : text;
}

function literals(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, literal(text)]));
}
