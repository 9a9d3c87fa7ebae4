// A resource that is not there yet: where it goes, what its id and first body are. Pure.

import type { CheckedResource } from '../../api/checks.ts';
import { groupOf, subscriptionOf } from '../../api/resource-id.ts';
import type { TypeDescriptor } from '../../api/resource-types.ts';
import type { Value } from '../resource/form/changes.ts';

export type Body = Readonly<Record<string, Value>>;

/** What is made by other pages, or by the server when something else is made. */
const ELSEWHERE = /^microsoft\.authorization\/|^microsoft\.resources\/(?:tags|subscriptions)$|\/privateendpointconnections$|\/jobs$|\/soa$/i;

export function isCreatable(type: TypeDescriptor): boolean {
  return type.verbs.includes('put') && !ELSEWHERE.test(type.type);
}

export type Enclosure = { readonly kind: 'subscription' } | { readonly kind: 'group' } | { readonly kind: 'resource'; readonly type: string };

/** What encloses it: a resource of `type`, a resource group, or the subscription. */
export function placeOf(type: TypeDescriptor): Enclosure {
  if (type.parent !== null) return { kind: 'resource', type: type.parent };
  return { kind: type.scope === 'subscription' ? 'subscription' : 'group' };
}

/** '' where the place or the name is missing. */
export function newId(type: TypeDescriptor, place: string, name: string): string {
  if (place === '' || name === '') return '';
  if (type.path !== null) return type.path.replace('{subscriptionId}', subscriptionOf(place)).replace('{name}', name);
  return type.parent === null ? `${place}/providers/${type.type}/${name}` : `${place}/${type.type.split('/').at(-1)}/${name}`;
}

/** Whether it can be of that place: `in` of the address may be anything. */
export function fitsIn(type: TypeDescriptor, place: string): boolean {
  const { kind } = placeOf(type);
  if (kind === 'resource') return place.includes('/providers/');
  return kind === 'subscription' ? subscriptionOf(place) !== '' : groupOf(place) !== '' && !place.includes('/providers/');
}

export function firstBody(type: TypeDescriptor, region: string): Body {
  return { ...(type.members.location === 'required' ? { location: type.type.toLowerCase() === 'microsoft.network/privatednszones' ? 'global' : region } : {}), properties: {} };
}

export function checkable(id: string, body: Body): readonly CheckedResource[] {
  return id === '' ? [] : [{ id, body }];
}

/** Of the page that makes one there. */
export function createAddress(place: string, type = ''): string {
  return `/create?${new URLSearchParams({ ...(type === '' ? {} : { type }), in: place })}`;
}
