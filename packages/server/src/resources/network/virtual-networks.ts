// Virtual networks: an address space, and subnets as children. A body may bring its subnets along: those are made or changed
// with it, and those it leaves out of its list are removed. Source: Azure Virtual Network REST, Virtual Networks.

import { Type } from 'typebox';
import { type Draft, defineResourceType, type Reject, type ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, jsonEqual, objectAt, stringAt } from '#kernel/json.ts';
import { listChildren } from '#storage/child-store.ts';
import { lockNetwork } from '#storage/subnet-store.ts';
import { contains, overlaps } from './cidr.ts';
import { checkPlace, checkRanges, checkUnused, MOST_SUBNETS, rangesOf, spaceOf, SUBNET_TYPE } from './subnets.ts';

/** The list of subnets of a body, until provisioning has carried it out. */
const PENDING = 'pendingSubnets';

export const virtualNetworks = defineResourceType({
  type: 'Microsoft.Network/virtualNetworks',
  scope: 'resourceGroup',
  kind: 'tracked',
  isMovable: true,
  envelope: { location: 'required', others: ['extendedLocation'] },
  apiVersions: { since: '2015-05-01' },
  name: /^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9_])?$/,
  nameRule: 'has 1 to 64 letters, digits, _, . or -, starts with a letter or digit and ends with one or with _',
  properties: Type.Object({
    addressSpace: Type.Object({ addressPrefixes: Type.Array(Type.String({ maxLength: 60 }), { minItems: 1, maxItems: 100 }) }),
    dhcpOptions: Type.Optional(Type.Object({ dnsServers: Type.Optional(Type.Array(Type.String(), { maxItems: 20 })) })),
    subnets: Type.Optional(Type.Array(Type.Object({ name: Type.String({ minLength: 1 }), properties: Type.Optional(Type.Object({})) }), { maxItems: MOST_SUBNETS })),
    virtualNetworkPeerings: Type.Optional(Type.Array(Type.Object({}))),
    enableDdosProtection: Type.Optional(Type.Boolean()),
  }),
  readOnly: [`/${PENDING}`, '/resourceGuid'],
  validate(_ctx, { desired, reject }) {
    const { addressSpace, virtualNetworkPeerings, enableDdosProtection } = desired.properties;
    checkRanges(addressSpace.addressPrefixes, 'properties.addressSpace.addressPrefixes', reject);
    const space = spaceOf(desired.properties);
    if (space.some((range, index) => space.slice(index + 1).some((other) => overlaps(range, other))))
      reject('properties.addressSpace.addressPrefixes', `The ranges ${addressSpace.addressPrefixes.join(', ')} overlap.`, 'VnetAddressSpaceOverlapsWithItself');
    if ((virtualNetworkPeerings ?? []).length > 0) reject('properties.virtualNetworkPeerings', 'Peerings of virtual networks are not supported; leave them out.', 'VirtualNetworkPeeringNotSupported');
    if (enableDdosProtection === true) reject('properties.enableDdosProtection', 'DDoS protection is not supported; leave it out or false.', 'DdosProtectionNotSupported');
  },
  async prepare(_ctx, { desired, current, store, reject }) {
    const { subnets: given, virtualNetworkPeerings: _none, ...properties } = desired.properties;
    const existing = current === undefined || current.deletedAt !== undefined ? [] : (await store.list(SUBNET_TYPE, desired.key, { top: MOST_SUBNETS })).items;
    const list = given?.map((subnet) => ({ name: subnet.name, properties: objectAt(subnet, 'properties') }));
    const pending = list === undefined ? undefined : await planSubnets(desired, list, existing, store, reject);
    return { ...desired, properties: { enableDdosProtection: false, ...properties, ...(pending === undefined ? {} : { [PENDING]: pending }) } };
  },
  async onWrite(tx, _ctx, { resource, store }) {
    await lockNetwork(tx, resource.key);
    const space = spaceOf(resource.properties);
    const pending = pendingOf(resource.properties);
    for (const subnet of (await store.list(SUBNET_TYPE, resource.key, { top: MOST_SUBNETS }, tx)).items) {
      if (pending?.remove.includes(subnet.name) === true) continue;
      if (rangesOf(subnet.properties).some((range) => !space.some((outer) => contains(outer, range)))) {
        throw new Fault('invalid', 'InUsePrefixCannotBeDeleted', `The address space of ${resource.name} leaves out the subnet '${subnet.name}', which is inside it.`, {
          target: 'properties.addressSpace.addressPrefixes',
        });
      }
    }
  },
  provision: {
    when: ({ desired }) => pendingOf(desired.properties) !== undefined,
    async run(ctx, { resource, store }) {
      const pending = pendingOf(resource.properties);
      for (const name of pending?.remove ?? []) await store.delete(ctx, `${resource.id}/subnets/${name}`, { as: 'system' });
      for (const [name, properties] of Object.entries(pending?.put ?? {}))
        await store.put(ctx, `${resource.id}/subnets/${name}`, { properties: isJsonObject(properties) ? properties : {} }, { as: 'system' });
      return { properties: { [PENDING]: null } };
    },
  },
  async mayDelete(_ctx, { resource, store, db }) {
    await checkUnused(db, (await store.list(SUBNET_TYPE, resource.key, { top: MOST_SUBNETS })).items);
  },
  async view(ctx, resources, db) {
    const children = await listChildren(
      db,
      SUBNET_TYPE.toLowerCase(),
      resources.map((resource) => resource.key),
      MOST_SUBNETS,
    );
    return new Map(
      resources.map((resource): readonly [string, JsonObject] => [
        resource.key,
        {
          virtualNetworkPeerings: [],
          subnets: (children.get(resource.key) ?? []).map((subnet) => ({
            id: subnet.id,
            name: subnet.name,
            type: SUBNET_TYPE,
            etag: `"${subnet.etag}"`,
            properties: { ...subnet.properties, provisioningState: subnet.provisioningState },
          })),
        },
      ]),
    );
  },
  shape: (body) => ({ ...body, properties: Object.fromEntries(Object.entries(objectAt(body, 'properties')).filter(([name]) => name !== PENDING)) }),
});

