// Private endpoint connections: the target's side of a private endpoint. The endpoint makes them; the owner of the target
// approves, rejects or removes them.
//   Pending > Approved <> Rejected;   removed by the target: the endpoint shows Disconnected
// Source: contracts/azureml-rest.md §4, §6 PrivateEndpointConnectionProperties.

import { Type } from 'typebox';
import type { ApiVersions } from '#arm/api-versions.ts';
import { type AnyResourceType, defineResourceType, type ResourceType } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { listChildren } from '#storage/child-store.ts';
import type { Sql, Tx } from '#storage/database.ts';

const SEGMENT = 'privateEndpointConnections';
/** Shown with their parent; the list has all. */
const MOST_SHOWN = 200;

export type LinkStatus = 'Pending' | 'Approved' | 'Rejected' | 'Disconnected';

/** The collection under a target. */
export function privateEndpointConnections(parent: AnyResourceType, apiVersions: ApiVersions) {
  return defineResourceType({
    type: `${parent.type}/${SEGMENT}`,
    parent,
    kind: 'proxy',
    envelope: { location: 'optional', tags: true },
    apiVersions,
    createdStatus: 200,
    verbs: ['get', 'put', 'delete', 'list'],
    name: /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,126}$/,
    nameRule: 'has 1 to 127 letters, digits, ., _ or -',
    properties: Type.Object({
      privateLinkServiceConnectionState: Type.Object({
        status: Type.Enum(['Approved', 'Rejected', 'Pending', 'Disconnected']),
        description: Type.Optional(Type.String({ maxLength: 1024 })),
        actionsRequired: Type.Optional(Type.String({ maxLength: 1024 })),
      }),
    }),
    readOnly: ['/privateEndpoint', '/groupIds'],
    validate(_ctx, { desired, current, reject }) {
      if (stringAt(objectAt(desired.properties, 'privateEndpoint'), 'id') === undefined) {
        throw new Fault(
          'notFound',
          'PrivateEndpointConnectionNotFound',
          `There is no private endpoint connection '${desired.name}'; a private endpoint to this resource makes one, with a name of its own.`,
        );
      }
      const { status } = desired.properties.privateLinkServiceConnectionState;
      const before = current?.properties.privateLinkServiceConnectionState.status;
      if (before !== undefined && status !== before && status !== 'Approved' && status !== 'Rejected')
        reject('properties.privateLinkServiceConnectionState.status', `status is ${before} and cannot become ${status}; Approved and Rejected are accepted.`);
    },
    async prepare(_ctx, { desired }) {
      const { privateLinkServiceConnectionState: state } = desired.properties;
      return {
        ...desired,
        properties: { ...desired.properties, privateLinkServiceConnectionState: { ...state, description: state.description ?? '', actionsRequired: state.actionsRequired ?? 'None' } },
      };
    },
  });
}

export interface NewConnection {
  /** See connectionId. */
  readonly id: string;
  readonly endpointId: string;
  readonly groupIds: readonly string[];
  readonly status: LinkStatus;
  readonly message: string;
}

export function connectionId(targetId: string, name: string): string {
  return `${targetId}/${SEGMENT}/${name}`;
}

/** In the transaction that makes the endpoint. */
export async function insertConnection(tx: Tx, ctx: Context, store: Resources, connection: NewConnection): Promise<void> {
  const state = { status: connection.status, description: connection.message, actionsRequired: 'None' };
  await store.put(
    ctx,
    connection.id,
    { properties: { privateLinkServiceConnectionState: state } },
    { as: 'system', tx, readOnly: { privateEndpoint: { id: connection.endpointId }, groupIds: connection.groupIds } },
  );
}

/** The same type, whose answers show its private endpoint connections. */
export function showConnections<P>(type: ResourceType<P>): ResourceType<P> {
  const connectionType = `${type.type}/${SEGMENT}`;
  const readAhead = (db: Sql, keys: readonly string[]) => listChildren(db, connectionType.toLowerCase(), keys, MOST_SHOWN);
  return {
    ...type,
    readOnly: [...new Set([...(type.readOnly ?? []), `/${SEGMENT}`])],
    readAhead,
    async view(ctx, resources, db, ahead) {
      const [own, connections] = await Promise.all([
        type.view?.(ctx, resources, db),
        ahead ??
          readAhead(
            db,
            resources.map((resource) => resource.key),
          ),
      ]);
      return new Map(
        resources.map((resource): readonly [string, JsonObject] => {
          const shown = (connections.get(resource.key) ?? []).map(
            (connection): JsonObject => ({
              id: connection.id,
              name: connection.name,
              type: connectionType,
              properties: { ...connection.properties, provisioningState: connection.provisioningState },
            }),
          );
          const count = isJsonObject(resource.properties) && resource.properties['privateLinkCount'] !== undefined ? { privateLinkCount: shown.length } : {};
          return [resource.key, { ...own?.get(resource.key), ...count, [SEGMENT]: shown }];
        }),
      );
    },
  };
}
