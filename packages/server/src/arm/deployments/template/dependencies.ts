// Dependencies of planned resources: told by dependsOn, implied by reference and list functions, by nesting, by serial loops.

import { isJsonObject, type Json } from '#kernel/json.ts';
import { isArray } from '../language/call.ts';
import { evaluate } from '../language/evaluate.ts';
import { invalidTemplate } from '../language/faults.ts';
import type { Scope } from '../language/scope.ts';
import { type Expression, isExpression, parseExpression } from '../language/template-expression.ts';
import { evaluateValue, insideLoop } from './evaluate-value.ts';
import { isInnerScoped } from './nested-scope.ts';
import type { PlannedResource } from './planned-resource.ts';

/** The same resources, knowing what each waits for. Throws for cycles and for names that nothing has. */
export function connect(resources: readonly PlannedResource[], scope: Scope): readonly PlannedResource[] {
  const connected = resources.map((resource) => (resource.isWanted ? { ...resource, dependsOn: dependenciesOf(resource, resources, scope) } : resource));
  checkCycles(connected);
  return connected;
}

function dependenciesOf(resource: PlannedResource, all: readonly PlannedResource[], base: Scope): readonly string[] {
  const scope = resource.loop === undefined ? base : insideLoop(base, resource.loop.name, resource.loop.index, true);
  const found = new Set<string>();
  const add = (members: readonly PlannedResource[]) => {
    for (const member of members) if (member.key !== resource.key && member.isWanted) found.add(member.key);
  };
  const { dependsOn } = resource.declared.source;
  for (const [index, entry] of (isArray(dependsOn) ? dependsOn : []).entries()) add(named(entry, scope, resource, all, `${resource.declared.path}.dependsOn[${index}]`));
  for (const reference of referencesIn(resource, scope)) add(matching(reference, all));
  for (const other of all) if (isAround(other, resource)) add([other]);
  const { loop } = resource;
  if (loop?.batchSize !== undefined) {
    const { batchSize } = loop;
    const batch = Math.floor(loop.index / batchSize) - 1;
    add(all.filter((other) => other.declared === resource.declared && other.loop !== undefined && Math.floor(other.loop.index / batchSize) === batch));
  }
  return [...found];
}

function named(entry: Json, scope: Scope, resource: PlannedResource, all: readonly PlannedResource[], path: string): readonly PlannedResource[] {
  const value = evaluateValue(entry, scope, path);
  if (typeof value !== 'string') throw invalidTemplate(`the dependency at '${path}' must be a string`, path);
  const members = matching(value, all);
  // Azure: ids of what is not in the template, or whose condition is false, are tolerated; clients write them.
  if (members.length > 0 || value.includes('/') || value === '') return members;
  throw invalidTemplate(`The resource '${value}' is not defined in the template; '${resource.id}' at '${path}' depends on it. Please see https://aka.ms/arm-syntax for usage details`, path);
}

function matching(reference: string, all: readonly PlannedResource[]): readonly PlannedResource[] {
  const bySymbol = all.filter(({ declared, key }) => declared.symbol === reference || key === reference);
  if (bySymbol.length > 0) return bySymbol;
  const wanted = reference.toLowerCase().replace(/\/$/, '');
  if (wanted.startsWith('/')) return all.filter(({ id }) => id.toLowerCase() === wanted);
  const byLoop = all.filter(({ loop }) => loop?.name.toLowerCase() === wanted);
  if (byLoop.length > 0) return byLoop;
  return all.filter(({ id, name, type }) => name.toLowerCase() === wanted || id.toLowerCase().endsWith(`/providers/${wanted}`) || `${type}/${name}`.toLowerCase() === wanted);
}

/** A parent, or the target of an extension, that the same template makes. */
function isAround(other: PlannedResource, resource: PlannedResource): boolean {
  if (!other.isWanted || other.isExisting || other.id === '' || resource.isExisting) return false;
  return resource.id.toLowerCase().startsWith(`${other.id.toLowerCase()}/`);
}

/** What `reference`, `references` and list functions of the resource name, as far as it is known by now. */
function referencesIn(resource: PlannedResource, scope: Scope): readonly string[] {
  const found: string[] = [];
  const { source } = resource.declared;
  const isInner = isInnerScoped(resource.type, source);
  const walk = (value: Json | undefined, path: readonly string[]): void => {
    if (typeof value === 'string' && isExpression(value)) found.push(...referencesOf(parseExpression(value), scope));
    else if (isArray(value)) for (const item of value) walk(item, path);
    else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        if (path.length === 0 && (key === 'resources' || key === 'dependsOn' || key === 'condition')) continue;
        if (isInner && path.length === 1 && path[0] === 'properties' && key === 'template') continue;
        walk(item, [...path, key]);
      }
    }
  };
  walk(source, []);
  return found;
}

function referencesOf(expression: Expression, scope: Scope): readonly string[] {
  if (expression.kind === 'literal') return [];
  if (expression.kind === 'member') return [...referencesOf(expression.of, scope), ...referencesOf(expression.index, scope)];
  const below = expression.args.flatMap((arg) => referencesOf(arg, scope));
  const [first] = expression.args;
  if (first === undefined || !/^(references?|list[a-z0-9]*)$/i.test(expression.name)) return below;
  try {
    const value = evaluate(first, scope);
    return typeof value === 'string' ? [...below, value] : below;
  } catch {
    // Not known yet, or wrong: whoever evaluates it later waits for the resource, or says what is wrong.
    return below;
  }
}

function checkCycles(resources: readonly PlannedResource[]): void {
  const byKey = new Map(resources.map((resource) => [resource.key, resource]));
  const state = new Map<string, 'open' | 'done'>();
  const visit = (resource: PlannedResource, trail: readonly string[]): void => {
    if (state.get(resource.key) === 'done') return;
    if (state.get(resource.key) === 'open') {
      throw invalidTemplate(
        `Circular dependency detected on resource: '${resource.id}' (${[...trail.slice(trail.indexOf(resource.id)), resource.id].join(' -> ')}). Please see https://aka.ms/arm-syntax-resources for usage details`,
        resource.declared.path,
      );
    }
    state.set(resource.key, 'open');
    for (const key of resource.dependsOn) {
      const next = byKey.get(key);
      if (next !== undefined) visit(next, [...trail, resource.id]);
    }
    state.set(resource.key, 'done');
  };
  for (const resource of resources) visit(resource, []);
}
