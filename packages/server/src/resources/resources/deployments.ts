// Deployments of ARM templates, at subscriptions and resource groups. Carried out by durable work, step by step.
// Source: contracts/azure-ai-ml.md §4.1; contracts/schemas/types/2025-04-01/Microsoft.Resources.deployments.types.json.

import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { action } from '#arm/action.ts';
import { advanceDeployment, cancelDeployment, checkDeployment, type DeploymentDeps, listOperations, planOf, readSource, secureOutputs, stepsOf, templateOf, writeSource } from '#arm/deployments.ts';
import { defineResourceType, type ResourceRecord } from '#arm/resource-type.ts';
import { isoTime } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { deleteSteps, replaceSteps, trimDeployments } from '#storage/deployment-store.ts';
import { isBusy } from '#storage/resource-record.ts';

/** Azure: at most 800 deployments are kept for each scope; the oldest go by themselves. */
const HISTORY = 800;

const anything = Type.Optional(Type.Unknown());

export function deployments(deps: DeploymentDeps) {
  return defineResourceType({
    type: 'Microsoft.Resources/deployments',
    scope: 'any',
    kind: 'proxy',
    envelope: { location: 'optional', tags: true },
    apiVersions: { since: '2014-04-01' },
    name: /^[-\w._()]{1,64}$/,
    nameRule: 'has 1 to 64 letters, digits, - . _ ( or )',
    verbs: ['get', 'put', 'delete', 'list'],
    list: { order: 'newest', odata: { provisioningstate: '/state' } },
    secrets: ['/source'],
    properties: Type.Object({
      mode: anything,
      template: anything,
      parameters: anything,
      templateLink: anything,
      parametersLink: anything,
      onErrorDeployment: anything,
      state: Type.Optional(Type.String()),
      source: anything,
    }),
    deletesInBackground: true,
    async prepare(ctx, { desired, current, store }) {
      const scopeId = desired.id.replace(/\/providers\/Microsoft\.Resources\/deployments\/[^/]+$/i, '');
      if (current !== undefined && isBusy(current)) {
        const since = stringAt(current.properties, 'timestamp') ?? '';
        throw new Fault(
          'conflict',
          'DeploymentActive',
          `Unable to edit or replace deployment '${desired.name}': previous deployment from '${since}' is still active. Wait until it has ended, or cancel it. Please see https://aka.ms/arm-deploy for usage details.`,
          { target: desired.id },
        );
      }
      const accepted = await checkDeployment(deps, ctx, store, { scopeId, name: desired.name, location: desired.location, properties: asObject(desired.properties) });
      const now = ctx.clock.now();
      return {
        ...desired,
        properties: {
          mode: accepted.mode,
          templateHash: accepted.templateHash,
          parameters: accepted.parameters,
          state: 'Accepted',
          timestamp: isoTime(now),
          startedMs: now,
          correlationId: ctx.correlationId,
          runId: randomUUID(),
          source: writeSource(accepted.source),
        },
      };
    },
    async onWrite(tx, _ctx, { resource, store }) {
      const source = readSource(objectAt(store.secretsOf(resourceOf(resource)), 'source'));
      await replaceSteps(tx, resource.key, stepsOf(planOf(source)));
      await trimDeployments(tx, resource.type, resource.parentKey, HISTORY);
    },
    async mayDelete(_ctx, { resource }) {
      if (!isBusy(resource)) return;
      throw new Fault('conflict', 'DeploymentActive', `The deployment '${resource.name}' is running and cannot be deleted. Cancel it first, or wait until it has ended.`, { target: resource.id });
    },
    async onDelete(tx, _ctx, resource) {
      await deleteSteps(tx, [resource.key]);
    },
    provision: {
      run: (ctx, { resource, store }) => advanceDeployment(deps, ctx, resourceOf(resource), store),
    },
    shape: (body, _version, resource) => ({ ...body, properties: shownProperties(objectAt(body, 'properties'), resource) }),
    actions: {
      cancel: action({
        status: 204,
        allowWhileBusy: true,
        run: async (ctx, { resource, apiVersion }) => {
          await cancelDeployment(deps, ctx, resource, apiVersion);
          return undefined;
        },
      }),
      exportTemplate: action({ allowWhileBusy: true, run: async (_ctx, { resource, store }) => ({ template: templateOf(store, resourceOf(resource)) }) }),
      operations: action({
        method: 'GET',
        permission: 'Microsoft.Resources/deployments/operations/read',
        run: async (ctx, { resource, database }) => ({ value: await listOperations(ctx, database.sql, resource) }),
      }),
      listOutputsWithSecureValues: action({ run: async (ctx, { resource, store }) => secureOutputs(deps, ctx, store, resource) }),
    },
  });
}

/** What GET answers: the state in the words of deployments, nothing of the inside. */
function shownProperties(properties: JsonObject, resource: ResourceRecord<unknown>): JsonObject {
  const { state, startedMs: _started, runId: _run, outputs, provisioningState, ...rest } = properties;
  const running = state === 'Accepted' ? 'Accepted' : 'Running';
  const shown = isBusy(resource) && resource.provisioningState !== 'Deleting' ? running : provisioningState;
  return {
    ...rest,
    provisioningState: shown,
    ...(Array.isArray(outputs) ? { outputs: Object.fromEntries(outputs.flatMap((entry: Json) => outputEntry(entry))) } : {}),
    duration: properties['duration'] ?? 'PT0S',
  };
}

function outputEntry(entry: Json): readonly (readonly [string, Json])[] {
  const name = stringAt(entry, 'name');
  return name === undefined ? [] : [[name, objectAt(entry, 'output')]];
}

function resourceOf<P>(resource: ResourceRecord<P>): ResourceRecord {
  return { ...resource, properties: asObject(resource.properties) };
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
