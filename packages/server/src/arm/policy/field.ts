// Fields of policy rules: what a rule may look at, and where it is in a resource. Aliases follow the shape of the resource:
// `Microsoft.Storage/storageAccounts/minimumTlsVersion` is `properties.minimumTlsVersion` of a storage account.
// Source: Azure Policy, "Policy definition structure: fields" and "aliases".

import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import type { AnyResourceType } from '../resource-type.ts';

/** A resource as rules see it. */
export interface PolicySubject {
  readonly id: string;
  readonly name: string;
  readonly nestedName: string;
  /** With Azure's capitals. */
  readonly type: string;
  readonly location: string | undefined;
  readonly kind: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly sku: JsonObject | undefined;
  readonly identity: JsonObject | undefined;
  readonly properties: JsonObject;
}

const PLAIN = new Set(['name', 'fullname', 'kind', 'type', 'location', 'id', 'identity.type', 'tags']);

const EACH = /\[\*\]$/;

/** Whether the field means every member of a list. */
export function isOfEach(field: string): boolean {
  return tagOf(field) === undefined && field.includes('[*]');
}

/** The name of the tag that a field means: `tags['a']`, `tags[a]`, `tags.a`. */
function tagOf(field: string): string | undefined {
  return (
    /^tags\.(.+)$/i.exec(field)?.[1] ??
    /^tags\[(?:'(.*)'|(.*))\]$/i
      .exec(field)
      ?.slice(1)
      .find((name) => name !== undefined)
  );
}

/** Throws `invalid` for a field that no rule of this server can look at. */
export function checkField(field: string, types: readonly AnyResourceType[]): void {
  if (PLAIN.has(field.toLowerCase()) || tagOf(field) !== undefined) return;
  const alias = splitAlias(
    field,
    types.map(({ type }) => type),
  );
  if (alias === undefined) throw invalidAlias(field, 'it names no resource type of this server, and is none of name, fullName, kind, type, location, id, identity.type, tags');
  if (alias.path.some((name) => !/^[^[\]]+(?:\[\*\])?$/.test(name))) throw invalidAlias(field, 'of lists, [*] after their name is accepted: every member');
  const schema: unknown = types.find(({ type }) => type === alias.type)?.properties;
  const known = isJsonObject(schema) && isJsonObject(schema['properties']) ? Object.keys(schema['properties']) : undefined;
  const first = (alias.path[0] ?? '').replace(EACH, '');
  if (known !== undefined && first.toLowerCase() !== 'sku' && !known.some((name) => name.toLowerCase() === first.toLowerCase()))
    throw invalidAlias(field, `'${alias.type}' has no property '${first}'`);
}

export function valueOfField(subject: PolicySubject, field: string): Json | undefined {
  const tag = tagOf(field);
  if (tag !== undefined) return Object.entries(subject.tags).find(([name]) => name.toLowerCase() === tag.toLowerCase())?.[1];
  switch (field.toLowerCase()) {
    case 'name':
      return subject.name;
    case 'fullname':
      return subject.nestedName;
    case 'kind':
      return subject.kind;
    case 'type':
      return subject.type;
    case 'location':
      return subject.location ?? 'global';
    case 'id':
      return subject.id;
    case 'identity.type':
      return memberOf(subject.identity, 'type');
    case 'tags':
      return { ...subject.tags };
    default:
      return valueOfAlias(subject, field);
  }
}

function valueOfAlias(subject: PolicySubject, field: string): Json | undefined {
  return valuesOfField(subject, field)[0];
}

/** One value, or with `[*]` that of every member: none where there is no such list. */
export function valuesOfField(subject: PolicySubject, field: string): readonly (Json | undefined)[] {
  const alias = splitAlias(field, [subject.type]);
  if (alias === undefined) return isOfEach(field) ? [] : [undefined];
  const isSku = alias.path[0]?.toLowerCase() === 'sku' && subject.sku !== undefined;
  const start: readonly (Json | undefined)[] = [isSku ? { sku: subject.sku ?? null } : subject.properties];
  return alias.path.reduce((values, step) => {
    const found = values.map((value) => memberOf(value, step.replace(EACH, '')));
    return EACH.test(step) ? found.flatMap((value) => (isJsonArray(value) ? value : [])) : found;
  }, start);
}

function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The longest type that the field begins with, and the path after it. */
function splitAlias(field: string, types: readonly string[]): { readonly type: string; readonly path: readonly string[] } | undefined {
  const found = types.filter((type) => field.toLowerCase().startsWith(`${type.toLowerCase()}/`)).toSorted((a, b) => b.length - a.length)[0];
  if (found === undefined) return undefined;
  const path = field.slice(found.length + 1);
  return path === '' || path.includes('/') ? undefined : { type: found, path: path.split('.') };
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? Object.entries(value).find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1] : undefined;
}

function invalidAlias(field: string, why: string): Fault {
  return new Fault('invalid', 'InvalidPolicyAlias', `The policy rule refers to the field '${field.slice(0, 200)}', which cannot be looked at: ${why}.`, { target: 'properties.policyRule' });
}
