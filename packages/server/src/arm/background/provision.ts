// Work: carries out an asynchronous creation or update, then writes its end: Succeeded, or Failed with the reason.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { type Fault, toFault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, stringAt } from '#kernel/json.ts';
import { mergePatch } from '#kernel/merge-patch.ts';
import { endOperation, findOperation, setOperationProgress } from '#storage/operation-store.ts';
import { isBusy, type ProvisioningState } from '#storage/resource-record.ts';
import { findResource, lockResource, updateResource } from '#storage/resource-store.ts';
import { defineWork, type WorkKind } from '#work/define-work.ts';
import type { ArmDeps } from '../deps.ts';
import { recordActivity } from '../change/journal.ts';
import { isFinal, storedError } from '../operation.ts';
import { permissionOf } from '../permission.ts';

export function provisionWork(deps: ArmDeps): WorkKind {
  return defineWork({
    kind: 'arm.provision',
    async run(ctx, payload) {
      const key = stringAt(payload, 'key') ?? '';
      const operationId = stringAt(payload, 'operationId') ?? '';
      // Why: an operation that was canceled has nothing to do with what was begun since.
      if ((await findOperation(deps.database.sql, operationId))?.status !== 'InProgress') return 'done';
      const resource = await findResource(deps.database.sql, key);
      // Why: a delete overtakes a creation; what was begun is taken down by deprovision.
      if (resource === undefined || !isBusy(resource) || resource.provisioningState === 'Deleting') {
        await deps.database.transaction((tx) =>
          endOperation(tx, operationId, { status: 'Canceled', error: { code: 'OperationCanceled', message: 'The resource was deleted.' }, at: new Date(ctx.clock.now()) }),
        );
        return 'done';
      }
      try {
        const type = deps.registry.typeNamed(resource.type);
        await deps.seals.prepare([resource]);
        const result = (await type.provision?.run(ctx, { resource, store: deps.store })) ?? {};
        if ('againAfterMs' in result) {
          if (result.percentComplete !== undefined) await setOperationProgress(deps.database.sql, operationId, result.percentComplete);
          return { againAfterMs: result.againAfterMs };
        }
        await endProvision(deps, ctx, key, operationId, { properties: result.properties ?? {} });
      } catch (error) {
        if (!isFinal(error)) throw error;
        await endProvision(deps, ctx, key, operationId, { fault: error });
      }
      return 'done';
    },
    onGiveUp: (ctx, payload, error) => endProvision(deps, ctx, stringAt(payload, 'key') ?? '', stringAt(payload, 'operationId') ?? '', { fault: toFault(error) }),
  });
}

async function endProvision(deps: ArmDeps, ctx: Context, key: string, operationId: string, end: { readonly properties: JsonObject } | { readonly fault: Fault }): Promise<void> {
  await deps.database.transaction(async (tx) => {
    const at = new Date(ctx.clock.now());
    const held = await lockResource(tx, key, 'update');
    const error = 'fault' in end ? storedError(end.fault) : undefined;
    await endOperation(tx, operationId, { status: error === undefined ? 'Succeeded' : 'Failed', ...(error === undefined ? {} : { error }), at });
    if (held === undefined || !isBusy(held) || held.provisioningState === 'Deleting') return;
    const merged = 'fault' in end ? held.properties : mergePatch(held.properties, end.properties);
    const state: ProvisioningState = error === undefined ? 'Succeeded' : 'Failed';
    await updateResource(tx, { ...held, properties: isJsonObject(merged) ? merged : held.properties }, held.etag, {
      etag: randomUUID(),
      provisioningState: state,
      systemData: held.systemData,
      sealed: held.sealed,
      at,
    });
    await recordActivity(tx, ctx, {
      key,
      id: held.id,
      action: permissionOf(deps.registry.typeNamed(held.type), 'write'),
      status: state === 'Succeeded' ? 'Succeeded' : 'Failed',
      detail: error,
      by: await findOperation(tx, operationId),
    });
  });
}
