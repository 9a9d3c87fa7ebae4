// Values of a JSON schema, as fast-check generates them: what a resource type declares is what its bodies are made from.

import fc from 'fast-check';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';

const MOST_CHARACTERS = 24;
const MOST_ITEMS = 3;

/** No null for what may be left out: clients mean absent by it. */
export function arbitraryOf(schema: JsonObject): fc.Arbitrary<Json> {
  if (schema['const'] !== undefined) return fc.constant(schema['const']);
  if (isList(schema['enum'])) return fc.constantFrom(...schema['enum']);
  const branches = schema['anyOf'] ?? schema['oneOf'];
  if (isList(branches)) return fc.oneof(...withoutNull(branches.filter(isJsonObject)).map(arbitraryOf));
  if (isList(schema['allOf'])) {
    const parts = [...schema['allOf'].filter(isJsonObject), ...(isJsonObject(schema['properties']) ? [{ ...schema, allOf: null }] : [])];
    return fc.tuple(...parts.map(arbitraryOf)).map((members) => Object.assign({}, ...members.filter(isJsonObject)));
  }
  const given = schema['type'];
  const type = isList(given) ? given.find((one) => one !== 'null') : given;
  switch (type) {
    case 'string':
      return stringOf(schema);
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return arrayOf(schema);
    case 'object':
      return objectOf(schema);
    case 'null':
      return fc.constant(null);
    default:
      return fc.oneof(fc.boolean(), fc.integer(), wordOf(0, MOST_CHARACTERS));
  }
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function withoutNull(branches: readonly JsonObject[]): readonly JsonObject[] {
  const rest = branches.filter((branch) => branch['type'] !== 'null');
  return rest.length === 0 ? branches : rest;
}

function stringOf(schema: JsonObject): fc.Arbitrary<Json> {
  const { pattern, format } = schema;
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern, 'u'));
  if (format === 'date-time') return fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'uuid') return fc.uuid();
  if (format === 'uri') return fc.webUrl();
  const least = numberOr(schema['minLength'], 0);
  return wordOf(least, Math.max(least, Math.min(numberOr(schema['maxLength'], MOST_CHARACTERS), MOST_CHARACTERS)));
}

/** Any script, and none of the signs of paths, which have a meaning in many properties. */
function wordOf(least: number, most: number): fc.Arbitrary<string> {
  return fc.string({ unit: 'grapheme', minLength: least, maxLength: most });
}

function numberOf(schema: JsonObject): fc.Arbitrary<Json> {
  const isInteger = schema['type'] === 'integer';
  const above = schema['exclusiveMinimum'];
  const below = schema['exclusiveMaximum'];
  const min = typeof above === 'number' ? above + 1 : numberOr(schema['minimum'], -1_000_000);
  const max = typeof below === 'number' ? below - 1 : numberOr(schema['maximum'], 1_000_000);
  if (isInteger || max - min < 1) return fc.integer({ min: Math.ceil(min), max: Math.max(Math.ceil(min), Math.floor(max)) });
  return fc.integer({ min: Math.ceil(min * 4), max: Math.floor(max * 4) }).map((quarters) => quarters / 4);
}

function arrayOf(schema: JsonObject): fc.Arbitrary<Json> {
  const items = isJsonObject(schema['items']) ? arbitraryOf(schema['items']) : wordOf(0, MOST_CHARACTERS);
  const least = numberOr(schema['minItems'], 0);
  const options = { minLength: least, maxLength: Math.max(least, Math.min(numberOr(schema['maxItems'], MOST_ITEMS), MOST_ITEMS)) };
  return schema['uniqueItems'] === true ? fc.uniqueArray(items, { ...options, selector: (item) => JSON.stringify(item) }) : fc.array(items, options);
}

function objectOf(schema: JsonObject): fc.Arbitrary<Json> {
  const declared = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const members = Object.fromEntries(declared.flatMap(([name, inner]) => (isJsonObject(inner) ? [[name, arbitraryOf(inner)] as const] : [])));
  const required = isList(schema['required']) ? schema['required'].filter((name) => typeof name === 'string') : [];
  const own = fc.record(members, { requiredKeys: required.filter((name) => Object.hasOwn(members, name)) });
  const others = otherMembers(schema);
  return others === undefined ? own : fc.tuple(own, fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z0-9_-]{0,11}$/), others, { maxKeys: 2 })).map(([mine, more]) => ({ ...more, ...mine }));
}

function otherMembers(schema: JsonObject): fc.Arbitrary<Json> | undefined {
  const patterns = isJsonObject(schema['patternProperties']) ? Object.values(schema['patternProperties'])[0] : schema['additionalProperties'];
  return isJsonObject(patterns) ? arbitraryOf(patterns) : undefined;
}

function numberOr(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
