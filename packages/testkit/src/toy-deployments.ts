// A server of Resource Manager with toy types and deployments of them, for the tests of deployments.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Arm, createArm } from '@lazurite/server/arm/arm.ts';
import type { DeploymentDeps } from '@lazurite/server/arm/deployments.ts';
import { createRegistry } from '@lazurite/server/arm/registry.ts';
import type { AnyResourceType } from '@lazurite/server/arm/resource-type.ts';
import { toyRoutes, toyTypes } from '@lazurite/server/arm/testing/toy-types.ts';
import { systemClock } from '@lazurite/server/kernel/clock.ts';
import { silentLog } from '@lazurite/server/kernel/context.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { deploymentRoutes } from '@lazurite/server/resources/resources/deployment-routes.ts';
import { deployments as defineDeployments } from '@lazurite/server/resources/resources/deployments.ts';
import type { Database } from '@lazurite/server/storage/database.ts';
import { openEnvelope } from '@lazurite/server/vault/envelope.ts';
import { createSeals } from '@lazurite/server/vault/seals.ts';
import { Worker } from '@lazurite/server/work/worker.ts';
import { expect } from 'vitest';
import { type Answer, type Call, callerOf, ownerOnly } from './resource-conformance.ts';
import { testDatabase } from './test-database.ts';

export const SUB = '/subscriptions/11111111-1111-1111-1111-111111111111';
/** Queries of deployments and groups, and of toys. */
export const V = 'api-version=2025-04-01';
export const T = 'api-version=2024-01-01';
const SCHEMA = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';

export const template = (members: object) => ({ $schema: SCHEMA, contentVersion: '1.0.0.0', resources: [], ...members });
export const gadget = (name: string, more: object = {}) => ({ type: 'Toy.Shop/gadgets', apiVersion: '2024-01-01', name, location: '[resourceGroup().location]', properties: {}, ...more });
export const at = (scope: string, name: string) => `${scope}/providers/Microsoft.Resources/deployments/${name}`;
export const codeOf = (answer: Answer) => stringAt(objectAt(answer.body, 'error'), 'code');
export const props = (answer: Answer) => objectAt(answer.body, 'properties');

export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export interface ToyDeployments {
  readonly database: Database;
  readonly call: Call;
  readonly store: Arm['store'];
  /** Makes a resource group; returns its id. */
  group(name: string): Promise<string>;
  put(scope: string, name: string, properties: object, more?: object): Promise<Answer>;
  /** The properties of the deployment once it has ended. */
  ended(scope: string, name: string): Promise<JsonObject>;
  /** Deploys a template of these members, which has to be accepted, and waits for its end. */
  deploy(scope: string, name: string, members: object, more?: object): Promise<JsonObject>;
  operations(scope: string, name: string): Promise<readonly JsonObject[]>;
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  close(): Promise<void>;
}

export async function openToyDeployments(): Promise<ToyDeployments> {
  const { database, close } = await testDatabase();
  const arm = createToyArm(database);
  const call = callerOf(arm);
  let worker: Worker | undefined;
  const startWorker = async (): Promise<void> => {
    worker = new Worker({ database, host: 'test', kinds: arm.work, log: silentLog, clock: systemClock });
    await worker.start();
  };
  const stopWorker = async (): Promise<void> => worker?.stop();
  const put: ToyDeployments['put'] = (scope, name, properties, more = {}) => call('PUT', `${at(scope, name)}?${V}`, { ...more, properties: { mode: 'Incremental', ...properties } });
  const ended: ToyDeployments['ended'] = async (scope, name) => {
    for (;;) {
      const body = props(await call('GET', `${at(scope, name)}?${V}`));
      if (!['Accepted', 'Running'].includes(String(body['provisioningState']))) return body;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await startWorker();
  await call('PUT', `${SUB}?${V}`, { properties: { displayName: 'toys' } });
  return {
    database,
    call,
    store: arm.store,
    async group(name) {
      await call('PUT', `${SUB}/resourceGroups/${name}?${V}`, { location: 'here' });
      return `${SUB}/resourceGroups/${name}`;
    },
    put,
    ended,
    async deploy(scope, name, members, more = {}) {
      const answer = await put(scope, name, { template: template(members), ...more });
      expect([answer.status, answer.body['error']]).toEqual([expect.toSatisfy((status) => status === 200 || status === 201), undefined]);
      return ended(scope, name);
    },
    async operations(scope, name) {
      const { body } = await call('GET', `${scope}/deployments/${name}/operations?${V}`);
      return objectsIn(body['value']);
    },
    startWorker,
    stopWorker,
    async close() {
      await stopWorker();
      await close();
    },
  };
}

function createToyArm(database: Database): Arm {
  let made: Arm | undefined;
  const deps: DeploymentDeps = {
    database,
    arm: () => {
      if (made === undefined) throw new Error('not made yet');
      return made;
    },
    types: () => types,
    routes: () => routes,
    environment: () => ({ name: 'Toys' }),
  };
  const deployments = defineDeployments(deps);
  const types: readonly AnyResourceType[] = [...toyTypes, deployments];
  const envelope = openEnvelope(join(mkdtempSync(join(tmpdir(), 'lazurite-deploy-')), 'key'));
  const routes = [...toyRoutes, ...deploymentRoutes(deps, deployments)];
  made = createArm({ database, registry: createRegistry(types, routes), authorizer: ownerOnly, seals: createSeals(envelope) });
  return made;
}
