// Route table: finds the ArmRoute of a path; literals match in any letter case and win over parameters.

import type { ArmRoute } from '../route.ts';

interface Compiled {
  readonly route: ArmRoute;
  readonly segments: readonly ({ readonly literal: string } | { readonly param: string })[];
}

export interface RouteTable {
  match(method: string, segments: readonly string[]): { readonly route: ArmRoute; readonly params: Readonly<Record<string, string>> } | undefined;
  /** Methods of the routes on this path. */
  methodsAt(segments: readonly string[]): readonly string[];
}

export function createRouteTable(routes: readonly ArmRoute[]): RouteTable {
  const byLength = new Map<number, Compiled[]>();
  for (const route of routes) {
    const segments = route.path
      .split('/')
      .filter((segment) => segment !== '')
      .map((segment) => (segment.startsWith('{') ? { param: segment.slice(1, -1) } : { literal: segment.toLowerCase() }));
    const group = byLength.get(segments.length) ?? [];
    group.push({ route, segments });
    group.sort((a, b) => literalCount(b) - literalCount(a));
    byLength.set(segments.length, group);
  }
  const at = (segments: readonly string[]) => (byLength.get(segments.length) ?? []).filter((route) => isMatch(route, segments));
  return {
    match(method, segments) {
      const found = at(segments).find(({ route }) => route.method === method);
      if (found === undefined) return undefined;
      const params: Record<string, string> = {};
      for (const [index, segment] of found.segments.entries()) if ('param' in segment) params[segment.param] = segments[index] ?? '';
      return { route: found.route, params };
    },
    methodsAt: (segments) => at(segments).map(({ route }) => route.method),
  };
}

function literalCount(route: Compiled): number {
  return route.segments.filter((segment) => 'literal' in segment).length;
}

function isMatch(route: Compiled, segments: readonly string[]): boolean {
  return route.segments.every((segment, index) => 'param' in segment || segment.literal === segments[index]?.toLowerCase());
}
