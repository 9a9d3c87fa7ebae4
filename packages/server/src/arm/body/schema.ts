// Schema: TypeBox schemas applied to bodies. First `normalise` (defaults, spelling of enum values, null for absent), then Ajv.
// Unions are resolved by their discriminator, so that defaults reach into them and a mistake is reported against the one branch that was meant.

import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FaultDetail } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { SCALARS_AS_TEXTS } from '../envelope.ts';
import { chooseBranch, describeBranches, isBooleanWord } from './schema-branch.ts';
import { describeError } from './schema-message.ts';

export interface Checked {
  readonly value: JsonObject;
  readonly details: readonly FaultDetail[];
}

export interface BodySchema {
  /** The normalised value and what is wrong with it. `at` prefixes the property paths. */
  check(value: JsonObject, at: string): Checked;
}

/** Compiled at first use. `additional: 'refuse'` closes every object that does not say otherwise; values at `secrets` are never quoted. */
export function compileSchema(schema: object, additional: 'keep' | 'refuse', secrets: readonly string[] = []): BodySchema {
  const compile = (): { readonly closed: JsonObject; readonly validate: ValidateFunction } => {
    const plain = toJsonSchema(schema);
    const closed = additional === 'refuse' ? closeObjects(plain) : plain;
    return { closed, validate: newAjv().compile(closed) };
  };
  let compiled: ReturnType<typeof compile> | undefined;
  return {
    check(value, at) {
      const { closed, validate } = (compiled ??= compile());
      const normalised = normalise(closed, value);
      const body = isJsonObject(normalised) ? normalised : {};
      if (validate(body)) return { value: body, details: [] };
      return { value: body, details: relevantErrors(closed, body, validate.errors ?? []).map((error) => toDetail(error, body, at, secrets)) };
    },
  };
}

/** Why not optimised: that leaves hundreds of names on the shape all empty objects share, and after 1,536 of them V8 gives each object a shape of its own. */
function newAjv(): Ajv {
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: true, verbose: true, logger: false, code: { optimize: false } });
  addFormats.default(ajv);
  return ajv;
}

function toJsonSchema(schema: object): JsonObject {
  const plain: unknown = JSON.parse(JSON.stringify(schema));
  return isJsonObject(plain) ? plain : {};
}

function closeObjects(schema: JsonObject): JsonObject {
  const closed = Object.fromEntries(Object.entries(schema).map(([key, member]) => [key, closeMember(key, member)]));
  const isClosable = isJsonObject(schema['properties']) && schema['additionalProperties'] === undefined && schema['patternProperties'] === undefined;
  return isClosable ? { ...closed, additionalProperties: false } : closed;
}

function closeMember(key: string, member: Json | undefined): Json | undefined {
  // Why: the parts of an intersection see each other's members, so they stay open.
  if (key === 'default' || key === 'enum' || key === 'const' || key === 'allOf') return member;
  if (Array.isArray(member)) return member.map((item: Json) => (isJsonObject(item) ? closeObjects(item) : item));
  if (!isJsonObject(member)) return member;
  if (key === 'properties' || key === 'patternProperties') return Object.fromEntries(Object.entries(member).map(([name, inner]) => [name, isJsonObject(inner) ? closeObjects(inner) : inner]));
  return closeObjects(member);
}

function normalise(schema: JsonObject, value: Json): Json {
  if (Array.isArray(schema['allOf'])) return schema['allOf'].filter(isJsonObject).reduce((current: Json, part) => normalise(part, current), normaliseOne(schema, value));
  const branch = chooseBranch(schema, value);
  return branch === undefined ? normaliseOne(schema, value) : normalise(branch.schema, value);
}

function normaliseOne(schema: JsonObject, value: Json): Json {
  if (typeof value === 'string') return canonicalWord(schema, value);
  if (Array.isArray(value)) {
    const items = schema['items'];
    return isJsonObject(items) ? value.map((item: Json) => normalise(items, item)) : value;
  }
  return isJsonObject(value) ? normaliseObject(schema, value) : value;
}

