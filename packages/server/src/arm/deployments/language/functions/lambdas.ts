// Functions that take lambdas. Source: Azure template functions, lambda; observed: templates compiled from Bicep.

import type { Json } from '#kernel/json.ts';
import { type Call, isArray, type TemplateFunction, textOf } from '../call.ts';

export const lambdaFunctions: Readonly<Record<string, TemplateFunction>> = {
  map: { args: [2, 2], run: map },
  filter: { args: [2, 2], run: filter },
  reduce: { args: [3, 3], run: reduce },
  sort: { args: [2, 2], run: sort },
  toObject: { args: [2, 3], run: toObject },
  groupBy: { args: [2, 2], run: groupBy },
  mapValues: { args: [2, 2], run: mapValues },
  lambdaVariables: { args: [1, 1], run: lambdaVariables },
};

function map(call: Call): Json {
  const each = call.lambda(1, [1, 2]);
  return call.made(call.array(0).map((item, index) => each(item, index)));
}

function filter(call: Call): Json {
  const keeps = call.lambda(1, [1, 2]);
  return call.array(0).filter((item, index) => truth(call, keeps(item, index)));
}

function reduce(call: Call): Json {
  const next = call.lambda(2, [2, 3]);
  return call.array(0).reduce((sofar, item, index) => next(sofar, item, index), call.any(1));
}

/** The lambda answers whether its first variable comes before its second. */
function sort(call: Call): Json {
  const isBefore = call.lambda(1, [2]);
  return call.array(0).toSorted((a, b) => (truth(call, isBefore(a, b)) ? -1 : truth(call, isBefore(b, a)) ? 1 : 0));
}

function toObject(call: Call): Json {
  const key = call.lambda(1, [1, 2]);
  const value = call.length > 2 ? call.lambda(2, [1, 2]) : (item: Json) => item;
  return Object.fromEntries(call.array(0).map((item, index) => [textOf(key(item, index)), value(item, index)]));
}

function groupBy(call: Call): Json {
  const key = call.lambda(1, [1, 2]);
  const groups = new Map<string, Json[]>();
  for (const [index, item] of call.array(0).entries()) {
    const name = textOf(key(item, index));
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return Object.fromEntries(groups);
}

function mapValues(call: Call): Json {
  const each = call.lambda(1, [1]);
  return Object.fromEntries(Object.entries(call.object(0)).map(([key, value]) => [key, each(value ?? null)]));
}

function lambdaVariables(call: Call): Json {
  const name = call.string(0);
  const value = call.scope.lambda.get(name.toLowerCase());
  if (value === undefined) throw call.fail(`names '${name}', which no lambda around it has`);
  return isArray(value) ? [...value] : value;
}

function truth(call: Call, value: Json): boolean {
  if (typeof value !== 'boolean') throw call.fail('expects its lambda to answer true or false');
  return value;
}
