// Deleted Log Analytics workspaces, of a subscription or one of its groups. A PUT on the name recovers one.
// Source: contracts/terraform-azurerm.md §4.13; @azure/arm-operationalinsights (deletedWorkspaces).

import { type ArmRoute, defineArmRoute, type RouteCall } from '#arm/route.ts';
import { nextLink, pageSizeOf, tokenOf } from '#arm/list-query.ts';
import type { Context } from '#kernel/context.ts';
import { logWorkspaces } from './workspaces.ts';

const PERMISSION = { action: 'Microsoft.OperationalInsights/workspaces/read' };

export function deletedLogWorkspaceRoutes(): readonly ArmRoute[] {
  async function run(ctx: Context, { params, query, origin, store, apiVersion }: RouteCall) {
    const { subscriptionId = '', resourceGroupName } = params;
    const after = tokenOf(query);
    const page = await store.listDeleted(logWorkspaces.type, subscriptionId, { top: pageSizeOf(query, ['$top'], 100), ...(after === undefined ? {} : { next: after }) });
    const mine = page.items.filter((resource) => resourceGroupName === undefined || resource.resourceGroup === resourceGroupName.toLowerCase());
    const path = `/subscriptions/${subscriptionId}${resourceGroupName === undefined ? '' : `/resourceGroups/${resourceGroupName}`}/providers/Microsoft.OperationalInsights/deletedWorkspaces`;
    return { body: { value: await store.render(ctx, mine, apiVersion), ...(page.next === undefined ? {} : { nextLink: nextLink(origin, path, query, page.next) }) } };
  }
  return ['/subscriptions/{subscriptionId}', '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}'].map((scope) =>
    defineArmRoute({ method: 'GET', path: `${scope}/providers/Microsoft.OperationalInsights/deletedWorkspaces`, apiVersions: { since: '2020-03-01-preview' }, permission: PERMISSION, run }),
  );
}
