// Operations of a location: sizes of machines, use of nodes, quotas. All locations are this machine.
// Source: contracts/azureml-rest.md §4 (Provider, subscription and location scope), §6 (VirtualMachineSize, Usage, ResourceQuota).

import { Type } from 'typebox';
import { nextLink, tokenOf } from '#arm/list-query.ts';
import { type ArmRoute, defineArmRoute, type RouteCall } from '#arm/route.ts';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import { listNodeUse, type NodeUse } from '#storage/quota-store.ts';
import { listResources } from '#storage/resource-list-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { ResourcePorts } from '../../ports.ts';
import { machineLearningVersions as apiVersions } from '../api-versions.ts';
import { quotaBody, updateQuotas, usageBody } from './quotas.ts';

const NAMESPACE = 'Microsoft.MachineLearningServices';
const PATH = `/subscriptions/{subscriptionId}/providers/${NAMESPACE}/locations/{location}`;
const PAGE = 100;

export function locationRoutes(ports: Pick<ResourcePorts, 'machine'>): readonly ArmRoute[] {
  return [
    defineArmRoute({
      method: 'GET',
      path: `${PATH}/vmSizes`,
      apiVersions,
      permission: { action: `${NAMESPACE}/locations/vmSizes/read` },
      run: async () => ({ body: { value: [await machineSize(ports)] } }),
    }),
    pages('usages', usageBody),
    pages('quotas', quotaBody),
    defineArmRoute({
      method: 'POST',
      path: `${PATH}/updateQuotas`,
      apiVersions,
      permission: { action: `${NAMESPACE}/locations/updateQuotas/action` },
      input: Type.Object({
        location: Type.Optional(Type.String()),
        value: Type.Array(Type.Object({ id: Type.String({ maxLength: 2_048 }), type: Type.Optional(Type.String()), limit: Type.Integer(), unit: Type.Optional(Type.Enum(['Count'])) }), {
          maxItems: 1_000,
        }),
      }),
      async run(_ctx, { params, body, database, store }) {
        const items = isJsonObject(body) && Array.isArray(body['value']) ? body['value'] : [];
        return { body: { value: await updateQuotas(database, store, { subscriptionId: params['subscriptionId'] ?? '', location: locationOf(params) }, items) } };
      },
    }),
  ];
}

/** The one size there is: this machine. Clusters take Azure's names of sizes as well, and mean the same. */
async function machineSize({ machine }: Pick<ResourcePorts, 'machine'>): Promise<JsonObject> {
  const { cpus, memoryBytes, diskBytes } = await machine();
  return {
    name: 'LOCAL',
    family: 'local',
    vCPUs: cpus,
    gpus: 0,
    osVhdSizeMB: 0,
    maxResourceVolumeMB: Math.floor(diskBytes / 2 ** 20),
    memoryGB: Math.round((memoryBytes / 2 ** 30) * 10) / 10,
    lowPriorityCapable: false,
    premiumIO: false,
    supportedComputeTypes: ['AmlCompute', 'ComputeInstance'],
  };
}

/** One entry for each workspace of the location. */
function pages(segment: 'usages' | 'quotas', bodyOf: (workspace: ResourceRecord, use: NodeUse | undefined) => JsonObject): ArmRoute {
  return defineArmRoute({
    method: 'GET',
    path: `${PATH}/${segment}`,
    apiVersions,
    permission: { action: `${NAMESPACE}/locations/${segment}/read` },
    run: async (_ctx, call) => ({ body: await page(call, segment, bodyOf) }),
  });
}

async function page({ params, query, origin, database }: RouteCall, segment: string, bodyOf: (workspace: ResourceRecord, use: NodeUse | undefined) => JsonObject): Promise<JsonObject> {
  const after = tokenOf(query);
  const { subscriptionId = '' } = params;
  const found = await listResources(database.sql, {
    types: ['microsoft.machinelearningservices/workspaces'],
    within: { subscriptionId },
    filters: [{ target: { in: 'location' }, oneOf: [locationOf(params)] }],
    limit: PAGE,
    ...(after === undefined ? {} : { after }),
  });
  const use = await listNodeUse(
    database.sql,
    found.items.map((workspace) => workspace.key),
  );
  const path = `/subscriptions/${subscriptionId}/providers/${NAMESPACE}/locations/${encodeURIComponent(params['location'] ?? '')}/${segment}`;
  return { value: found.items.map((workspace) => bodyOf(workspace, use.get(workspace.key))), ...(found.next === undefined ? {} : { nextLink: nextLink(origin, path, query, found.next) }) };
}

/** `East US` and `eastus` are one place. */
function locationOf({ location = '' }: Readonly<Record<string, string>>): string {
  return location.replaceAll(' ', '').toLowerCase();
}
