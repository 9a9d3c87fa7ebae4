// Computes: AmlCompute clusters and compute instances, whose nodes are slots of this machine. Other kinds are refused by name.
// Source: contracts/azureml-rest.md §6 Computes; §1 (compute long-running operations); contracts/terraform-azurerm.md §4.15.

import { Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import { type AnyResourceType, defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { claimSubnet, findSubnet, releaseSubnets } from '../../families/subnet-use.ts';
import type { ComputeState, ResourcePorts } from '../../ports.ts';
import { machineLearningVersions } from '../api-versions.ts';
import { amlCompute, amlComputeSchema } from './aml-compute.ts';
import { computeInstance, computeInstanceSchema } from './compute-instance.ts';
import { requireWithinQuota } from '../workspaces/quotas.ts';
import { hubOf } from '../workspaces/projects.ts';
import { type ComputeKind, type ComputeProperties, innerOf, subnetOf } from './kind.ts';
import { powerActions } from './power.ts';

const OTHER_KINDS = ['AKS', 'DataFactory', 'DataLakeAnalytics', 'Databricks', 'HDInsight', 'Kubernetes', 'SynapseSpark', 'VirtualMachine'] as const;
const WAIT_MS = 100;

export function computes(workspaces: AnyResourceType, ports: Pick<ResourcePorts, 'computes' | 'installation'>) {
  const kinds: readonly ComputeKind[] = [amlCompute(ports), computeInstance(ports)];
  const kindOf = (properties: unknown): ComputeKind | undefined => kinds.find(({ name }) => name === stringAt(properties, 'computeType'));
  return defineResourceType({
    type: 'Microsoft.MachineLearningServices/workspaces/computes',
    parent: workspaces,
    kind: 'proxy',
    envelope: { location: 'optional', tags: true, identity: true, sku: true },
    apiVersions: machineLearningVersions,
    name: /^[a-zA-Z][a-zA-Z0-9-]{2,31}$/,
    nameRule: 'has 3 to 32 letters, digits or -, and starts with a letter',
    properties: Type.Unsafe<ComputeProperties>(Type.Union([amlComputeSchema, computeInstanceSchema, Type.Object({ computeType: Type.Enum([...OTHER_KINDS]) })])),
    refuses: [{ at: '/computeType', values: OTHER_KINDS, code: 'ComputeTypeNotSupported', why: 'AmlCompute and ComputeInstance are there.' }],
    readOnly: ['/createdOn', '/modifiedOn', '/isAttachedCompute', '/provisioningErrors', ...LIVE.map((name) => `/properties/${name}`), '/properties/createdBy'],
    immutable: ['/computeType', '/disableLocalAuth', ...kinds.flatMap(({ fixed }) => fixed.map((pointer) => `/properties${pointer}`))],
    secrets: ['/properties/userAccountCredentials/adminUserPassword'],
    isAlwaysPolled: true,
    list: { pageSizeParameters: ['$top', 'count'] },
    // Azure: computes are made in the hub, and its projects run on them.
    shared: { from: hubOf, isShared: () => true },
    validate(_ctx, { desired, current, reject }) {
      const kind = kindOf(desired.properties);
      if (kind === undefined) return;
      if (current === undefined && kind.names !== undefined && !kind.names.pattern.test(desired.name))
        reject('name', `The name '${desired.name}' is not valid for a ${kind.name}. It ${kind.names.rule}.`, 'InvalidResourceName');
      const inner = innerOf(desired.properties);
      kind.check(inner, (property, message, code) => reject(`properties.properties.${property}`, message, code));
      for (const pointer of current === undefined ? [] : kind.fixedNames) {
        const [given, stored] = [textAt(inner, pointer), textAt(innerOf(current?.properties), pointer)];
        if (given !== undefined && wordOf(given) !== wordOf(stored))
          reject(
            `properties.properties.${pointer.slice(1).replaceAll('/', '.')}`,
            `Changing it is not allowed: it is ${stored ?? 'not set'}, ${given} was given. Create a new compute.`,
            'PropertyChangeNotAllowed',
          );
      }
    },
    async prepare(ctx, { desired, current, store, reject }) {
      const region = ports.installation().region;
      const subnet = subnetOf(desired.properties);
      if (subnet !== undefined && current === undefined && (await findSubnet(store, subnet)) === undefined)
        reject('properties.properties.subnet.id', `The subnet '${subnet.slice(0, 300)}' was not found; give the id of one that exists.`, 'SubnetNotFound');
      const stored = innerOf(current?.properties);
      const inner = kindOf(desired.properties)?.complete(keepNames(innerOf(desired.properties), stored), stored) ?? {};
      const { principal } = ctx;
      const owner = { userId: principal.objectId, userOrgId: principal.tenantId, userName: principal.displayName };
      return {
        ...desired,
        location: desired.location ?? region,
        properties: {
          ...desired.properties,
          computeLocation: stringAt(desired.properties, 'computeLocation') ?? desired.location ?? region,
          isAttachedCompute: false,
          provisioningErrors: null,
          properties: { ...inner, createdBy: stored['createdBy'] ?? owner },
        },
      };
    },
    async onWrite(tx, ctx, { resource, previous, store }) {
      const subnet = subnetOf(resource.properties);
      if (subnet !== undefined && previous === undefined) await claimSubnet(tx, ctx, store, { subnetId: subnet, ownerKey: resource.key });
      await kindOf(resource.properties)?.apply(tx, ctx, resource);
      await requireWithinQuota(tx, resource.parentKey);
    },
    provision: {
      when: ({ desired, current }) => desired.properties.computeType === 'ComputeInstance' && current === undefined,
      async run(_ctx, { resource }) {
        const state = await ports.computes.find(resource.key);
        if (state?.instance?.state === 'Unusable') throw new Fault('invalid', 'ComputeInstanceSetupFailed', `The node of ${resource.name} cannot be used: ${state.errors.join('; ')}`);
        return state?.instance?.state === 'Starting' ? { againAfterMs: WAIT_MS } : { properties: {} };
      },
    },
    async mayDelete(_ctx, { resource, db, query }) {
      const wish = query.get('underlyingResourceAction');
      if (wish === null)
        throw new Fault('invalid', 'MissingParameter', 'underlyingResourceAction is required: Delete removes the compute; Detach unlinks an attached one.', { target: 'underlyingResourceAction' });
      if (wish.toLowerCase() !== 'delete')
        throw new Fault('invalid', 'InvalidParameter', `underlyingResourceAction is '${wish}'; a compute of this machine can only be deleted (Delete).`, { target: 'underlyingResourceAction' });
      const jobs = await ports.computes.activeJobs(db, resource.key);
      if (jobs.length > 0) throw new Fault('conflict', 'ComputeInUse', `The compute ${resource.name} runs ${jobs.length} jobs (${jobs.slice(0, 5).join(', ')}); cancel them or wait for their end.`);
    },
    async onDelete(tx, ctx, resource) {
      await releaseSubnets(tx, resource.key);
      await ports.computes.remove(tx, ctx, resource.key);
    },
    async view(_ctx, resources, db) {
      const states = await ports.computes.describe(
        db,
        resources.map((resource) => resource.key),
      );
      return new Map(
        resources.map((resource) => [
          resource.key,
          {
            createdOn: resource.createdAt.toISOString(),
            modifiedOn: resource.updatedAt.toISOString(),
            properties: { ...innerOf(resource.properties), ...liveOf(resource, states.get(resource.key)) },
          },
        ]),
      );
    },
    actions: {
      listNodes: action({
        run: async (_ctx, { resource, database }: ActionCall<unknown, unknown>) => ({ nodes: (await ports.computes.listNodes(database.sql, resource.key)).filter(isJsonObject) }),
      }),
      listKeys: action({
        async run(_ctx, { resource }: ActionCall<unknown, unknown>) {
          const type = stringAt(resource.properties, 'computeType') ?? '';
          throw new Fault(
            'invalid',
            'ComputeHasNoKeys',
            `${resource.name} is of type ${type} and has no keys; attached computes (AKS, Kubernetes, VirtualMachine, Databricks) have, and those are not supported.`,
          );
        },
      }),
      ...powerActions(ports),
    },
  });
}

/** Inner properties that are read from the engine. */
const LIVE = ['allocationState', 'allocationStateTransitionTime', 'currentNodeCount', 'targetNodeCount', 'nodeStateCounts', 'errors', 'state', 'lastOperation'] as const;

function liveOf(resource: ResourceRecord<unknown>, state: ComputeState | undefined): JsonObject {
  if (state === undefined) return { errors: null };
  const errors = state.errors.length === 0 ? null : state.errors.map((message) => ({ error: { code: 'NodeUnusable', message } }));
  if (state.instance !== undefined) {
    const { name, trigger, at, status } = state.instance.lastOperation;
    const isNew = resource.provisioningState === 'Creating';
    return { state: isNew ? 'Creating' : state.instance.state, lastOperation: { operationName: name, operationTime: at, operationStatus: status, operationTrigger: trigger }, errors };
  }
  const { currentNodeCount, targetNodeCount, allocationState, nodeStateCounts } = state;
  return { currentNodeCount, targetNodeCount, allocationState, nodeStateCounts, allocationStateTransitionTime: state.allocationStateTransitionTime.toISOString(), errors };
}

/** Names that differ in letter case only stay as they were first given. */
function keepNames(given: JsonObject, stored: JsonObject): JsonObject {
  const kept = ['vmSize', 'subnet'].filter((name) => stored[name] !== undefined).map((name) => [name, stored[name]] as const);
  return { ...given, ...Object.fromEntries(kept) };
}

function textAt(value: JsonObject, pointer: string): string | undefined {
  const found = pointer
    .slice(1)
    .split('/')
    .reduce((at: Json | undefined, name) => (isJsonObject(at) ? at[name] : undefined), value);
  return typeof found === 'string' ? found : undefined;
}

/** Azure: a login port that nothing was said about is closed; clients read it back as such. */
function wordOf(text: string | undefined): string | undefined {
  return text?.toLowerCase().replace(/^notspecified$/, 'disabled');
}
