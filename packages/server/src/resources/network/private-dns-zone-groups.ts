// Zone groups of a private endpoint: its address as A records in private DNS zones. They come and go with the group.
// Source: Azure Virtual Network REST, Private Dns Zone Groups.

import { Type } from 'typebox';
import { type AnyResourceType, defineResourceType, type ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { deleteResources } from '#storage/resource-store.ts';
import { findOwnedAddresses } from '#storage/subnet-store.ts';

const OWNED = 'ownedRecords';
const TTL = 10;

export function privateDnsZoneGroups(endpoints: AnyResourceType) {
  return defineResourceType({
    type: 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups',
    parent: endpoints,
    kind: 'proxy',
    apiVersions: { since: '2020-03-01' },
    verbs: ['get', 'put', 'delete', 'list'],
    name: /^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,78}[a-zA-Z0-9_])?$/,
    nameRule: 'has 1 to 80 letters, digits, _, . or -',
    properties: Type.Object({
      privateDnsZoneConfigs: Type.Array(
        Type.Object({ name: Type.String({ minLength: 1, maxLength: 80 }), properties: Type.Object({ privateDnsZoneId: Type.String({ minLength: 1, maxLength: 2048 }) }) }),
        {
          default: [],
          maxItems: 5,
        },
      ),
    }),
    readOnly: [`/${OWNED}`, '/privateDnsZoneConfigs/*/properties/recordSets'],
    async prepare(_ctx, { desired, store, reject }) {
      const endpoint = await store.get(desired.parentKey);
      const address = (await findOwnedAddresses(store.db, [endpoint.key])).get(endpoint.key);
      const records: Record<string, JsonObject> = {};
      for (const [index, config] of desired.properties.privateDnsZoneConfigs.entries()) {
        const zone = await findZone(store, config.properties.privateDnsZoneId);
        if (zone === undefined)
          reject(
            `properties.privateDnsZoneConfigs.${index}.properties.privateDnsZoneId`,
            `The private DNS zone '${config.properties.privateDnsZoneId.slice(0, 300)}' was not found.`,
            'InvalidResourceReference',
          );
        else records[config.name] = { recordId: `${zone.id}/A/${recordName(endpoint)}`, address: address ?? '' };
      }
      return { ...desired, properties: { ...desired.properties, [OWNED]: records } };
    },
    async onWrite(tx, ctx, { resource, previous, store }) {
      const owned = recordsOf(resource);
      const left = recordsOf(previous).filter((record) => !owned.some(({ recordId }) => recordId === record.recordId));
      await deleteResources(
        tx,
        left.map(({ recordId }) => recordId.toLowerCase()),
      );
      for (const { recordId, address } of owned)
        await store.put(
          ctx,
          recordId,
          { properties: { ttl: TTL, metadata: { creator: `created by private endpoint ${resource.parentKey.split('/').at(-1) ?? ''}` }, aRecords: [{ ipv4Address: address }] } },
          { as: 'system', tx },
        );
    },
    async onDelete(tx, _ctx, resource) {
      await deleteResources(
        tx,
        recordsOf(resource).map(({ recordId }) => recordId.toLowerCase()),
      );
    },
    shape(body, _apiVersion, resource) {
      const owned = new Map(recordsOf(resource).map((record) => [record.name, record]));
      const properties = objectAt(body, 'properties');
      const configs = properties['privateDnsZoneConfigs'];
      const shown = (Array.isArray(configs) ? configs.filter(isJsonObject) : []).map((config) => {
        const record = owned.get(stringAt(config, 'name') ?? '');
        const [recordSetName = '', , zone = ''] = (record?.recordId ?? '').split('/').toReversed();
        const recordSets = record === undefined ? [] : [{ recordType: 'A', recordSetName, fqdn: `${recordSetName}.${zone}`, ttl: TTL, provisioningState: 'Succeeded', ipAddresses: [record.address] }];
        return { ...config, properties: { ...objectAt(config, 'properties'), recordSets } };
      });
      return { ...body, properties: { ...Object.fromEntries(Object.entries(properties).filter(([name]) => name !== OWNED)), privateDnsZoneConfigs: shown } };
    },
  });
}

async function findZone(store: Resources, id: string): Promise<ResourceRecord | undefined> {
  return /\/providers\/microsoft\.network\/privatednszones\/[^/]+$/i.test(id) ? store.find(id).catch(() => undefined) : undefined;
}

/** Azure: the name of the target is the name of its record in the privatelink zone. */
function recordName(endpoint: ResourceRecord<unknown>): string {
  return (stringAt(objectAt(endpoint.properties, 'links'), 'targetId')?.split('/').at(-1) ?? endpoint.name).toLowerCase();
}

function recordsOf(resource: ResourceRecord<unknown> | undefined): readonly { readonly name: string; readonly recordId: string; readonly address: string }[] {
  return Object.entries(objectAt(resource?.properties, OWNED)).map(([name, record]) => ({ name, recordId: stringAt(record, 'recordId') ?? '', address: stringAt(record, 'address') ?? '' }));
}
