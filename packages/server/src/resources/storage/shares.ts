// File shares as child resources. They live with their files, not in the table of resources: what the data plane makes is
// seen here and the other way round.
// Source: contracts/schemas/arm/2026-04-01/Microsoft.Storage.json (FileShareProperties); Storage Resource Provider REST, File Shares.

import { type Static, Type } from 'typebox';
import { nextLink, pageSizeOf, queryValue, tokenOf } from '#arm/list-query.ts';
import { type ArmRoute, defineArmRoute, type RouteCall } from '#arm/route.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { ResourcePorts, Share, ShareSettings } from '../ports.ts';
import { ACCOUNT_PATH, accountIdOf } from './account-path.ts';
import { prefixOf } from './containers.ts';

const TYPE = 'Microsoft.Storage/storageAccounts/fileServices/shares';
const COLLECTION = `${ACCOUNT_PATH}/fileServices/default/shares`;
const VERSIONS = { since: '2019-04-01' };
const NAME = /^(?=.{3,63}$)[a-z0-9](?:-?[a-z0-9])*$/;
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

const shareIdOf = (params: Readonly<Record<string, string>>): string => `${accountIdOf(params)}/fileServices/default/shares/${params['shareName'] ?? ''}`;

export function shareRoutes(ports: Pick<ResourcePorts, 'storage'>): readonly ArmRoute[] {
  const { shares } = ports.storage;
  const one = { path: `${COLLECTION}/{shareName}`, apiVersions: VERSIONS } as const;
  const write = { action: `${TYPE}/write`, scope: shareIdOf };

  async function put(ctx: Context, { params, body, store }: RouteCall, isPatch: boolean) {
    const account = await store.get(accountIdOf(params));
    const name = params['shareName'] ?? '';
    if (!NAME.test(name))
      throw new Fault(
        'invalid',
        'InvalidResourceName',
        `The share name '${name.slice(0, 100)}' is not valid: it has 3 to 63 lower-case letters, digits and single hyphens, and starts and ends with a letter or digit.`,
        { target: 'name' },
      );
    const settings = readSettings(body);
    const known = await shares.find(account.name, name);
    if (isPatch && known === undefined) throw notFound(name);
    const share = await shares.put(ctx, account.name, name, settings);
    return { reply: { status: known === undefined ? 201 : 200, headers: { ETag: share.etag }, body: bodyOf(account, share) } };
  }

  return [
    defineArmRoute({ ...one, method: 'PUT', permission: write, input: Body, run: (ctx, call) => put(ctx, call, false) }),
    defineArmRoute({ ...one, method: 'PATCH', permission: write, input: Body, run: (ctx, call) => put(ctx, call, true) }),
    defineArmRoute({
      ...one,
      method: 'GET',
      permission: { action: `${TYPE}/read`, scope: shareIdOf },
      async run(_ctx, { params, query, store }) {
        const account = await store.get(accountIdOf(params));
        const name = params['shareName'] ?? '';
        const share = await shares.find(account.name, name);
        if (share === undefined) throw notFound(name);
        const usage = expandOf(query).has('stats') ? { shareUsageBytes: await shares.usage(account.name, name) } : {};
        return { body: bodyOf(account, share, usage) };
      },
    }),
    defineArmRoute({
      ...one,
      method: 'DELETE',
      permission: { action: `${TYPE}/delete`, scope: shareIdOf },
      async run(ctx, { params, store }) {
        const account = await store.get(accountIdOf(params));
        const isGone = await shares.remove(ctx, account.name, params['shareName'] ?? '');
        return { reply: { status: isGone ? 200 : 204, headers: {} } };
      },
    }),
    defineArmRoute({
      method: 'GET',
      path: COLLECTION,
      apiVersions: VERSIONS,
      permission: { action: `${TYPE}/read`, scope: accountIdOf },
      async run(_ctx, { params, query, origin, store }) {
        const account = await store.get(accountIdOf(params));
        const after = tokenOf(query);
        expandOf(query);
        const page = await shares.list(account.name, {
          prefix: prefixOf(queryValue(query, '$filter')),
          limit: pageSizeOf(query, ['$maxpagesize', '$top'], 5_000),
          ...(after === undefined ? {} : { after }),
        });
        const link = page.next === undefined ? {} : { nextLink: nextLink(origin, `${account.id}/fileServices/default/shares`, query, page.next) };
        return { body: { value: page.items.map((share) => bodyOf(account, share)), ...link } };
      },
    }),
  ];
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
  const refuse = (property: string, why: string): never => {
    throw new Fault('invalid', 'FeatureNotSupported', `properties.${property}: ${why}`, { target: `properties.${property}` });
  };
  if (given?.enabledProtocols === 'NFS') refuse('enabledProtocols', 'Shares of this server do not speak NFS; SMB is accepted.');
  if (given?.rootSquash && given.rootSquash !== 'NoRootSquash') refuse('rootSquash', 'It is for NFS, which shares of this server do not speak.');
  if (given?.accessTier === 'Premium') refuse('accessTier', 'There are no premium shares; TransactionOptimized, Hot and Cool are accepted.');
  if ((given?.signedIdentifiers ?? []).length > 0) refuse('signedIdentifiers', 'Shares of this server have no stored access policies.');
  if (given?.fileSharePaidBursting?.paidBurstingEnabled) refuse('fileSharePaidBursting', 'Shares of this server are not provisioned.');
  for (const name of ['provisionedIops', 'provisionedBandwidthMibps'] as const) if (given?.[name]) refuse(name, 'Shares of this server are not provisioned.');
  for (const name of Object.keys(given?.metadata ?? {}))
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) refuse('metadata', `'${name.slice(0, 100)}' is no name of metadata: letters, digits and _ are accepted, not starting with a digit.`);
  const { accessTier, shareQuota, metadata } = given ?? {};
  return {
    ...(accessTier && accessTier !== 'Premium' ? { accessTier } : {}),
    ...(shareQuota ? { quotaGib: shareQuota } : {}),
    ...(metadata ? { metadata } : {}),
  };
}

function bodyOf(account: ResourceRecord, share: Share, usage: JsonObject = {}): JsonObject {
  return {
    id: `${account.id}/fileServices/default/shares/${share.name}`,
    name: share.name,
    type: TYPE,
    etag: share.etag,
    properties: {
      shareQuota: share.quotaGib,
      enabledProtocols: 'SMB',
      accessTier: share.accessTier,
      lastModifiedTime: share.modifiedAt.toISOString(),
      leaseStatus: 'Unlocked',
      leaseState: 'Available',
      ...(Object.keys(share.metadata).length === 0 ? {} : { metadata: share.metadata }),
      ...usage,
    },
  };
}

function notFound(name: string): Fault {
  return new Fault('notFound', 'ShareNotFound', `The specified share does not exist: ${name.slice(0, 100)}.`, { target: name.slice(0, 100) });
}
