// Secrets of resources: taken out of properties before they are stored, sealed beside them, bound to the resource.

import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { Envelope } from '#vault/envelope.ts';
import { removePointer, selectPointers, setPointer } from './pointers.ts';

/** By concrete pointer into `properties`. */
export type Secrets = JsonObject;

export interface Split {
  readonly properties: JsonObject;
  readonly secrets: Secrets;
}

/** Takes what the type calls secret out of the properties. */
export function splitSecrets(properties: JsonObject, pointers: readonly string[]): Split {
  const found = pointers.flatMap((pointer) => selectPointers(properties, pointer));
  return {
    properties: pointers.reduce(removePointer, properties),
    secrets: Object.fromEntries(found.filter(({ value }) => value !== null).map(({ pointer, value }) => [pointer, value])),
  };
}

/** Puts them back in their places; `isComplete` makes the objects around them where they are missing. */
export function joinSecrets(properties: JsonObject, secrets: Secrets, isComplete: boolean): JsonObject {
  return Object.entries(secrets).reduce((joined: JsonObject, [pointer, value]) => {
    const isGiven = selectPointers(joined, pointer).length > 0;
    return value === undefined || isGiven ? joined : setPointer(joined, pointer, value, isComplete);
  }, properties);
}

export function sealSecrets(envelope: Envelope, key: string, secrets: Secrets): Buffer | undefined {
  return Object.keys(secrets).length === 0 ? undefined : envelope.seal(JSON.stringify(secrets), place(key));
}

export function openSecrets(envelope: Envelope, resource: Pick<ResourceRecord, 'key' | 'sealed'> | undefined): Secrets {
  if (resource?.sealed === undefined) return {};
  const opened: Json = JSON.parse(envelope.open(resource.sealed, place(resource.key)));
  return isJsonObject(opened) ? opened : {};
}

function place(key: string): string {
  return `resource:${key}`;
}
