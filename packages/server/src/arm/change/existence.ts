// Existence: loads a place and what encloses it in one query, and says in Azure's words what is missing.

import type { Context } from '#kernel/context.ts';
import type { Sql } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { findResources } from '#storage/resource-store.ts';
import { builtInAt, elsewhereAt } from './built-in.ts';
import { sharedAt } from './shared.ts';
import { beingDeleted, parentNotFound, resourceNotFound } from '../faults.ts';
import { ancestorsOf, type Place } from '../address/place.ts';
import type { ItemPlace } from '../registry.ts';
import type { AnyResourceType } from '../resource-type.ts';

export interface Loaded {
  /** Undefined when there is none; soft-deleted ones are in `deleted`. */
  readonly resource: ResourceRecord | undefined;
  readonly deleted: ResourceRecord | undefined;
  readonly parent: ResourceRecord | undefined;
  /** Throws Azure's fault for the outermost enclosing resource that is missing. */
  checkAncestors(): void;
  /** The direct parent is missing, and everything above it is there. */
  lacksOnlyParent(): boolean;
  /** Throws 409 when something that encloses it is being deleted. */
  checkAncestorsStay(): void;
  /** Throws when something that encloses it, or the place itself, refuses requests for what is of that type. */
  admit(type: AnyResourceType): void;
}

export async function loadPlace(ctx: Context, db: Sql, place: Place): Promise<Loaded> {
  const ancestors = ancestorsOf(place);
  const found = await findResources(
    db,
    [place.key, ...ancestors.map((ancestor) => ancestor.key)].filter((key) => key !== ''),
    { includeDeleted: true },
  );
  const elsewhere = new Map<string, ResourceRecord>();
  for (const at of [...ancestors, place]) {
    const stand = await elsewhereAt(db, at);
    if (stand !== undefined) elsewhere.set(at.key, stand);
  }
  const alive = (at: Place): ResourceRecord | undefined => {
    const resource = found.get(at.key);
    return resource?.deletedAt === undefined ? (resource ?? builtInAt(ctx, at) ?? elsewhere.get(at.key)) : undefined;
  };
  const own = found.get(place.key);
  return {
    resource: alive(place),
    deleted: own?.deletedAt === undefined ? undefined : own,
    parent: place.parent === undefined ? undefined : alive(place.parent),
    checkAncestors() {
      for (const ancestor of ancestors) if (alive(ancestor) === undefined) throw parentNotFound(ancestor);
    },
    lacksOnlyParent: () => ancestors.findIndex((ancestor) => alive(ancestor) === undefined) === ancestors.length - 1 && ancestors.length > 0,
    checkAncestorsStay() {
      for (const ancestor of ancestors) if (alive(ancestor)?.provisioningState === 'Deleting') throw beingDeleted(ancestor);
    },
    admit(type) {
      for (const at of [...ancestors, place]) {
        const resource = at.type === type ? undefined : alive(at);
        if (resource !== undefined) at.type?.admitChild?.(resource, type.type);
      }
    },
  };
}

/** The resource of the place, or for readers what is shared under its name. Throws what is missing: the group, the parent, or itself. */
export async function loadExisting(ctx: Context, db: Sql, place: Place, isReader = false): Promise<ResourceRecord> {
  const loaded = await loadPlace(ctx, db, place);
  if (place.type !== undefined) loaded.admit(place.type);
  if (loaded.resource !== undefined) return loaded.resource;
  loaded.checkAncestors();
  const shared = isReader && isItem(place) ? await sharedAt(db, place, loaded.parent) : undefined;
  if (shared !== undefined) return shared;
  throw resourceNotFound(place);
}

function isItem(place: Place): place is ItemPlace {
  return place.type !== undefined;
}

/** What encloses a collection of that type. Throws what is missing. */
export async function loadParent(ctx: Context, db: Sql, place: Place, type?: AnyResourceType): Promise<ResourceRecord | undefined> {
  if (place.type === undefined) return undefined;
  const loaded = await loadPlace(ctx, db, place);
  if (type !== undefined) loaded.admit(type);
  if (loaded.resource !== undefined) return loaded.resource;
  loaded.checkAncestors();
  throw parentNotFound(place);
}
