// Partial body: what a planned resource is put with, as far as it can be known. What cannot stays as it is written.

import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { isArray } from '../language/call.ts';
import type { PlannedResource } from '../template/planned-resource.ts';

export interface PartialBody {
  readonly body: JsonObject;
  /** Dotted paths of what is not known. */
  readonly unknown: readonly string[];
}

const WANTED = new Set(['location', 'tags', 'kind', 'sku', 'identity', 'plan', 'zones', 'properties']);

/** `isUnknown`: whether an error says that a value cannot be known yet; others are thrown. */
export async function partialBody(member: PlannedResource, evaluate: (value: Json) => Promise<Json>, isUnknown: (error: unknown) => boolean): Promise<PartialBody> {
  const unknown: string[] = [];
  const walk = async (value: Json, path: string): Promise<Json> => {
    if (isArray(value)) return Promise.all(value.map((item, index) => walk(item, `${path}.${index}`)));
    if (isJsonObject(value) && !('copy' in value)) return Object.fromEntries(await Promise.all(Object.entries(value).map(([key, item]) => walkMember(key, item ?? null, path))));
    return known(value, path);
  };
  const walkMember = async (key: string, value: Json, path: string): Promise<readonly [string, Json]> => {
    const name = String(await known(key, path));
    return [name, await walk(value, `${path}.${name}`)];
  };
  const known = async (value: Json, path: string): Promise<Json> => {
    try {
      return await evaluate(value);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      unknown.push(path);
      return value;
    }
  };
  const members = Object.entries(member.declared.source).filter(([name]) => WANTED.has(name));
  const body = Object.fromEntries(await Promise.all(members.map(async ([name, value]) => [name, await walk(value ?? null, name)] as const)));
  return { body, unknown };
}
