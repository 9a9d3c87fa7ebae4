// Types of parameters and outputs: the simple ones, and those of languageVersion 2: references, unions, shapes, nullable.

import { isJsonObject, type Json, type JsonObject, jsonEqual } from '#kernel/json.ts';
import { describe, isArray, memberOf } from '../language/call.ts';
import { invalidTemplate } from '../language/faults.ts';

const SIMPLE = { string: 'String', securestring: 'SecureString', int: 'Int', bool: 'Bool', object: 'Object', secureobject: 'SecureObject', array: 'Array', any: 'Any' } as const;
const MAX_REFERENCES = 32;

type SimpleType = keyof typeof SIMPLE;

/** The type with its references followed; members beside a `$ref` win over those of the definition. */
export function resolveType(spec: JsonObject, definitions: JsonObject, path: string): JsonObject {
  let resolved = spec;
  for (let hops = 0; typeof resolved['$ref'] === 'string'; hops += 1) {
    const name = /^#\/definitions\/(.+)$/.exec(resolved['$ref'])?.[1];
    const found = name === undefined ? undefined : memberOf(definitions, decodeURIComponent(name.replaceAll('~1', '/').replaceAll('~0', '~')));
    if (!isJsonObject(found) || hops > MAX_REFERENCES) throw invalidTemplate(`the type '${resolved['$ref'].slice(0, 100)}' at '${path}' is not defined`, path);
    const { $ref: _ref, ...own } = resolved;
    resolved = { ...found, ...own };
  }
  return resolved;
}

export function typeName(spec: JsonObject, path: string): SimpleType {
  const name = typeof spec['type'] === 'string' ? spec['type'].toLowerCase() : 'any';
  if (!Object.hasOwn(SIMPLE, name)) throw invalidTemplate(`the type '${name}' at '${path}' is not valid; accepted: ${Object.values(SIMPLE).join(', ')}`, path);
  return name as SimpleType;
}

/** As Azure writes it in answers. */
export function shownType(spec: JsonObject, definitions: JsonObject, path: string): string {
  return SIMPLE[typeName(resolveType(spec, definitions, path), path)];
}

export function isSecure(spec: JsonObject, definitions: JsonObject, path: string): boolean {
  return typeName(resolveType(spec, definitions, path), path).startsWith('secure');
}

/** The value as the type sees it: "true" and "5" are taken for a boolean and an integer. Throws what is wrong with it. */
export function checkType(value: Json, given: JsonObject, definitions: JsonObject, path: string): Json {
  const spec = resolveType(given, definitions, path);
  if (value === null && spec['nullable'] === true) return null;
  const type = typeName(spec, path);
  const read = coerce(value, type);
  if (!isOf(read, type)) throw wrong(path, `Expected a value of type '${SIMPLE[type]}', but received ${describe(value)}`);
  checkAllowed(read, spec, path, type.startsWith('secure'));
  checkBounds(read, spec, path);
  if (isArray(read)) return checkItems(read, spec, definitions, path);
  if (isJsonObject(read)) return checkMembers(read, spec, definitions, path);
  return read;
}

