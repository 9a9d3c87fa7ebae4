// Template: the document, checked for its form and taken apart. Nothing is evaluated here.
// Source: contracts/azure-ai-ml.md §4.1 (create template); schema 2019-04-01; observed: languageVersion 2.0 as Bicep writes it.

import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { isArray, memberOf } from '../language/call.ts';
import { invalidTemplate } from '../language/faults.ts';
import type { UserFunction } from '../language/scope.ts';

export interface TemplateParameter {
  readonly name: string;
  readonly spec: JsonObject;
}

export interface TemplateResource {
  /** Symbolic name, in templates that have them. */
  readonly symbol: string | undefined;
  /** Where it is in the template: `resources[0]`, `resources.storage`. */
  readonly path: string;
  readonly source: JsonObject;
  readonly parent: TemplateResource | undefined;
}

export interface Template {
  readonly source: JsonObject;
  readonly usesSymbols: boolean;
  /** By lower-cased name. */
  readonly parameters: ReadonlyMap<string, TemplateParameter>;
  readonly variables: JsonObject;
  readonly functions: ReadonlyMap<string, UserFunction>;
  readonly definitions: JsonObject;
  readonly resources: readonly TemplateResource[];
  readonly outputs: JsonObject;
}

const SECTIONS = new Set([
  '$schema',
  'contentversion',
  'apiprofile',
  'languageversion',
  'parameters',
  'variables',
  'functions',
  'resources',
  'outputs',
  'definitions',
  'metadata',
  'comments',
  'imports',
  'extensions',
  'asserts',
  'hooks',
]);
const MOST = { parameters: 256, variables: 512, outputs: 64, resources: 800 } as const;
const MAX_BYTES = 4 * 2 ** 20;

