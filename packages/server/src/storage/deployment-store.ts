// deployment-store: the SQL of the steps of deployments, and of their history.

import { type Selectable, sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import { publishEvent } from './notify.ts';
import type { DeploymentStepsTable, StepKind, StepState } from './tables/deployments.ts';

export interface NewStep {
  readonly key: string;
  readonly ordinal: number;
  readonly operationId: string;
  readonly kind: StepKind;
  readonly resourceId: string;
  readonly resourceType: string;
  readonly resourceName: string;
}

export interface DeploymentStep extends NewStep {
  readonly state: StepState;
  readonly pollPath: string | undefined;
  readonly statusCode: string | undefined;
  readonly error: JsonObject | undefined;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
}

/** The steps of a new run in place of those of the run before. */
export async function replaceSteps(tx: Tx, deploymentKey: string, steps: readonly NewStep[]): Promise<void> {
  await deleteSteps(tx, [deploymentKey]);
  await addSteps(tx, deploymentKey, steps);
}

/** Adds those that are not there yet. */
export async function addSteps(tx: Tx, deploymentKey: string, steps: readonly NewStep[]): Promise<void> {
  if (steps.length === 0) return;
  await tx
    .insertInto('deployment_steps')
    .values(
      steps.map((step) => ({
        deployment_key: deploymentKey,
        step_key: step.key,
        ordinal: step.ordinal,
        operation_id: step.operationId,
        kind: step.kind,
        resource_id: step.resourceId,
        resource_type: step.resourceType,
        resource_name: step.resourceName,
        state: 'waiting' as const,
        poll_path: null,
        status_code: null,
        error: null,
        started_at: null,
        ended_at: null,
      })),
    )
    .onConflict((conflict) => conflict.columns(['deployment_key', 'step_key']).doNothing())
    .execute();
}

export async function deleteSteps(tx: Tx, deploymentKeys: readonly string[]): Promise<void> {
  await sql`delete from deployment_steps where deployment_key = any(${deploymentKeys}::text[])`.execute(tx);
}

/** In the order of the plan. */
export async function listSteps(db: Sql, deploymentKey: string): Promise<readonly DeploymentStep[]> {
  const rows = await db.selectFrom('deployment_steps').selectAll().where('deployment_key', '=', deploymentKey).orderBy('ordinal').orderBy('step_key').execute();
  return rows.map(toStep);
}

/** waiting > running. False when it is not waiting any more. */
export async function beginStep(tx: Tx, deploymentKey: string, stepKey: string, at: Date): Promise<boolean> {
  const result = await tx
    .updateTable('deployment_steps')
    .set({ state: 'running', started_at: at })
    .where('deployment_key', '=', deploymentKey)
    .where('step_key', '=', stepKey)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  await publishEvent(tx, { topic: 'operation', key: deploymentKey });
  return result.numUpdatedRows > 0n;
}

/** Back to waiting: it met something that is not ready. */
export async function postponeStep(tx: Tx, deploymentKey: string, stepKey: string): Promise<void> {
  await tx
    .updateTable('deployment_steps')
    .set({ state: 'waiting', started_at: null })
    .where('deployment_key', '=', deploymentKey)
    .where('step_key', '=', stepKey)
    .where('state', '=', 'running')
    .execute();
}

/** Where to ask for the end of a running step. */
export async function setStepPoll(tx: Tx, deploymentKey: string, stepKey: string, pollPath: string, statusCode: string): Promise<void> {
  await tx
    .updateTable('deployment_steps')
    .set({ poll_path: pollPath, status_code: statusCode })
    .where('deployment_key', '=', deploymentKey)
    .where('step_key', '=', stepKey)
    .where('state', '=', 'running')
    .execute();
}

export async function endStep(
  tx: Tx,
  deploymentKey: string,
  stepKey: string,
  end: { readonly state: 'succeeded' | 'failed' | 'canceled'; readonly statusCode: string; readonly error?: JsonObject | undefined; readonly at: Date },
): Promise<void> {
  await tx
    .updateTable('deployment_steps')
    .set({ state: end.state, status_code: end.statusCode, error: end.error === undefined ? null : JSON.stringify(end.error), ended_at: end.at })
    .where('deployment_key', '=', deploymentKey)
    .where('step_key', '=', stepKey)
    .where('state', 'in', ['waiting', 'running'])
    .execute();
  await publishEvent(tx, { topic: 'operation', key: deploymentKey });
}

/** Whatever has not ended is canceled. */
export async function cancelSteps(tx: Tx, deploymentKey: string, at: Date): Promise<void> {
  await tx.updateTable('deployment_steps').set({ state: 'canceled', ended_at: at }).where('deployment_key', '=', deploymentKey).where('state', 'in', ['waiting', 'running']).execute();
  await publishEvent(tx, { topic: 'operation', key: deploymentKey });
}

/** Removes the oldest ended deployments of a scope beyond the newest `keep`. */
export async function trimDeployments(tx: Tx, type: string, parentKey: string, keep: number): Promise<void> {
  await sql`
    with old as (
      select key from resources where type = ${type} and parent_key = ${parentKey} and deleted_at is null
        and provisioning_state in ('Succeeded','Failed','Canceled')
      order by seq desc offset ${keep}),
    steps as (delete from deployment_steps where deployment_key in (select key from old))
    delete from resources where key in (select key from old)`.execute(tx);
}

function toStep(row: Selectable<DeploymentStepsTable>): DeploymentStep {
  return {
    key: row.step_key,
    ordinal: row.ordinal,
    operationId: row.operation_id,
    kind: row.kind,
    resourceId: row.resource_id,
    resourceType: row.resource_type,
    resourceName: row.resource_name,
    state: row.state,
    pollPath: row.poll_path ?? undefined,
    statusCode: row.status_code ?? undefined,
    error: row.error ?? undefined,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
  };
}
