// What a PUT answered by a route would be refused with, and nothing written: keys of a vault, containers of an account.

import type { Context } from '#kernel/context.ts';
import { checkApiVersion } from '../api-versions.ts';
import type { ArmDeps } from '../deps.ts';
import type { ArmRoute } from '../route.ts';
import { readInput } from '../verbs/act.ts';
import { admit } from '../verbs/route.ts';

export interface RouteRehearsal {
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly isBySystem: boolean;
}

export async function rehearseRoute(
  deps: Pick<ArmDeps, 'authorizer' | 'database'>,
  ctx: Context,
  { route, params }: { readonly route: ArmRoute; readonly params: Readonly<Record<string, string>> },
  { query, body, isBySystem }: RouteRehearsal,
): Promise<void> {
  if (query.has('api-version')) checkApiVersion(query, route.apiVersions, route.path);
  await admit(deps, ctx, { route, params, query, isBySystem });
  route.check?.(readInput(route.input, body), params);
}
