// Plan: which resources a template stands for, after conditions and copy loops, and what waits for what.

import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { describe } from '../language/call.ts';
import { invalidTemplate } from '../language/faults.ts';
import { idAt } from '../language/resource-ids.ts';
import { type ResourceFacts, RuntimeNeeded, type Scope, type Site } from '../language/scope.ts';
import { connect } from './dependencies.ts';
import { at, copyCount, evaluateString, evaluateValue, insideLoop } from './evaluate-value.ts';
import { DEPLOYMENT_TYPE, type PlannedResource } from './planned-resource.ts';
import type { Template, TemplateResource } from './template.ts';
import { type ResourceLookup, type ScopeOptions, templateScope } from './template-scope.ts';

export interface Plan {
  readonly template: Template;
  readonly resources: readonly PlannedResource[];
  readonly lookup: ResourceLookup;
}

/** Throws `InvalidTemplate` for everything that can be known before anything is deployed. */
export function makePlan(options: Omit<ScopeOptions, 'resources'>): Plan {
  const { template, site } = options;
  const planned: PlannedResource[] = [];
  const lookup = lookupIn(planned);
  const scope = templateScope({ ...options, resources: lookup });
  for (const declared of template.resources) planned.push(...expand(declared, scope, site));
  checkDuplicates(planned);
  const resources = connect(planned, scope);
  planned.splice(0, planned.length, ...resources);
  return { template, resources: planned, lookup };
}

/** The scope in which the members of a resource are evaluated. */
export function scopeInside(scope: Scope, { loop }: Pick<PlannedResource, 'loop'>): Scope {
  return loop === undefined ? scope : insideLoop(scope, loop.name, loop.index, true);
}

function expand(declared: TemplateResource, scope: Scope, site: Site): readonly PlannedResource[] {
  const { source, path, symbol } = declared;
  const key = symbol ?? path;
  const copy = source['copy'];
  if (copy === undefined || copy === null) return [planOne(declared, scope, site, key, undefined)];
  if (!isJsonObject(copy)) throw invalidTemplate(`the copy loop at '${path}' is ${describe(copy)}; an object with 'name' and 'count' is expected`, path);
  const name = evaluateString(copy['name'], scope, `${path}.copy.name`);
  const count = copyCount(copy, scope, `${path}.copy`);
  const isSerial = typeof copy['mode'] === 'string' && copy['mode'].toLowerCase() === 'serial';
  const given = copy['batchSize'] === undefined ? 1 : evaluateValue(copy['batchSize'], scope, `${path}.copy.batchSize`);
  const size = typeof given === 'number' && given >= 1 ? Math.trunc(given) : 1;
  return Array.from({ length: count }, (_item, index) => {
    const loop = { name, index, batchSize: isSerial ? size : undefined };
    return planOne(declared, insideLoop(scope, name, index, true), site, `${key}[${index}]`, loop);
  });
}

function planOne(declared: TemplateResource, scope: Scope, site: Site, key: string, loop: PlannedResource['loop']): PlannedResource {
  const { source, path } = declared;
  const isWanted = early(`${path}.condition`, () => condition(source['condition'], scope, path));
  const facts = isWanted ? early(path, () => factsOf(declared, scope, site)) : factsOrNothing(declared, scope, site);
  const { existing } = source;
  return { key, declared, loop, isWanted, isExisting: existing === true, dependsOn: [], ...facts };
}

/** Azure: what decides whether and where a resource is made cannot depend on what is made. */
function early<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof RuntimeNeeded)) throw error;
    throw invalidTemplate(`the template function 'reference' is not expected at this location ('${path}'): conditions, names, types and scopes must be known before the deployment starts`, path);
  }
}

function condition(value: Json | undefined, scope: Scope, path: string): boolean {
  if (value === undefined || value === null) return true;
  const result = evaluateValue(value, scope, `${path}.condition`);
  if (typeof result === 'string' && /^(true|false)$/i.test(result)) return result.toLowerCase() === 'true';
  if (typeof result !== 'boolean') throw invalidTemplate(`the condition at '${path}' is ${describe(result)}; a boolean is expected`, path);
  return result;
}

/** A resource that is not wanted may have a name that makes no sense. */
function factsOrNothing(declared: TemplateResource, scope: Scope, site: Site): ResourceFacts {
  try {
    return factsOf(declared, scope, site);
  } catch {
    const { type, apiVersion } = declared.source;
    return { id: '', name: '', type: typeof type === 'string' ? type : '', apiVersion: typeof apiVersion === 'string' ? apiVersion : '' };
  }
}

