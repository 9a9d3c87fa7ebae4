// Record sets of private DNS zones: A, AAAA, CNAME, TXT, and the SOA that comes with the zone. Kept for clients; nothing resolves them.
// Source: Azure Private DNS REST, Record Sets.

import { isIPv4, isIPv6 } from 'node:net';
import { type TSchema, Type } from 'typebox';
import { type AnyResourceType, defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';

const Host = Type.String({ minLength: 1, maxLength: 253 });

const RECORDS: Readonly<Record<string, Readonly<Record<string, TSchema>>>> = {
  A: { aRecords: Type.Array(Type.Object({ ipv4Address: Type.String({ maxLength: 15 }) }), { default: [], maxItems: 20 }) },
  AAAA: { aaaaRecords: Type.Array(Type.Object({ ipv6Address: Type.String({ maxLength: 45 }) }), { default: [], maxItems: 20 }) },
  CNAME: { cnameRecord: Type.Object({ cname: Host }) },
  TXT: { txtRecords: Type.Array(Type.Object({ value: Type.Array(Type.String({ maxLength: 1024 })) }), { default: [], maxItems: 20 }) },
  SOA: {
    soaRecord: Type.Object({
      host: Type.Optional(Host),
      email: Host,
      serialNumber: Type.Optional(Type.Integer({ minimum: 0 })),
      refreshTime: Type.Integer({ minimum: 0, default: 3600 }),
      retryTime: Type.Integer({ minimum: 0, default: 300 }),
      expireTime: Type.Integer({ minimum: 0, default: 2_419_200 }),
      minimumTtl: Type.Integer({ minimum: 0, default: 10 }),
    }),
  },
};

export function recordSets(zones: AnyResourceType): readonly AnyResourceType[] {
  return Object.entries(RECORDS).map(([record, members]) =>
    defineResourceType({
      type: `${zones.type}/${record}`,
      parent: zones,
      kind: 'proxy',
      apiVersions: { since: '2018-09-01' },
      name: /^(@|\*|(\*\.)?[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?)*)$/,
      nameRule: 'is @, *, or labels of letters, digits, _ and - with dots between',
      hasProvisioningState: false,
      properties: Type.Unsafe<JsonObject>(
        Type.Object({
          ttl: Type.Integer({ minimum: 0, maximum: 2_147_483_647, default: 3600 }),
          metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
          ...members,
        }),
      ),
      readOnly: ['/fqdn', '/isAutoRegistered'],
      validate(_ctx, { desired, reject }) {
        const { properties } = desired;
        const list = (name: string): readonly unknown[] => {
          const value = properties[name];
          return Array.isArray(value) ? value : [];
        };
        for (const entry of list('aRecords')) if (!isIPv4(textOf(entry, 'ipv4Address'))) reject('properties.aRecords', `'${textOf(entry, 'ipv4Address')}' is no IPv4 address.`, 'BadRequest');
        for (const entry of list('aaaaRecords')) if (!isIPv6(textOf(entry, 'ipv6Address'))) reject('properties.aaaaRecords', `'${textOf(entry, 'ipv6Address')}' is no IPv6 address.`, 'BadRequest');
        if (record === 'SOA' && desired.name !== '@') reject('name', `The SOA record of a zone is named @, not '${desired.name}'.`, 'BadRequest');
      },
      async prepare(_ctx, { desired }) {
        const zone = desired.parentKey.split('/').at(-1) ?? '';
        return { ...desired, properties: { ...desired.properties, fqdn: `${desired.name === '@' ? '' : `${desired.name}.`}${zone}.`, isAutoRegistered: false } };
      },
      async mayDelete(_ctx, { resource }) {
        if (record === 'SOA') throw new Fault('invalid', 'BadRequest', `The SOA record of ${resource.parentKey.split('/').at(-1) ?? ''} belongs to the zone and cannot be deleted.`);
      },
    }),
  );
}

function textOf(entry: unknown, name: string): string {
  const value = isJsonObject(entry) ? entry[name] : undefined;
  return typeof value === 'string' ? value : '';
}