function coerce(value: Json, type: SimpleType): Json {
  if (typeof value !== 'string') return value;
  if (type === 'bool' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return type === 'int' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

function isOf(value: Json, type: SimpleType): boolean {
  switch (type) {
    case 'string':
    case 'securestring':
      return typeof value === 'string';
    case 'int':
      return typeof value === 'number' && Number.isInteger(value);
    case 'bool':
      return typeof value === 'boolean';
    case 'object':
      return isJsonObject(value);
    case 'secureobject':
      return typeof value === 'object' && value !== null;
    case 'array':
      return isArray(value);
    case 'any':
      return true;
    default:
      return type satisfies never;
  }
}

function checkAllowed(value: Json, spec: JsonObject, path: string, isSecret: boolean): void {
  const allowed = spec['allowedValues'];
  if (!isArray(allowed)) return;
  const isAllowed = (item: Json) => allowed.some((option) => jsonEqual(option, item) || (typeof option === 'string' && typeof item === 'string' && option.toLowerCase() === item.toLowerCase()));
  if (isAllowed(value) || (isArray(value) && value.every(isAllowed))) return;
  throw wrong(path, `${isSecret ? 'The value' : `The value '${clip(value)}'`} is not part of the allowed value(s): '${allowed.map(clip).join(',')}'`);
}

function checkBounds(value: Json, spec: JsonObject, path: string): void {
  const { minValue, maxValue, minLength, maxLength } = spec;
  if (typeof value === 'number') {
    if (typeof minValue === 'number' && value < minValue) throw wrong(path, `The value must be at least ${minValue}; it is ${value}`);
    if (typeof maxValue === 'number' && value > maxValue) throw wrong(path, `The value must be at most ${maxValue}; it is ${value}`);
  }
  if (typeof value !== 'string' && !isArray(value)) return;
  const { length } = value;
  if (typeof minLength === 'number' && length < minLength) throw wrong(path, `Length of the value should be greater than or equal to '${minLength}'; it is ${length}`);
  if (typeof maxLength === 'number' && length > maxLength) throw wrong(path, `Length of the value should be less than or equal to '${maxLength}'; it is ${length}`);
}

function checkItems(value: readonly Json[], spec: JsonObject, definitions: JsonObject, path: string): Json {
  const { prefixItems, items } = spec;
  const prefix = isArray(prefixItems) ? prefixItems : [];
  return value.map((item, index) => {
    const own = prefix[index] ?? items;
    if (own === false) throw wrong(path, `The array has ${value.length} elements; at most ${prefix.length} are accepted`);
    return isJsonObject(own) ? checkType(item, own, definitions, `${path}[${index}]`) : item;
  });
}

function checkMembers(value: JsonObject, spec: JsonObject, definitions: JsonObject, path: string): Json {
  const { properties, additionalProperties, discriminator } = spec;
  const branch = isJsonObject(discriminator) ? branchOf(value, discriminator, path) : undefined;
  if (branch !== undefined) return checkType(value, branch, definitions, path);
  if (!isJsonObject(properties) && additionalProperties === undefined) return value;
  const known = isJsonObject(properties) ? properties : {};
  const checked: Record<string, Json> = {};
  for (const [name, own] of Object.entries(known)) {
    if (!isJsonObject(own) || memberOf(value, name) !== undefined) continue;
    if (resolveType(own, definitions, `${path}.${name}`)['nullable'] !== true) throw wrong(path, `The property '${name}' is missing`);
  }
  for (const [name, item] of Object.entries(value)) {
    const own = memberOf(known, name) ?? additionalProperties;
    if (own === false) throw wrong(path, `The property '${name}' is not accepted; accepted: ${Object.keys(known).join(', ')}`);
    checked[name] = isJsonObject(own) ? checkType(item ?? null, own, definitions, `${path}.${name}`) : (item ?? null);
  }
  return checked;
}

function branchOf(value: JsonObject, discriminator: JsonObject, path: string): JsonObject {
  const { propertyName, mapping } = discriminator;
  const word = typeof propertyName === 'string' ? memberOf(value, propertyName) : undefined;
  const branch = isJsonObject(mapping) && typeof word === 'string' ? mapping[word] : undefined;
  if (isJsonObject(branch)) return branch;
  throw wrong(path, `The property '${String(propertyName)}' is ${clip(word ?? null)}; accepted: ${isJsonObject(mapping) ? Object.keys(mapping).join(', ') : 'none'}`);
}

function wrong(path: string, why: string) {
  const [, name = path] = /^(?:parameters|outputs)\.(.+)$/.exec(path) ?? [];
  const noun = path.startsWith('outputs.') ? 'output' : 'parameter';
  return invalidTemplate(`The provided value for the template ${noun} '${name}' is not valid. ${why}. Please see https://aka.ms/arm-create-parameter-file for usage details`, path);
}

function clip(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
