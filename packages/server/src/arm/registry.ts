// Registry: all resource types and routes of a server, and what a path means to them.

import { methodNotAllowed, unknownNamespace, unknownPath, unknownType } from './faults.ts';
import { type Place, placeBelow, tenant } from './address/place.ts';
import { splitPath } from './address/resource-id.ts';
import type { AnyResourceType } from './resource-type.ts';
import type { ArmRoute } from './route.ts';
import { createRouteTable } from './address/route-table.ts';

export type ItemPlace = Place & { readonly type: AnyResourceType };

export type Target =
  | { readonly kind: 'item'; readonly place: ItemPlace }
  | { readonly kind: 'collection'; readonly type: AnyResourceType; readonly parent: Place }
  | { readonly kind: 'itemAction'; readonly place: ItemPlace; readonly name: string }
  | { readonly kind: 'collectionAction'; readonly type: AnyResourceType; readonly parent: Place; readonly name: string }
  | { readonly kind: 'allResources'; readonly parent: Place }
  | { readonly kind: 'operation'; readonly answers: 'status' | 'result'; readonly operationId: string }
  | { readonly kind: 'route'; readonly route: ArmRoute; readonly params: Readonly<Record<string, string>> };

export interface Registry {
  readonly types: readonly AnyResourceType[];
  readonly routes: readonly ArmRoute[];
  /** What a percent-encoded path stands for. Throws Azure's faults for unknown namespaces, types and paths. */
  resolve(method: string, path: string): Target;
  /** The place an id names. Throws `invalid`/`notFound` when it is no id of a registered type. */
  placeOf(id: string): ItemPlace;
  /** The operation that answers at an id, where it is none of a resource. */
  routeAt(method: string, id: string): Pick<Extract<Target, { kind: 'route' }>, 'route' | 'params'> | undefined;
  childOf(parent: Place, type: AnyResourceType, name: string): ItemPlace;
  /** The place that encloses others: also '' or '/', the tenant. */
  scopeAt(id: string): Place;
  /** By name in any letter case. Throws `notFound`. */
  typeNamed(type: string): AnyResourceType;
  /** All types below it, at any depth. */
  descendantsOf(type: AnyResourceType): readonly AnyResourceType[];
}

