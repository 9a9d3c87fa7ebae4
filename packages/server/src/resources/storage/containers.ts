// Blob containers as child resources.
// Source: contracts/schemas/arm/2026-04-01/Microsoft.Storage.json; contracts/terraform-azurerm.md §4.3.

import { type Static, Type } from 'typebox';
import type { ArmRoute } from '#arm/route.ts';
import { type JsonObject, objectAt } from '#kernel/json.ts';
import type { Container, ResourcePorts } from '../ports.ts';
import { checkMetadata, dataChildRoutes, refuseProperty } from './data-child.ts';

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

export function containerRoutes({ storage: { containers } }: Pick<ResourcePorts, 'storage'>): readonly ArmRoute[] {
  return dataChildRoutes<Container, Readonly<Record<string, string>> | undefined>({
    service: 'blobServices',
    collection: 'containers',
    noun: 'container',
    versions: { since: '2018-02-01' },
    name: /^(?:\$root|\$web|(?=.{3,63}$)[a-z0-9](?:-?[a-z0-9])*)$/,
    body: Body,
    // Azure: a PUT without metadata leaves what is there, as a PATCH does.
    store: containers,
    readSettings: readMetadata,
    describe: (container) => ({ name: container.name, etag: container.etag, properties: propertiesOf(container) }),
  });
}

function readMetadata(body: unknown): Readonly<Record<string, string>> | undefined {
  const given: Static<typeof Body>['properties'] = JSON.parse(JSON.stringify(objectAt(body, 'properties')));
  if (given?.publicAccess && given.publicAccess !== 'None') refuseProperty('publicAccess', `Containers of this server are always private; None is accepted, ${given.publicAccess} was given.`);
  if (given?.defaultEncryptionScope && given.defaultEncryptionScope !== OWN_SCOPE) refuseProperty('defaultEncryptionScope', `There are no encryption scopes; ${OWN_SCOPE} is accepted.`);
  if (given?.denyEncryptionScopeOverride) refuseProperty('denyEncryptionScopeOverride', 'There are no encryption scopes to override.');
  if (given?.immutableStorageWithVersioning?.enabled) refuseProperty('immutableStorageWithVersioning', 'Blobs have no versions here.');
  checkMetadata(given?.metadata);
  return given?.metadata ?? undefined;
}

function leaseOf({ lease }: Container): JsonObject {
  const state = lease?.state ?? 'available';
  const isActive = state === 'leased' || state === 'breaking';
  return {
    leaseStatus: isActive ? 'Locked' : 'Unlocked',
    leaseState: `${state.charAt(0).toUpperCase()}${state.slice(1)}`,
    ...(state === 'leased' ? { leaseDuration: (lease?.durationSeconds ?? 0) < 0 ? 'Infinite' : 'Fixed' } : {}),
  };
}

function propertiesOf(container: Container): JsonObject {
  return {
    publicAccess: 'None',
    ...leaseOf(container),
    lastModifiedTime: container.modifiedAt.toISOString(),
    defaultEncryptionScope: OWN_SCOPE,
    denyEncryptionScopeOverride: false,
    hasImmutabilityPolicy: false,
    hasLegalHold: false,
    deleted: false,
    remainingRetentionDays: 0,
    ...(Object.keys(container.metadata).length === 0 ? {} : { metadata: container.metadata }),
  };
}
