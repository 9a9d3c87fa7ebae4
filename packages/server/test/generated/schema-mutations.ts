// Mutations: every way in which one place of a valid body can be made wrong by its schema.

import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { SCALARS_AS_TEXTS } from '#arm/envelope.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';

export interface Mutation {
  /** Where it is wrong; the last name is the one that the answer has to tell. */
  readonly path: readonly string[];
  readonly why: string;
  readonly body: JsonObject;
}

interface Place {
  readonly schema: JsonObject;
  readonly value: Json;
  readonly path: readonly string[];
  /** Numbers and flags are taken as texts. */
  readonly takesScalars?: boolean;
}

const ajv = new Ajv({ strict: false, logger: false });
addFormats.default(ajv);

/** `isIgnored`: places that a server overwrites, so that nothing can be wrong there. */
export function mutationsOf(schema: JsonObject, body: JsonObject, isIgnored: (path: readonly string[]) => boolean): readonly Mutation[] {
  const isValid = ajv.compile(schema);
  return placesOf({ schema, value: body, path: [] })
    .flatMap((place) => [...wrongValues(place), ...missing(place)])
    .filter(({ path }) => !isIgnored(path))
    .map(({ path, why, value }) => ({ path, why, body: withValue(body, path, value) }))
    .filter((mutation) => !isValid(mutation.body));
}

function placesOf(place: Place): readonly Place[] {
  const { schema, value, path } = place;
  const takesScalars = place.takesScalars === true || schema[SCALARS_AS_TEXTS] === true;
  const branch = branchOf(schema, value);
  if (branch !== undefined) return placesOf({ schema: branch, value, path, takesScalars });
  if (Array.isArray(schema['allOf'])) return schema['allOf'].filter(isJsonObject).flatMap((part) => placesOf({ schema: part, value, path, takesScalars }));
  if (Array.isArray(value)) {
    const { items } = schema;
    return [place, ...(isJsonObject(items) ? value.flatMap((item: Json, index) => placesOf({ schema: items, value: item, path: [...path, String(index)] })) : [])];
  }
  if (!isJsonObject(value)) return [place];
  const declared = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const others = isJsonObject(schema['patternProperties']) ? Object.values(schema['patternProperties'])[0] : schema['additionalProperties'];
  return [
    place,
    ...Object.entries(value).flatMap(([name, member]) => {
      const inner = declared[name] ?? others;
      return isJsonObject(inner) && member !== undefined ? placesOf({ schema: inner, value: member, path: [...path, name], takesScalars }) : [];
    }),
  ];
}

/** The branch of a union that the value is in, when there is just one. */
function branchOf(schema: JsonObject, value: Json): JsonObject | undefined {
  const branches = schema['anyOf'] ?? schema['oneOf'];
  if (!Array.isArray(branches)) return undefined;
  const fitting = branches.filter(isJsonObject).filter((branch) => ajv.validate(branch, value));
  return fitting.length === 1 ? fitting[0] : undefined;
}

interface Wrong {
  readonly path: readonly string[];
  readonly why: string;
  readonly value: Json | undefined;
}

function wrongValues({ schema, value, path, takesScalars }: Place): readonly Wrong[] {
  if (path.length === 0) return [];
  const wrong = (why: string, bad: Json): Wrong => ({ path, why, value: bad });
  const found: Wrong[] = [wrong('another type', typeof value === 'object' ? 'a word' : { nested: true })];
  if (takesScalars !== true) found.push(wrong('another type', typeof value === 'number' ? 'a word' : 12.5));
  if (Array.isArray(schema['enum']) || schema['const'] !== undefined) found.push(wrong('an unknown word', 'no-such-word'));
  if (typeof schema['minimum'] === 'number') found.push(wrong('too little', schema['minimum'] - 1));
  if (typeof schema['maximum'] === 'number') found.push(wrong('too much', schema['maximum'] + 1));
  if (typeof schema['minLength'] === 'number' && schema['minLength'] > 0) found.push(wrong('too short', ''));
  if (typeof schema['maxLength'] === 'number' && schema['maxLength'] < 10_000) found.push(wrong('too long', 'x'.repeat(schema['maxLength'] + 1)));
  if (typeof schema['pattern'] === 'string') found.push(wrong('another form', '\u2603 no match'));
  return found;
}

/** Azure fills in what has a default. */
function missing({ schema, value, path }: Place): readonly Wrong[] {
  const { required, properties } = schema;
  if (!Array.isArray(required) || !isJsonObject(value) || !isJsonObject(properties)) return [];
  return required.flatMap((name: Json) => {
    if (typeof name !== 'string') return [];
    const inner = properties[name];
    return isJsonObject(inner) && inner['default'] === undefined ? [{ path: [...path, name], why: 'missing', value: undefined }] : [];
  });
}

function withValue(body: JsonObject, path: readonly string[], value: Json | undefined): JsonObject {
  const changed = put(body, path, value);
  return isJsonObject(changed) ? changed : body;
}

function put(at: Json | undefined, path: readonly string[], value: Json | undefined): Json | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (Array.isArray(at)) return at.with(Number(name), put(at[Number(name)], rest, value) ?? null);
  const inner = put(isJsonObject(at) ? at[name] : undefined, rest, value);
  const { [name]: _old, ...others } = isJsonObject(at) ? at : {};
  return inner === undefined ? others : { ...others, [name]: inner };
}
