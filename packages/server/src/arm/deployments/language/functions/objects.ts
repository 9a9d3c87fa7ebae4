// Functions of objects. Source: Azure template functions, object.

import { type Json, jsonEqual } from '#kernel/json.ts';
import { type Call, type TemplateFunction, textOf } from '../call.ts';

export const objectFunctions: Readonly<Record<string, TemplateFunction>> = {
  createObject: { args: [0, 512], run: createObject },
  items: { args: [1, 1], run: (call) => call.made(entries(call).map(([key, value]) => ({ key, value }))) },
  objectKeys: { args: [1, 1], run: (call) => entries(call).map(([key]) => key) },
  shallowMerge: { args: [1, 1], run: (call) => Object.fromEntries(call.array(0).flatMap((item) => Object.entries(objectOf(call, item)))) },
  null: { args: [0, 0], run: () => null },
};

function createObject(call: Call): Json {
  if (call.length % 2 !== 0) throw call.fail(`expects keys and values in turn, but received ${call.length} parameters`);
  const pairs = Array.from({ length: call.length / 2 }, (_value, index) => [call.text(index * 2), call.any(index * 2 + 1)] as const);
  return Object.fromEntries(pairs);
}

/** Azure: in the order of the keys. */
function entries(call: Call): readonly (readonly [string, Json])[] {
  return Object.entries(call.object(0))
    .map(([key, value]) => [key, value ?? null] as const)
    .toSorted(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0));
}

function objectOf(call: Call, value: Json): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw call.fail('expects an array of objects');
  return value;
}

/** Equality as templates see it: strings with letter case, numbers and objects by value. */
export const comparisonFunctions: Readonly<Record<string, TemplateFunction>> = {
  equals: { args: [2, 2], run: (call) => jsonEqual(call.any(0), call.any(1)) },
  less: { args: [2, 2], run: (call) => compare(call) < 0 },
  lessOrEquals: { args: [2, 2], run: (call) => compare(call) <= 0 },
  greater: { args: [2, 2], run: (call) => compare(call) > 0 },
  greaterOrEquals: { args: [2, 2], run: (call) => compare(call) >= 0 },
  not: { args: [1, 1], run: (call) => !truthOf(call) },
  bool: { args: [1, 1], run: truthOf },
  true: { args: [0, 0], run: () => true },
  false: { args: [0, 0], run: () => false },
};

function compare(call: Call): number {
  const first = call.any(0);
  if (typeof first === 'number') return first - call.integer(1);
  const [a, b] = [call.string(0), call.string(1)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function truthOf(call: Call): boolean {
  const value = call.any(0);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  const word = textOf(value).toLowerCase();
  if (word === 'true' || word === '1') return true;
  if (word === 'false' || word === '0') return false;
  throw call.fail(`expects true, false, 1 or 0, but received '${word.slice(0, 60)}'`);
}
