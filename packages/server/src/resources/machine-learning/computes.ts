// Computes: AmlCompute clusters whose nodes are slots of this machine. Other kinds are refused by name.
// Source: contracts/azureml-rest.md §6 Computes; §1 (compute long-running operations).

import { Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import { type AnyResourceType, defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';
import { machineLearningVersions } from './api-versions.ts';

const OTHER_KINDS = ['AKS', 'ComputeInstance', 'DataFactory', 'DataLakeAnalytics', 'Databricks', 'HDInsight', 'Kubernetes', 'SynapseSpark', 'VirtualMachine'];
const DEFAULT_IDLE_SECONDS = 120;
const MOST_NODES = 64;

export function computes(workspaces: AnyResourceType, ports: Pick<ResourcePorts, 'computes' | 'installation'>) {
  return defineResourceType({
    type: 'Microsoft.MachineLearningServices/workspaces/computes',
    parent: workspaces,
    kind: 'proxy',
    envelope: { location: 'optional', tags: true, identity: true, sku: true },
    apiVersions: machineLearningVersions,
    name: /^[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9-]{2,23}$/,
    nameRule: 'has 3 to 24 letters, digits or -, starts with a letter and does not end with a hyphen and a number',
    properties: Type.Object({
      computeType: Type.String({ minLength: 1 }),
      description: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      computeLocation: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      disableLocalAuth: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
      properties: Type.Optional(
        Type.Union([
          Type.Object({
            vmSize: Type.Optional(Type.Union([Type.String(), Type.Null()])),
            scaleSettings: Type.Optional(
              Type.Union([
                Type.Object({
                  maxNodeCount: Type.Integer({ minimum: 0 }),
                  minNodeCount: Type.Optional(Type.Integer({ minimum: 0 })),
                  nodeIdleTimeBeforeScaleDown: Type.Optional(Type.Union([Type.String(), Type.Null()])),
                }),
                Type.Null(),
              ]),
            ),
          }),
          Type.Null(),
        ]),
      ),
    }),
    immutable: ['/computeType'],
    validate(_ctx, { desired, current, reject }) {
      const kind = desired.properties.computeType;
      const known = OTHER_KINDS.find((other) => other.toLowerCase() === kind.toLowerCase());
      if (known !== undefined) reject('properties.computeType', `Computes of type ${known} are not there yet; AmlCompute is.`, 'ComputeTypeNotSupported');
      else if (kind.toLowerCase() !== 'amlcompute') reject('properties.computeType', `computeType is '${kind}'; AmlCompute is accepted.`);
      const inner = objectAt(desired.properties, 'properties');
      const scale = objectAt(inner, 'scaleSettings');
      const max = numberAt(scale, 'maxNodeCount') ?? 1;
      const min = numberAt(scale, 'minNodeCount') ?? 0;
      if (min > max) reject('properties.properties.scaleSettings.minNodeCount', `minNodeCount is ${min}, more than maxNodeCount, ${max}.`);
      if (max > MOST_NODES) reject('properties.properties.scaleSettings.maxNodeCount', `maxNodeCount is ${max}; a cluster on this machine has at most ${MOST_NODES} nodes.`);
      const idle = stringAt(scale, 'nodeIdleTimeBeforeScaleDown');
      if (idle !== undefined && durationSeconds(idle) === undefined)
        reject('properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown', `nodeIdleTimeBeforeScaleDown is '${idle}'; an ISO 8601 duration such as PT120S is accepted.`);
      const size = stringAt(inner, 'vmSize');
      const oldSize = stringAt(objectAt(current?.properties, 'properties'), 'vmSize');
      if (oldSize !== undefined && size !== undefined && size.toLowerCase() !== oldSize.toLowerCase()) reject('properties.properties.vmSize', `vmSize cannot change from ${oldSize} to ${size}.`);
    },
    async prepare(ctx, { desired, current }) {
      const given = objectAt(desired.properties, 'properties');
      const scale = objectAt(given, 'scaleSettings');
      const now = new Date(ctx.clock.now()).toISOString();
      return {
        ...desired,
        location: desired.location ?? ports.installation().region,
        properties: {
          ...desired.properties,
          computeType: 'AmlCompute',
          computeLocation: desired.properties.computeLocation ?? desired.location ?? ports.installation().region,
          createdOn: stringAt(current?.properties, 'createdOn') ?? now,
          modifiedOn: now,
          isAttachedCompute: false,
          disableLocalAuth: desired.properties.disableLocalAuth ?? false,
          resourceId: null,
          provisioningErrors: null,
          properties: {
            osType: 'Linux',
            vmPriority: 'Dedicated',
            enableNodePublicIp: true,
            remoteLoginPortPublicAccess: 'NotSpecified',
            isolatedNetwork: false,
            ...objectAt(current?.properties, 'properties'),
            ...given,
            vmSize: stringAt(given, 'vmSize') ?? stringAt(objectAt(current?.properties, 'properties'), 'vmSize') ?? 'LOCAL',
            scaleSettings: {
              maxNodeCount: numberAt(scale, 'maxNodeCount') ?? 1,
              minNodeCount: numberAt(scale, 'minNodeCount') ?? 0,
              nodeIdleTimeBeforeScaleDown: stringAt(scale, 'nodeIdleTimeBeforeScaleDown') ?? `PT${DEFAULT_IDLE_SECONDS}S`,
            },
          },
        },
      };
    },
    async onWrite(tx, ctx, { resource }) {
      const scale = objectAt(objectAt(resource.properties, 'properties'), 'scaleSettings');
      await ports.computes.put(tx, ctx, resource.key, {
        min: numberAt(scale, 'minNodeCount') ?? 0,
        max: numberAt(scale, 'maxNodeCount') ?? 1,
        idleSeconds: durationSeconds(stringAt(scale, 'nodeIdleTimeBeforeScaleDown') ?? '') ?? DEFAULT_IDLE_SECONDS,
      });
    },
    async mayDelete(_ctx, { resource, db, query }) {
      const wish = query.get('underlyingResourceAction');
      if (wish === null)
        throw new Fault('invalid', 'MissingParameter', 'underlyingResourceAction is required: Delete removes the compute; Detach unlinks an attached one.', { target: 'underlyingResourceAction' });
      if (wish.toLowerCase() !== 'delete')
        throw new Fault('invalid', 'InvalidParameter', `underlyingResourceAction is '${wish}'; a cluster of this machine can only be deleted (Delete).`, { target: 'underlyingResourceAction' });
      const jobs = await ports.computes.activeJobs(db, resource.key);
      if (jobs.length > 0) throw new Fault('conflict', 'ComputeInUse', `The compute ${resource.name} runs ${jobs.length} jobs (${jobs.slice(0, 5).join(', ')}); cancel them or wait for their end.`);
    },
    onDelete: (tx, ctx, resource) => ports.computes.remove(tx, ctx, resource.key),
    async view(_ctx, resources, db) {
      const counts = await ports.computes.describe(
        db,
        resources.map((resource) => resource.key),
      );
      return new Map(
        resources.flatMap((resource) => {
          const count = counts.get(resource.key);
          const inner: JsonObject = {
            ...objectAt(resource.properties, 'properties'),
            ...(count === undefined ? {} : { ...count }),
            errors: null,
            allocationStateTransitionTime: resource.updatedAt.toISOString(),
          };
          return [[resource.key, { properties: inner }] as const];
        }),
      );
    },
    actions: {
      listNodes: action({
        run: async (_ctx, { resource, database }: ActionCall<unknown, unknown>) => ({ nodes: (await ports.computes.listNodes(database.sql, resource.key)).filter(isJsonObject) }),
      }),
    },
  });
}

/** Seconds of `PT120S`, `PT2M`, `P1D`; undefined when it is none. */
function durationSeconds(text: string): number | undefined {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (match === null || text.endsWith('P') || text.endsWith('T')) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return days * 86_400 + hours * 3_600 + minutes * 60 + seconds;
}
