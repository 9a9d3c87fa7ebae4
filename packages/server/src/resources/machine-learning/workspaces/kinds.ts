// Kinds of workspaces, and which may become which. Source: contracts/azure-ai-ml.md §4.1; contracts/terraform-azurerm.md §4.14, §8 (kindUpdate).

import type { Reject } from '#arm/resource-type.ts';

export const KINDS = ['Default', 'Hub', 'Project', 'FeatureStore'] as const;
export type WorkspaceKind = (typeof KINDS)[number];

/** Azure: a workspace becomes a feature store and back, or a hub; hubs and projects stay what they are. */
const BECOMES: Readonly<Record<WorkspaceKind, readonly WorkspaceKind[]>> = {
  Default: ['Hub', 'FeatureStore'],
  FeatureStore: ['Default'],
  Hub: [],
  Project: [],
};

/** The kind in Azure's spelling; undefined when it is none. */
export function kindOf(kind: string | undefined): WorkspaceKind | undefined {
  return KINDS.find((known) => known.toLowerCase() === (kind ?? 'Default').toLowerCase());
}

export function checkKind(desired: string | undefined, current: string | undefined, reject: Reject): void {
  const wanted = kindOf(desired);
  const before = current === undefined ? undefined : kindOf(current);
  if (wanted === undefined) reject('kind', `kind is '${desired?.slice(0, 60)}'; ${KINDS.join(', ')} are accepted.`);
  else if (before !== undefined && before !== wanted && !BECOMES[before].includes(wanted))
    reject(
      'kind',
      `kind cannot change from ${before} to ${wanted}; ${BECOMES[before].length === 0 ? `a ${before} stays one` : `it can change to ${BECOMES[before].join(' or ')}`}.`,
      'PropertyChangeNotAllowed',
    );
}
