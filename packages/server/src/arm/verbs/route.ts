// Operations that belong to no resource.

import type { Context } from '#kernel/context.ts';
import { checkApiVersion } from '../api-versions.ts';
import type { ArmDeps } from '../deps.ts';
import type { ArmReply, ArmRequest, ArmRoute } from '../route.ts';
import { recordActivity } from '../change/journal.ts';
import { requireUnlocked } from '../change/locks.ts';
import { readInput } from './act.ts';

export async function runRoute(deps: ArmDeps, ctx: Context, request: ArmRequest, route: ArmRoute, params: Readonly<Record<string, string>>): Promise<ArmReply> {
  const { permission } = route;
  const scope = await admit(deps, ctx, { route, params, query: request.query, isBySystem: false });
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
  if (permission !== 'authenticated' && scope !== undefined && changes(route)) {
    const id = scope === '/' ? '' : scope;
    await deps.database.transaction((tx) => recordActivity(tx, ctx, { key: id.toLowerCase(), id, action: permission.action, status: 'Succeeded' }));
  }
  if (answer === undefined) return { status: 204, headers: {} };
  return 'reply' in answer ? answer.reply : { status: 200, headers: {}, body: answer.body };
}

export interface Admission {
  readonly route: ArmRoute;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly isBySystem: boolean;
}

/** Throws for who may not, and where a lock is in the way. Returns where the permission was asked for; undefined where every caller may. */
export async function admit({ authorizer, database }: Pick<ArmDeps, 'authorizer' | 'database'>, ctx: Context, { route, params, query, isBySystem }: Admission): Promise<string | undefined> {
  const { permission } = route;
  if (permission === 'authenticated') return undefined;
  const scope = permission.scope?.(params, query) ?? usualScope(params);
  if (!isBySystem) await authorizer.require(ctx, permission.action, scope);
  if (changes(route)) await requireUnlocked(database.sql, route.method === 'DELETE' ? 'delete' : 'write', { id: scope, key: scope === '/' ? '' : scope.toLowerCase() });
  return scope;
}

/** Reads and name checks change nothing, whatever their method. */
function changes({ method, permission }: ArmRoute): boolean {
  return method !== 'GET' && permission !== 'authenticated' && !permission.action.endsWith('/read');
}

function usualScope({ subscriptionId, resourceGroupName }: Readonly<Record<string, string>>): string {
  if (subscriptionId === undefined) return '/';
  return resourceGroupName === undefined ? `/subscriptions/${subscriptionId}` : `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`;
}