interface Pending {
  readonly put: JsonObject;
  readonly remove: readonly string[];
}

/** What the list changes; undefined when everything is as it says. Refuses now what would fail later. */
async function planSubnets(
  desired: Draft<unknown>,
  list: readonly { readonly name: string; readonly properties: JsonObject }[],
  existing: readonly ResourceRecord[],
  store: Resources,
  reject: Reject,
): Promise<JsonObject | undefined> {
  const byName = new Map(existing.map((subnet) => [subnet.name.toLowerCase(), subnet]));
  const removed = existing.filter((subnet) => !list.some(({ name }) => name.toLowerCase() === subnet.name.toLowerCase()));
  for (const [index, subnet] of list.entries()) {
    const at = `properties.subnets.${index}.properties.addressPrefix`;
    const ranges = rangesOf(subnet.properties);
    if (ranges.length === 0) reject(at, `'${stringAt(subnet.properties, 'addressPrefix') ?? ''}' is no address range; one such as 10.0.1.0/24 is needed.`, 'InvalidAddressPrefixFormat');
    else checkPlace(subnet.name, ranges, desired, list.slice(0, index));
  }
  await checkUnused(store.db, removed);
  const put = list.filter(({ name, properties }) => {
    const known = byName.get(name.toLowerCase());
    return known === undefined || Object.entries(properties).some(([member, value]) => !LIVE.has(member) && !jsonEqual(value, known.properties[member]));
  });
  if (put.length === 0 && removed.length === 0) return undefined;
  return { put: Object.fromEntries(put.map(({ name, properties }) => [name, properties])), remove: removed.map(({ name }) => name) };
}

function pendingOf(properties: unknown): Pending | undefined {
  const pending = isJsonObject(properties) ? properties[PENDING] : undefined;
  if (!isJsonObject(pending)) return undefined;
  return { put: objectAt(pending, 'put'), remove: Array.isArray(pending['remove']) ? pending['remove'].map(String) : [] };
}

/** Of a subnet's properties: read only. */
const LIVE = new Set(['provisioningState', 'privateEndpoints', 'ipConfigurations', 'purpose']);
