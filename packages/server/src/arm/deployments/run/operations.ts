// Operations of a deployment, as clients list them. Source: contracts/azure-ai-ml.md §4.1: every one but the evaluation of
// outputs has a target resource.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql } from '#storage/database.ts';
import { type DeploymentStep, listSteps } from '#storage/deployment-store.ts';
import { isoDuration } from './result.ts';

/** Newest first, those that have begun. */
export async function listOperations(ctx: Context, db: Sql, deployment: { readonly id: string; readonly key: string }): Promise<readonly JsonObject[]> {
  const steps = await listSteps(db, deployment.key);
  return steps
    .filter(({ startedAt, state }) => startedAt !== undefined && state !== 'waiting')
    .toReversed()
    .map((step) => shown(step, deployment.id, ctx.clock.now()));
}

export async function getOperation(ctx: Context, db: Sql, deployment: { readonly id: string; readonly key: string }, operationId: string): Promise<JsonObject> {
  const found = (await listOperations(ctx, db, deployment)).find((operation) => String(operation['operationId']).toLowerCase() === operationId.toLowerCase());
  if (found === undefined) throw new Fault('notFound', 'DeploymentOperationNotFound', `The deployment operation '${operationId.slice(0, 100)}' could not be found.`);
  return found;
}

const STATES = { waiting: 'Accepted', running: 'Running', succeeded: 'Succeeded', failed: 'Failed', canceled: 'Canceled' } as const;
const KINDS = { create: 'Create', delete: 'Delete', outputs: 'EvaluateDeploymentOutput' } as const;

function shown(step: DeploymentStep, deploymentId: string, now: number): JsonObject {
  const operationId = step.operationId.replaceAll('-', '').slice(0, 16).toUpperCase();
  const ended = step.endedAt?.getTime() ?? now;
  return {
    id: `${deploymentId}/operations/${operationId}`,
    operationId,
    properties: {
      provisioningOperation: KINDS[step.kind],
      provisioningState: STATES[step.state],
      timestamp: new Date(ended).toISOString(),
      duration: isoDuration(ended - (step.startedAt?.getTime() ?? ended)),
      trackingId: step.operationId,
      serviceRequestId: step.operationId,
      statusCode: step.statusCode ?? 'Accepted',
      ...(step.error === undefined ? {} : { statusMessage: { status: 'Failed', error: step.error } }),
      ...(step.kind === 'outputs' ? {} : { targetResource: { id: step.resourceId, resourceType: step.resourceType, resourceName: step.resourceName } }),
    },
  };
}
