// Soft-deleted workspaces of a subscription or resource group. Azure publishes no operation for this list; it has the
// form of its other lists of deleted resources. Recovery is a PUT, purging a DELETE on the workspace's own id.
// Source: contracts/azureml-rest.md §3 (Soft-deleted workspaces, inferred).

import { type ArmRoute, defineArmRoute, type RouteCall } from '#arm/route.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import { listResources } from '#storage/resource-list-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { machineLearningVersions } from '../api-versions.ts';

const NAMESPACE = 'providers/Microsoft.MachineLearningServices/deletedWorkspaces';
const PAGE = 100;
const MOST = 1_000;

export function deletedWorkspaceRoutes(): readonly ArmRoute[] {
  return [`/subscriptions/{subscriptionId}/${NAMESPACE}`, `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/${NAMESPACE}`].map((path) =>
    defineArmRoute({
      method: 'GET',
      path,
      apiVersions: machineLearningVersions,
      permission: { action: 'Microsoft.MachineLearningServices/workspaces/read' },
      run: async (_ctx, call) => ({ body: await listDeleted(call) }),
    }),
  );
}

async function listDeleted({ params, query, origin, apiVersion, database }: RouteCall): Promise<JsonObject> {
  const { subscriptionId = '', resourceGroup } = params;
  const after = valueOf(query, '$skip') ?? valueOf(query, '$skiptoken');
  const page = await listResources(database.sql, {
    types: ['microsoft.machinelearningservices/workspaces'],
    within: { subscriptionId, ...(resourceGroup === undefined ? {} : { resourceGroup }) },
    isDeleted: true,
    order: 'newest',
    limit: pageSize(valueOf(query, '$top')),
    ...(after === undefined ? {} : { after }),
  });
  const scope = `/subscriptions/${subscriptionId}${resourceGroup === undefined ? '' : `/resourceGroups/${encodeURIComponent(resourceGroup)}`}`;
  const nextLink = page.next === undefined ? {} : { nextLink: `${origin}${scope}/${NAMESPACE}?api-version=${encodeURIComponent(apiVersion)}&$skip=${encodeURIComponent(page.next)}` };
  return { value: page.items.map(bodyOf), ...nextLink };
}

function bodyOf(workspace: ResourceRecord): JsonObject {
  const { properties } = workspace;
  const optional = ['friendlyName', 'description', 'hubResourceId', 'storageAccount', 'keyVault'].filter((name) => properties[name] !== undefined);
  return {
    id: workspace.id.replace(/\/workspaces\//i, '/deletedWorkspaces/'),
    name: workspace.name,
    type: 'Microsoft.MachineLearningServices/deletedWorkspaces',
    location: workspace.location,
    kind: workspace.kind,
    tags: workspace.tags,
    properties: {
      workspaceArmId: workspace.id,
      workspaceId: stringAt(properties, 'workspaceId'),
      ...Object.fromEntries(optional.map((name) => [name, properties[name]])),
      deletionDate: workspace.deletedAt?.toISOString(),
      scheduledPurgeDate: workspace.purgeAt?.toISOString(),
    },
  };
}

function valueOf(query: URLSearchParams, name: string): string | undefined {
  return [...query].find(([key, value]) => key.toLowerCase() === name && value !== '')?.[1];
}

function pageSize(value: string | undefined): number {
  if (value === undefined) return PAGE;
  const size = Number(value);
  if (!Number.isInteger(size) || size < 1) throw new Fault('invalid', 'InvalidQueryParameter', `$top is '${value.slice(0, 40)}'; a whole number from 1 on is accepted.`, { target: '$top' });
  return Math.min(size, MOST);
}
