// Known types: whether this server has what a template makes. Looked at before anything is made, in modules too that cannot
// be planned yet because what they are given is read from what the template makes.

import type { FaultDetail } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject, objectAt } from '#kernel/json.ts';
import type { AnyResourceType } from '../../resource-type.ts';
import type { ArmRoute } from '../../route.ts';
import { memberOf } from '../language/call.ts';
import type { Scope } from '../language/scope.ts';
import { bindKnown } from '../template/parameters.ts';
import { copyCount, evaluateValue } from '../template/evaluate-value.ts';
import { isInnerScoped } from '../template/nested-scope.ts';
import type { Plan } from '../template/plan.ts';
import { DEPLOYMENT_TYPE } from '../template/planned-resource.ts';
import { parseTemplate, type TemplateResource } from '../template/template.ts';
import { noResources, templateScope } from '../template/template-scope.ts';

export interface TypeDeps {
  types(): readonly AnyResourceType[];
  routes(): readonly ArmRoute[];
}

const NESTED_DEEPEST = 5;

export function unknownTypes(deps: TypeDeps, plan: Plan): readonly FaultDetail[] {
  const known = knownTypes(deps);
  return plan.resources.filter(({ isWanted, id }) => isWanted && !known.has(typeOfId(id))).map(({ id, type, declared }) => unknownType(type, `'${id}'`, declared.path));
}

/** The same for a module of which nothing is known but its text; `scope` is the one around it. What cannot be decided yet counts as known. */
export function unknownTypesWithin(deps: TypeDeps, module: { readonly name: string; readonly source: JsonObject; readonly path: string }, scope: Scope, depth = 0): readonly FaultDetail[] {
  const { name, source: declared, path } = module;
  const properties = objectAt(declared, 'properties');
  const source = memberOf(properties, 'template');
  if (!isJsonObject(source) || depth >= NESTED_DEEPEST) return [];
  const template = parseTemplate(source);
  const inside = isInnerScoped(DEPLOYMENT_TYPE, declared) ? insideOf(template, properties, scope) : scope;
  const known = knownTypes(deps);
  const seen = new Set<string>();
  return template.resources
    .filter((resource) => isCertain(resource, inside))
    .flatMap((resource) => {
      const type = fullType(resource);
      const place = `${path}.properties.template.${resource.path}`;
      if (type.toLowerCase() === DEPLOYMENT_TYPE) return unknownTypesWithin(deps, { name, source: resource.source, path: place }, inside, depth + 1);
      if (type.includes('[') || known.has(typeOf(type)) || seen.has(type)) return [];
      seen.add(type);
      return [unknownType(type, `the nested deployment '${name}'`, place)];
    });
}

function insideOf(template: ReturnType<typeof parseTemplate>, properties: JsonObject, scope: Scope): Scope {
  const given = Object.entries(objectAt(properties, 'parameters')).map(([name, entry]) => [name, orUndefined(() => evaluateValue(entry ?? null, scope, `parameters.${name}`))] as const);
  const around = templateScope({ template, site: scope.site, parameters: new Map(), resources: noResources, impure: scope.impure });
  return templateScope({ template, site: scope.site, parameters: bindKnown(template, new Map(given), around), resources: noResources, impure: scope.impure });
}

/** Made whatever else turns out. */
function isCertain({ source, parent }: TemplateResource, scope: Scope): boolean {
  if (source['existing'] === true || (parent !== undefined && !isCertain(parent, scope))) return false;
  const { condition, copy } = source;
  if (isJsonObject(copy) && !orUndefined(() => copyCount(copy, scope, 'copy') > 0)) return false;
  return condition === undefined || orUndefined(() => evaluateValue(condition, scope, 'condition')) === true;
}

/** What cannot be evaluated yet, or is wrong, is told when its turn comes. */
function orUndefined<T extends Json>(evaluate: () => T): T | undefined {
  try {
    return evaluate();
  } catch {
    return undefined;
  }
}

function fullType({ source, parent }: TemplateResource): string {
  const type = String(source['type']);
  if (parent === undefined) return type;
  const around = fullType(parent);
  return type.toLowerCase().startsWith(`${around.toLowerCase()}/`) ? type : `${around}/${type}`;
}

function unknownType(type: string, of: string, target: string): FaultDetail {
  return { code: 'InvalidResourceType', message: `The resource type '${type}' of ${of} is not one that this server has.`, target };
}

function knownTypes({ types, routes }: TypeDeps): ReadonlySet<string> {
  const put = routes().filter(({ method }) => method === 'PUT');
  return new Set([...types().map(({ type }) => type.toLowerCase()), ...put.map(({ path }) => typeOfId(path))]);
}

/** The type by the last namespace of an id: extension resources may be written as children of what they extend. */
function typeOfId(id: string): string {
  const lower = id.toLowerCase();
  const at = lower.lastIndexOf('/providers/');
  if (at < 0) return lower.split('/').length > 3 ? 'microsoft.resources/resourcegroups' : 'microsoft.resources/subscriptions';
  const [namespace = '', ...rest] = lower.slice(at + '/providers/'.length).split('/');
  return [namespace, ...rest.filter((_segment, index) => index % 2 === 0)].join('/');
}

/** The same of a type: `Ns/type/providers/Ns2/extension`. */
function typeOf(type: string): string {
  return type.toLowerCase().split('/providers/').at(-1) ?? '';
}
