// Functions of arrays, and those that take strings or objects as well. Source: Azure template functions, array.

import { isJsonObject, type Json, jsonEqual } from '#kernel/json.ts';
import { type Call, isArray, memberOf, type TemplateFunction, textOf } from '../call.ts';

const MAX_RANGE = 10_000;

export const arrayFunctions: Readonly<Record<string, TemplateFunction>> = {
  array: { args: [1, 1], run: (call) => [call.any(0)].flatMap((value) => (isArray(value) ? [...value] : [value])) },
  createArray: { args: [0, 512], run: (call) => call.all() },
  concat: { args: [0, 512], run: concat },
  contains: { args: [2, 2], run: contains },
  empty: { args: [1, 1], run: empty },
  first: { args: [1, 1], run: (call) => end(call, 0) },
  last: { args: [1, 1], run: (call) => end(call, -1) },
  length: { args: [1, 1], run: length },
  indexOf: { args: [2, 2], run: (call) => position(call, 'first') },
  lastIndexOf: { args: [2, 2], run: (call) => position(call, 'last') },
  indexFromEnd: { args: [2, 2], run: (call) => fromEnd(call) ?? outOfBounds(call) },
  tryIndexFromEnd: { args: [2, 2], run: (call) => fromEnd(call) ?? null },
  tryGet: { args: [2, 16], run: tryGet },
  range: { args: [2, 2], run: range },
  skip: { args: [2, 2], run: (call) => part(call, (count) => [Math.max(count, 0), undefined]) },
  take: { args: [2, 2], run: (call) => part(call, (count) => [0, Math.max(count, 0)]) },
  flatten: { args: [1, 1], run: (call) => call.made(call.array(0).flatMap((item) => (isArray(item) ? [...item] : [item]))) },
  intersection: { args: [1, 512], run: intersection },
  union: { args: [1, 512], run: union },
  min: { args: [1, 512], run: (call) => Math.min(...numbers(call)) },
  max: { args: [1, 512], run: (call) => Math.max(...numbers(call)) },
};

function concat(call: Call): Json {
  const values = call.all();
  if (isArray(values[0])) return call.made(values.flatMap((_value, index) => [...call.array(index)]));
  return call.made(values.map((_value, index) => call.text(index)).join(''));
}

function contains(call: Call): Json {
  const container = call.any(0);
  const wanted = call.any(1);
  if (isArray(container)) return container.some((item) => jsonEqual(item, wanted));
  if (isJsonObject(container)) return memberOf(container, textOf(wanted)) !== undefined;
  return call.string(0).includes(call.text(1));
}

function empty(call: Call): Json {
  const value = call.any(0);
  if (value === null) return true;
  if (isArray(value)) return value.length === 0;
  return isJsonObject(value) ? Object.keys(value).length === 0 : call.string(0) === '';
}

function length(call: Call): Json {
  const value = call.any(0);
  if (isArray(value)) return value.length;
  return isJsonObject(value) ? Object.keys(value).length : call.string(0).length;
}

function end(call: Call, at: number): Json {
  const value = call.any(0);
  if (isArray(value)) return value.at(at) ?? null;
  return call.string(0).at(at) ?? '';
}

/** Azure: in strings letter case does not count. */
function position(call: Call, which: 'first' | 'last'): Json {
  const value = call.any(0);
  if (isArray(value)) {
    const wanted = call.any(1);
    return which === 'first' ? value.findIndex((item) => jsonEqual(item, wanted)) : value.findLastIndex((item) => jsonEqual(item, wanted));
  }
  const text = call.string(0).toLowerCase();
  const wanted = call.string(1).toLowerCase();
  return which === 'first' ? text.indexOf(wanted) : text.lastIndexOf(wanted);
}

function fromEnd(call: Call): Json | undefined {
  const index = call.integer(1);
  return index < 1 ? undefined : call.array(0).at(-index);
}

function outOfBounds(call: Call): never {
  throw call.fail(`was given the index ${call.integer(1)}, which is out of bounds: the array has ${call.array(0).length} elements`);
}

function tryGet(call: Call): Json {
  let value = call.any(0);
  for (let index = 1; index < call.length; index += 1) {
    const key = call.any(index);
    const found: Json | undefined = isArray(value) && typeof key === 'number' ? value[key] : isJsonObject(value) ? memberOf(value, textOf(key)) : undefined;
    if (found === undefined || found === null) return null;
    value = found;
  }
  return value;
}

function range(call: Call): Json {
  const count = call.integer(1);
  if (count < 0 || count > MAX_RANGE) throw call.fail(`was asked for ${count} numbers; 0 to ${MAX_RANGE} are accepted`);
  const start = call.integer(0);
  return call.made(Array.from({ length: count }, (_value, index) => start + index));
}

function part(call: Call, bounds: (count: number) => readonly [number, number | undefined]): Json {
  const [from, to] = bounds(call.integer(1));
  const value = call.any(0);
  return isArray(value) ? value.slice(from, to) : call.string(0).slice(from, to);
}

function intersection(call: Call): Json {
  if (isArray(call.any(0))) {
    const others = call.values.slice(1).map((_value, index) => call.array(index + 1));
    return unique(call.array(0)).filter((item) => others.every((other) => other.some((candidate) => jsonEqual(candidate, item))));
  }
  const others = call.values.slice(1).map((_value, index) => call.object(index + 1));
  return Object.fromEntries(Object.entries(call.object(0)).filter(([key, value]) => others.every((other) => jsonEqual(other[key], value))));
}

function union(call: Call): Json {
  if (isArray(call.any(0))) return call.made(unique(call.values.flatMap((_value, index) => [...call.array(index)])));
  return call.values.map((_value, index) => call.object(index)).reduce(mergeDeep, {});
}

function mergeDeep(into: Json, from: Json): Json {
  if (!isJsonObject(into) || !isJsonObject(from)) return from;
  const merged = new Map(Object.entries(into).map(([key, value]) => [key, value ?? null]));
  for (const [key, value] of Object.entries(from)) {
    const name = merged.has(key) ? key : ([...merged.keys()].find((known) => known.toLowerCase() === key.toLowerCase()) ?? key);
    const before = merged.get(name);
    merged.set(name, before === undefined ? (value ?? null) : mergeDeep(before, value ?? null));
  }
  return Object.fromEntries(merged);
}

function unique(items: readonly Json[]): readonly Json[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = JSON.stringify(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function numbers(call: Call): readonly number[] {
  const values = call.length === 1 && isArray(call.any(0)) ? call.array(0) : call.all();
  if (values.length === 0) throw call.fail('needs at least one number');
  return values.map((value) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) throw call.fail('expects integers');
    return value;
  });
}
