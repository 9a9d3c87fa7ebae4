// Private DNS zones and their links to virtual networks. Source: Azure Private DNS REST.

import { Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import { type AnyResourceType, defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { countChildren } from '#storage/child-store.ts';
import { lockNetwork } from '#storage/subnet-store.ts';

const ZONES = 'Microsoft.Network/privateDnsZones';
const LINKS = `${ZONES}/virtualNetworkLinks`;
const RECORDS = ['A', 'AAAA', 'CNAME', 'TXT', 'SOA'] as const;
const MOST_RECORDS = 25_000;
const MOST_LINKS = 1_000;

export const privateDnsZones = defineResourceType({
  type: ZONES,
  scope: 'resourceGroup',
  kind: 'tracked',
  isMovable: true,
  envelope: { location: 'optional' },
  apiVersions: { since: '2018-09-01' },
  name: /^(?=.{1,253}$)[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?){1,33}$/,
  nameRule: 'is a domain name of 2 to 34 labels',
  properties: Type.Object({}),
  readOnly: [
    '/numberOfRecordSets',
    '/numberOfVirtualNetworkLinks',
    '/numberOfVirtualNetworkLinksWithRegistration',
    '/maxNumberOfRecordSets',
    '/maxNumberOfVirtualNetworkLinks',
    '/maxNumberOfVirtualNetworkLinksWithRegistration',
    '/internalId',
  ],
  prepare: async (_ctx, { desired }) => ({ ...desired, location: desired.location ?? 'global' }),
  async onWrite(tx, ctx, { resource, previous, store }) {
    if (previous !== undefined) return;
    const soaRecord = { host: 'azureprivatedns.net', email: 'azureprivatedns-host.microsoft.com', serialNumber: 1 };
    await store.put(ctx, `${resource.id}/SOA/@`, { properties: { ttl: 3600, soaRecord } }, { as: 'system', tx });
  },
  async mayDelete(_ctx, { resource, store }) {
    const [link] = (await store.list(LINKS, resource.key, { top: 1 })).items;
    if (link === undefined) return;
    throw new Fault('conflict', 'CannotDeleteResource', `Can not delete resource before nested resources are deleted: the zone ${resource.name} is linked to a virtual network by '${link.name}'.`);
  },
  async view(_ctx, resources, db) {
    const counts = await countChildren(
      db,
      resources.map((resource) => resource.key),
    );
    return new Map(
      resources.map((resource): readonly [string, JsonObject] => {
        const own = counts.get(resource.key);
        const records = RECORDS.reduce((sum, record) => sum + (own?.get(`${ZONES}/${record}`.toLowerCase()) ?? 0), 0);
        return [
          resource.key,
          {
            numberOfRecordSets: records,
            numberOfVirtualNetworkLinks: own?.get(LINKS.toLowerCase()) ?? 0,
            maxNumberOfRecordSets: MOST_RECORDS,
            maxNumberOfVirtualNetworkLinks: MOST_LINKS,
            maxNumberOfVirtualNetworkLinksWithRegistration: 0,
          },
        ];
      }),
    );
  },
  actions: {
    ALL: action({
      method: 'GET',
      permission: `${ZONES}/all/read`,
      async run(ctx, { resource, store, apiVersion }: ActionCall<unknown, unknown>) {
        const pages = await Promise.all(RECORDS.map((record) => store.list(`${ZONES}/${record}`, resource.key, { top: 1_000 })));
        return {
          value: await store.render(
            ctx,
            pages.flatMap(({ items }) => items),
            apiVersion,
          ),
        };
      },
    }),
  },
});

export function virtualNetworkLinks(zones: AnyResourceType) {
  return defineResourceType({
    type: LINKS,
    parent: zones,
    kind: 'tracked',
    envelope: { location: 'optional' },
    apiVersions: { since: '2018-09-01' },
    name: /^[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,78}[a-zA-Z0-9_])?$/,
    nameRule: 'has 1 to 80 letters, digits, _, . or -',
    properties: Type.Object({
      virtualNetwork: Type.Object({ id: Type.String({ minLength: 1, maxLength: 2048 }) }),
      registrationEnabled: Type.Boolean({ default: false }),
      resolutionPolicy: Type.Optional(Type.Enum(['Default', 'NxDomainRedirect'])),
    }),
    readOnly: ['/virtualNetworkLinkState'],
    immutable: ['/virtualNetwork'],
    validate(_ctx, { desired, reject }) {
      if (desired.properties.registrationEnabled)
        reject('properties.registrationEnabled', 'There are no virtual machines whose names could be registered; registrationEnabled false is accepted.', 'RegistrationNotSupported');
    },
    async prepare(_ctx, { desired, store, reject }) {
      const network = desired.properties.virtualNetwork.id;
      const isNetwork = /\/providers\/microsoft\.network\/virtualnetworks\/[^/]+$/i.test(network) && (await store.find(network).catch(() => undefined)) !== undefined;
      if (!isNetwork) reject('properties.virtualNetwork.id', `The virtual network '${network.slice(0, 300)}' was not found.`, 'BadRequest');
      return { ...desired, location: desired.location ?? 'global', properties: { ...desired.properties, virtualNetworkLinkState: 'Completed' } };
    },
    async onWrite(tx, _ctx, { resource, store }) {
      // Why locked: two links to one network, made at once, would not see each other.
      await lockNetwork(tx, resource.parentKey);
      const network = resource.properties.virtualNetwork.id.toLowerCase();
      const others = (await store.list(LINKS, resource.parentKey, { top: MOST_LINKS }, tx)).items.filter((link) => link.key !== resource.key);
      const twin = others.find((link) => stringAt(objectAt(link.properties, 'virtualNetwork'), 'id')?.toLowerCase() === network);
      if (twin !== undefined)
        throw new Fault('conflict', 'Conflict', `A virtual network cannot be linked to one zone twice: '${twin.name}' links it already.`, { target: 'properties.virtualNetwork.id' });
    },
  });
}
