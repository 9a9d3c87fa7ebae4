// Place: a position in the tree of ids: the tenant, a subscription, a resource group, a resource. Keys identify, ids show.

import type { AnyResourceType } from '../resource-type.ts';

export interface Place {
  /** Undefined for the tenant. */
  readonly type: AnyResourceType | undefined;
  readonly name: string;
  /** '' for the tenant. */
  readonly id: string;
  readonly key: string;
  readonly parent: Place | undefined;
  readonly root: 'subscription' | 'group' | undefined;
  /** Lower-cased. */
  readonly subscriptionId: string | undefined;
  /** As written in the path. */
  readonly group: string | undefined;
  /** Names from the top-level resource on: `ws/job1`. */
  readonly nestedName: string;
  /** Id of what the top-level resource lives in. */
  readonly scopeId: string;
}

export const tenant: Place = { type: undefined, name: '', id: '', key: '', parent: undefined, root: undefined, subscriptionId: undefined, group: undefined, nestedName: '', scopeId: '' };

/** The place of a resource of this type and name right under another. */
export function placeBelow(parent: Place, type: AnyResourceType, name: string): Place {
  const isNested = type.parent !== undefined;
  const segments = type.type.split('/');
  const last = segments.at(-1) ?? '';
  const literal = type.path?.split('/').at(-2);
  const step = literal ?? (isNested ? last : `providers/${type.type}`);
  const keyName = type.isNameCaseSensitive === true ? name : name.toLowerCase();
  const root = literal?.toLowerCase() === 'subscriptions' ? 'subscription' : literal?.toLowerCase() === 'resourcegroups' ? 'group' : undefined;
  return {
    type,
    name,
    id: `${parent.id}/${step}/${name}`,
    key: `${parent.key}/${step.toLowerCase()}/${keyName}`,
    parent,
    root,
    subscriptionId: root === 'subscription' ? name.toLowerCase() : parent.subscriptionId,
    group: root === 'group' ? name : parent.group,
    nestedName: isNested ? `${parent.nestedName}/${name}` : name,
    scopeId: isNested ? parent.scopeId : parent.id,
  };
}

/** What encloses it, outermost first, without the tenant. */
export function ancestorsOf(place: Place): readonly Place[] {
  const { parent } = place;
  return parent?.type === undefined ? [] : [...ancestorsOf(parent), parent];
}

/** As a scope of role-based access: '/' for the tenant. */
export function scopeOf(place: Place): string {
  return place.id === '' ? '/' : place.id;
}
