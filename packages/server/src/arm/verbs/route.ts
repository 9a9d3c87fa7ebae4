// Operations that belong to no resource.

import type { Context } from '#kernel/context.ts';
import { checkApiVersion } from '../api-versions.ts';
import type { ArmDeps } from '../deps.ts';
import type { ArmReply, ArmRequest, ArmRoute } from '../route.ts';
import { readInput } from './act.ts';

export async function runRoute(deps: ArmDeps, ctx: Context, request: ArmRequest, route: ArmRoute, params: Readonly<Record<string, string>>): Promise<ArmReply> {
  const { permission } = route;
  if (permission !== 'authenticated') await deps.authorizer.require(ctx, permission.action, permission.scope?.(params) ?? usualScope(params));
  const apiVersion = checkApiVersion(request.query, route.apiVersions, route.path);
  const answer = await route.run(ctx, {
    params,
    query: request.query,
    apiVersion,
    body: readInput(route.input, request.body),
    origin: request.origin,
    database: deps.database,
    store: deps.store,
  });
  if (answer === undefined) return { status: 204, headers: {} };
  return 'reply' in answer ? answer.reply : { status: 200, headers: {}, body: answer.body };
}

function usualScope({ subscriptionId, resourceGroupName }: Readonly<Record<string, string>>): string {
  if (subscriptionId === undefined) return '/';
  return resourceGroupName === undefined ? `/subscriptions/${subscriptionId}` : `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`;
}
