// Blob containers as child resources. They live with their blobs, not in the table of resources: what the data plane makes
// is seen here and the other way round.
// Source: contracts/schemas/arm/2026-04-01/Microsoft.Storage.json; contracts/terraform-azurerm.md §4.3.

import { type Static, Type } from 'typebox';
import { nextLink, pageSizeOf, queryValue, tokenOf } from '#arm/list-query.ts';
import { type ArmRoute, defineArmRoute, type RouteCall } from '#arm/route.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { Container, ResourcePorts } from '../ports.ts';
import { ACCOUNT_PATH, accountIdOf } from './account-path.ts';

const TYPE = 'Microsoft.Storage/storageAccounts/blobServices/containers';
const COLLECTION = `${ACCOUNT_PATH}/blobServices/default/containers`;
const VERSIONS = { since: '2018-02-01' };
const NAME = /^(?:\$root|\$web|(?=.{3,63}$)[a-z0-9](?:-?[a-z0-9])*)$/;
const OWN_SCOPE = '$account-encryption-key';

const Metadata = Type.Record(Type.String(), Type.String({ maxLength: 8192 }));
const Body = Type.Object({
  properties: Type.Optional(
    Type.Object({
      publicAccess: Type.Optional(Type.Union([Type.Enum(['None', 'Blob', 'Container']), Type.Null()])),
      metadata: Type.Optional(Type.Union([Metadata, Type.Null()])),
      defaultEncryptionScope: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      denyEncryptionScopeOverride: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
      immutableStorageWithVersioning: Type.Optional(Type.Union([Type.Object({ enabled: Type.Optional(Type.Boolean()) }), Type.Null()])),
    }),
  ),
});

const containerIdOf = (params: Readonly<Record<string, string>>): string => `${accountIdOf(params)}/blobServices/default/containers/${params['containerName'] ?? ''}`;

export function containerRoutes(ports: Pick<ResourcePorts, 'storage'>): readonly ArmRoute[] {
  const { containers } = ports.storage;
  const one = { path: `${COLLECTION}/{containerName}`, apiVersions: VERSIONS } as const;
  const write = { action: `${TYPE}/write`, scope: containerIdOf };

  async function put(ctx: Context, { params, body, store }: RouteCall, isPatch: boolean) {
    const account = await store.get(accountIdOf(params));
    const name = params['containerName'] ?? '';
    if (!NAME.test(name))
      throw new Fault(
        'invalid',
        'InvalidResourceName',
        `The container name '${name.slice(0, 100)}' is not valid: it has 3 to 63 lower-case letters, digits and single hyphens, and starts and ends with a letter or digit.`,
        {
          target: 'name',
        },
      );
    const metadata = readMetadata(body);
    const known = await containers.find(account.name, name);
    if (isPatch && known === undefined) throw notFound(name);
    // Azure: a PUT without metadata leaves what is there, as a PATCH does.
    const container = await containers.put(ctx, account.name, name, metadata);
    return { reply: { status: known === undefined ? 201 : 200, headers: { ETag: container.etag }, body: bodyOf(account, container) } };
  }

  return [
    defineArmRoute({ ...one, method: 'PUT', permission: write, input: Body, run: (ctx, call) => put(ctx, call, false) }),
    defineArmRoute({ ...one, method: 'PATCH', permission: write, input: Body, run: (ctx, call) => put(ctx, call, true) }),
    defineArmRoute({
      ...one,
      method: 'GET',
      permission: { action: `${TYPE}/read`, scope: containerIdOf },
      async run(_ctx, { params, store }) {
        const account = await store.get(accountIdOf(params));
        const container = await containers.find(account.name, params['containerName'] ?? '');
        if (container === undefined) throw notFound(params['containerName'] ?? '');
        return { body: bodyOf(account, container) };
      },
    }),
    defineArmRoute({
      ...one,
      method: 'DELETE',
      permission: { action: `${TYPE}/delete`, scope: containerIdOf },
      async run(ctx, { params, store }) {
        const account = await store.get(accountIdOf(params));
        const isGone = await containers.remove(ctx, account.name, params['containerName'] ?? '');
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
        const page = await containers.list(account.name, {
          prefix: prefixOf(queryValue(query, '$filter')),
          limit: pageSizeOf(query, ['$maxpagesize', '$top'], 5_000),
          ...(after === undefined ? {} : { after }),
        });
        const link = page.next === undefined ? {} : { nextLink: nextLink(origin, `${account.id}/blobServices/default/containers`, query, page.next) };
        return { body: { value: page.items.map((container) => bodyOf(account, container)), ...link } };
      },
    }),
  ];
}

function readMetadata(body: unknown): Readonly<Record<string, string>> | undefined {
  const given: Static<typeof Body>['properties'] = JSON.parse(JSON.stringify(objectAt(body, 'properties')));
  const refuse = (property: string, why: string): never => {
    throw new Fault('invalid', 'FeatureNotSupported', `properties.${property}: ${why}`, { target: `properties.${property}` });
  };
  if (given?.publicAccess && given.publicAccess !== 'None') refuse('publicAccess', `Containers of this server are always private; None is accepted, ${given.publicAccess} was given.`);
  if (given?.defaultEncryptionScope && given.defaultEncryptionScope !== OWN_SCOPE) refuse('defaultEncryptionScope', `There are no encryption scopes; ${OWN_SCOPE} is accepted.`);
  if (given?.denyEncryptionScopeOverride) refuse('denyEncryptionScopeOverride', 'There are no encryption scopes to override.');
  if (given?.immutableStorageWithVersioning?.enabled) refuse('immutableStorageWithVersioning', 'Blobs have no versions here.');
  for (const name of Object.keys(given?.metadata ?? {}))
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) refuse('metadata', `'${name.slice(0, 100)}' is no name of metadata: letters, digits and _ are accepted, not starting with a digit.`);
  return given?.metadata ?? undefined;
}

/** Azure: the one form is `startswith(name, …)`. */
export function prefixOf(filter: string | undefined): string {
  if (filter === undefined || filter.trim() === '') return '';
  const match = /^startswith\(\s*name\s*,\s*'?([^']*)'?\s*\)$/i.exec(filter.trim());
  if (match?.[1] === undefined) throw new Fault('invalid', 'InvalidQueryParameterValue', `$filter is '${filter.slice(0, 100)}'; startswith(name, prefix) is accepted.`, { target: '$filter' });
  return match[1];
}

function bodyOf(account: ResourceRecord, container: Container): JsonObject {
  return {
    id: `${account.id}/blobServices/default/containers/${container.name}`,
    name: container.name,
    type: TYPE,
    etag: container.etag,
    properties: {
      publicAccess: 'None',
      leaseStatus: 'Unlocked',
      leaseState: 'Available',
      lastModifiedTime: container.modifiedAt.toISOString(),
      defaultEncryptionScope: OWN_SCOPE,
      denyEncryptionScopeOverride: false,
      hasImmutabilityPolicy: false,
      hasLegalHold: false,
      deleted: false,
      remainingRetentionDays: 0,
      ...(Object.keys(container.metadata).length === 0 ? {} : { metadata: container.metadata }),
    },
  };
}

function notFound(name: string): Fault {
  return new Fault('notFound', 'ContainerNotFound', `The specified container does not exist: ${name.slice(0, 100)}.`, { target: name.slice(0, 100) });
}
