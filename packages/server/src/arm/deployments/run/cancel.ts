// Cancel: what has not begun stays undone, what runs is left to its end, nested deployments are canceled with it.

import { randomUUID } from 'node:crypto';
import { isoTime } from '#kernel/clock.ts';
import type { Context } from '#kernel/context.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import { numberAt } from '#kernel/json.ts';
import { cancelSteps, listSteps } from '#storage/deployment-store.ts';
import { endOperation, findRunningOperation } from '#storage/operation-store.ts';
import { isBusy, type ResourceRecord } from '#storage/resource-record.ts';
import { lockResource, updateResource } from '#storage/resource-store.ts';
import { DEPLOYMENT_TYPE } from '../template/planned-resource.ts';
import type { EngineDeps } from './advance.ts';
import { sendPath } from './gateway.ts';
import { encodePath } from '../../address/resource-id.ts';
import { isoDuration } from './result.ts';

export async function cancelDeployment(deps: EngineDeps, ctx: Context, resource: Pick<ResourceRecord, 'key' | 'id' | 'name'>, apiVersion: string): Promise<void> {
  const steps = await listSteps(deps.database.sql, resource.key);
  const error = { code: 'DeploymentCanceled', message: `The deployment '${resource.name}' was canceled by the caller.` };
  await deps.database.transaction(async (tx) => {
    const held = await lockResource(tx, resource.key, 'update');
    if (held === undefined || !isBusy(held) || held.provisioningState === 'Deleting') {
      throw new Fault('conflict', 'DeploymentCannotBeCancelled', `The deployment '${resource.name}' cannot be cancelled: it is not running.`, { target: resource.id });
    }
    const now = ctx.clock.now();
    const at = new Date(now);
    const ended = { state: 'Canceled', timestamp: isoTime(now), duration: isoDuration(now - (numberAt(held.properties, 'startedMs') ?? now)), error };
    await updateResource(tx, { ...held, properties: { ...held.properties, ...ended } }, held.etag, {
      etag: randomUUID(),
      provisioningState: 'Canceled',
      systemData: held.systemData,
      sealed: held.sealed,
      at,
    });
    await cancelSteps(tx, resource.key, at);
    const operation = await findRunningOperation(tx, resource.key);
    if (operation !== undefined) await endOperation(tx, operation.id, { status: 'Canceled', error, at });
  });
  for (const step of steps) {
    if (step.state !== 'running' || step.resourceType.toLowerCase() !== DEPLOYMENT_TYPE) continue;
    await sendPath(deps.arm(), ctx, 'POST', `${encodePath(step.resourceId)}/cancel?api-version=${encodeURIComponent(apiVersion)}`).catch((reason: unknown) => {
      // Why: it may have ended by itself, or not have begun; either way nothing of it is left to cancel.
      if (!isFault(reason, 'conflict') && !isFault(reason, 'notFound')) throw reason;
    });
  }
}
