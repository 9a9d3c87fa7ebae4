// The list of everything Resource Manager answers: for the route walk, the compatibility table and the OpenAPI document.

import { actionPermission, permissionOf, verbsOf } from '../permission.ts';
import type { Registry } from '../registry.ts';
import type { AnyResourceType } from '../resource-type.ts';
import { allResourcesPermission } from '../verbs/all-resources.ts';

export interface ListedRoute {
  readonly method: string;
  /** With `{name}` parameters. */
  readonly path: string;
  /** RBAC action, or `authenticated`. */
  readonly permission: string;
  readonly type: string | undefined;
}

const GROUP = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}';

export function listRoutes(registry: Registry): readonly ListedRoute[] {
  return [
    ...registry.routes.map((route) => ({ method: route.method, path: route.path, permission: route.permission === 'authenticated' ? 'authenticated' : route.permission.action, type: undefined })),
    ...registry.types.flatMap(routesOfType),
    ...registry.types.filter((type) => type.path !== undefined).flatMap((type) => allResources(type)),
    ...operationRoutes(registry),
  ];
}

function routesOfType(type: AnyResourceType): readonly ListedRoute[] {
  const collection = collectionPath(type);
  const item = `${collection}/{${nameParameter(type)}}`;
  const verbs = verbsOf(type);
  const on = (verb: string, method: string, path: string, access: 'read' | 'write' | 'delete') =>
    verbs.some((known) => known === verb) ? [{ method, path, permission: permissionOf(type, access), type: type.type }] : [];
  return [
    ...on('get', 'GET', item, 'read'),
    ...on('get', 'HEAD', item, 'read'),
    ...on('put', 'PUT', item, 'write'),
    ...on('patch', 'PATCH', item, 'write'),
    ...on('delete', 'DELETE', item, 'delete'),
    ...(verbs.includes('list') || verbs.includes('listByResourceGroup') ? [{ method: 'GET', path: collection, permission: permissionOf(type, 'read'), type: type.type }] : []),
    ...(type.scope === 'resourceGroup' ? on('listBySubscription', 'GET', `/subscriptions/{subscriptionId}/providers/${type.type}`, 'read') : []),
    ...Object.entries(type.actions ?? {}).map(([name, action]) => ({
      method: action.method ?? 'POST',
      path: `${action.on === 'collection' ? collection : item}/${name}`,
      permission: actionPermission(type, name, action.on ?? 'item'),
      type: type.type,
    })),
  ];
}

function collectionPath(type: AnyResourceType): string {
  if (type.path !== undefined) return type.path.slice(0, type.path.lastIndexOf('/'));
  if (type.parent !== undefined) return `${collectionPath(type.parent)}/{${nameParameter(type.parent)}}/${type.type.split('/').at(-1)}`;
  const scope = { tenant: '', subscription: '/subscriptions/{subscriptionId}', resourceGroup: GROUP, any: '/{scope}' }[type.scope ?? 'tenant'];
  return `${scope}/providers/${type.type}`;
}

function nameParameter(type: AnyResourceType): string {
  if (type.path !== undefined) return type.path.slice(type.path.lastIndexOf('{') + 1, -1);
  return `${(type.type.split('/').at(-1) ?? 'resource').replace(/s$/, '')}Name`;
}

function allResources(type: AnyResourceType): readonly ListedRoute[] {
  const place = { type, name: '', id: '', key: '', parent: undefined, root: undefined, subscriptionId: undefined, group: undefined, nestedName: '', scopeId: '' };
  return /subscriptions|resourceGroups/.test(type.path ?? '') ? [{ method: 'GET', path: `${type.path ?? ''}/resources`, permission: allResourcesPermission(place), type: undefined }] : [];
}

function operationRoutes(registry: Registry): readonly ListedRoute[] {
  const paths = registry.types.flatMap((type) => {
    const { status, result } = type.operationSegments ?? { status: 'operationStatuses', result: 'operationResults' };
    return [status, result].map((segment) => `/subscriptions/{subscriptionId}/providers/${type.type.split('/')[0]}/locations/{location}/${segment}/{operationId}`);
  });
  return [...new Set(paths)].map((path) => ({ method: 'GET', path, permission: 'authenticated', type: undefined }));
}
