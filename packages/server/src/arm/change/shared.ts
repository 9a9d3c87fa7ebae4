// Shared resources: those of another parent that are read at this one as well (a hub's connections in its projects).
// They are changed and deleted at their own place only, and one of the same name here hides them.

import type { Sql } from '#storage/database.ts';
import { listResources, type ResourceFilter } from '#storage/resource-list-store.ts';
import { findResource, findResources } from '#storage/resource-store.ts';
import type { ItemPlace } from '../registry.ts';
import type { AnyResourceType, ResourceRecord } from '../resource-type.ts';

const MOST = 1_000;

/** What is shared under the name of the place. */
export async function sharedAt(db: Sql, place: ItemPlace, parent: ResourceRecord | undefined): Promise<ResourceRecord | undefined> {
  const source = keyOfSource(place.type, parent);
  if (source === undefined || parent === undefined) return undefined;
  const found = await findResource(db, `${source}${place.key.slice(parent.key.length)}`);
  return found !== undefined && place.type.shared?.isShared(found) === true ? found : undefined;
}

/** What is shared with the members of a type below a parent. */
export async function sharedBelow(db: Sql, type: AnyResourceType, parent: ResourceRecord | undefined, filters: readonly ResourceFilter[]): Promise<readonly ResourceRecord[]> {
  const source = keyOfSource(type, parent);
  if (source === undefined || parent === undefined) return [];
  const { items } = await listResources(db, { types: [type.type.toLowerCase()], within: { parentKey: source }, filters, limit: MOST });
  const shared = items.filter((item) => type.shared?.isShared(item) === true);
  const ownKey = ({ key }: ResourceRecord): string => `${parent.key}${key.slice(source.length)}`;
  const own = await findResources(db, shared.map(ownKey));
  return shared.filter((item) => !own.has(ownKey(item)));
}

function keyOfSource(type: AnyResourceType, parent: ResourceRecord | undefined): string | undefined {
  return parent === undefined ? undefined : type.shared?.from(parent)?.toLowerCase();
}
