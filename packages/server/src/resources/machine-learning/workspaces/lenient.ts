// Bodies as the clients really write them: members in any letter case, numbers as strings, empty strings and
// empty objects for what is left out. Members that no api-version knows are dropped, as Azure does.
// Source: contracts/azure-ai-ml.md §4.1 (create template); contracts/terraform-azurerm.md §2 (PUT, JSON names).

import type { TSchema } from 'typebox';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';

export type Reader = (properties: JsonObject, isPatch: boolean) => JsonObject;

/** Makes the reader of an object schema. In a patch an empty string clears what is stored. */
export function lenientReader(schema: TSchema): Reader {
  const plain: unknown = JSON.parse(JSON.stringify(schema));
  const declared = isJsonObject(plain) ? plain : {};
  return (properties, isPatch) => readObject(declared, properties, isPatch, true);
}

function readObject(schema: JsonObject, value: JsonObject, isPatch: boolean, isRoot: boolean): JsonObject {
  const declared = isJsonObject(schema['properties']) ? schema['properties'] : undefined;
  if (declared === undefined) return value;
  const names = new Map(Object.keys(declared).map((name) => [name.toLowerCase(), name]));
  const result: Record<string, Json | undefined> = {};
  for (const [given, member] of Object.entries(value)) {
    const name = names.get(given.toLowerCase());
    const inner = name === undefined ? undefined : declared[name];
    if (name === undefined || !isJsonObject(inner)) {
      if (!isRoot) result[given] = member;
    } else result[name] = readMember(inner, member, isPatch);
  }
  return result;
}

function readMember(schema: JsonObject, value: Json | undefined, isPatch: boolean): Json | undefined {
  if (value === '') return isPatch ? null : undefined;
  if (typeof value === 'string') return schema['type'] === 'integer' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (Array.isArray(value)) {
    const items = schema['items'];
    return isJsonObject(items) ? value.map((item: Json) => readMember(items, item, false) ?? null) : value;
  }
  if (!isJsonObject(value)) return value;
  const read = readObject(schema, value, isPatch, false);
  return Object.values(read).every((member) => member === undefined) && !isPatch ? undefined : read;
}
