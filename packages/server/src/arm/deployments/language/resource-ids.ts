// Ids of resources as templates write them: a type and names, laid over a scope.

import { invalidTemplate } from './faults.ts';

/** `/providers/Ns/a/x/b/y` of the type `Ns/a/b` and the names x, y. */
export function providerPath(type: string, names: readonly string[], what: string): string {
  const [namespace = '', ...types] = type.split('/');
  if (types.length === 0 || types.length !== names.length) {
    throw invalidTemplate(
      `${what}: the type '${type}' and the name '${names.join('/')}' have incorrect segment lengths: a nested resource type must have the same number of segments as its name (${types.length} expected, ${names.length} found)`,
    );
  }
  return `/providers/${namespace}${types.map((segment, index) => `/${segment}/${names[index] ?? ''}`).join('')}`;
}

/** The id at a scope. Resource groups and subscriptions have paths of their own. */
export function idAt(scope: string, type: string, names: readonly string[], what: string): string {
  const lower = type.toLowerCase();
  const [name = ''] = names;
  const base = scope === '/' ? '' : scope;
  if (lower === 'microsoft.resources/resourcegroups' && names.length === 1) return `${subscriptionOf(base) ?? base}/resourceGroups/${name}`;
  if (lower === 'microsoft.resources/subscriptions' && names.length === 1) return `/subscriptions/${name}`;
  return `${base}${providerPath(type, names, what)}`;
}

/** `/subscriptions/x` of an id in one. */
export function subscriptionOf(id: string): string | undefined {
  return /^\/subscriptions\/[^/]+/i.exec(id)?.[0];
}

export function groupOf(id: string): string | undefined {
  return /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(id)?.[1];
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isGuid(text: string): boolean {
  return GUID.test(text);
}

/** The last type and the name of an id: `Ns/a/b` and `x/y`. */
export function describeId(id: string): { readonly type: string; readonly name: string } {
  const at = id.toLowerCase().lastIndexOf('/providers/');
  if (at < 0) {
    const segments = id.split('/').filter((segment) => segment !== '');
    return { type: segments.length > 2 ? 'Microsoft.Resources/resourceGroups' : 'Microsoft.Resources/subscriptions', name: segments.at(-1) ?? '' };
  }
  const [namespace = '', ...rest] = id.slice(at + '/providers/'.length).split('/');
  return { type: [namespace, ...rest.filter((_segment, index) => index % 2 === 0)].join('/'), name: rest.filter((_segment, index) => index % 2 === 1).join('/') };
}
