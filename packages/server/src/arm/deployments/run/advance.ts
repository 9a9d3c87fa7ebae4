// Advance: one round of a deployment. Follows what runs, begins what is ready, and ends the deployment when nothing is left.
//
//   Accepted --first round--> Running --all steps succeeded--> (complete mode: deletes) --> outputs --> Succeeded
//                             Running --a step failed, the others ended--> Failed        --cancel--> Canceled

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { Database } from '#storage/database.ts';
import { addSteps, beginStep, type DeploymentStep, endStep, listSteps, type NewStep, postponeStep } from '#storage/deployment-store.ts';
import { isBusy, type ResourceRecord } from '#storage/resource-record.ts';
import type { AnyResourceType, ProvisionResult } from '../../resource-type.ts';
import type { Resources } from '../../resources.ts';
import type { RuntimeCall } from '../language/scope.ts';
import { evaluateOutputs } from '../template/outputs.ts';
import { scopeInside, type Plan } from '../template/plan.ts';
import type { PlannedResource } from '../template/planned-resource.ts';
import { resourceBody } from '../template/resource-body.ts';
import { concealer } from '../template/secure-values.ts';
import type { AcceptDeps } from './accept.ts';
import { leftovers } from './complete-mode.ts';
import { answerRuntime } from './gateway.ts';
import { evaluateLate } from './late.ts';
import { planOf, readSource, runtimeScope, type Source } from './source.ts';
import { pollStep, putStep, removeStep, failStep, type StepRun } from './steps.ts';
import { failureOf, finished, outcomeProperties } from './result.ts';

export interface EngineDeps extends AcceptDeps {
  readonly database: Database;
}

const MOST_AT_ONCE = 8;
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 2_000;
export const OUTPUTS_STEP = '(outputs)';

/** What a resource waits for turned out to be in the plan and not done. */
class NotReady extends Error {}

interface Round {
  readonly deps: EngineDeps;
  readonly run: StepRun;
  readonly source: Source;
  readonly plan: Plan;
  readonly resource: ResourceRecord;
  readonly store: Resources;
}

/** The steps of a plan, for the transaction that accepts it. */
export function stepsOf(plan: Plan): readonly NewStep[] {
  return plan.resources
    .filter(({ isWanted, isExisting }) => isWanted && !isExisting)
    .map(({ key, id, type, name }, ordinal) => ({ key, ordinal, operationId: randomUUID(), kind: 'create' as const, resourceId: id, resourceType: type, resourceName: name }));
}

export async function advanceDeployment(deps: EngineDeps, ctx: Context, resource: ResourceRecord, store: Resources): Promise<ProvisionResult> {
  const source = readSource(objectAt(store.secretsOf(resource), 'source'));
  const { caller: principal, callerAddress, correlationId } = source;
  const caller: Context = { ...ctx, principal, correlationId, ...(callerAddress === undefined ? {} : { callerAddress }) };
  const run: StepRun = { ctx: caller, arm: deps.arm(), database: deps.database, deploymentKey: resource.key, conceal: concealer(source) };
  const round: Round = { deps, run, source, plan: planOf(source), resource, store };
  if (stringAt(resource.properties, 'state') === 'Accepted') await deps.database.transaction((tx) => store.setProperties(tx, ctx, resource.id, { state: 'Running' }));
  for (;;) {
    if (ctx.signal().aborted || !(await isStillOurs(round))) return { againAfterMs: FIRST_WAIT_MS };
    const before = await stepsToDo(round);
    const hasMoved = (await follow(round, before)) || (await begin(round, before));
    const steps = await stepsToDo(round);
    if (hasMoved) continue;
    const running = steps.filter(({ state }) => state === 'running');
    if (running.length > 0) return { againAfterMs: waitFor(running, ctx.clock.now()), percentComplete: percent(steps) };
    return conclude(round, ctx, steps);
  }
}

