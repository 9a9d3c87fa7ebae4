// File shares as child resources.
// Source: contracts/schemas/arm/2026-04-01/Microsoft.Storage.json (FileShareProperties); Storage Resource Provider REST, File Shares.

import { type Static, Type } from 'typebox';
import { queryValue } from '#arm/list-query.ts';
import type { ArmRoute, RouteCall } from '#arm/route.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt } from '#kernel/json.ts';
import type { ResourcePorts, Share, ShareSettings } from '../ports.ts';
import { checkMetadata, dataChildRoutes, refuseProperty } from './data-child.ts';

const EXPANDED = new Set(['stats', 'metadata', 'deleted', 'snapshots']);

const optional = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Optional(Type.Union([type, Type.Null()]));
const Body = Type.Object({
  properties: Type.Optional(
    Type.Object({
      accessTier: optional(Type.Enum(['TransactionOptimized', 'Hot', 'Cool', 'Premium'])),
      enabledProtocols: optional(Type.Enum(['SMB', 'NFS'])),
      rootSquash: optional(Type.Enum(['NoRootSquash', 'RootSquash', 'AllSquash'])),
      shareQuota: optional(Type.Integer({ minimum: 1, maximum: 102_400 })),
      metadata: optional(Type.Record(Type.String(), Type.String({ maxLength: 8192 }))),
      signedIdentifiers: optional(Type.Array(Type.Object({}))),
      provisionedIops: optional(Type.Integer()),
      provisionedBandwidthMibps: optional(Type.Integer()),
      fileSharePaidBursting: optional(Type.Object({ paidBurstingEnabled: optional(Type.Boolean()) })),
    }),
  ),
});

export function shareRoutes({ storage: { shares } }: Pick<ResourcePorts, 'storage'>): readonly ArmRoute[] {
  return dataChildRoutes<Share, ShareSettings>({
    service: 'fileServices',
    collection: 'shares',
    noun: 'share',
    versions: { since: '2019-04-01' },
    name: /^(?=.{3,63}$)[a-z0-9](?:-?[a-z0-9])*$/,
    body: Body,
    store: shares,
    readSettings,
    checkQuery: (query) => void expandOf(query),
    describe: (share) => ({ name: share.name, etag: share.etag, properties: propertiesOf(share) }),
    expand: async (query, account, name) => (expandOf(query).has('stats') ? { shareUsageBytes: await shares.usage(account, name) } : {}),
  });
}

function expandOf(query: RouteCall['query']): ReadonlySet<string> {
  const given = (queryValue(query, '$expand') ?? '')
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '');
  const wrong = given.find((part) => !EXPANDED.has(part));
  if (wrong !== undefined) throw new Fault('invalid', 'InvalidQueryParameterValue', `$expand is '${wrong.slice(0, 100)}'; ${[...EXPANDED].join(', ')} are accepted.`, { target: '$expand' });
  return new Set(given);
}

function readSettings(body: unknown): ShareSettings {
  const given: Static<typeof Body>['properties'] = JSON.parse(JSON.stringify(objectAt(body, 'properties')));
  if (given?.enabledProtocols === 'NFS') refuseProperty('enabledProtocols', 'Shares of this server do not speak NFS; SMB is accepted.');
  if (given?.rootSquash && given.rootSquash !== 'NoRootSquash') refuseProperty('rootSquash', 'It is for NFS, which shares of this server do not speak.');
  if (given?.accessTier === 'Premium') refuseProperty('accessTier', 'There are no premium shares; TransactionOptimized, Hot and Cool are accepted.');
  if ((given?.signedIdentifiers ?? []).length > 0) refuseProperty('signedIdentifiers', 'Shares of this server have no stored access policies.');
  if (given?.fileSharePaidBursting?.paidBurstingEnabled) refuseProperty('fileSharePaidBursting', 'Shares of this server are not provisioned.');
  for (const name of ['provisionedIops', 'provisionedBandwidthMibps'] as const) if (given?.[name]) refuseProperty(name, 'Shares of this server are not provisioned.');
  checkMetadata(given?.metadata);
  const { accessTier, shareQuota, metadata } = given ?? {};
  return {
    ...(accessTier && accessTier !== 'Premium' ? { accessTier } : {}),
    ...(shareQuota ? { quotaGib: shareQuota } : {}),
    ...(metadata ? { metadata } : {}),
  };
}

function propertiesOf(share: Share): JsonObject {
  return {
    shareQuota: share.quotaGib,
    enabledProtocols: 'SMB',
    accessTier: share.accessTier,
    lastModifiedTime: share.modifiedAt.toISOString(),
    leaseStatus: 'Unlocked',
    leaseState: 'Available',
    ...(Object.keys(share.metadata).length === 0 ? {} : { metadata: share.metadata }),
  };
}
