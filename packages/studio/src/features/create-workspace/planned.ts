// The draft as the resources it stands for, in the order in which they are made. Pure. A template and the questions to the
// server are both written from this; they differ in how they speak of what is made at the same time.

import { NEIGHBOURS, type NeighbourKind, neighboursOf, type WorkspaceDraft } from './draft.ts';

export const WORKSPACE = 'Microsoft.MachineLearningServices/workspaces';
export const LOGS = 'Microsoft.OperationalInsights/workspaces';

export interface Terms {
  readonly location: string;
  readonly tenantId: string;
  /** What somebody wrote. */
  text(text: string): string;
  /** Id of a resource that is made with it; undefined: it is not spoken of. */
  idOf(type: string, name: string): string | undefined;
}

export interface PlannedResource {
  readonly part: NeighbourKind | 'logs' | 'workspace';
  readonly type: string;
  readonly apiVersion: string;
  readonly name: string;
  /** What is put there. */
  readonly body: Readonly<Record<string, unknown>>;
  /** What is made before it. */
  readonly after: readonly { readonly type: string; readonly name: string }[];
}

/** Name of the Log Analytics workspace behind a new Application Insights. */
export function logsName(draft: WorkspaceDraft): string {
  return `${draft.neighbours.insights.name}-logs`;
}

export function plannedResources(draft: WorkspaceDraft, terms: Terms): readonly PlannedResource[] {
  const made = neighboursOf(draft).filter(({ mode }) => mode === 'create');
  const neighbours = made.flatMap(({ kind }) => neighbour(draft, kind, terms));
  return [
    ...neighbours,
    workspace(
      draft,
      terms,
      neighbours.filter(({ part }) => part !== 'logs'),
    ),
  ];
}

function common(draft: WorkspaceDraft, terms: Terms): Readonly<Record<string, unknown>> {
  const { tags } = draft;
  return { location: terms.location, ...(Object.keys(tags).length === 0 ? {} : { tags: Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, terms.text(value)])) }) };
}

function neighbour(draft: WorkspaceDraft, kind: NeighbourKind, terms: Terms): readonly PlannedResource[] {
  const { name } = draft.neighbours[kind];
  const { type } = NEIGHBOURS[kind];
  const one = (apiVersion: string, rest: object): PlannedResource => ({ part: kind, type, apiVersion, name, body: { ...common(draft, terms), ...rest }, after: [] });
  switch (kind) {
    case 'storage':
      return [one('2023-05-01', { kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties: { supportsHttpsTrafficOnly: true, minimumTlsVersion: 'TLS1_2', allowBlobPublicAccess: false } })];
    case 'vault':
      return [
        one('2023-07-01', {
          properties: { tenantId: terms.tenantId, sku: { family: 'A', name: 'standard' }, accessPolicies: [], enableRbacAuthorization: true, enableSoftDelete: true },
        }),
      ];
    case 'insights': {
      const logs = { type: LOGS, name: logsName(draft) };
      const logsId = terms.idOf(logs.type, logs.name);
      const component = one('2020-02-02', { kind: 'web', properties: { Application_Type: 'web', ...(logsId === undefined ? {} : { WorkspaceResourceId: logsId }) } });
      return [
        { ...logs, part: 'logs', apiVersion: '2023-09-01', body: { ...common(draft, terms), properties: { sku: { name: 'PerGB2018' }, retentionInDays: 30 } }, after: [] },
        { ...component, after: [logs] },
      ];
    }
    case 'registry':
      return [one('2023-07-01', { sku: { name: 'Standard' }, properties: { adminUserEnabled: true } })];
  }
}

function workspace(draft: WorkspaceDraft, terms: Terms, after: readonly PlannedResource[]): PlannedResource {
  const { kind, identity } = draft;
  const { text } = terms;
  const links = neighboursOf(draft).flatMap(({ kind: each, mode, name, id }) => {
    const { property, type } = NEIGHBOURS[each];
    const link = mode === 'create' ? terms.idOf(type, name) : text(id);
    return link === undefined ? [] : [[property, link] as const];
  });
  const body = {
    ...common(draft, terms),
    kind,
    sku: { name: 'Basic', tier: 'Basic' },
    identity: identity === '' ? { type: 'SystemAssigned' } : { type: 'UserAssigned', userAssignedIdentities: { [identity]: {} } },
    properties: {
      friendlyName: text(draft.friendlyName || draft.name),
      ...(draft.description === '' ? {} : { description: text(draft.description) }),
      ...(draft.isHighImpact ? { hbiWorkspace: true } : {}),
      ...(identity === '' ? {} : { primaryUserAssignedIdentity: text(identity) }),
      ...(kind === 'FeatureStore' ? { featureStoreSettings: { computeRuntime: { sparkRuntimeVersion: text(draft.sparkVersion) } } } : {}),
      ...(kind === 'Project' ? { hubResourceId: text(draft.hub) } : { ...Object.fromEntries(links), ...surroundings(draft, terms) }),
    },
  };
  return { part: 'workspace', type: WORKSPACE, apiVersion: '2024-10-01', name: draft.name, body, after };
}

/** What a project has from its hub. */
function surroundings(draft: WorkspaceDraft, { text }: Terms): object {
  return {
    publicNetworkAccess: draft.publicAccess,
    ...(draft.isolation === 'Disabled' ? {} : { managedNetwork: { isolationMode: draft.isolation } }),
    ...(draft.hasOwnKey
      ? {
          encryption: {
            status: 'Enabled',
            ...(draft.identity === '' ? {} : { identity: { userAssignedIdentity: text(draft.identity) } }),
            keyVaultProperties: { keyVaultArmId: text(draft.keyVault), keyIdentifier: text(draft.keyIdentifier) },
          },
        }
      : {}),
  };
}