/** A word in the spelling of the schema. Azure: templates say booleans as words, `"false"`. */
function canonicalWord(schema: JsonObject, value: string): string | boolean {
  if (schema['type'] === 'boolean' && isBooleanWord(value)) return value.toLowerCase() === 'true';
  const options = [schema['const'], ...(Array.isArray(schema['enum']) ? schema['enum'] : [])];
  const found = options.find((option) => typeof option === 'string' && option.toLowerCase() === value.toLowerCase());
  return typeof found === 'string' ? found : value;
}

function normaliseObject(schema: JsonObject, value: JsonObject): JsonObject {
  const declared = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const result: Record<string, Json | undefined> = {};
  for (const [name, member] of Object.entries(value)) {
    const inner = Object.hasOwn(declared, name) ? declared[name] : memberSchema(schema, name);
    if (!isJsonObject(inner) || member === undefined) result[name] = member;
    else if (schema[SCALARS_AS_TEXTS] === true && (typeof member === 'number' || typeof member === 'boolean')) result[name] = typeof member === 'number' ? String(member) : member ? 'True' : 'False';
    // Azure: clients send null for what they leave out.
    else if (member === null && !required.includes(name) && !acceptsNull(inner)) continue;
    else result[name] = normalise(inner, member);
  }
  for (const [name, inner] of Object.entries(declared)) {
    if (result[name] === undefined && isJsonObject(inner) && inner['default'] !== undefined) result[name] = structuredClone(inner['default']);
  }
  return result;
}

function memberSchema(schema: JsonObject, name: string): Json | undefined {
  const patterns = isJsonObject(schema['patternProperties']) ? Object.entries(schema['patternProperties']) : [];
  return patterns.find(([pattern]) => new RegExp(pattern, 'u').test(name))?.[1] ?? schema['additionalProperties'];
}

function acceptsNull(schema: JsonObject): boolean {
  const type = schema['type'];
  if (type === 'null' || (Array.isArray(type) && type.includes('null')) || schema['const'] === null) return true;
  const branches = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(branches)) return branches.filter(isJsonObject).some(acceptsNull);
  return type === undefined && schema['const'] === undefined && schema['enum'] === undefined && schema['allOf'] === undefined;
}

/** Without the errors of union branches that were not meant, and without the union's own error where a branch explains it. */
function relevantErrors(schema: JsonObject, body: JsonObject, errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf');
  return errors.filter((error) => {
    const inUnions = unions.filter((union) => union !== error && error.schemaPath.startsWith(`${union.schemaPath}/`) && error.instancePath.startsWith(union.instancePath));
    if (!inUnions.every((union) => branchOf(union)?.index === Number(error.schemaPath.slice(union.schemaPath.length + 1).split('/')[0]))) return false;
    return !unions.includes(error) || branchOf(error) === undefined;
  });

  function branchOf(union: ErrorObject) {
    const parent: unknown = union.parentSchema;
    return isJsonObject(parent) ? chooseBranch(parent, valueAt(body, union.instancePath)) : undefined;
  }
}

function valueAt(body: JsonObject, instancePath: string): Json {
  let value: Json | undefined = body;
  for (const raw of instancePath.split('/').slice(1)) {
    const name = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    value = Array.isArray(value) ? value[Number(name)] : isJsonObject(value) ? value[name] : undefined;
  }
  return value ?? null;
}

function toDetail(error: ErrorObject, body: JsonObject, at: string, secrets: readonly string[]): FaultDetail {
  const parent: unknown = error.parentSchema;
  const branches = isJsonObject(parent) && (error.keyword === 'anyOf' || error.keyword === 'oneOf') ? describeBranches(parent, valueAt(body, error.instancePath)) : undefined;
  const path = [at, ...error.instancePath.split('/').slice(1)].filter((segment) => segment !== '');
  const { property, message } = describeError(error, path, branches);
  if (secrets.some((pointer) => isWithin(error.instancePath, pointer)))
    return { code: 'ValidationError', message: `${property}: is not valid (${error.keyword}); its value is a secret and not shown.`, target: property };
  return { code: 'ValidationError', message, target: property };
}

/** Whether the path is at or below the pointer, whose `*` stands for any name. */
function isWithin(path: string, pointer: string): boolean {
  const segments = path.split('/');
  return pointer.split('/').every((segment, index) => segments[index] !== undefined && (segment === '*' || segment === segments[index]));
}
