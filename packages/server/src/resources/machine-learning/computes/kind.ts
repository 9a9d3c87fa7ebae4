// ComputeKind: what one computeType adds to the type `workspaces/computes`.

import { type TProperties, Type } from 'typebox';
import type { Context } from '#kernel/context.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { Tx } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';

/** What every compute has, whatever its kind; the inner properties are the kind's own. */
export interface ComputeProperties {
  readonly computeType: string;
  readonly computeLocation?: string;
  readonly properties?: JsonObject;
}

export type RejectInner = (property: string, message: string, code?: string) => void;

export interface ComputeKind {
  readonly name: 'AmlCompute' | 'ComputeInstance';
  /** What a new one may be called, when that is less than any compute may be. */
  readonly names?: { readonly pattern: RegExp; readonly rule: string };
  /** JSON pointers into the inner properties. */
  readonly fixed: readonly string[];
  /** Likewise, where letter case does not count: names of sizes, ids. */
  readonly fixedNames: readonly string[];
  /** `reject` takes a property of the inner ones. */
  check(inner: JsonObject, reject: RejectInner): void;
  /** The inner properties as they are stored, from those that were given and those that are there. */
  complete(given: JsonObject, stored: JsonObject): JsonObject;
  /** Tells the engine, in the transaction of the write. */
  apply(tx: Tx, ctx: Context, resource: ResourceRecord<unknown>): Promise<void>;
}

export const Text = Type.Optional(Type.String({ maxLength: 4096 }));
export const Flag = Type.Optional(Type.Boolean());
export const ArmId = Type.Optional(Type.Object({ id: Type.String({ minLength: 1, maxLength: 2048 }) }));

/** Schema of a kind. */
export function computeSchema<const N extends string, P extends TProperties>(computeType: N, inner: P) {
  return Type.Object({
    computeType: Type.Literal(computeType),
    computeLocation: Text,
    description: Text,
    disableLocalAuth: Type.Optional(Type.Boolean({ default: false })),
    resourceId: Text,
    properties: Type.Optional(Type.Object(inner)),
  });
}

/** Inner properties of a stored or desired compute. */
export function innerOf(properties: unknown): JsonObject {
  return objectAt(properties, 'properties');
}

/** Id of the subnet the compute is to be in. */
export function subnetOf(properties: unknown): string | undefined {
  return stringAt(objectAt(innerOf(properties), 'subnet'), 'id');
}
