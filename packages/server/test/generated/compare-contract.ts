// compare-contract FOLDER: where the schemas of our types are tighter or looser than Azure's public template schemas, which
// stay outside the repository. FOLDER has `<api-version>/<Namespace>.json` and `common/definitions.json`, as
// Azure/azure-resource-manager-schemas does. By hand, not in CI: node packages/server/test/generated/compare-contract.ts FOLDER

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject, objectAt } from '#kernel/json.ts';
import type { ResourcePorts } from '#resources/ports.ts';
import { createRegistry } from '#resources/registry.ts';

const MAX_DEPTH = 6;
const [folder = '', only = ''] = process.argv.slice(2);
const files = new Map<string, JsonObject>();

/** What is known of one property, over all branches of unions. */
interface Facts {
  readonly types: Set<string>;
  readonly words: Set<string>;
  isOpen: boolean;
  isRequired: boolean;
}

function fileAt(path: string): JsonObject {
  const known = files.get(path);
  if (known !== undefined) return known;
  const parsed: unknown = JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const file = isJsonObject(parsed) ? parsed : {};
  files.set(path, file);
  return file;
}

/** Follows a reference; expressions of templates count for nothing. */
function resolve(schema: JsonObject, file: string): { readonly schema: JsonObject; readonly file: string } | undefined {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return { schema, file };
  if (reference.endsWith('/definitions/expression')) return undefined;
  const [place = '', pointer = ''] = reference.split('#');
  const target = place === '' ? file : place.replace(/^https?:\/\/schema\.management\.azure\.com\/schemas\//, '');
  const found = pointer
    .split('/')
    .slice(1)
    .reduce<JsonObject>((at, name) => objectAt(at, name), fileAt(target));
  return resolve(found, target);
}

function collect(given: JsonObject, file: string, path: string, isRequired: boolean, facts: Map<string, Facts>, trail: readonly JsonObject[] = []): void {
  const resolved = resolve(given, file);
  if (resolved === undefined || trail.includes(resolved.schema) || path.split('.').length > MAX_DEPTH) return;
  const { schema } = resolved;
  const own = facts.get(path) ?? { types: new Set(), words: new Set(), isOpen: false, isRequired };
  facts.set(path, own);
  own.isRequired &&= isRequired;
  const next = [...trail, schema];
  for (const union of ['oneOf', 'anyOf', 'allOf']) {
    const branches = schema[union];
    if (Array.isArray(branches)) for (const branch of branches.filter(isJsonObject)) collect(branch, resolved.file, path, isRequired, facts, next);
  }
  const types = [schema['type']].flat().filter((type) => typeof type === 'string');
  for (const type of types) if (type !== 'null') own.types.add(type === 'integer' ? 'number' : type);
  const words = [schema['const'], ...[schema['enum'] ?? []].flat()].filter((word: Json | undefined) => typeof word === 'string');
  for (const word of words) own.words.add(word);
  if (types.includes('string') && words.length === 0) own.isOpen = true;
  const required: unknown = schema['required'];
  const declared = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  for (const [name, inner] of declared) {
    if (!isJsonObject(inner)) continue;
    const isNeeded = Array.isArray(required) && required.includes(name) && inner['default'] === undefined;
    collect(inner, resolved.file, path === '' ? name : `${path}.${name}`, isNeeded, facts, next);
  }
  if (isJsonObject(schema['items'])) collect(schema['items'], resolved.file, `${path}[]`, false, facts, next);
}

function compare(ours: ReadonlyMap<string, Facts>, theirs: ReadonlyMap<string, Facts>): readonly string[] {
  const lines: string[] = [];
  for (const [path, their] of theirs) {
    const our = ours.get(path);
    if (path === '') continue;
    if (our === undefined) {
      if (!path.includes('[]')) lines.push(`unknown here  ${path} (${[...their.types].join('|')}${their.words.size > 0 ? `: ${[...their.words].join(', ')}` : ''})`);
      continue;
    }
    if (our.isRequired && !their.isRequired) lines.push(`TIGHTER       ${path} is required here only`);
    if (!our.isRequired && their.isRequired) lines.push(`looser        ${path} is required there only`);
    const types = [...our.types].filter((type) => !their.types.has(type));
    if (our.types.size > 0 && their.types.size > 0 && types.length > 0) lines.push(`DIFFERENT     ${path} is ${[...our.types].join('|')} here, ${[...their.types].join('|')} there`);
    const lacking = [...their.words].filter((word) => ![...our.words].some((known) => known.toLowerCase() === word.toLowerCase()));
    if (our.words.size > 0 && !our.isOpen && lacking.length > 0) lines.push(`TIGHTER       ${path} does not accept ${lacking.join(', ')}`);
    if (our.isOpen && their.words.size > 0 && !their.isOpen) lines.push(`looser        ${path} accepts any word, there: ${[...their.words].join(', ')}`);
  }
  return lines;
}

const ports: ResourcePorts = new Proxy(Object.create(null), { get: () => ports });
const documents = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.json') && !path.startsWith('common'))
  .toSorted();
for (const type of createRegistry(ports).types) {
  if (!type.type.toLowerCase().includes(only.toLowerCase())) continue;
  const [namespace = '', ...names] = type.type.split('/');
  // The newest that has the type.
  const document = documents.findLast((path) => (path.split('/').at(-1) ?? '').startsWith(namespace) && definitionOf(path, names) !== undefined);
  if (document === undefined) continue;
  const ours = new Map<string, Facts>();
  const schema: unknown = JSON.parse(JSON.stringify(type.properties));
  collect(isJsonObject(schema) ? schema : {}, document, '', false, ours);
  const theirs = new Map<string, Facts>();
  collect(objectAt(objectAt(definitionOf(document, names), 'properties'), 'properties'), document, '', false, theirs);
  const lines = compare(ours, theirs);
  process.stdout.write(`\n${type.type}  (${document}): ${theirs.size} properties there, ${ours.size} here\n${lines.map((line) => `  ${line}\n`).join('')}`);
}

function definitionOf(path: string, names: readonly string[]): JsonObject | undefined {
  const file = fileAt(path);
  for (const section of Object.keys(file).filter((name) => name.toLowerCase().endsWith('resourcedefinitions'))) {
    const found = Object.entries(objectAt(file, section)).find(([name]) => name.toLowerCase() === names.join('_').toLowerCase())?.[1];
    if (isJsonObject(found)) return found;
  }
  return undefined;
}
