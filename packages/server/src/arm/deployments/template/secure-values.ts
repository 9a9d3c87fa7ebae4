// Secure values: those of secure parameters, taken out of what is told or kept about a deployment.
// Source: Azure Resource Manager: a secure value is not saved to the deployment history, and what-if shows asterisks.

import { isJsonObject, type Json } from '#kernel/json.ts';
import { isArray } from '../language/call.ts';
import { isSecure } from './parameter-type.ts';
import type { Template } from './template.ts';

export const HIDDEN = '*******';
/** Shorter ones are hidden only where they are the whole text. */
const SHORTEST_PART = 3;

/** Makes copies of values in which no secure one is to be read. */
export function concealer({ template, parameters }: { readonly template: Template; readonly parameters: ReadonlyMap<string, Json> }): (value: Json) => Json {
  const secure = [...template.parameters].flatMap(([key, { name, spec }]) => (isSecure(spec, template.definitions, `parameters.${name}`) ? textsOf(parameters.get(key)) : []));
  if (secure.length === 0) return (value) => value;
  // Why the longest first: one may be a part of another.
  const parts = [...new Set(secure)].filter(({ length }) => length >= SHORTEST_PART).toSorted((a, b) => b.length - a.length);
  const whole = new Set(secure);
  const conceal = (value: Json): Json => {
    if (typeof value === 'string') return whole.has(value) ? HIDDEN : parts.reduce((text, part) => text.replaceAll(part, () => HIDDEN), value);
    if (isArray(value)) return value.map(conceal);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, conceal(item)]])));
  };
  return conceal;
}

function textsOf(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (isArray(value)) return value.flatMap(textsOf);
  return isJsonObject(value) ? Object.values(value).flatMap(textsOf) : [];
}
