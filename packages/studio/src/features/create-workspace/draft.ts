// What the wizard collects, and which of it is still missing. Pure; whether what is there is right, the server tells.

export const KINDS = ['Default', 'Hub', 'Project', 'FeatureStore'] as const;
export type WorkspaceKind = (typeof KINDS)[number];

export const NEIGHBOUR_KINDS = ['storage', 'vault', 'insights', 'registry'] as const;
export type NeighbourKind = (typeof NEIGHBOUR_KINDS)[number];

export interface Neighbour {
  readonly mode: 'create' | 'pick' | 'none';
  /** Of a new one. */
  readonly name: string;
  /** Of one that exists. */
  readonly id: string;
}

export interface WorkspaceDraft {
  readonly kind: WorkspaceKind;
  /** Id of a project's hub. */
  readonly hub: string;
  readonly subscription: string;
  readonly group: string;
  readonly isGroupNew: boolean;
  readonly location: string;
  readonly name: string;
  readonly friendlyName: string;
  readonly description: string;
  readonly isHighImpact: boolean;
  /** Of a feature store. */
  readonly sparkVersion: string;
  readonly neighbours: Readonly<Record<NeighbourKind, Neighbour>>;
  readonly publicAccess: 'Enabled' | 'Disabled';
  readonly isolation: 'Disabled' | 'AllowInternetOutbound' | 'AllowOnlyApprovedOutbound';
  /** Id of a user-assigned identity; '' for the workspace's own. */
  readonly identity: string;
  readonly hasOwnKey: boolean;
  readonly keyVault: string;
  readonly keyIdentifier: string;
  readonly tags: Readonly<Record<string, string>>;
}

export type Step = 'basics' | 'resources' | 'networking' | 'encryption' | 'tags' | 'review';

export const STEPS: readonly (readonly [step: Step, title: string])[] = [
  ['basics', 'Basics'],
  ['resources', 'Resources'],
  ['networking', 'Networking'],
  ['encryption', 'Identity and encryption'],
  ['tags', 'Tags'],
  ['review', 'Review and create'],
];

/** A project has its resources and its network from its hub. */
export function stepsOf({ kind }: WorkspaceDraft): typeof STEPS {
  return kind === 'Project' ? STEPS.filter(([step]) => step !== 'resources' && step !== 'networking') : STEPS;
}

export interface Problem {
  readonly step: Step;
  readonly field: string;
  readonly message: string;
}

export const NEIGHBOURS: Readonly<Record<NeighbourKind, { readonly title: string; readonly type: string; readonly property: string }>> = {
  storage: { title: 'Storage account', type: 'Microsoft.Storage/storageAccounts', property: 'storageAccount' },
  vault: { title: 'Key vault', type: 'Microsoft.KeyVault/vaults', property: 'keyVault' },
  insights: { title: 'Application Insights', type: 'Microsoft.Insights/components', property: 'applicationInsights' },
  registry: { title: 'Container registry', type: 'Microsoft.ContainerRegistry/registries', property: 'containerRegistry' },
};

/** Those a workspace can do without: a hub needs no telemetry, and a registry is made when an image is first built. */
export function isOptional(workspace: WorkspaceKind, kind: NeighbourKind): boolean {
  return kind === 'registry' || (kind === 'insights' && workspace === 'Hub');
}

/** What stands beside the workspace: `create` and `pick` alone. */
export function neighboursOf(draft: WorkspaceDraft): readonly (Neighbour & { readonly kind: NeighbourKind })[] {
  return draft.kind === 'Project' ? [] : NEIGHBOUR_KINDS.map((kind) => ({ kind, ...draft.neighbours[kind] })).filter(({ mode }) => mode !== 'none');
}

/** The draft as one of another kind, with what that kind usually has. */
export function asKind(draft: WorkspaceDraft, kind: WorkspaceKind): WorkspaceDraft {
  const { insights } = draft.neighbours;
  const mode = isOptional(kind, 'insights') ? (insights.id === '' ? 'none' : insights.mode) : insights.mode === 'none' ? 'create' : insights.mode;
  return { ...draft, kind, neighbours: { ...draft.neighbours, insights: { ...insights, mode } } };
}

export function emptyDraft(given: { readonly subscription: string; readonly location: string; readonly group: string }): WorkspaceDraft {
  const made = (): Neighbour => ({ mode: 'create', name: '', id: '' });
  return {
    kind: 'Default',
    hub: '',
    subscription: given.subscription,
    group: given.group,
    isGroupNew: false,
    location: given.location,
    name: '',
    friendlyName: '',
    description: '',
    isHighImpact: false,
    sparkVersion: '3.4',
    neighbours: { storage: made(), vault: made(), insights: made(), registry: { ...made(), mode: 'none' } },
    publicAccess: 'Enabled',
    isolation: 'Disabled',
    identity: '',
    hasOwnKey: false,
    keyVault: '',
    keyIdentifier: '',
    tags: {},
  };
}

/** Names for the new neighbours, from the workspace's; `suffix` keeps them apart from those of others. */
export function proposedName(kind: NeighbourKind, workspace: string, suffix: string): string {
  const stem = workspace
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, 12);
  const start = /^[a-z]/.test(stem) ? stem : `w${stem}`;
  switch (kind) {
    case 'storage':
      return `${start}st${suffix}`;
    case 'vault':
      return `${start}-kv-${suffix}`;
    case 'insights':
      return `${start}-insights-${suffix}`;
    case 'registry':
      return `${start}cr${suffix}`;
  }
}

/** The draft with a name for every new neighbour. */
export function withNames(draft: WorkspaceDraft, suffix: string): WorkspaceDraft {
  const named = NEIGHBOUR_KINDS.map((kind) => {
    const neighbour = draft.neighbours[kind];
    return [kind, neighbour.name === '' ? { ...neighbour, name: proposedName(kind, draft.name, suffix) } : neighbour] as const;
  });
  return { ...draft, neighbours: { ...draft.neighbours, ...Object.fromEntries(named) } };
}

/** What nobody has said yet; until then the server cannot be asked about it. */
export function missingOf(draft: WorkspaceDraft): readonly Problem[] {
  const problems: Problem[] = [];
  const say = (step: Step, field: string, message: string): void => void problems.push({ step, field, message });
  if (draft.kind === 'Project' && draft.hub === '') say('basics', 'hub', 'Choose the hub that the project belongs to.');
  if (draft.group.trim() === '') say('basics', 'group', 'Choose a resource group, or name a new one.');
  if (draft.name === '') say('basics', 'name', 'Name the workspace.');
  for (const { kind, mode, id, name } of neighboursOf(draft)) {
    const title = NEIGHBOURS[kind].title.toLowerCase();
    if (mode === 'create' && name === '') say('resources', kind, `Name the ${title}.`);
    if (mode === 'pick' && id === '') say('resources', kind, `Choose the ${title}.`);
  }
  if (draft.hasOwnKey && draft.kind !== 'Project') {
    if (draft.keyVault === '') say('encryption', 'keyVault', 'Choose the key vault that holds the key; it needs purge protection.');
    if (draft.keyIdentifier === '') say('encryption', 'keyIdentifier', 'Give the identifier of the key.');
  }
  return problems;
}
