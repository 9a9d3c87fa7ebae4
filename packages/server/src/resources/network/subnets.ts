// Subnets: ranges inside a virtual network that do not overlap; one that is in use stays.
// Source: Azure Virtual Network REST, Subnets; observed error codes (NetcfgSubnetRangeOutsideVnet and its siblings).

import { Type } from 'typebox';
import { type AnyResourceType, defineResourceType, type Reject, type ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import { Fault, type FaultDetail } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { Sql } from '#storage/database.ts';
import { listForeignClaims, listSubnetClaims, lockNetwork } from '#storage/subnet-store.ts';
import { type Cidr, contains, overlaps, parseCidr } from './cidr.ts';

export const SUBNET_TYPE = 'Microsoft.Network/virtualNetworks/subnets';
export const MOST_SUBNETS = 1_000;
const MOST_NAMED = 20;
const Reference = Type.Optional(Type.Object({ id: Type.String({ minLength: 1, maxLength: 2048 }) }));
const Switch = Type.Optional(Type.Enum(['Enabled', 'Disabled', 'NetworkSecurityGroupEnabled', 'RouteTableEnabled']));

export const SubnetProperties = Type.Object({
  addressPrefix: Type.Optional(Type.String({ maxLength: 60 })),
  addressPrefixes: Type.Optional(Type.Array(Type.String({ maxLength: 60 }), { maxItems: 2 })),
  networkSecurityGroup: Reference,
  serviceEndpoints: Type.Optional(Type.Array(Type.Object({ service: Type.String({ minLength: 1 }) }))),
  delegations: Type.Optional(Type.Array(Type.Object({ name: Type.String({ minLength: 1 }) }))),
  privateEndpointNetworkPolicies: Switch,
  privateLinkServiceNetworkPolicies: Type.Optional(Type.Enum(['Enabled', 'Disabled'])),
  defaultOutboundAccess: Type.Optional(Type.Boolean()),
});

export function subnets(networks: AnyResourceType) {
  return defineResourceType({
    type: SUBNET_TYPE,
    parent: networks,
    kind: 'proxy',
    apiVersions: { since: '2015-05-01' },
    name: /^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,78}[a-zA-Z0-9_])?$/,
    nameRule: 'has 1 to 80 letters, digits, _, . or -, starts with a letter or digit and ends with one or with _',
    properties: SubnetProperties,
    readOnly: ['/ipConfigurations', '/privateEndpoints', '/purpose'],
    filters: { networkSecurityGroup: { equals: '/networkSecurityGroup/id' } },
    validate(_ctx, { desired, reject }) {
      if (rangesOf(desired.properties).length === 0) reject('properties.addressPrefix', 'addressPrefix is missing; a range such as 10.0.1.0/24 is needed.', 'InvalidAddressPrefixFormat');
      checkRanges(textsOf(desired.properties), 'properties.addressPrefix', reject);
    },
    async prepare(_ctx, { desired, current, store, reject }) {
      const group = desired.properties.networkSecurityGroup?.id;
      if (group !== undefined && (await store.find(group).catch(() => undefined)) === undefined)
        reject('properties.networkSecurityGroup.id', `The security group '${group.slice(0, 300)}' was not found.`, 'InvalidResourceReference');
      if (current !== undefined && (await hasMoved(store, desired.key, desired.properties, current.properties))) {
        throw new Fault('invalid', 'InUsePrefixCannotBeDeleted', `The range of the subnet ${desired.name} cannot change while something is in it.`, { target: 'properties.addressPrefix' });
      }
      return {
        ...desired,
        properties: { serviceEndpoints: [], delegations: [], privateEndpointNetworkPolicies: 'Disabled' as const, privateLinkServiceNetworkPolicies: 'Enabled' as const, ...desired.properties },
      };
    },
    async onWrite(tx, _ctx, { resource, store }) {
      await lockNetwork(tx, resource.parentKey);
      const network = await store.get(resource.parentKey, tx);
      const siblings = (await store.list(SUBNET_TYPE, resource.parentKey, { top: MOST_SUBNETS }, tx)).items.filter((other) => other.key !== resource.key);
      checkPlace(resource.name, rangesOf(resource.properties), network, siblings);
    },
    async mayDelete(_ctx, { resource, db }) {
      await checkUnused(db, [resource]);
    },
    heldBy: async (db, belowKey) => (await listForeignClaims(db, belowKey, MOST_NAMED)).map(({ subnetKey, ownerKey }) => inUse(subnetKey, ownerKey)),
    async view(_ctx, resources, db) {
      const claims = Map.groupBy(
        await listSubnetClaims(
          db,
          resources.map((resource) => resource.key),
        ),
        (claim) => claim.subnetKey,
      );
      return new Map(
        resources.map((resource): readonly [string, JsonObject] => {
          const owners = claims.get(resource.key) ?? [];
          const endpoints = owners.filter((claim) => claim.ownerKey.includes('/privateendpoints/')).map((claim) => ({ id: claim.ownerKey }));
          return [resource.key, endpoints.length === 0 ? {} : { privateEndpoints: endpoints }];
        }),
      );
    },
  });
}

