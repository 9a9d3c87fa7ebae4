// Built-in resources: those that the program brings along and that have no row.

import type { Context } from '#kernel/context.ts';
import { isJsonObject, type Json } from '#kernel/json.ts';
import type { Sql } from '#storage/database.ts';
import type { FilterTarget, ResourceFilter } from '#storage/resource-list-store.ts';
import { type ResourceRecord, rowlessRecord } from '#storage/resource-record.ts';
import { type Place, placeBelow } from '../address/place.ts';
import type { AnyResourceType, BuiltIn } from '../resource-type.ts';

/** The built-in members of the type right under the place. */
export function builtInsBelow(ctx: Context, type: AnyResourceType, parent: Place): readonly ResourceRecord[] {
  return (type.builtIn?.(ctx, parent.id) ?? []).map((builtIn) => recordOf(placeBelow(parent, type, builtIn.name), parent, type, builtIn));
}

/** What stands for a resource that is kept elsewhere; undefined when it is not there. */
export async function elsewhereAt(db: Sql, place: Place): Promise<ResourceRecord | undefined> {
  const { type, parent } = place;
  if (type?.isElsewhere === undefined || parent === undefined || !(await type.isElsewhere(place.id, db))) return undefined;
  return recordOf(place, parent, type, { name: place.name, properties: {} });
}

/** Whether resources of the type have no rows. */
export function isRowless(type: AnyResourceType): boolean {
  return type.builtIn !== undefined || type.isElsewhere !== undefined;
}

function recordOf(place: Place, parent: Place, type: AnyResourceType, builtIn: BuiltIn): ResourceRecord {
  return rowlessRecord({
    id: builtIn.id ?? place.id,
    key: place.key,
    name: builtIn.name,
    type: type.type.toLowerCase(),
    parentKey: parent.key,
    subscriptionId: place.subscriptionId,
    resourceGroup: place.group?.toLowerCase(),
    location: builtIn.location,
    properties: builtIn.properties,
  });
}

export function builtInAt(ctx: Context, place: Place): ResourceRecord | undefined {
  if (place.type?.builtIn === undefined || place.parent === undefined) return undefined;
  return builtInsBelow(ctx, place.type, place.parent).find((resource) => resource.key === place.key);
}

/** The filter of a list, applied to a resource in memory the way SQL applies it to rows. */
export function matchesFilter(resource: ResourceRecord, filter: ResourceFilter): boolean {
  const value = valueAt(resource, filter.target);
  if ('oneOf' in filter) return filter.oneOf.some((option) => option.toLowerCase() === textOf(value)?.toLowerCase());
  if ('contains' in filter) return textOf(value)?.toLowerCase().includes(filter.contains.toLowerCase()) ?? false;
  if ('flag' in filter) return (textOf(value) === 'true') === filter.flag;
  const member = isJsonObject(value) && Object.hasOwn(value, filter.key) ? value[filter.key] : undefined;
  return member !== undefined && (filter.value === undefined || textOf(member) === filter.value);
}

function valueAt(resource: ResourceRecord, target: FilterTarget): Json | undefined {
  if (!('path' in target)) return resource[target.in];
  return target.path.reduce((value: Json | undefined, name) => (isJsonObject(value) ? value[name] : undefined), resource[target.in]);
}

function textOf(value: Json | undefined): string | undefined {
  return value === undefined || value === null ? undefined : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
