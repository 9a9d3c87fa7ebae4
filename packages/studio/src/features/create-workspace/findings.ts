// From what the server finds wrong with the planned resources to the fields of the wizard. Pure.

import { type CheckedResource, detailsOf, type Finding, plainSentence } from '../../api/checks.ts';
import type { ErrorDetail } from '../../api/client.ts';
import { groupId, isSameId } from '../../api/resource-id.ts';
import { NEIGHBOUR_KINDS, NEIGHBOURS, type Problem, type Step, type WorkspaceDraft } from './draft.ts';
import { type PlannedResource, plannedResources } from './planned.ts';

/** Of a draft with names: what can be asked about already. */
export function checkable(draft: WorkspaceDraft, tenantId: string): readonly CheckedResource[] {
  const group = groupId(draft.subscription, draft.group);
  if (draft.group === '') return [];
  return [
    ...(draft.isGroupNew ? [{ id: group, body: { location: draft.location } }] : []),
    ...planned(draft, tenantId)
      .filter(({ name, part }) => name !== '' && (part !== 'workspace' || isWhole(draft)))
      .map((each) => ({ id: idOf(draft, each), body: each.body })),
  ];
}

/** Whether the workspace has what its kind cannot be asked about without. */
function isWhole(draft: WorkspaceDraft): boolean {
  if (draft.kind === 'Project') return draft.hub !== '';
  return (!draft.hasOwnKey || (draft.keyVault !== '' && draft.keyIdentifier !== '')) && Object.values(draft.neighbours).every(({ mode, id }) => mode !== 'pick' || id !== '');
}

export function problemsFrom(draft: WorkspaceDraft, findings: readonly Finding[]): readonly Problem[] {
  const parts = new Map(planned(draft, '').map((each) => [idOf(draft, each).toLowerCase(), each.part]));
  return findings.flatMap(({ id, error }) => {
    if (error === null) return [];
    const isGroup = isSameId(id, groupId(draft.subscription, draft.group));
    const part = isGroup ? 'group' : parts.get(id.toLowerCase());
    // What was asked about before the last letter was typed.
    if (part === undefined) return [];
    return detailsOf(error).map((detail): Problem => ({ ...placeOf(part, detail), message: sentence(draft, part, detail) }));
  });
}

function planned(draft: WorkspaceDraft, tenantId: string): readonly PlannedResource[] {
  return plannedResources(draft, { location: draft.location, tenantId, text: (text) => text, idOf: () => undefined });
}

function idOf(draft: WorkspaceDraft, { type, name }: PlannedResource): string {
  return `${groupId(draft.subscription, draft.group)}/providers/${type}/${name}`;
}

type Part = PlannedResource['part'] | 'group';

function sentence(draft: WorkspaceDraft, part: Part, detail: ErrorDetail): string {
  if (detail.code !== 'PreconditionFailed') return plainSentence(detail);
  const what = part === 'workspace' ? 'workspace' : part === 'group' ? 'resource group' : part === 'logs' ? 'Log Analytics workspace' : NEIGHBOURS[part].title.toLowerCase();
  return `There is a ${what} of this name in ${draft.group} already.`;
}

const PLACES: readonly (readonly [target: RegExp, step: Step, field: string])[] = [
  [/^tags/, 'tags', 'tags'],
  [/^properties\.hubResourceId/, 'basics', 'hub'],
  [/^properties\.(?:primaryUserAssignedIdentity|encryption\.identity)|^identity/, 'encryption', 'identity'],
  [/^properties\.encryption\.keyVaultProperties\.keyIdentifier/, 'encryption', 'keyIdentifier'],
  [/^properties\.encryption/, 'encryption', 'keyVault'],
  [/^properties\.publicNetworkAccess/, 'networking', 'publicAccess'],
  [/^properties\.managedNetwork/, 'networking', 'isolation'],
  [/^properties\.friendlyName/, 'basics', 'friendlyName'],
  [/^properties\.description/, 'basics', 'description'],
  [/^properties\.featureStoreSettings/, 'basics', 'sparkVersion'],
  ...NEIGHBOUR_KINDS.map((kind) => [new RegExp(`^properties\\.${NEIGHBOURS[kind].property}`), 'resources', kind] as const),
];

function placeOf(part: Part, { target = '' }: ErrorDetail): { readonly step: Step; readonly field: string } {
  if (part === 'group') return { step: 'basics', field: 'group' };
  if (target.startsWith('tags')) return { step: 'tags', field: 'tags' };
  if (part !== 'workspace') return { step: 'resources', field: part === 'logs' ? 'insights' : part };
  const found = PLACES.find(([pattern]) => pattern.test(target));
  return found === undefined ? { step: 'basics', field: 'name' } : { step: found[1], field: found[2] };
}