/** Throws while something is in one of them. */
export async function checkUnused(db: Sql, subnetRecords: readonly ResourceRecord<unknown>[]): Promise<void> {
  const [claim] = await listSubnetClaims(
    db,
    subnetRecords.map((subnet) => subnet.key),
  );
  const subnet = subnetRecords.find((record) => record.key === claim?.subnetKey);
  if (claim === undefined || subnet === undefined) return;
  const { code, message } = inUse(subnet.id, claim.ownerKey);
  throw new Fault('invalid', code, message, { target: subnet.id });
}

function inUse(subnetId: string, ownerKey: string): FaultDetail {
  const message = `Subnet ${subnetId.split('/').at(-1) ?? ''} is in use by ${ownerKey} and cannot be deleted. Delete what is in it first.`;
  return { code: 'InUseSubnetCannotBeDeleted', message, target: subnetId };
}

/** The ranges in a body, valid ones only. */
export function rangesOf(properties: unknown): readonly Cidr[] {
  return textsOf(properties).flatMap((text) => parseCidr(text) ?? []);
}

export function checkRanges(texts: readonly string[], property: string, reject: Reject): void {
  for (const text of texts) {
    const range = parseCidr(text);
    if (range === undefined) reject(property, `'${text}' is no address range; one such as 10.0.0.0/16 is accepted.`, 'InvalidAddressPrefixFormat');
    else if (!range.isAligned) reject(property, `The address prefix ${text} has bits set beyond its length; the first address of the range is accepted.`, 'InvalidCIDRNotation');
  }
}

/** Throws unless the ranges are inside those of the network and apart from those of the siblings. */
export function checkPlace(
  name: string,
  ranges: readonly Cidr[],
  network: { readonly name: string; readonly properties: unknown },
  siblings: readonly { readonly name: string; readonly properties: unknown }[],
): void {
  const space = spaceOf(network.properties);
  if (ranges.some((range) => !space.some((outer) => contains(outer, range)))) {
    throw new Fault('invalid', 'NetcfgSubnetRangeOutsideVnet', `Subnet '${name}' is not valid because its IP address range is outside the IP address range of virtual network '${network.name}'.`, {
      target: 'properties.addressPrefix',
    });
  }
  const other = siblings.find((sibling) => rangesOf(sibling.properties).some((taken) => ranges.some((range) => overlaps(range, taken))));
  if (other === undefined) return;
  throw new Fault(
    'invalid',
    'NetcfgSubnetRangesOverlap',
    `Subnet '${name}' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '${network.name}': '${other.name}'.`,
    { target: 'properties.addressPrefix' },
  );
}

/** The address space of a network. */
export function spaceOf(properties: unknown): readonly Cidr[] {
  const prefixes = objectAt(properties, 'addressSpace')['addressPrefixes'];
  return (Array.isArray(prefixes) ? prefixes : []).flatMap((text) => parseCidr(String(text)) ?? []);
}

function textsOf(properties: unknown): readonly string[] {
  const single = stringAt(properties, 'addressPrefix');
  const list = isJsonObject(properties) && Array.isArray(properties['addressPrefixes']) ? properties['addressPrefixes'].map(String) : [];
  return [...new Set([...(single === undefined ? [] : [single]), ...list])];
}

async function hasMoved(store: Resources, key: string, desired: unknown, current: unknown): Promise<boolean> {
  const same = (a: readonly Cidr[], b: readonly Cidr[]) => a.length === b.length && a.every((range, index) => range.first === b[index]?.first && range.last === b[index].last);
  if (same(rangesOf(desired), rangesOf(current))) return false;
  return (await listSubnetClaims(store.db, [key])).length > 0;
}
