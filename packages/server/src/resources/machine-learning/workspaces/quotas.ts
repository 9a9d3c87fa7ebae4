// Quotas: how many nodes the computes of a workspace may have together. On one machine there is one family of nodes.
// Source: contracts/azureml-rest.md §4 (Usages, Quotas), §6 (QuotaBaseProperties, UpdateWorkspaceQuotas, Usage, ResourceQuota).

import type { ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import { Fault } from '#kernel/faults.ts';
import { type Json, type JsonObject, numberAt, stringAt } from '#kernel/json.ts';
import type { Database, Tx } from '#storage/database.ts';
import { listNodeUse, lockNodeLimit, type NodeUse, putNodeLimit } from '#storage/quota-store.ts';

const FAMILY = 'ClusterNodes';
const NAME = { value: FAMILY, localizedValue: 'Cluster Nodes' };
const TYPE = 'Microsoft.MachineLearningServices/workspaces/quotas';
/** Azure: no limit. */
const UNLIMITED = -1;
const MOST = 1_000_000;

/** In the transaction that changes a compute, after its change: throws when the computes may have more nodes than the limit. */
export async function requireWithinQuota(tx: Tx, workspaceKey: string): Promise<void> {
  const limit = await lockNodeLimit(tx, workspaceKey);
  if (limit === undefined) return;
  const { maxNodes = 0 } = (await listNodeUse(tx, [workspaceKey])).get(workspaceKey) ?? {};
  if (maxNodes <= limit) return;
  throw new Fault(
    'conflict',
    'ClusterCoreQuotaReached',
    `The computes of the workspace could have ${maxNodes} nodes together; its quota is ${limit}. Lower maxNodeCount, delete a compute, or have the quota raised.`,
    {
      target: 'properties.properties.scaleSettings.maxNodeCount',
    },
  );
}

export function quotaBody(workspace: ResourceRecord, use: NodeUse | undefined): JsonObject {
  return { id: `${workspace.id}/quotas/${FAMILY}`, amlWorkspaceLocation: workspace.location, type: TYPE, name: NAME, limit: use?.limit ?? UNLIMITED, unit: 'Count' };
}

export function usageBody(workspace: ResourceRecord, use: NodeUse | undefined): JsonObject {
  return { ...quotaBody(workspace, use), id: `${workspace.id}/usages/${FAMILY}`, type: TYPE.replace('quotas', 'usages'), currentValue: use?.nodes ?? 0 };
}

/** Sets what is asked; each item says what became of it. */
export async function updateQuotas(database: Database, store: Resources, at: { readonly subscriptionId: string; readonly location: string }, items: readonly Json[]): Promise<readonly JsonObject[]> {
  const results: JsonObject[] = [];
  for (const item of items) results.push(await updateOne(database, store, at, item));
  return results;
}

async function updateOne(database: Database, store: Resources, at: { readonly subscriptionId: string; readonly location: string }, item: Json): Promise<JsonObject> {
  const id = stringAt(item, 'id') ?? '';
  const limit = numberAt(item, 'limit') ?? UNLIMITED;
  const [, workspaceId = '', family = ''] = /^(.+\/workspaces\/[^/]+)\/quotas\/([^/]+)$/i.exec(id) ?? [];
  const result = (status: string): JsonObject => ({ id, type: TYPE, limit, unit: 'Count', status });
  if (family.toLowerCase() !== FAMILY.toLowerCase()) return result('InvalidVMFamilyName');
  if (!Number.isInteger(limit) || limit < UNLIMITED || limit > MOST) return result('Failure');
  const workspace = await store.find(workspaceId).catch(() => undefined);
  const isHere = workspace?.type === 'microsoft.machinelearningservices/workspaces' && workspace.location === at.location && workspace.subscriptionId === at.subscriptionId.toLowerCase();
  if (workspace === undefined || !isHere) return result('Failure');
  return database.transaction(async (tx) => {
    await lockNodeLimit(tx, workspace.key);
    const { minNodes = 0 } = (await listNodeUse(tx, [workspace.key])).get(workspace.key) ?? {};
    if (limit !== UNLIMITED && limit < minNodes) return result('InvalidQuotaBelowClusterMinimum');
    await putNodeLimit(tx, workspace.key, limit === UNLIMITED ? undefined : limit);
    return result('Success');
  });
}