/** Why without the step of the outputs: `conclude` takes it up again where a server died within it; it counts once it has failed. */
async function stepsToDo({ deps, resource }: Round): Promise<readonly DeploymentStep[]> {
  return (await listSteps(deps.database.sql, resource.key)).filter(({ kind, state }) => kind !== 'outputs' || state === 'failed');
}

/** A cancel, a delete or a later run of the same name ends this one. */
async function isStillOurs({ deps, resource, store }: Round): Promise<boolean> {
  const now = await store.find(resource.id, deps.database.sql);
  return now !== undefined && isBusy(now) && now.provisioningState !== 'Deleting' && stringAt(now.properties, 'runId') === stringAt(resource.properties, 'runId');
}

/** Polls running steps; those without a poll were interrupted in the middle of their request, which is sent again. */
async function follow(round: Round, steps: readonly DeploymentStep[]): Promise<boolean> {
  const running = steps.filter(({ state }) => state === 'running');
  const outcomes = await Promise.all(running.map((step) => (step.pollPath === undefined ? request(round, step, steps) : pollStep(round.run, step, versionOf(round, step)))));
  return outcomes.includes('ended');
}

async function begin(round: Round, steps: readonly DeploymentStep[]): Promise<boolean> {
  const { run, plan } = round;
  const states = new Map(steps.map((step) => [step.key, step.state]));
  const isDone = (key: string) => (states.get(key) ?? 'succeeded') === 'succeeded';
  const planned = new Map(plan.resources.map((member) => [member.key, member]));
  const ready = steps.filter((step) => step.state === 'waiting' && (planned.get(step.key)?.dependsOn ?? []).every(isDone));
  const free = MOST_AT_ONCE - steps.filter(({ state }) => state === 'running').length;
  let hasMoved = false;
  await Promise.all(
    ready.slice(0, Math.max(free, 0)).map(async (step) => {
      const isMine = await run.database.transaction((tx) => beginStep(tx, run.deploymentKey, step.key, new Date(run.ctx.clock.now())));
      if (!isMine) return;
      const outcome = await request(round, step, steps);
      if (outcome !== 'postponed') hasMoved = true;
    }),
  );
  return hasMoved;
}

async function request(round: Round, step: DeploymentStep, steps: readonly DeploymentStep[]): Promise<'ended' | 'waits' | 'postponed'> {
  const { run, plan } = round;
  if (step.kind === 'delete') return removeStep(run, step, versionOf(round, step));
  const member = plan.resources.find(({ key }) => key === step.key);
  if (member === undefined) return failStep(run, step, new Fault('conflict', 'DeploymentChanged', `'${step.resourceId}' is no part of the deployment any more.`));
  try {
    return await putStep(run, step, member.apiVersion, () => bodyOf(round, member, steps));
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    await run.database.transaction((tx) => postponeStep(tx, run.deploymentKey, step.key));
    return 'postponed';
  }
}

async function bodyOf(round: Round, member: PlannedResource, steps: readonly DeploymentStep[]): Promise<JsonObject> {
  const { plan, source } = round;
  return evaluateLate((runtime) => resourceBody(member, scopeInside(runtimeScope(source, plan, runtime), member)), readFor(round, steps, member.id));
}

/** Reads as the caller; what the plan has not made yet is waited for. */
function readFor({ plan, run }: Round, steps: readonly DeploymentStep[], own: string) {
  return async (call: RuntimeCall) => {
    const wanted = call.id.toLowerCase();
    const step = steps.find(({ resourceId, kind }) => kind === 'create' && resourceId.toLowerCase() === wanted);
    const isPlanned = plan.resources.some(({ id }) => id.toLowerCase() === wanted);
    if (isPlanned && step !== undefined && step.state !== 'succeeded' && wanted !== own.toLowerCase()) throw new NotReady();
    return answerRuntime(run.arm, run.ctx, call);
  };
}

