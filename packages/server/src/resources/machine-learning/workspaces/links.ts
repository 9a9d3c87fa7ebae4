// Links of a workspace to its neighbours: that they exist, are of the right type and fit, that the caller may use them,
// and that those that cannot change do not.
// Source: reference/workspace-concept-2024.md, workspace-concept-earlier.md; contracts/terraform-azurerm.md §4.14.

import type { Reject, ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../../ports.ts';
import type { WorkspaceKind } from './kinds.ts';
import type { Workspace } from './properties.ts';

interface Link {
  readonly type: string;
  readonly noun: string;
  /** What the caller must be allowed to do with a neighbour to link it: the workspace hands its keys out. */
  readonly permission: string;
  readonly isFixed?: boolean;
}

const LINKS = {
  storageAccount: { type: 'Microsoft.Storage/storageAccounts', noun: 'storage account', permission: 'Microsoft.Storage/storageAccounts/listKeys/action', isFixed: true },
  keyVault: { type: 'Microsoft.KeyVault/vaults', noun: 'key vault', permission: 'Microsoft.KeyVault/vaults/read', isFixed: true },
  applicationInsights: { type: 'Microsoft.Insights/components', noun: 'Application Insights component', permission: 'Microsoft.Insights/components/read' },
  containerRegistry: { type: 'Microsoft.ContainerRegistry/registries', noun: 'container registry', permission: 'Microsoft.ContainerRegistry/registries/listCredentials/action' },
} as const satisfies Readonly<Record<string, Link>>;

export type LinkName = keyof typeof LINKS;
export const LINK_NAMES: readonly LinkName[] = ['storageAccount', 'keyVault', 'applicationInsights', 'containerRegistry'];

export type Links = Partial<Readonly<Record<LinkName, string>>>;

/** Azure: letter case in ids does not count; what is stored is spelled as it was first given. */
export function isSameId(a: string | undefined, b: string | undefined): boolean {
  return a?.toLowerCase() === b?.toLowerCase();
}

/** The neighbour, when it is there. */
export async function findNeighbour(store: Resources, id: string | undefined, name: LinkName): Promise<ResourceRecord | undefined> {
  if (id === undefined) return undefined;
  const found = await store.find(id).catch(() => undefined);
  return found?.type === LINKS[name].type.toLowerCase() ? found : undefined;
}

export interface LinkChange {
  readonly kind: WorkspaceKind;
  readonly given: Workspace;
  readonly before: Workspace | undefined;
  readonly store: Resources;
  readonly reject: Reject;
}

/** The links as they will be stored: fixed ones kept, new ones checked. */
export async function checkLinks(ctx: Context, ports: Pick<ResourcePorts, 'access'>, change: LinkChange): Promise<Links> {
  const links: Partial<Record<LinkName, string>> = {};
  for (const name of LINK_NAMES) {
    const id = await checkLink(ctx, ports, name, change);
    if (id !== undefined) links[name] = id;
  }
  return links;
}

async function checkLink(ctx: Context, ports: Pick<ResourcePorts, 'access'>, name: LinkName, { kind, given, before, store, reject }: LinkChange): Promise<string | undefined> {
  const link: Link = LINKS[name];
  const wanted = given[name];
  const stored = before?.[name];
  // Why: a PUT that leaves it out does not unlink what was made for the workspace.
  if (wanted === undefined) return name === 'containerRegistry' && objectAt(before, 'madeNeighbours')[name] !== true ? undefined : stored;
  if (stored !== undefined && isSameId(wanted, stored)) return stored;
  const property = `properties.${name}`;
  if (link.isFixed === true && stored !== undefined) {
    reject(property, `Changing property '${property}' is not allowed: the ${link.noun} of a workspace stays ${stored}. Leave it as it is, or create a new workspace.`, 'PropertyChangeNotAllowed');
    return stored;
  }
  const found = await findNeighbour(store, wanted, name);
  if (found === undefined) {
    reject(
      property,
      `The ${link.noun} '${wanted.slice(0, 300)}' was not found; give the resource id of a ${link.type} that exists, or leave it out${name === 'containerRegistry' ? '' : ' at creation to have one made'}.`,
    );
    return undefined;
  }
  await ports.access.require(ctx, link.permission, found.id);
  if (name === 'storageAccount') checkStorageAccount(found, kind, reject);
  if (name === 'applicationInsights') await checkInsights(store, before, reject);
  return wanted;
}

/**
 * Azure: a workspace refuses premium storage, plain blob storage and hierarchical namespaces as its default storage.
 * A feature store takes the latter: the template of azure-ai-ml and `az ml` makes such an account for it.
 */
function checkStorageAccount(account: ResourceRecord, kind: WorkspaceKind, reject: Reject): void {
  const property = 'properties.storageAccount';
  const sku = stringAt(account.sku, 'name') ?? '';
  if (sku.startsWith('Premium')) reject(property, `The storage account ${account.name} has the SKU ${sku}; a workspace needs a Standard one as its default storage.`);
  if (account.kind !== 'StorageV2' && account.kind !== 'Storage')
    reject(property, `The storage account ${account.name} is of kind ${account.kind}; a workspace needs StorageV2 or Storage as its default storage.`);
  if (account.properties['isHnsEnabled'] === true && kind !== 'FeatureStore')
    reject(property, `The storage account ${account.name} has a hierarchical namespace; it cannot be the default storage of a workspace.`);
}

/** Azure: once the component made with the workspace is deleted, the workspace takes no other. */
async function checkInsights(store: Resources, before: Workspace | undefined, reject: Reject): Promise<void> {
  if (objectAt(before, 'madeNeighbours')['applicationInsights'] !== true) return;
  if ((await findNeighbour(store, before?.applicationInsights, 'applicationInsights')) !== undefined) return;
  reject(
    'properties.applicationInsights',
    `The Application Insights component that was made with the workspace was deleted; it cannot be made again or replaced without deleting and recreating the workspace.`,
    'ApplicationInsightsCannotBeRecreated',
  );
}
