// What a deployment says of itself when it has ended. Source: contracts/azure-ai-ml.md §4.1 (polling: duration, operations).

import { isoTime } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import type { Json, JsonObject } from '#kernel/json.ts';
import { numberAt, stringAt } from '#kernel/json.ts';
import type { DeploymentStep } from '#storage/deployment-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { Plan } from '../template/plan.ts';

/** `PT1M3.25S` */
export function isoDuration(ms: number): string {
  const total = Math.max(ms, 0);
  const hours = Math.floor(total / 3_600_000);
  const minutes = Math.floor((total % 3_600_000) / 60_000);
  const seconds = Math.round(total % 60_000) / 1000;
  return `PT${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds}S`;
}

export function outcomeProperties(resource: ResourceRecord, plan: Plan, steps: readonly DeploymentStep[], now: number): JsonObject {
  const startedMs = numberAt(resource.properties, 'startedMs') ?? now;
  const made = steps.filter(({ state, kind }) => state === 'succeeded' && kind === 'create');
  return {
    timestamp: isoTime(now),
    duration: isoDuration(now - startedMs),
    outputResources: made.map(({ resourceId }) => ({ id: resourceId })),
    dependencies: dependenciesOf(plan),
    providers: providersOf(plan),
  };
}

export function finished(state: 'Succeeded' | 'Failed', fault?: Fault, steps: readonly DeploymentStep[] = []): JsonObject {
  return { state, error: fault === undefined ? null : { code: fault.code, message: fault.message, details: detailsOf(steps) } };
}

export function failureOf(steps: readonly DeploymentStep[]): Fault {
  const details = detailsOf(steps).map(({ code, message, target }) => ({ code, message, ...(target === undefined ? {} : { target }) }));
  return new Fault(
    'conflict',
    'DeploymentFailed',
    `At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details. ${details.map(({ code, message }) => `${code}: ${message}`).join(' ')}`,
    { details },
  );
}

function detailsOf(steps: readonly DeploymentStep[]) {
  return steps
    .filter(({ state }) => state === 'failed')
    .map(({ error, resourceId }) => ({
      code: stringAt(error, 'code') ?? 'ResourceDeploymentFailure',
      message: stringAt(error, 'message') ?? 'The resource could not be deployed.',
      ...(resourceId === '' ? {} : { target: resourceId }),
      ...(error?.['details'] === undefined ? {} : { details: error['details'] }),
    }));
}

function dependenciesOf(plan: Plan): Json {
  const shown = ({ id, type, name }: { readonly id: string; readonly type: string; readonly name: string }) => ({ id, resourceType: type, resourceName: name });
  return plan.resources
    .filter(({ isWanted, dependsOn }) => isWanted && dependsOn.length > 0)
    .map((resource) => ({ dependsOn: plan.resources.filter(({ key, isExisting }) => !isExisting && resource.dependsOn.includes(key)).map(shown), ...shown(resource) }));
}

function providersOf(plan: Plan): Json {
  const byNamespace = Map.groupBy(
    plan.resources.filter(({ isWanted }) => isWanted),
    ({ type }) => type.split('/')[0] ?? '',
  );
  return [...byNamespace].map(([namespace, members]) => ({
    namespace,
    resourceTypes: [...new Set(members.map(({ type }) => type.split('/').slice(1).join('/')))].map((resourceType) => ({ resourceType, locations: [null] })),
  }));
}
