// Functions of integers, and the index of copy loops. Source: Azure template functions, numeric.

import { type Call, type TemplateFunction } from '../call.ts';

export const numberFunctions: Readonly<Record<string, TemplateFunction>> = {
  add: { args: [2, 2], run: (call) => exact(call, call.integer(0) + call.integer(1)) },
  sub: { args: [2, 2], run: (call) => exact(call, call.integer(0) - call.integer(1)) },
  mul: { args: [2, 2], run: (call) => exact(call, call.integer(0) * call.integer(1)) },
  div: { args: [2, 2], run: (call) => Math.trunc(call.integer(0) / divisor(call)) },
  mod: { args: [2, 2], run: (call) => call.integer(0) % divisor(call) },
  int: { args: [1, 1], run: toInteger },
  float: { args: [1, 1], run: toFloat },
  copyIndex: { args: [0, 2], run: copyIndex },
};

function exact(call: Call, result: number): number {
  if (!Number.isSafeInteger(result)) throw call.fail('has a result beyond the integers that JSON carries exactly');
  return result;
}

function divisor(call: Call): number {
  const value = call.integer(1);
  if (value === 0) throw call.fail('was asked to divide by zero');
  return value;
}

function toInteger(call: Call): number {
  const value = call.any(0);
  if (typeof value === 'number') return Math.trunc(value);
  const text = call.string(0).trim();
  if (!/^[-+]?\d{1,16}$/.test(text)) throw call.fail(`was given '${text.slice(0, 60)}', which is not an integer`);
  return Number(text);
}

function toFloat(call: Call): number {
  const value = call.any(0);
  const number = typeof value === 'number' ? value : Number(call.string(0));
  if (!Number.isFinite(number)) throw call.fail(`was given '${call.text(0).slice(0, 60)}', which is not a number`);
  return number;
}

/** `copyIndex()`, `copyIndex(offset)`, `copyIndex('loop')`, `copyIndex('loop', offset)`. */
function copyIndex(call: Call): number {
  const first = call.length === 0 ? undefined : call.any(0);
  const loop = typeof first === 'string' ? first : undefined;
  const offset = typeof first === 'number' ? call.integer(0) : call.integerOr(1, 0);
  return call.scope.copyIndex(loop) + offset;
}