/** A template as it came: an object, or its text. Throws `InvalidTemplate`. */
export function parseTemplate(given: Json | undefined): Template {
  const source = typeof given === 'string' ? readText(given) : given;
  if (!isJsonObject(source)) throw invalidTemplate('the template is not a JSON object');
  if (JSON.stringify(source).length > MAX_BYTES) throw invalidTemplate('the template is larger than 4 MB');
  for (const name of Object.keys(source)) {
    if (!SECTIONS.has(name.toLowerCase())) throw invalidTemplate(`could not find member '${name.slice(0, 60)}' on object of type 'Template'`, name);
  }
  const schema = memberOf(source, '$schema');
  if (typeof schema !== 'string' || !/^https?:\/\//i.test(schema)) throw invalidTemplate("the template has no '$schema', or not the address of a deployment template schema", '$schema');
  if (/managementGroup|tenantDeployment/i.test(schema))
    throw new Fault('notImplemented', 'DeploymentScopeNotSupported', `Templates of the schema '${schema}' deploy to management groups or the tenant, which this server does not have.`);
  if (typeof memberOf(source, 'contentVersion') !== 'string') throw invalidTemplate("the template has no 'contentVersion'", 'contentVersion');
  for (const name of ['imports', 'extensions', 'asserts'] as const) {
    const section = memberOf(source, name);
    if (isJsonObject(section) ? Object.keys(section).length > 0 : section !== undefined && section !== null) {
      throw new Fault('notImplemented', 'TemplateFeatureNotSupported', `Templates with '${name}' are not supported by this server.`, { target: name });
    }
  }
  const resources = memberOf(source, 'resources');
  const template: Template = {
    source,
    usesSymbols: isJsonObject(resources),
    parameters: new Map(Object.entries(section(source, 'parameters')).map(([name, spec]) => [name.toLowerCase(), { name, spec: objectOr(spec, `parameters.${name}`) }])),
    variables: section(source, 'variables'),
    functions: readFunctions(memberOf(source, 'functions')),
    definitions: section(source, 'definitions'),
    resources: readResources(resources),
    outputs: section(source, 'outputs'),
  };
  checkCount('parameters', template.parameters.size);
  checkCount('variables', Object.keys(template.variables).length);
  checkCount('outputs', Object.keys(template.outputs).length);
  checkCount('resources', template.resources.length);
  return template;
}

function readText(text: string): Json {
  try {
    const parsed: Json = JSON.parse(text);
    return parsed;
  } catch {
    throw invalidTemplate('the template is a text that is not JSON');
  }
}

function checkCount(name: keyof typeof MOST, count: number): void {
  if (count > MOST[name]) throw invalidTemplate(`the number of template ${name} limit exceeded. Limit: '${MOST[name]}' and actual: '${count}'`, name);
}

function section(source: JsonObject, name: string): JsonObject {
  const found = memberOf(source, name);
  return found === undefined || found === null ? {} : objectOr(found, name);
}

function objectOr(value: Json | undefined, path: string): JsonObject {
  if (!isJsonObject(value)) throw invalidTemplate(`'${path}' is not an object`, path);
  return value;
}

function readFunctions(value: Json | undefined): ReadonlyMap<string, UserFunction> {
  const functions = new Map<string, UserFunction>();
  if (value === undefined || value === null) return functions;
  if (!isArray(value)) throw invalidTemplate("'functions' is not an array", 'functions');
  for (const group of value) {
    const namespace = isJsonObject(group) ? group['namespace'] : undefined;
    if (typeof namespace !== 'string' || !isJsonObject(group)) throw invalidTemplate("a group of functions has no 'namespace'", 'functions');
    for (const [name, spec] of Object.entries(objectOr(group['members'], `functions.${namespace}.members`))) {
      const path = `functions.${namespace}.${name}`;
      const { parameters = [], output } = objectOr(spec, path);
      if (!isArray(parameters) || !isJsonObject(output)) throw invalidTemplate(`'${path}' needs 'parameters' as an array and 'output'`, path);
      functions.set(`${namespace}.${name}`.toLowerCase(), {
        parameters: parameters.map((parameter) => ({ name: textAt(parameter, 'name', path), type: isJsonObject(parameter) && typeof parameter['type'] === 'string' ? parameter['type'] : 'object' })),
        output: output['value'] ?? null,
      });
    }
  }
  return functions;
}

function textAt(value: Json, name: string, path: string): string {
  const found = isJsonObject(value) ? value[name] : undefined;
  if (typeof found !== 'string') throw invalidTemplate(`'${path}' has a parameter without a name`, path);
  return found;
}

function readResources(value: Json | undefined): readonly TemplateResource[] {
  if (value === undefined || value === null) throw invalidTemplate("the template has no 'resources'", 'resources');
  if (isArray(value)) return value.flatMap((item, index) => readResource(item, undefined, `resources[${index}]`, undefined));
  return Object.entries(objectOr(value, 'resources')).flatMap(([symbol, item]) => readResource(item ?? null, symbol, `resources.${symbol}`, undefined));
}

/** The resource, then those nested in it. */
function readResource(value: Json, symbol: string | undefined, path: string, parent: TemplateResource | undefined): readonly TemplateResource[] {
  const source = objectOr(value, path);
  if (typeof source['type'] !== 'string') throw invalidTemplate(`the resource at '${path}' has no 'type'`, path);
  if (typeof source['name'] !== 'string') throw invalidTemplate(`the resource at '${path}' has no 'name'`, path);
  if (typeof source['apiVersion'] !== 'string') throw invalidTemplate(`the resource at '${path}' has no 'apiVersion'`, path);
  for (const name of ['import', 'extension']) {
    if (source[name] !== undefined)
      throw new Fault('notImplemented', 'TemplateFeatureNotSupported', `Resources of extensions ('${name}' at '${path}') are not supported by this server.`, { target: path });
  }
  if (parent !== undefined && parent.source['copy'] !== undefined) throw invalidTemplate(`the resource at '${path}' is nested in a resource with a copy loop; move it to the top level`, path);
  const resource: TemplateResource = { symbol, path, source, parent };
  const nested = source['resources'];
  if (nested === undefined || nested === null) return [resource];
  const children = isArray(nested)
    ? nested.flatMap((item, index) => readResource(item, undefined, `${path}.resources[${index}]`, resource))
    : Object.entries(objectOr(nested, `${path}.resources`)).flatMap(([name, item]) => readResource(item ?? null, name, `${path}.resources.${name}`, resource));
  return [resource, ...children];
}
