// Values of templates: every string of a JSON value evaluated, copy loops inside objects unrolled, the path told with a fault.

import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { isArray } from '../language/call.ts';
import { evaluateText } from '../language/evaluate.ts';
import { atPath, invalidTemplate } from '../language/faults.ts';
import type { Scope } from '../language/scope.ts';

export const MAX_COPIES = 800;

export function evaluateValue(value: Json, scope: Scope, path: string): Json {
  if (typeof value === 'string') return at(path, () => evaluateText(value, scope));
  if (isArray(value)) return value.map((item, index) => evaluateValue(item, scope, `${path}[${index}]`));
  if (!isJsonObject(value)) return value;
  const members: (readonly [string, Json])[] = [];
  for (const [key, item] of Object.entries(value)) {
    if (key.toLowerCase() === 'copy' && isLoops(item)) for (const loop of item) members.push(unroll(loop, scope, `${path}.copy`));
    else if (item !== undefined) members.push([at(path, () => nameOf(evaluateText(key, scope))), evaluateValue(item, scope, `${path}.${key}`)]);
  }
  return Object.fromEntries(members);
}

/** A string at a path, evaluated. */
export function evaluateString(text: Json | undefined, scope: Scope, path: string): string {
  const value = typeof text === 'string' ? at(path, () => evaluateText(text, scope)) : text;
  if (typeof value !== 'string') throw invalidTemplate(`the value at '${path}' must be a string`, path);
  return value;
}

/** Tells the path with what goes wrong. */
export function at<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw atPath(error, path);
  }
}

/** `[{ name, count, input }]` makes members of the object it stands in. */
function isLoops(value: Json | undefined): value is readonly JsonObject[] {
  return isArray(value) && value.length > 0 && value.every((loop) => isJsonObject(loop) && typeof loop['name'] === 'string' && 'count' in loop && 'input' in loop);
}

function unroll(loop: JsonObject, scope: Scope, path: string): readonly [string, Json] {
  const name = evaluateString(loop['name'], scope, `${path}.name`);
  const count = copyCount(loop, scope, path);
  return [name, Array.from({ length: count }, (_item, index) => evaluateValue(loop['input'] ?? null, insideLoop(scope, name, index, false), `${path}.${name}[${index}]`))];
}

export function copyCount(loop: JsonObject, scope: Scope, path: string): number {
  const count = evaluateValue(loop['count'] ?? null, scope, `${path}.count`);
  const number = typeof count === 'string' && /^\d{1,6}$/.test(count) ? Number(count) : count;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > MAX_COPIES) {
    throw invalidTemplate(`the copy count at '${path}' is ${JSON.stringify(count)}; an integer from 0 to ${MAX_COPIES} is accepted`, path);
  }
  scope.meter.spend(number);
  return number;
}

/** `copyIndex()` means the loop of the resource; only where there is none, the innermost loop of a property. */
export function insideLoop(scope: Scope, name: string, index: number, isResource: boolean): Scope {
  return {
    ...scope,
    copyIndex(loop) {
      if (loop?.toLowerCase() === name.toLowerCase()) return index;
      if (loop !== undefined) return scope.copyIndex(loop);
      if (isResource) return index;
      try {
        return scope.copyIndex(undefined);
      } catch {
        return index;
      }
    },
  };
}

function nameOf(value: Json): string {
  if (typeof value !== 'string') throw invalidTemplate('the name of a property must evaluate to a string');
  return value;
}
