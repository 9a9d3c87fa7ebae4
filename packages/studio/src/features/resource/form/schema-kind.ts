// From a schema to the kind of field that edits it. Pure; the rules themselves stay with the server.

import type { Schema } from '../../../api/resource-types.ts';
import type { Path } from './changes.ts';

export type FieldKind =
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, schema: Schema, isRequired: boolean])[] }
  /** One of several objects, told apart by the value of one property. */
  | { readonly kind: 'variant'; readonly tag: string; readonly options: readonly string[]; readonly branches: Readonly<Record<string, Schema>> }
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  | { readonly kind: 'flag' }
  | { readonly kind: 'number'; readonly isWhole: boolean; readonly minimum: number | undefined; readonly maximum: number | undefined }
  | { readonly kind: 'text'; readonly isLong: boolean }
  | { readonly kind: 'texts' }
  /** Anything else is edited as JSON. */
  | { readonly kind: 'json' };

export function kindOf(schema: Schema): FieldKind {
  if (schema.allOf !== undefined) return kindOf(merged(schema));
  const branches = (schema.anyOf ?? schema.oneOf)?.filter((branch) => branch.type !== 'null');
  if (branches !== undefined) return kindOfUnion(branches);
  if (schema.enum?.every((option) => typeof option === 'string') === true) return { kind: 'choice', options: schema.enum.map(String) };
  if (typeof schema.const === 'string') return { kind: 'choice', options: [schema.const] };
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== 'null') : schema.type;
  switch (type) {
    case 'boolean':
      return { kind: 'flag' };
    case 'integer':
    case 'number':
      return { kind: 'number', isWhole: type === 'integer', minimum: schema.minimum, maximum: schema.maximum };
    case 'string':
      return { kind: 'text', isLong: false };
    case 'array':
      return schema.items !== undefined && kindOf(schema.items).kind === 'text' ? { kind: 'texts' } : { kind: 'json' };
    case 'object':
      return Object.keys(schema.properties ?? {}).length === 0 ? { kind: 'json' } : objectKind(schema);
    default:
      return { kind: 'json' };
  }
}

function kindOfUnion(branches: readonly Schema[]): FieldKind {
  const [only] = branches;
  if (only !== undefined && branches.length === 1) return kindOf(only);
  const words = branches.map((branch) => branch.const);
  if (words.every((word) => typeof word === 'string')) return { kind: 'choice', options: words };
  const objects = branches.map((branch) => (branch.allOf === undefined ? branch : merged(branch)));
  const tag = Object.keys(objects[0]?.properties ?? {}).find((name) => objects.every((each) => valuesOf(each.properties?.[name]).length > 0));
  if (tag === undefined) return branches.every((branch) => kindOf(branch).kind === 'text') ? { kind: 'text', isLong: false } : { kind: 'json' };
  // Why not those with nothing but several words: the server knows them only to refuse them by name.
  const known = objects.filter((each) => each.properties?.[tag]?.const !== undefined || Object.keys(each.properties ?? {}).length > 1);
  const named = known.flatMap((each) => valuesOf(each.properties?.[tag]).map((value) => [value, each] as const));
  return { kind: 'variant', tag, options: named.map(([name]) => name), branches: Object.fromEntries(named) };
}

/** The words that a property may be, where it may be only words. */
function valuesOf(schema: Schema | undefined): readonly string[] {
  const values = schema?.const === undefined ? (schema?.enum ?? []) : [schema.const];
  return values.every((value) => typeof value === 'string') ? values : [];
}

function objectKind(schema: Schema): FieldKind {
  const required = new Set(schema.required ?? []);
  // Why a default counts as not required: the server fills it in.
  return { kind: 'object', members: Object.entries(schema.properties ?? {}).map(([name, member]) => [name, member, required.has(name) && member.default === undefined]) };
}

function merged(schema: Schema): Schema {
  const parts = [schema, ...(schema.allOf ?? [])];
  return { type: 'object', properties: Object.assign({}, ...parts.map((part) => part.properties ?? {})), required: parts.flatMap((part) => part.required ?? []) };
}

/** Whether the pointer, whose `*` stands for any name, selects the path or what is above it. */
export function isCovered(pointers: readonly string[], path: Path): boolean {
  return pointers.some((pointer) => {
    const segments = pointer.split('/').slice(1);
    return segments.length <= path.length && segments.every((segment, index) => segment === '*' || segment === path[index]);
  });
}
