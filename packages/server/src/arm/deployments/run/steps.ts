// Steps: one resource each. Begins it with a PUT as the caller, follows what it began, and says how it ended.
//
//   waiting --begin--> running --PUT--> succeeded | failed | polled --> succeeded | failed
//   A crash after `begin` finds it running without a poll: the PUT is sent again, which changes nothing the second time.

import type { Context } from '#kernel/context.ts';
import { Fault, toFault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { type DeploymentStep, endStep, setStepPoll } from '#storage/deployment-store.ts';
import type { Database } from '#storage/database.ts';
import { isFinal } from '../../operation.ts';
import { faultBody } from '../../render-fault.ts';
import { DEPLOYMENT_TYPE } from '../template/planned-resource.ts';
import { type Answer, type ArmHandler, find, send, sendPath } from './gateway.ts';

export interface StepRun {
  readonly ctx: Context;
  readonly arm: ArmHandler;
  readonly database: Database;
  readonly deploymentKey: string;
  /** Takes what is secure out of what is kept. */
  conceal(value: Json): Json;
}

/** Codes of somebody else's operation on the same resource, which ends by itself. */
export const BUSY = new Set(['AnotherOperationInProgress', 'DeploymentActive', 'ResourceBeingDeleted']);
const PATIENCE_MS = 600_000;

export type Outcome = 'ended' | 'waits';

/** Sends the body. The step is running already. */
export async function putStep(run: StepRun, step: DeploymentStep, apiVersion: string, makeBody: () => Promise<JsonObject>): Promise<Outcome> {
  try {
    if (step.startedAt !== undefined && step.resourceType.toLowerCase() === DEPLOYMENT_TYPE && (await isOurs(run, step, apiVersion))) return await followState(run, step, apiVersion, '200');
    return await afterAnswer(run, step, apiVersion, await send(run.arm, run.ctx, 'PUT', step.resourceId, apiVersion, await makeBody()));
  } catch (error) {
    return failOrWait(run, step, error);
  }
}

/** A nested deployment that a server before this one began, for the same request. */
async function isOurs(run: StepRun, step: DeploymentStep, apiVersion: string): Promise<boolean> {
  const body = await find(run.arm, run.ctx, step.resourceId, apiVersion);
  return stringAt(objectAt(body, 'properties'), 'correlationId') === run.ctx.correlationId;
}

export async function removeStep(run: StepRun, step: DeploymentStep, apiVersion: string): Promise<Outcome> {
  try {
    const answer = await send(run.arm, run.ctx, 'DELETE', step.resourceId, apiVersion);
    if (answer.status !== 202) return await end(run, step, { statusCode: 'OK' });
    return await poll(run, step, answer.operation ?? 'state', 'Accepted');
  } catch (error) {
    return failOrWait(run, step, error);
  }
}

/** Asks how what the step began is getting on. */
export async function pollStep(run: StepRun, step: DeploymentStep, apiVersion: string): Promise<Outcome> {
  try {
    if (step.pollPath === undefined) return 'waits';
    if (step.pollPath === 'state') return await followState(run, step, apiVersion, step.statusCode ?? 'OK');
    const { body } = await sendPath(run.arm, run.ctx, 'GET', step.pollPath);
    const status = stringAt(body, 'status') ?? '';
    if (status === 'Succeeded') return await end(run, step, { statusCode: 'OK' });
    if (status === 'Failed' || status === 'Canceled') return await end(run, step, { statusCode: 'Conflict', error: errorOf(body, step, status) });
    return 'waits';
  } catch (error) {
    return failOrWait(run, step, error);
  }
}

async function afterAnswer(run: StepRun, step: DeploymentStep, apiVersion: string, answer: Answer): Promise<Outcome> {
  const statusCode = answer.status === 201 ? 'Created' : answer.status === 202 ? 'Accepted' : 'OK';
  if (answer.operation !== undefined) return poll(run, step, answer.operation, statusCode);
  const state = stringAt(objectAt(answer.body, 'properties'), 'provisioningState') ?? 'Succeeded';
  if (state === 'Succeeded') return end(run, step, { statusCode });
  return followState(run, step, apiVersion, statusCode);
}

/** Where no operation tells: the state of the resource itself. */
async function followState(run: StepRun, step: DeploymentStep, apiVersion: string, statusCode: string): Promise<Outcome> {
  const body = await find(run.arm, run.ctx, step.resourceId, apiVersion);
  if (body === undefined) {
    if (step.kind === 'delete') return end(run, step, { statusCode: 'OK' });
    return end(run, step, { statusCode: 'NotFound', error: { code: 'ResourceNotFound', message: `'${step.resourceId}' was deleted while it was deployed.` } });
  }
  const properties = objectAt(body, 'properties');
  const state = stringAt(properties, 'provisioningState') ?? 'Succeeded';
  if (step.kind !== 'delete' && state === 'Succeeded') return end(run, step, { statusCode });
  if (state === 'Failed' || state === 'Canceled') return end(run, step, { statusCode: 'Conflict', error: errorOf(properties, step, state) });
  return step.pollPath === 'state' ? 'waits' : poll(run, step, 'state', statusCode);
}

function errorOf(body: JsonObject, step: DeploymentStep, status: string): JsonObject {
  const { error } = body;
  if (isJsonObject(error)) return error;
  return { code: 'ResourceDeploymentFailure', message: `The resource operation completed with terminal provisioning state '${status}'.`, target: step.resourceId };
}

async function failOrWait(run: StepRun, step: DeploymentStep, error: unknown): Promise<Outcome> {
  if (!isFinal(error)) {
    if (error instanceof Fault && (error.kind === 'throttled' || error.kind === 'unavailable')) return 'waits';
    throw error;
  }
  const waitedMs = run.ctx.clock.now() - (step.startedAt?.getTime() ?? run.ctx.clock.now());
  if (error.kind === 'conflict' && BUSY.has(error.code) && waitedMs < PATIENCE_MS) return 'waits';
  return failStep(run, step, error);
}

export async function failStep(run: StepRun, step: DeploymentStep, error: unknown): Promise<Outcome> {
  const fault = toFault(error);
  const shown: JsonObject = JSON.parse(JSON.stringify(faultBody(fault).error));
  return end(run, step, { statusCode: STATUS_WORDS[fault.status] ?? String(fault.status), error: shown });
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  412: 'PreconditionFailed',
  500: 'InternalServerError',
  501: 'NotImplemented',
};

async function poll(run: StepRun, step: DeploymentStep, path: string, statusCode: string): Promise<Outcome> {
  await run.database.transaction((tx) => setStepPoll(tx, run.deploymentKey, step.key, path, statusCode));
  return 'waits';
}

async function end(run: StepRun, step: DeploymentStep, { statusCode, error }: { readonly statusCode: string; readonly error?: JsonObject }): Promise<Outcome> {
  const told = error === undefined ? undefined : run.conceal(error);
  const how = { statusCode, ...(isJsonObject(told) ? { error: told } : {}) };
  await run.database.transaction((tx) => endStep(tx, run.deploymentKey, step.key, { state: error === undefined ? 'succeeded' : 'failed', ...how, at: new Date(run.ctx.clock.now()) }));
  return 'ended';
}