async function conclude(round: Round, ctx: Context, steps: readonly DeploymentStep[]): Promise<ProvisionResult> {
  const { deps, run, source, plan, resource } = round;
  const failed = steps.filter(({ state }) => state === 'failed');
  const stuck = steps.filter(({ state }) => state === 'waiting');
  if (failed.length === 0 && stuck.length > 0) {
    for (const step of stuck) await failStep(run, step, new Fault('conflict', 'DeploymentDependencyCycle', `'${step.resourceId}' refers to resources of the deployment that wait for it in turn.`));
    return { againAfterMs: 0 };
  }
  if (failed.length > 0) return fail(round, ctx, steps);
  if (stringAt(resource.properties, 'mode') === 'Complete') {
    const extra = await leftovers(run, plan, source.site.scopeId, steps, deps.types());
    if (extra.length > 0) {
      await deps.database.transaction((tx) => addSteps(tx, resource.key, extra));
      return { againAfterMs: 0 };
    }
  }
  const outputs = Object.keys(source.template.outputs).length === 0 ? {} : await makeOutputs(round, steps);
  if (outputs === undefined) return fail(round, ctx, await listSteps(deps.database.sql, resource.key));
  const now = ctx.clock.now();
  return { properties: { ...outcomeProperties(resource, plan, steps, now), ...finished('Succeeded'), outputs: Object.entries(outputs).map(([name, output]) => ({ name, output })) } };
}

/** Undefined when they cannot be evaluated; a failed step says why. */
async function makeOutputs(round: Round, steps: readonly DeploymentStep[]): Promise<JsonObject | undefined> {
  const { run, plan, source, resource } = round;
  const step: NewStep = { key: OUTPUTS_STEP, ordinal: steps.length, operationId: randomUUID(), kind: 'outputs', resourceId: '', resourceType: '', resourceName: '' };
  await run.database.transaction((tx) => addSteps(tx, resource.key, [step]));
  const at = new Date(run.ctx.clock.now());
  try {
    const { shown } = await evaluateLate((runtime) => evaluateOutputs(source.template, runtimeScope(source, plan, runtime)), readFor(round, steps, ''));
    await run.database.transaction(async (tx) => {
      await beginStep(tx, resource.key, OUTPUTS_STEP, at);
      await endStep(tx, resource.key, OUTPUTS_STEP, { state: 'succeeded', statusCode: 'OK', at });
    });
    return shown;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    await failStep(
      run,
      { ...step, state: 'waiting', pollPath: undefined, statusCode: undefined, error: undefined, startedAt: at, endedAt: undefined },
      new Fault('invalid', 'DeploymentOutputEvaluationFailed', `Unable to evaluate template outputs: ${error.message}`, error.target === undefined ? {} : { target: error.target }),
    );
    return undefined;
  }
}

async function fail({ deps, resource, plan, store }: Round, ctx: Context, steps: readonly DeploymentStep[]): Promise<never> {
  const fault = failureOf(steps);
  const properties = { ...outcomeProperties(resource, plan, steps, ctx.clock.now()), ...finished('Failed', fault, steps) };
  await deps.database.transaction((tx) => store.setProperties(tx, ctx, resource.id, properties));
  throw fault;
}

function versionOf({ plan, deps }: Round, step: DeploymentStep): string {
  const member = plan.resources.find(({ key }) => key === step.key);
  return member?.apiVersion ?? newestVersion(deps.types(), step.resourceType);
}

export function newestVersion(types: readonly AnyResourceType[], name: string): string {
  const type = types.find((known) => known.type.toLowerCase() === name.toLowerCase());
  if (type === undefined) return '2025-04-01';
  return 'since' in type.apiVersions ? type.apiVersions.since : (type.apiVersions.at(-1) ?? '2025-04-01');
}

/** Short at first, longer the longer it takes. */
function waitFor(running: readonly DeploymentStep[], now: number): number {
  const since = Math.max(...running.map(({ startedAt }) => startedAt?.getTime() ?? now));
  return Math.min(Math.max(Math.round((now - since) / 5), FIRST_WAIT_MS), MAX_WAIT_MS);
}

function percent(steps: readonly DeploymentStep[]): number {
  const done = steps.filter(({ state }) => state === 'succeeded' || state === 'failed').length;
  return steps.length === 0 ? 0 : Math.floor((done / steps.length) * 99);
}
