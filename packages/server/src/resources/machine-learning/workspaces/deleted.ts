// Soft-deleted workspaces of a subscription or resource group. Azure publishes no operation for this list; it has the
// form of its other lists of deleted resources. Recovery is a PUT, purging a DELETE on the workspace's own id.
// Source: contracts/azureml-rest.md §3 (Soft-deleted workspaces, inferred).

import { nextLink, pageSizeOf, tokenOf } from '#arm/list-query.ts';
import { type ArmRoute, defineArmRoute, type RouteCall } from '#arm/route.ts';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import { listResources } from '#storage/resource-list-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { machineLearningVersions } from '../api-versions.ts';

const NAMESPACE = 'providers/Microsoft.MachineLearningServices/deletedWorkspaces';
const PAGE = 100;

export function deletedWorkspaceRoutes(): readonly ArmRoute[] {
  return [`/subscriptions/{subscriptionId}/${NAMESPACE}`, `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/${NAMESPACE}`].map((path) =>
    defineArmRoute({
      method: 'GET',
      path,
      apiVersions: machineLearningVersions,
      permission: { action: 'Microsoft.MachineLearningServices/workspaces/read' },
      run: async (_ctx, call) => ({ body: await listDeleted(call) }),
    }),
  );
}

async function listDeleted({ params, query, origin, database }: RouteCall): Promise<JsonObject> {
  const { subscriptionId = '', resourceGroupName: resourceGroup } = params;
  const after = tokenOf(query);
  const page = await listResources(database.sql, {
    types: ['microsoft.machinelearningservices/workspaces'],
    within: { subscriptionId, ...(resourceGroup === undefined ? {} : { resourceGroup }) },
    isDeleted: true,
    order: 'newest',
    limit: pageSizeOf(query, ['$top'], PAGE),
    ...(after === undefined ? {} : { after }),
  });
  const scope = `/subscriptions/${subscriptionId}${resourceGroup === undefined ? '' : `/resourceGroups/${encodeURIComponent(resourceGroup)}`}`;
  return { value: page.items.map(bodyOf), ...(page.next === undefined ? {} : { nextLink: nextLink(origin, `${scope}/${NAMESPACE}`, query, page.next) }) };
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