export function createRegistry(types: readonly AnyResourceType[], routes: readonly ArmRoute[] = []): Registry {
  const byName = new Map<string, AnyResourceType>();
  const roots = new Map<string, AnyResourceType>();
  const namespaces = new Set<string>();
  const operationSegments = new Map([
    ['operationstatuses', 'status'],
    ['operationresults', 'result'],
  ] as readonly (readonly [string, 'status' | 'result'])[]);
  for (const type of types) {
    const name = type.type.toLowerCase();
    if (byName.has(name)) throw new TypeError(`${type.type} is registered twice`);
    if (type.parent !== undefined && !types.includes(type.parent)) throw new TypeError(`${type.type} is registered without its parent`);
    byName.set(name, type);
    namespaces.add(name.slice(0, name.indexOf('/')));
    if (type.path !== undefined) roots.set(literalsOf(type.path), type);
    if (type.operationSegments !== undefined) {
      operationSegments.set(type.operationSegments.status.toLowerCase(), 'status');
      operationSegments.set(type.operationSegments.result.toLowerCase(), 'result');
    }
  }
  const routeTable = createRouteTable(routes);

  function resolve(method: string, path: string): Target {
    const segments = splitPath(path);
    const match = routeTable.match(method, segments);
    if (match !== undefined) return { kind: 'route', ...match };
    const target = walk(segments);
    if (target !== undefined) return target;
    const allowed = routeTable.methodsAt(segments);
    if (allowed.length > 0) throw methodNotAllowed(method, `'${path.slice(0, 300)}'`, allowed);
    throw unknownPath(path);
  }

  function walk(segments: readonly string[]): Target | undefined {
    let place: Place = tenant;
    let index = 0;
    const literals: string[] = [];
    for (; index < segments.length && segments[index]?.toLowerCase() !== 'providers'; index += 2) {
      const segment = segments[index] ?? '';
      literals.push(segment.toLowerCase());
      const type = roots.get(literals.join('/'));
      const name = segments[index + 1];
      if (name === undefined) {
        if (hasType(place) && actionOf(place.type, segment, 'item') !== undefined) return { kind: 'itemAction', place, name: segment };
        if (hasType(place) && place.root !== undefined && segment.toLowerCase() === 'resources') return { kind: 'allResources', parent: place };
        return type === undefined ? undefined : { kind: 'collection', type, parent: place };
      }
      if (type === undefined) return undefined;
      place = placeBelow(place, type, name);
    }
    while (index < segments.length) {
      const step = walkProvider(segments, index, place);
      if (step === undefined || 'kind' in step) return step;
      place = step.place;
      index = step.index;
    }
    return hasType(place) ? { kind: 'item', place } : undefined;
  }

  /** From one `providers` segment to the next, or to the end. */
  function walkProvider(segments: readonly string[], start: number, scope: Place): Target | { readonly place: Place; readonly index: number } | undefined {
    const namespace = segments[start + 1];
    if (namespace === undefined) return undefined;
    if (!namespaces.has(namespace.toLowerCase())) throw unknownNamespace(namespace);
    const operation = operationAt(segments, start + 2);
    if (operation !== undefined) return operation;
    let place = scope;
    let typeName = namespace;
    let index = start + 2;
    for (; index < segments.length; index += 2) {
      const segment = segments[index] ?? '';
      const isFirst = index === start + 2;
      if (!isFirst && segment.toLowerCase() === 'providers') return { place, index };
      const name = segments[index + 1];
      if (name === undefined && !isFirst && hasType(place) && actionOf(place.type, segment, 'item') !== undefined) return { kind: 'itemAction', place, name: segment };
      typeName = `${typeName}/${segment}`;
      const type = byName.get(typeName.toLowerCase());
      if (type === undefined || type.path !== undefined) throw unknownType(namespace, typeName.slice(namespace.length + 1));
      if (name === undefined) return isFirst && !canList(type, scope) ? undefined : { kind: 'collection', type, parent: place };
      if (index + 2 === segments.length && actionOf(type, name, 'collection') !== undefined) return { kind: 'collectionAction', type, parent: place, name };
      if (isFirst && !livesIn(type, scope)) return undefined;
      place = placeBelow(place, type, name);
    }
    return index === start + 2 ? undefined : { place, index };
  }

  function operationAt(segments: readonly string[], index: number): Target | undefined {
    if (segments[index]?.toLowerCase() !== 'locations' || segments.length !== index + 4) return undefined;
    const answers = operationSegments.get(segments[index + 2]?.toLowerCase() ?? '');
    const operationId = segments[index + 3];
    return answers === undefined || operationId === undefined ? undefined : { kind: 'operation', answers, operationId };
  }

  function placeOf(id: string): ItemPlace {
    const target = walk(segmentsOf(id));
    if (target?.kind !== 'item') throw unknownPath(id);
    return target.place;
  }

  return {
    types,
    routes,
    resolve,
    placeOf,
    routeAt: (method, id) => routeTable.match(method, segmentsOf(id)),
    childOf: (parent, type, name) => ({ ...placeBelow(parent, type, name), type }),
    scopeAt: (id) => (id === '' || id === '/' ? tenant : placeOf(id)),
    typeNamed(name) {
      const type = byName.get(name.toLowerCase());
      if (type === undefined) throw unknownType(name.split('/')[0] ?? '', name.split('/').slice(1).join('/'));
      return type;
    },
    descendantsOf: (type) => types.filter((other) => other !== type && isBelow(other, type)),
  };
}

function segmentsOf(id: string): readonly string[] {
  return splitPath(encodeURI(id).replaceAll('#', '%23').replaceAll('?', '%3F'));
}

function literalsOf(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '' && !segment.startsWith('{'))
    .join('/')
    .toLowerCase();
}

function hasType(place: Place): place is ItemPlace {
  return place.type !== undefined;
}

export function actionOf(type: AnyResourceType, name: string, on: 'item' | 'collection') {
  const found = Object.entries(type.actions ?? {}).find(([key, action]) => key.toLowerCase() === name.toLowerCase() && (action.on ?? 'item') === on);
  return found === undefined ? undefined : { name: found[0], action: found[1] };
}

function livesIn(type: AnyResourceType, scope: Place): boolean {
  switch (type.scope) {
    case 'any':
      return true;
    case 'tenant':
      return scope.type === undefined;
    case 'subscription':
      return scope.root === 'subscription';
    case 'resourceGroup':
      return scope.root === 'group';
    case undefined:
      return false;
    default:
      return type.scope satisfies never;
  }
}

function canList(type: AnyResourceType, scope: Place): boolean {
  return livesIn(type, scope) || (type.scope === 'resourceGroup' && scope.root === 'subscription');
}

/** Below by ancestry, by a root path (everything in a subscription or group), or as an extension. */
function isBelow(type: AnyResourceType, ancestor: AnyResourceType): boolean {
  if (type.scope === 'any') return true;
  if (type.parent !== undefined) return type.parent === ancestor || isBelow(type.parent, ancestor);
  if (ancestor.path === undefined) return false;
  const root = literalsOf(ancestor.path);
  if (type.path !== undefined) return literalsOf(type.path).startsWith(`${root}/`);
  return root === 'subscriptions' ? type.scope === 'subscription' || type.scope === 'resourceGroup' : root === 'subscriptions/resourcegroups' && type.scope === 'resourceGroup';
}
