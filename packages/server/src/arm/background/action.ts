// Work: carries out a long-running action and keeps its answer for the result URL.

import type { Context } from '#kernel/context.ts';
import { toFault } from '#kernel/faults.ts';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import { endOperation, findActionInput, findOperation } from '#storage/operation-store.ts';
import { findResource } from '#storage/resource-store.ts';
import { defineWork, type WorkKind } from '#work/define-work.ts';
import type { Again } from '../action.ts';
import type { ArmDeps } from '../deps.ts';
import { resourceNotFound } from '../faults.ts';
import { recordActivity } from '../change/journal.ts';
import { isFinal, storedError } from '../operation.ts';
import { actionPermission } from '../permission.ts';
import { actionOf } from '../registry.ts';

export function actionWork(deps: ArmDeps): WorkKind {
  return defineWork({
    kind: 'arm.action',
    async run(ctx, payload) {
      const operation = await findOperation(deps.database.sql, stringAt(payload, 'operationId') ?? '');
      if (operation?.status !== 'InProgress') return 'done';
      try {
        const result = await runOnce(deps, ctx, payload);
        if (result !== undefined && 'againAfterMs' in result) return { againAfterMs: result.againAfterMs };
        await end(deps, ctx, payload, { result });
      } catch (error) {
        if (!isFinal(error)) throw error;
        await end(deps, ctx, payload, { error });
      }
      return 'done';
    },
    onGiveUp: (ctx, payload, error) => end(deps, ctx, payload, { error }),
  });
}

async function runOnce(deps: ArmDeps, ctx: Context, payload: JsonObject): Promise<object | Again | undefined> {
  const key = stringAt(payload, 'key') ?? '';
  const resource = await findResource(deps.database.sql, key);
  if (resource === undefined) throw resourceNotFound(deps.registry.placeOf(key));
  await deps.seals.prepare([resource]);
  const { action } = nameOf(deps, payload);
  return action?.run(ctx, {
    resource,
    // Of an item that is older than the column, it is in the payload.
    input: payload['input'] ?? (await findActionInput(deps.database.sql, stringAt(payload, 'operationId') ?? '')),
    query: new URLSearchParams(stringAt(payload, 'query') ?? ''),
    apiVersion: stringAt(payload, 'apiVersion') ?? '',
    origin: '',
    database: deps.database,
    store: deps.store,
  });
}

function nameOf(deps: ArmDeps, payload: JsonObject) {
  const type = deps.registry.typeNamed(stringAt(payload, 'type') ?? '');
  const name = stringAt(payload, 'action') ?? '';
  const action = (actionOf(type, name, 'item') ?? actionOf(type, name, 'collection'))?.action;
  return { type, name, action };
}

async function end(deps: ArmDeps, ctx: Context, payload: JsonObject, outcome: { readonly result: object | undefined } | { readonly error: unknown }): Promise<void> {
  const { type, name, action } = nameOf(deps, payload);
  const error = 'error' in outcome ? storedError(toFault(outcome.error)) : undefined;
  await deps.database.transaction(async (tx) => {
    const id = stringAt(payload, 'operationId') ?? '';
    await endOperation(tx, id, {
      status: error === undefined ? 'Succeeded' : 'Failed',
      ...('result' in outcome ? { result: outcome.result } : {}),
      ...(error === undefined ? {} : { error }),
      at: new Date(ctx.clock.now()),
    });
    const operation = await findOperation(tx, id);
    if (operation === undefined) return;
    await recordActivity(tx, ctx, {
      key: operation.resourceKey,
      id: operation.resourceId,
      action: actionPermission(type, name, action?.on ?? 'item'),
      status: error === undefined ? 'Succeeded' : 'Failed',
      detail: error,
      by: operation,
    });
  });
}