function factsOf(declared: TemplateResource, scope: Scope, site: Site): ResourceFacts {
  const { source, path } = declared;
  const { type, name } = fullName(declared, scope);
  const names = name.split('/');
  if (names.some((segment) => segment === '')) throw invalidTemplate(`the name '${name}' of the resource at '${path}' has an empty segment`, path);
  const id = at(path, () => idAt(baseOf(source, type, scope, site, path), type, names, `the resource at '${path}'`));
  return { id, name, type, apiVersion: evaluateString(source['apiVersion'], scope, `${path}.apiVersion`) };
}

/** Nested resources continue the type and the name of what they are nested in. */
function fullName({ source, path, parent }: TemplateResource, scope: Scope): { readonly type: string; readonly name: string } {
  const type = evaluateString(source['type'], scope, `${path}.type`);
  const name = evaluateString(source['name'], scope, `${path}.name`);
  if (parent === undefined) return { type, name };
  const around = fullName(parent, scope);
  const isFull = type.toLowerCase().startsWith(`${around.type.toLowerCase()}/`);
  return { type: isFull ? type : `${around.type}/${type}`, name: isFull ? name : `${around.name}/${name}` };
}

function baseOf(source: JsonObject, type: string, scope: Scope, site: Site, path: string): string {
  const given = source['scope'];
  if (given !== undefined && given !== null) return scopeId(evaluateString(given, scope, `${path}.scope`), site);
  const subscription = textOr(source['subscriptionId'], scope, `${path}.subscriptionId`);
  const group = textOr(source['resourceGroup'], scope, `${path}.resourceGroup`);
  if (subscription === undefined && group === undefined) return site.scopeId;
  const base = `/subscriptions/${subscription ?? site.subscriptionId}`;
  // Azure: a deployment with a subscription and no group is one at the scope of the subscription.
  if (group !== undefined) return `${base}/resourceGroups/${group}`;
  return type.toLowerCase() === DEPLOYMENT_TYPE || site.resourceGroup === undefined ? base : `${base}/resourceGroups/${site.resourceGroup}`;
}

function textOr(value: Json | undefined, scope: Scope, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = evaluateString(value, scope, path);
  return text === '' ? undefined : text;
}

/** An id, or `Ns/type/name/…` within the scope of the deployment. */
function scopeId(text: string, site: Site): string {
  if (text.startsWith('/')) return text === '/' ? '' : text.replace(/\/$/, '');
  return `${site.scopeId}/providers/${text}`;
}

function checkDuplicates(resources: readonly PlannedResource[]): void {
  const seen = new Map<string, string>();
  for (const { id, isWanted, isExisting, declared } of resources) {
    if (!isWanted || isExisting) continue;
    const before = seen.get(id.toLowerCase());
    if (before !== undefined) {
      throw invalidTemplate(
        `The resource '${id}' at '${declared.path}' is defined multiple times in a template, first at '${before}'. Please see https://aka.ms/arm-syntax-resources for usage details`,
        declared.path,
      );
    }
    seen.set(id.toLowerCase(), declared.path);
  }
}

/** Finds by symbolic name, by id, by `type/name` with or without its scope, or by a name that only one resource has. */
function lookupIn(resources: readonly PlannedResource[]): ResourceLookup {
  return {
    find(reference) {
      const wanted = reference.toLowerCase().replace(/\/$/, '');
      const living = (match: (resource: PlannedResource) => boolean) => resources.find((resource) => resource.isWanted && match(resource)) ?? resources.find(match);
      return (
        resources.find((resource) => resource.declared.symbol !== undefined && resource.key === reference) ??
        living((resource) => resource.id.toLowerCase() === wanted) ??
        (wanted.startsWith('/') ? undefined : (living((resource) => resource.name.toLowerCase() === wanted) ?? living((resource) => resource.id.toLowerCase().endsWith(`/providers/${wanted}`))))
      );
    },
    loop(symbol) {
      const members = resources.filter(({ declared, loop }) => loop !== undefined && (declared.symbol === symbol || loop.name.toLowerCase() === symbol.toLowerCase()));
      return members.length === 0 ? undefined : members.filter(({ isWanted }) => isWanted);
    },
  };
}
