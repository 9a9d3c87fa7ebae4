// Functions of resources: their ids, and what they answer when they are read. Source: Azure template functions, resource.

import { isJsonObject, type Json, objectAt, stringAt } from '#kernel/json.ts';
import { type Call, type TemplateFunction } from '../call.ts';
import { idAt, isGuid, providerPath } from '../resource-ids.ts';
import type { ResourceFacts } from '../scope.ts';

const MANY: readonly [number, number] = [2, 64];

export const resourceFunctions: Readonly<Record<string, TemplateFunction>> = {
  resourceId: { args: MANY, run: resourceId },
  subscriptionResourceId: { args: MANY, run: subscriptionResourceId },
  tenantResourceId: { args: MANY, run: (call) => providerPath(call.string(0), names(call, 1), `the template function '${call.name}'`) },
  managementGroupResourceId: {
    args: [3, 64],
    run: (call) => `/providers/Microsoft.Management/managementGroups/${call.string(0)}${providerPath(call.string(1), names(call, 2), `the template function '${call.name}'`)}`,
  },
  extensionResourceId: { args: [3, 64], run: (call) => idAt(call.string(0), call.string(1), names(call, 2), `the template function '${call.name}'`) },
  reference: { args: [1, 3], run: reference },
  references: { args: [1, 2], run: references },
  resourceInfo: { args: [1, 1], run: resourceInfo },
  providers: { args: [1, 2], run: providers },
  // Azure: an empty array where a region has no zones, as the one of this server.
  pickZones: { args: [3, 5], run: () => [] },
  toLogicalZone: { args: [3, 3], run: () => '' },
  toLogicalZones: { args: [3, 3], run: () => [] },
  toPhysicalZone: { args: [3, 3], run: () => '' },
  toPhysicalZones: { args: [3, 3], run: () => [] },
};

/** `listKeys`, `listSecrets`, …: every name that begins with list is an action of the resource. */
export const listFunction: TemplateFunction = { args: [1, 4], run: list };

function names(call: Call, from: number): readonly string[] {
  return call.values.slice(from).map((_value, index) => call.string(from + index));
}

function resourceId(call: Call): Json {
  const parts = names(call, 0);
  const at = typeIndex(call, parts);
  const { site } = call.scope;
  const before = parts.slice(0, at);
  const [first, second] = before;
  if (before.length > 2) throw call.fail('expects at most a subscription and a resource group before the type');
  const subscription = first !== undefined && (second !== undefined || isGuid(first)) ? first : site.subscriptionId;
  const group = second ?? (first !== undefined && !isGuid(first) ? first : site.resourceGroup);
  const scope = before.length === 0 ? site.scopeId : `/subscriptions/${subscription}${group === undefined ? '' : `/resourceGroups/${group}`}`;
  return idAt(scope, parts[at] ?? '', parts.slice(at + 1), `the template function '${call.name}'`);
}

function subscriptionResourceId(call: Call): Json {
  const parts = names(call, 0);
  const at = typeIndex(call, parts);
  const subscription = at > 0 ? (parts[0] ?? '') : call.scope.site.subscriptionId;
  return idAt(`/subscriptions/${subscription}`, parts[at] ?? '', parts.slice(at + 1), `the template function '${call.name}'`);
}

function typeIndex(call: Call, parts: readonly string[]): number {
  const at = parts.findIndex((part) => part.includes('/'));
  if (at < 0) throw call.fail(`expects a fully qualified resource type such as Namespace/type among '${parts.join("', '")}'`);
  return at;
}

function reference(call: Call): Json {
  const body = read(call, call.string(0), call.length > 1 ? call.any(1) : null);
  return isFull(call, 2) ? body : objectAt(body, 'properties');
}

function references(call: Call): Json {
  const loop = call.scope.resourceLoop(call.string(0));
  if (loop === undefined) throw call.fail(`names '${call.string(0)}', which is no resource loop of the template`);
  return loop.map((facts) => {
    const body = call.scope.runtime({ kind: 'read', id: facts.id, apiVersion: facts.apiVersion });
    return isFull(call, 1) ? body : objectAt(body, 'properties');
  });
}

function isFull(call: Call, index: number): boolean {
  const word = call.length > index ? call.any(index) : null;
  if (word === null || word === '') return false;
  if (typeof word !== 'string' || word.toLowerCase() !== 'full') throw call.fail(`expects 'Full' as its parameter ${index + 1}`);
  return true;
}

function read(call: Call, identifier: string, version: Json): Json {
  const facts = call.scope.resource(identifier);
  return call.scope.runtime({ kind: 'read', id: idOf(call, identifier, facts), apiVersion: versionOf(call, identifier, version, facts) });
}

function idOf(call: Call, identifier: string, facts: ResourceFacts | undefined): string {
  if (facts !== undefined) return facts.id;
  if (identifier.startsWith('/')) return identifier.replace(/\/$/, '');
  throw call.fail(`names the resource '${identifier}', which is not defined in the template`);
}

function versionOf(call: Call, identifier: string, given: Json, facts: ResourceFacts | undefined): string {
  if (typeof given === 'string' && given !== '') return given;
  if (given !== null && given !== '') throw call.fail('expects an api-version as a string');
  if (facts !== undefined) return facts.apiVersion;
  throw call.fail(`needs an api-version for the resource '${identifier}', because the template does not define it`);
}

function list(call: Call): Json {
  const identifier = call.string(0);
  const facts = call.scope.resource(identifier);
  const input = call.length > 2 ? call.any(2) : null;
  return call.scope.runtime({
    kind: 'action',
    id: idOf(call, identifier, facts),
    apiVersion: versionOf(call, identifier, call.length > 1 ? call.any(1) : null, facts),
    action: call.name,
    ...(input === null ? {} : { input }),
  });
}

function resourceInfo(call: Call): Json {
  const facts = call.scope.resource(call.string(0));
  if (facts === undefined) throw call.fail(`names the resource '${call.string(0)}', which is not defined in the template`);
  return { id: facts.id, name: facts.name, type: facts.type, apiVersion: facts.apiVersion };
}

function providers(call: Call): Json {
  const provider = call.scope.runtime({ kind: 'read', id: `/subscriptions/${call.scope.site.subscriptionId}/providers/${call.string(0)}`, apiVersion: '2021-04-01' });
  if (call.length < 2) return provider;
  const types = isJsonObject(provider) ? provider['resourceTypes'] : [];
  const found = Array.isArray(types) ? types.find((type: unknown) => stringAt(type, 'resourceType')?.toLowerCase() === call.string(1).toLowerCase()) : undefined;
  if (found === undefined) throw call.fail(`names the type '${call.string(1)}', which '${call.string(0)}' does not have`);
  const known: Json = JSON.parse(JSON.stringify(found));
  return known;
}
