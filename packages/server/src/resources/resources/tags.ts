// The tags of any resource, group or not, as a resource of their own: who may tag need not be who may change.
// Source: contracts/schemas/arm/2025-04-01/Microsoft.Resources.json (tags); Resource Manager REST, Tags - Update At Scope.

import { Type } from 'typebox';
import { readTags } from '#arm/envelope.ts';
import type { FacetCall } from '#arm/facet.ts';
import { defineResourceType } from '#arm/resource-type.ts';
import type { Context } from '#kernel/context.ts';
import { Fault, type FaultDetail } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { Sql } from '#storage/database.ts';
import { findResource } from '#storage/resource-store.ts';

const SUBSCRIPTIONS = 'microsoft.resources/subscriptions';
const OPERATIONS = ['Merge', 'Replace', 'Delete'] as const;

/** `carriesTags`: whether resources of a type (lower-cased) have tags. */
export function tags(carriesTags: (type: string) => boolean) {
  async function set(ctx: Context, { of, store }: FacetCall, wanted: Readonly<Record<string, string>>) {
    if (of.type === SUBSCRIPTIONS) return setOfSubscription(ctx, { of, store }, wanted);
    if (of.etag === 'built-in' || !carriesTags(of.type))
      throw new Fault('invalid', 'TagsNotSupported', `The resource '${of.id}' of type '${of.type}' carries no tags on this server.`, { target: of.id });
    return store.patch(ctx, of.id, { tags: wanted }, { as: 'system' });
  }
  return defineResourceType({
    type: 'Microsoft.Resources/tags',
    scope: 'any',
    kind: 'proxy',
    apiVersions: { since: '2019-10-01' },
    name: /^default$/i,
    nameRule: "is 'default'",
    verbs: ['get', 'put', 'patch', 'delete'],
    hasProvisioningState: false,
    properties: Type.Object({}),
    facet: {
      read: async ({ of, store }) => ({ tags: of.type === SUBSCRIPTIONS ? await tagsOfSubscription(store.db, of.key) : of.tags }),
      async write(ctx, call) {
        const now = call.of.type === SUBSCRIPTIONS ? await tagsOfSubscription(call.store.db, call.of.key) : call.of.tags;
        return set(ctx, call, wantedTags(now, call.body, call.isPatch));
      },
      async remove(ctx, call) {
        await set(ctx, call, {});
      },
    },
  });
}

/** A subscription has no row; this facet of it has one. */
export async function tagsOfSubscription(db: Sql, key: string): Promise<Readonly<Record<string, string>>> {
  const found = await findResource(db, `${key}/providers/microsoft.resources/tags/default`);
  return Object.fromEntries(Object.entries(objectAt(found?.properties, 'tags')).map(([name, value]) => [name, String(value)]));
}

async function setOfSubscription(ctx: Context, { of, store }: FacetCall, wanted: Readonly<Record<string, string>>) {
  const wrong: FaultDetail[] = [];
  const tags = readTags(wanted, undefined, false, (detail) => wrong.push(detail));
  const [first] = wrong;
  if (first !== undefined) throw new Fault('invalid', first.code, first.message, { details: wrong, ...(first.target === undefined ? {} : { target: first.target }) });
  await store.put(ctx, `${of.id}/providers/Microsoft.Resources/tags/default`, { properties: { tags } }, { as: 'system' });
  return of;
}

function wantedTags(now: Readonly<Record<string, string>>, body: JsonObject, isPatch: boolean): Readonly<Record<string, string>> {
  const properties = objectAt(body, 'properties');
  if (!isJsonObject(properties['tags']))
    throw new Fault('invalid', 'InvalidRequestContent', "The request content was invalid: 'properties.tags' must be an object of strings.", { target: 'properties.tags' });
  const given = Object.fromEntries(Object.entries(properties['tags']).map(([name, value]) => [name, typeof value === 'string' ? value : refuse(name)]));
  const operation = isPatch ? OPERATIONS.find((known) => known.toLowerCase() === stringAt(body, 'operation')?.toLowerCase()) : 'Replace';
  switch (operation) {
    case 'Replace':
      return given;
    case 'Merge':
      return { ...now, ...given };
    case 'Delete':
      return Object.fromEntries(Object.entries(now).filter(([name, value]) => given[name] === undefined || given[name] !== value));
    case undefined:
      throw new Fault('invalid', 'InvalidRequestContent', `The request content was invalid: operation is '${String(body['operation'])}'; ${OPERATIONS.join(', ')} are accepted.`, {
        target: 'operation',
      });
    default:
      return operation satisfies never;
  }
}

function refuse(name: string): never {
  throw new Fault('invalid', 'InvalidTags', `properties.tags.${name.slice(0, 100)}: a string is accepted.`, { target: `properties.tags.${name.slice(0, 100)}` });
}
