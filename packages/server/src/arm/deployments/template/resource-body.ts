// Bodies: what a planned resource is put with. Nested deployments with outer scope are written out as literals.

import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { isArray, memberOf } from '../language/call.ts';
import { invalidTemplate } from '../language/faults.ts';
import type { Scope } from '../language/scope.ts';
import { escapeLiteral } from '../language/template-expression.ts';
import { copyCount, evaluateString, evaluateValue, insideLoop } from './evaluate-value.ts';
import { isInnerScoped } from './nested-scope.ts';
import { DEPLOYMENT_TYPE, type PlannedResource } from './planned-resource.ts';

const CONTROLS = new Set(['type', 'name', 'apiversion', 'condition', 'copy', 'dependson', 'scope', 'resources', 'comments', 'metadata', 'existing', 'subscriptionid', 'resourcegroup', '@options']);

/** May throw RuntimeNeeded. `scope` is that of the resource. */
export function resourceBody(resource: PlannedResource, scope: Scope): JsonObject {
  const { source, path } = resource.declared;
  const isDeployment = resource.type.toLowerCase() === DEPLOYMENT_TYPE;
  const members = Object.entries(source).filter(([name]) => !CONTROLS.has(name.toLowerCase()));
  return Object.fromEntries(
    members.flatMap(([name, value]) => {
      if (value === undefined) return [];
      const at = `${path}.${name}`;
      if (isDeployment && name === 'properties' && isJsonObject(value)) return [[name, deploymentProperties(source, value, scope, at)]];
      const evaluated = withoutNulls(evaluateValue(value, scope, at));
      return evaluated === null ? [] : [[name, evaluated]];
    }),
  );
}

function deploymentProperties(source: JsonObject, properties: JsonObject, scope: Scope, path: string): JsonObject {
  const { template, ...others } = properties;
  const rest = evaluateValue(others, scope, path);
  if (!isJsonObject(rest)) throw invalidTemplate(`'${path}' must be an object`, path);
  if (template === undefined || template === null) return rest;
  const given = typeof template === 'string' ? evaluateValue(template, scope, `${path}.template`) : template;
  const isInner = isInnerScoped('microsoft.resources/deployments', source);
  return { ...rest, template: isInner || !isJsonObject(given) ? given : literalTemplate(given, scope, `${path}.template`) };
}

/** Azure: with outer scope the template around lends its parameters, variables and functions; those of the nested one count for nothing. */
function literalTemplate(template: JsonObject, scope: Scope, path: string): JsonObject {
  const resources = memberOf(template, 'resources');
  const outputs = memberOf(template, 'outputs');
  const plain = (name: string) => {
    const value = memberOf(template, name);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    ...plain('$schema'),
    ...plain('contentVersion'),
    resources: isArray(resources) ? resources.flatMap((item, index) => literalResources(item, scope, `${path}.resources[${index}]`)) : [],
    ...(isJsonObject(outputs) ? { outputs: Object.fromEntries(Object.entries(outputs).flatMap(([name, output]) => literalOutput(name, output, scope, `${path}.outputs.${name}`))) } : {}),
  };
}

function literalResources(item: Json, scope: Scope, path: string): readonly Json[] {
  if (!isJsonObject(item)) throw invalidTemplate(`'${path}' is not an object`, path);
  const { copy } = item;
  if (!isJsonObject(copy)) return literalResource(item, scope, path);
  const name = evaluateString(copy['name'], scope, `${path}.copy.name`);
  return Array.from({ length: copyCount(copy, scope, `${path}.copy`) }, (_item, index) => literalResource(item, insideLoop(scope, name, index, true), path)).flat();
}

function literalResource(item: JsonObject, scope: Scope, path: string): readonly Json[] {
  const { condition, copy: _copy, resources, properties, ...others } = item;
  if (condition !== undefined) {
    const wanted = evaluateValue(condition, scope, `${path}.condition`);
    if (String(wanted).toLowerCase() !== 'true') return [];
  }
  const type = evaluateString(item['type'], scope, `${path}.type`);
  const body = escapeAll(evaluateValue(others, scope, path));
  const own =
    type.toLowerCase() === DEPLOYMENT_TYPE && isJsonObject(properties)
      ? innerProperties(item, properties, scope, path)
      : properties === undefined
        ? undefined
        : escapeAll(evaluateValue(properties, scope, `${path}.properties`));
  return [
    {
      ...(isJsonObject(body) ? body : {}),
      ...(own === undefined ? {} : { properties: own }),
      ...(isArray(resources) ? { resources: resources.flatMap((child, index) => literalResources(child, scope, `${path}.resources[${index}]`)) } : {}),
    },
  ];
}

/** A deployment in a nested deployment: its own inner template stays as it is written. */
function innerProperties(item: JsonObject, properties: JsonObject, scope: Scope, path: string): Json {
  const evaluated = deploymentProperties(item, properties, scope, `${path}.properties`);
  const { template, ...rest } = evaluated;
  const escaped = escapeAll(rest);
  return { ...(isJsonObject(escaped) ? escaped : {}), ...(template === undefined ? {} : { template }) };
}

function literalOutput(name: string, output: Json | undefined, scope: Scope, path: string): readonly (readonly [string, Json])[] {
  if (!isJsonObject(output)) return [];
  const { condition, copy, ...rest } = output;
  if (condition !== undefined && String(evaluateValue(condition, scope, `${path}.condition`)).toLowerCase() !== 'true') return [];
  if (isJsonObject(copy)) {
    const value = Array.from({ length: copyCount(copy, scope, path) }, (_item, index) => evaluateValue(copy['input'] ?? null, insideLoop(scope, name, index, true), path));
    return [[name, { type: rest['type'] ?? 'array', value: escapeAll(value) }]];
  }
  return [[name, escapeAll(evaluateValue(rest, scope, path))]];
}

function escapeAll(value: Json): Json {
  if (typeof value === 'string') return escapeLiteral(value);
  if (isArray(value)) return value.map(escapeAll);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeAll(item ?? null)]));
}

/** Azure: a member that evaluates to null counts as left out. */
function withoutNulls(value: Json): Json {
  if (isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (item === null || item === undefined ? [] : [[key, withoutNulls(item)]])));
}
