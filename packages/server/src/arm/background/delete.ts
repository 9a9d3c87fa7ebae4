// Work: a delete that takes time. Bounded batches, descendants before ancestors, so that it goes on where a crash left it.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { toFault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import { endOperation, findOperation, setOperationProgress } from '#storage/operation-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { countDescendants, findResource, lockResource, takeDescendants, updateResourceState } from '#storage/resource-store.ts';
import { defineWork, type WorkKind } from '#work/define-work.ts';
import type { ArmDeps } from '../deps.ts';
import { recordActivity } from '../change/journal.ts';
import { isFinal, storedError } from '../operation.ts';
import { permissionOf } from '../permission.ts';
import { deletedToo, type Removal, removalOf, removeBatch, removeRoot } from '../change/remove.ts';

const BATCH = 100;

export function deleteWork(deps: ArmDeps): WorkKind {
  return defineWork({
    kind: 'arm.delete',
    async run(ctx, payload) {
      const key = stringAt(payload, 'key') ?? '';
      const operationId = stringAt(payload, 'operationId') ?? '';
      try {
        const root = await findResource(deps.database.sql, key);
        if (root?.provisioningState !== 'Deleting') {
          await succeed(deps, ctx, operationId);
          return 'done';
        }
        const type = deps.registry.typeNamed(root.type);
        const operation = await findOperation(deps.database.sql, operationId);
        const how = removalOf(type, payload['purge'] === true, operation?.startedAt ?? new Date(ctx.clock.now()));
        const tell = await progressOf(deps, key, how, operationId, operation?.percentComplete ?? 0);
        return (await removeDescendants(deps, ctx, key, how, tell)) ?? (await removeLast(deps, ctx, root, operationId, how));
      } catch (error) {
        if (!isFinal(error)) throw error;
        await fail(deps, ctx, key, operationId, error);
        return 'done';
      }
    },
    onGiveUp: (ctx, payload, error) => fail(deps, ctx, stringAt(payload, 'key') ?? '', stringAt(payload, 'operationId') ?? '', error),
  });
}

type Again = { readonly againAfterMs: number };

/** Tells the operation how much is gone. Goes on from where a round before it, or a server before this one, came to. */
async function progressOf(deps: ArmDeps, key: string, how: Removal, operationId: string, before: number): Promise<() => Promise<void>> {
  const count = () => countDescendants(deps.database.sql, key, deletedToo(deps, how));
  const all = await count();
  return async () => {
    if (all <= BATCH) return;
    const gone = 1 - (await count()) / all;
    await setOperationProgress(deps.database.sql, operationId, Math.max(before, Math.floor(before + (99 - before) * gone)));
  };
}

/** Undefined when nothing is left below. */
async function removeDescendants(deps: ArmDeps, ctx: Context, key: string, how: Removal, tell: () => Promise<void>): Promise<Again | undefined> {
  for (;;) {
    if (ctx.signal().aborted) return { againAfterMs: 0 };
    const batch = await deps.database.transaction((tx) => takeDescendants(tx, key, BATCH, deletedToo(deps, how)));
    if (batch.length === 0) return undefined;
    const waiting = await deprovisionBatch(deps, ctx, batch);
    if (waiting !== undefined) return waiting;
    await deps.database.transaction(async (tx) => {
      const held = await takeDescendants(tx, key, BATCH, deletedToo(deps, how));
      const known = new Set(batch.map((resource) => resource.key));
      await removeBatch(
        deps,
        tx,
        ctx,
        held.filter((resource) => known.has(resource.key)),
        how,
      );
    });
    await tell();
  }
}

/** Takes down what has to be; undefined when all of it is down. */
async function deprovisionBatch(deps: ArmDeps, ctx: Context, batch: readonly ResourceRecord[]): Promise<Again | undefined> {
  let againAfterMs: number | undefined;
  for (const resource of batch) {
    const result = (await deps.registry.typeNamed(resource.type).deprovision?.run(ctx, { resource, store: deps.store })) ?? 'done';
    if (result !== 'done') againAfterMs = Math.min(againAfterMs ?? result.againAfterMs, result.againAfterMs);
  }
  return againAfterMs === undefined ? undefined : { againAfterMs };
}

async function removeLast(deps: ArmDeps, ctx: Context, root: ResourceRecord, operationId: string, how: Removal): Promise<'done' | Again> {
  const type = deps.registry.typeNamed(root.type);
  const waiting = await deprovisionBatch(deps, ctx, [root]);
  if (waiting !== undefined) return waiting;
  return deps.database.transaction(async (tx): Promise<'done' | Again> => {
    const held = await lockResource(tx, root.key, 'update');
    // Why: something may have been created just before the lock; it goes with the next round.
    if ((await takeDescendants(tx, root.key, 1, deletedToo(deps, how))).length > 0) return { againAfterMs: 0 };
    if (held !== undefined) await removeRoot(deps, tx, ctx, type, held, how, await findOperation(tx, operationId));
    await endOperation(tx, operationId, { status: 'Succeeded', at: new Date(ctx.clock.now()) });
    return 'done';
  });
}

async function succeed(deps: ArmDeps, ctx: Context, operationId: string): Promise<void> {
  await deps.database.transaction((tx) => endOperation(tx, operationId, { status: 'Succeeded', at: new Date(ctx.clock.now()) }));
}

async function fail(deps: ArmDeps, ctx: Context, key: string, operationId: string, error: unknown): Promise<void> {
  await deps.database.transaction(async (tx) => {
    const at = new Date(ctx.clock.now());
    const stored = storedError(toFault(error));
    await endOperation(tx, operationId, { status: 'Failed', error: stored, at });
    const held = await lockResource(tx, key, 'update');
    if (held === undefined) return;
    await updateResourceState(tx, held.key, held.etag, { etag: randomUUID(), provisioningState: 'Failed', systemData: held.systemData, at });
    await recordActivity(tx, ctx, { key, id: held.id, action: permissionOf(deps.registry.typeNamed(held.type), 'delete'), status: 'Failed', detail: stored, by: await findOperation(tx, operationId) });
  });
}
