// Soft-deleted workspaces: the refusal that tells how to go on, and what must still be there to bring one back.
// Source: reference/workspace-concept-2024.md (soft delete); contracts/azureml-rest.md §3 (inferred).

import type { Reject, ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import { kindOf } from './kinds.ts';
import { findNeighbour } from './links.ts';
import { INHERITED } from './projects.ts';
import type { Workspace } from './properties.ts';

export const RETENTION_DAYS = 14;
export const PURGE_PARAMETER = 'forceToPurge';

/** Children that a deleted workspace does not keep. Source: Azure, "Recover workspace data after soft deletion". */
export const LOST = ['computes', 'onlineEndpoints', 'onlineEndpoints/deployments', 'batchEndpoints', 'batchEndpoints/deployments', 'serverlessEndpoints'].map(
  (name) => `Microsoft.MachineLearningServices/workspaces/${name}`,
);

/** A PUT that recovers says so and no more: the workspace comes back as it was, a project with what its hub has now. */
export function recoveryBody(body: JsonObject, properties: JsonObject, deleted: ResourceRecord): JsonObject {
  if (String(properties['allowRecoverSoftDeletedWorkspace']).toLowerCase() !== 'true') return { ...body, properties };
  const isProject = kindOf(deleted.kind) === 'Project';
  const own = Object.entries(deleted.properties).filter(([name]) => !isProject || !INHERITED.some((inherited) => inherited === name));
  return { ...body, tags: { ...deleted.tags }, kind: deleted.kind, properties: { ...Object.fromEntries(own), allowRecoverSoftDeletedWorkspace: true } };
}

/** Of a PUT on the name of a soft-deleted workspace: refused unless it asks for recovery and the neighbours are there. */
export async function checkRecovery(deleted: ResourceRecord<Workspace>, isWanted: boolean, store: Resources, reject: Reject): Promise<void> {
  const until = deleted.purgeAt?.toISOString() ?? '';
  if (!isWanted) {
    throw new Fault(
      'conflict',
      'SoftDeletedWorkspaceExists',
      `The workspace '${deleted.name}' was deleted and can be recovered until ${until}. Recover it with a PUT whose properties have allowRecoverSoftDeletedWorkspace true, or free the name with a DELETE with ${PURGE_PARAMETER}=true.`,
      { target: deleted.id },
    );
  }
  for (const name of ['storageAccount', 'keyVault'] as const) {
    const id = deleted.properties[name];
    if (id === undefined || (await findNeighbour(store, id, name)) !== undefined) continue;
    reject(`properties.${name}`, `The workspace cannot be recovered: its ${name} '${id}' is not there any more. Bring that back first, or purge the workspace.`, 'DependentResourceNotFound');
  }
}
