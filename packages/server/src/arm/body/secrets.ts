// Secrets of resources: taken out of properties before they are stored, sealed beside them, bound to the resource.

import { isJsonObject, type Json, type JsonObject, jsonEqual } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { Seals } from '#vault/seals.ts';
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

/** Secrets alone, in their places. */
export function placeSecrets(secrets: Secrets): JsonObject {
  return Object.entries(secrets).reduce((placed: JsonObject, [pointer, value]) => (value === undefined ? placed : setPointer(placed, pointer, value, true)), {});
}

/**
 * Copies stored secrets to where an update leaves them out, if what they belong to is still there and of the same kind:
 * a secret of one `credentialsType` is none of another.
 */
export function carrySecrets(properties: JsonObject, before: JsonObject, secrets: Secrets): JsonObject {
  return Object.entries(secrets).reduce((carried: JsonObject, [pointer, value]) => {
    const isGiven = selectPointers(carried, pointer).length > 0;
    if (value === undefined || isGiven || !isSameKind(carried, before, pointer)) return carried;
    return setPointer(carried, pointer, value, false);
  }, properties);
}

function isSameKind(properties: JsonObject, before: JsonObject, pointer: string): boolean {
  const segments = pointer.split('/').slice(0, -1);
  return segments.every((_segment, index) => {
    const around = segments.slice(0, index + 1).join('/');
    return jsonEqual(kindWords(properties, around), kindWords(before, around));
  });
}

function kindWords(properties: JsonObject, pointer: string): readonly string[] {
  const [found] = selectPointers(properties, pointer);
  if (!isJsonObject(found?.value)) return [];
  return Object.entries(found.value)
    .filter(([name, word]) => /type$/i.test(name) && typeof word === 'string')
    .map(([name, word]) => `${name}=${String(word).toLowerCase()}`)
    .toSorted();
}

export async function sealSecrets(seals: Seals, key: string, secrets: Secrets): Promise<Buffer | undefined> {
  return Object.keys(secrets).length === 0 ? undefined : seals.seal(key, JSON.stringify(secrets));
}

export async function openSecrets(seals: Seals, resource: Pick<ResourceRecord, 'key' | 'sealed'> | undefined): Promise<Secrets> {
  return resource?.sealed === undefined ? {} : parseSecrets(await seals.open(resource.key, resource.sealed));
}

/** Of a resource that was prepared. */
export function openSecretsNow(seals: Seals, resource: Pick<ResourceRecord, 'key' | 'sealed'>): Secrets {
  return resource.sealed === undefined ? {} : parseSecrets(seals.openNow(resource.key, resource.sealed));
}

function parseSecrets(text: string): Secrets {
  const opened: Json = JSON.parse(text);
  return isJsonObject(opened) ? opened : {};
}
