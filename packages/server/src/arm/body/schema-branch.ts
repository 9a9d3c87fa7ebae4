// Which branch of a union a value means: by the properties that are constants in the branches, else by its JSON type.

import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';

export interface Branch {
  readonly schema: JsonObject;
  readonly index: number;
}

export function isBooleanWord(value: string): boolean {
  return /^(true|false)$/i.test(value);
}

/** Undefined when the schema is no union, or no branch is meant. */
export function chooseBranch(schema: JsonObject, value: Json): Branch | undefined {
  const branches = branchesOf(schema).map((branch, index) => ({ schema: branch, index }));
  if (typeof value === 'string') {
    return (
      branches.find((branch) => wordsOf(branch.schema).some((word) => word.toLowerCase() === value.toLowerCase())) ??
      branches.find((branch) => branch.schema['type'] === 'string' && wordsOf(branch.schema).length === 0) ??
      branches.find((branch) => branch.schema['type'] === 'boolean' && isBooleanWord(value))
    );
  }
  const candidates = branches.filter((branch) => isOfType(branch.schema, value));
  if (!isJsonObject(value)) return candidates[0];
  const discriminators = discriminatorsOf(candidates.map((branch) => branch.schema));
  if (discriminators.length === 0) return candidates.length === 1 ? candidates[0] : undefined;
  return candidates.find((branch) => discriminators.every((name) => matchesWord(propertySchema(branch.schema, name), value[name])));
}

/** What a value of the union may be, in words. */
export function describeBranches(schema: JsonObject, value: Json): { readonly property?: string; readonly accepted: string } {
  const branches = branchesOf(schema);
  const name = isJsonObject(value) ? discriminatorsOf(branches.filter((branch) => isOfType(branch, value)))[0] : undefined;
  if (name !== undefined) return { property: name, accepted: [...new Set(branches.flatMap((branch) => wordsOf(propertySchema(branch, name))))].join(', ') };
  return { accepted: branches.flatMap((branch) => (wordsOf(branch).length > 0 ? wordsOf(branch) : [typeWords(branch)])).join(', ') };
}

function branchesOf(schema: JsonObject): readonly JsonObject[] {
  const branches = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(branches) ? branches.filter(isJsonObject) : [];
}

/** Names of properties that are words (a constant or an enum) in every branch, and not the same in all. */
function discriminatorsOf(branches: readonly JsonObject[]): readonly string[] {
  const [first] = branches;
  if (first === undefined || branches.length < 2) return [];
  return propertyNames(first).filter((name) => {
    const words = branches.map((branch) => wordsOf(propertySchema(branch, name)).join('\n'));
    return words.every((word) => word !== '') && new Set(words).size === branches.length;
  });
}

function propertyNames(schema: JsonObject): readonly string[] {
  const own = isJsonObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  const parts = Array.isArray(schema['allOf']) ? schema['allOf'].filter(isJsonObject) : [];
  return [...own, ...parts.flatMap(propertyNames)];
}

function propertySchema(schema: JsonObject, name: string): JsonObject {
  const own = isJsonObject(schema['properties']) ? schema['properties'][name] : undefined;
  if (isJsonObject(own)) return own;
  const parts = Array.isArray(schema['allOf']) ? schema['allOf'].filter(isJsonObject) : [];
  return parts.map((part) => propertySchema(part, name)).find((found) => Object.keys(found).length > 0) ?? {};
}

function wordsOf(schema: JsonObject): readonly string[] {
  const listed = Array.isArray(schema['enum']) ? schema['enum'] : [];
  const nested = branchesOf(schema).flatMap(wordsOf);
  return [schema['const'], ...listed, ...nested].filter((word) => typeof word === 'string');
}

/** A property with a default may be left out: then the default is what it says. */
function matchesWord(schema: JsonObject, value: Json | undefined): boolean {
  const said = value ?? schema['default'];
  return typeof said === 'string' && wordsOf(schema).some((word) => word.toLowerCase() === said.toLowerCase());
}

function isOfType(schema: JsonObject, value: Json): boolean {
  const type = schema['type'];
  if (Array.isArray(schema['allOf'])) return schema['allOf'].filter(isJsonObject).every((part) => isOfType(part, value));
  if (type === undefined) return schema['const'] === undefined ? true : schema['const'] === value;
  const actual = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const types = Array.isArray(type) ? type : [type];
  return types.some((one) => one === actual || (one === 'integer' && actual === 'number'));
}

function typeWords(schema: JsonObject): string {
  const type = schema['type'];
  return typeof type === 'string' ? `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}` : 'any value';
}
