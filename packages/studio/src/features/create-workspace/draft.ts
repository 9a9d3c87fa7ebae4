// What the wizard collects, and which of it is wrong on its face. Pure; whether names are taken, the server tells.

export type NeighbourKind = 'storage' | 'vault' | 'insights' | 'registry';

export interface Neighbour {
  readonly mode: 'create' | 'pick' | 'none';
  /** Of a new one. */
  readonly name: string;
  /** Of one that exists. */
  readonly id: string;
}

export interface WorkspaceDraft {
  readonly subscription: string;
  readonly group: string;
  readonly isGroupNew: boolean;
  readonly location: string;
  readonly name: string;
  readonly friendlyName: string;
  readonly description: string;
  readonly isHighImpact: boolean;
  readonly neighbours: Readonly<Record<NeighbourKind, Neighbour>>;
  readonly publicAccess: 'Enabled' | 'Disabled';
  readonly isolation: 'Disabled' | 'AllowInternetOutbound' | 'AllowOnlyApprovedOutbound';
  /** Id of a user-assigned identity; '' for the workspace's own. */
  readonly identity: string;
  readonly hasOwnKey: boolean;
  readonly keyVault: string;
  readonly keyIdentifier: string;
  readonly tags: readonly { readonly key: number; readonly name: string; readonly value: string }[];
}

export type Step = 'basics' | 'resources' | 'networking' | 'encryption' | 'tags' | 'review';

export const STEPS: readonly (readonly [step: Step, title: string])[] = [
  ['basics', 'Basics'],
  ['resources', 'Resources'],
  ['networking', 'Networking'],
  ['encryption', 'Encryption'],
  ['tags', 'Tags'],
  ['review', 'Review and create'],
];

export interface Problem {
  readonly step: Step;
  readonly field: string;
  readonly message: string;
}

export const NEIGHBOURS: Readonly<
  Record<NeighbourKind, { readonly title: string; readonly type: string; readonly property: string; readonly rule: RegExp; readonly ruleText: string; readonly isOptional: boolean }>
> = {
  storage: {
    title: 'Storage account',
    type: 'Microsoft.Storage/storageAccounts',
    property: 'storageAccount',
    rule: /^[a-z0-9]{3,24}$/,
    ruleText: '3 to 24 lower-case letters and digits',
    isOptional: false,
  },
  vault: {
    title: 'Key vault',
    type: 'Microsoft.KeyVault/vaults',
    property: 'keyVault',
    rule: /^[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/,
    ruleText: '3 to 24 letters, digits and -, beginning with a letter',
    isOptional: false,
  },
  insights: {
    title: 'Application Insights',
    type: 'Microsoft.Insights/components',
    property: 'applicationInsights',
    rule: /^[\w.()-]{1,255}$/,
    ruleText: '1 to 255 letters, digits and - _ . ( )',
    isOptional: false,
  },
  registry: {
    title: 'Container registry',
    type: 'Microsoft.ContainerRegistry/registries',
    property: 'containerRegistry',
    rule: /^[a-zA-Z0-9]{5,50}$/,
    ruleText: '5 to 50 letters and digits',
    isOptional: true,
  },
};

export const NEIGHBOUR_KINDS = ['storage', 'vault', 'insights', 'registry'] as const satisfies readonly NeighbourKind[];

export function emptyDraft(given: { readonly subscription: string; readonly location: string; readonly group: string; readonly suffix: string }): WorkspaceDraft {
  const made = (): Neighbour => ({ mode: 'create', name: '', id: '' });
  return {
    subscription: given.subscription,
    group: given.group,
    isGroupNew: false,
    location: given.location,
    name: '',
    friendlyName: '',
    description: '',
    isHighImpact: false,
    neighbours: { storage: made(), vault: made(), insights: made(), registry: { ...made(), mode: 'none' } },
    publicAccess: 'Enabled',
    isolation: 'Disabled',
    identity: '',
    hasOwnKey: false,
    keyVault: '',
    keyIdentifier: '',
    tags: [],
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

/** Of a draft with names. `nameRule` is the workspace type's own. */
export function problemsOf(draft: WorkspaceDraft, nameRule: { readonly pattern: string; readonly rule: string }): readonly Problem[] {
  const problems: Problem[] = [];
  const say = (step: Step, field: string, message: string): void => void problems.push({ step, field, message });
  if (draft.group.trim() === '') say('basics', 'group', 'Choose a resource group, or name a new one.');
  else if (draft.isGroupNew && !/^[\p{L}\p{N}_.()-]{0,89}[\p{L}\p{N}_()-]$/u.test(draft.group))
    say('basics', 'group', 'A group’s name has 1 to 90 letters, digits and - _ . ( ), and does not end with a dot.');
  if (!new RegExp(nameRule.pattern).test(draft.name)) say('basics', 'name', draft.name === '' ? 'Name the workspace.' : `A workspace name ${nameRule.rule}.`);
  for (const kind of NEIGHBOUR_KINDS) {
    const { mode, name, id } = draft.neighbours[kind];
    const { title, rule, ruleText } = NEIGHBOURS[kind];
    if (mode === 'create' && !rule.test(name)) say('resources', kind, `Its name has ${ruleText}.`);
    if (mode === 'pick' && id === '') say('resources', kind, `Choose the ${title.toLowerCase()}.`);
  }
  if (draft.hasOwnKey) {
    if (draft.keyVault === '') say('encryption', 'keyVault', 'Choose the key vault that holds the key; it needs purge protection.');
    if (!/^https:\/\/[^/]+\/keys\/[\w-]+\/\w+$/.test(draft.keyIdentifier)) say('encryption', 'keyIdentifier', 'A key identifier has the form https://vault…/keys/name/version.');
  }
  const names = draft.tags.map(({ name }) => name.trim().toLowerCase()).filter((name) => name !== '');
  if (new Set(names).size < names.length) say('tags', 'tags', 'Two tags have the same name.');
  if (draft.tags.some(({ name }) => /[<>%&\\?/]/.test(name))) say('tags', 'tags', 'A tag’s name has none of < > % & \\ ? /.');
  return problems;
}

export function tagsOf(draft: WorkspaceDraft): Readonly<Record<string, string>> {
  return Object.fromEntries(draft.tags.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]));
}
