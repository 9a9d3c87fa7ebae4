// Neighbours of a workspace: the storage account, key vault and Application Insights it is made with. Every step is
// idempotent: provisioning is repeated after a crash. What a failed creation made is taken away again.
// Source: contracts/azure-ai-ml.md §4.1 (names of dependents), §3.3; reference/workspace-concept-2024.md.

import { createHash } from 'node:crypto';
import { isFinal } from '#arm/operation.ts';
import type { ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../../ports.ts';
import { kindOf } from './kinds.ts';
import type { Workspace } from './properties.ts';

type Kind = 'storageAccount' | 'keyVault' | 'applicationInsights';

const MADE: Readonly<Record<Kind, { readonly type: string; readonly word: string }>> = {
  storageAccount: { type: 'Microsoft.Storage/storageAccounts', word: 'storage' },
  keyVault: { type: 'Microsoft.KeyVault/vaults', word: 'keyvault' },
  applicationInsights: { type: 'Microsoft.Insights/components', word: 'insights' },
};
const KINDS: readonly Kind[] = ['storageAccount', 'keyVault', 'applicationInsights'];

/** First 8 alphanumerics of the workspace's name, the kind of thing, and a hash of its id: 24 characters. */
export function dependentId(resource: ResourceRecord<unknown>, { type, word }: { readonly type: string; readonly word: string }): string {
  // Why `w`: a workspace may begin with a digit, a vault may not.
  const start = resource.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replace(/^(?=\d)/, 'w')
    .slice(0, 8);
  const hash = createHash('sha256')
    .update(`${resource.key}/${stringAt(resource.properties, 'workspaceId') ?? ''}`)
    .digest('hex');
  return `${resource.id.split('/').slice(0, 5).join('/')}/providers/${type}/${`${start}${word}${hash}`.slice(0, 24)}`;
}

/** Ids of the neighbours, and which of them were made for the workspace. */
export interface Neighbours extends JsonObject {
  readonly storageAccount?: string;
  readonly keyVault?: string;
  readonly applicationInsights?: string;
  readonly madeNeighbours: JsonObject;
}

/** What the workspace lacks: a project has all it needs from its hub, and a hub needs no Application Insights. */
function missing({ kind, properties }: ResourceRecord<Workspace>): readonly Kind[] {
  if (kindOf(kind) === 'Project') return [];
  return KINDS.filter((name) => properties[name] === undefined && !(name === 'applicationInsights' && kindOf(kind) === 'Hub'));
}

/** Ids of the neighbours; those that were not given are made. `madeNeighbours` remembers which. */
export async function createNeighbours(ctx: Context, resource: ResourceRecord<Workspace>, store: Pick<Resources, 'find' | 'put'>, ports: Pick<ResourcePorts, 'installation'>): Promise<Neighbours> {
  const location = resource.location ?? ports.installation().region;
  const bodies: Readonly<Record<Kind, JsonObject>> = {
    storageAccount: { kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties: { supportsHttpsTrafficOnly: true, allowBlobPublicAccess: false } },
    keyVault: { properties: { tenantId: ports.installation().tenantId, sku: { family: 'A', name: 'standard' }, accessPolicies: [] } },
    applicationInsights: { kind: 'web', properties: { Application_Type: 'web' } },
  };
  const ids: Partial<Record<Kind, string>> = {};
  for (const kind of missing(resource)) {
    const id = dependentId(resource, MADE[kind]);
    if ((await store.find(id)) === undefined) await store.put(ctx, id, { location, tags: {}, ...bodies[kind] }, { as: 'system' });
    ids[kind] = id;
  }
  const madeNeighbours = { ...objectAt(resource.properties, 'madeNeighbours'), ...Object.fromEntries(Object.keys(ids).map((kind) => [kind, true])) };
  return { ...ids, madeNeighbours };
}

/** After a creation that cannot succeed as it was asked for: takes away what was made for it. Other errors are tried again. */
export async function removeNeighbours(ctx: Context, resource: ResourceRecord<Workspace>, store: Pick<Resources, 'delete'>, error: unknown): Promise<void> {
  if (!isFinal(error)) return;
  for (const kind of missing(resource)) await store.delete(ctx, dependentId(resource, MADE[kind]), { as: 'system', purge: true });
}
