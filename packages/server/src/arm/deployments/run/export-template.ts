// Export: a resource group as a template that makes it again: names as parameters, ids of one another as expressions.
// Secrets, read-only properties and children are left out, and the answer says so where something could not be read.

import type { Context } from '#kernel/context.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '#kernel/json.ts';
import type { AnyResourceType } from '../../resource-type.ts';
import { isArray } from '../language/call.ts';
import { escapeLiteral } from '../language/template-expression.ts';
import type { AcceptDeps } from './accept.ts';
import { newestVersion } from './advance.ts';
import { type GroupMember, listGroup } from './complete-mode.ts';
import { send } from './gateway.ts';

const SCHEMA = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';
const KEPT = ['location', 'tags', 'kind', 'sku', 'plan', 'zones', 'managedBy'] as const;

export async function exportGroup(deps: AcceptDeps, ctx: Context, groupId: string, request: { readonly resources: readonly string[]; readonly options: string }): Promise<JsonObject> {
  const all = await listGroup(deps.arm(), ctx, groupId);
  const isWhole = request.resources.length === 0 || request.resources.includes('*');
  const unknown = request.resources.filter((id) => id !== '*' && !all.some((member) => member.id.toLowerCase() === id.toLowerCase()));
  if (unknown.length > 0) throw new Fault('invalid', 'ExportTemplateResourceNotFound', `These are no resources of the group: ${unknown.join(', ').slice(0, 500)}.`, { target: 'resources' });
  const members = isWhole ? all : all.filter(({ id }) => request.resources.some((wanted) => wanted.toLowerCase() === id.toLowerCase()));
  const usesParameters = !/SkipResourceNameParameterization|SkipAllParameterization/i.test(request.options);
  const parameters = new Map(members.map((member) => [member.id.toLowerCase(), parameterName(member)]));
  const failures: { readonly code: string; readonly target: string; readonly message: string }[] = [];
  const resources: JsonObject[] = [];
  for (const member of members) {
    const apiVersion = newestVersion(deps.types(), member.type);
    try {
      const { body } = await send(deps.arm(), ctx, 'GET', member.id, apiVersion);
      resources.push(exportOne(member, apiVersion, body, typeOf(deps.types(), member.type), members, usesParameters ? parameters : new Map()));
    } catch (error) {
      if (!isFault(error) || error.kind === 'internal') throw error;
      failures.push({ code: error.code, target: member.id, message: error.message });
    }
  }
  const names = Object.fromEntries(members.map((member) => [parameterName(member), { type: 'String', defaultValue: member.name }]));
  const template = { $schema: SCHEMA, contentVersion: '1.0.0.0', parameters: usesParameters ? names : {}, variables: {}, resources };
  return { template, ...(failures.length === 0 ? {} : { error: { code: 'ExportTemplateCompletedWithErrors', message: 'Some resources could not be exported.', details: failures } }) };
}

function exportOne(member: GroupMember, apiVersion: string, body: JsonObject, type: AnyResourceType | undefined, members: readonly GroupMember[], parameters: ReadonlyMap<string, string>): JsonObject {
  const found = new Set<string>();
  const expressionOf = (id: string): string | undefined => {
    const target = members.find((other) => other.id.toLowerCase() === id.toLowerCase() && other.id !== member.id);
    if (target === undefined) return undefined;
    const name = parameters.get(target.id.toLowerCase());
    const expression = `[resourceId('${target.type}', ${name === undefined ? `'${target.name}'` : `parameters('${name}')`})]`;
    found.add(expression);
    return expression;
  };
  const write = (value: Json): Json => {
    if (typeof value === 'string') return expressionOf(value) ?? escapeLiteral(value);
    if (isArray(value)) return value.map(write);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (item === undefined || item === null ? [] : [[key, write(item)]])));
  };
  const hidden = new Set([...(type?.readOnly ?? []), ...(type?.secrets ?? []), '/provisioningState'].map((pointer) => pointer.split('/')[1]?.toLowerCase() ?? ''));
  const { properties, identity } = body;
  const own = isJsonObject(properties) ? Object.fromEntries(Object.entries(properties).filter(([name]) => !hidden.has(name.toLowerCase()))) : undefined;
  const name = parameters.get(member.id.toLowerCase());
  const resource: JsonObject = {
    type: member.type,
    apiVersion,
    name: name === undefined ? member.name : `[parameters('${name}')]`,
    ...Object.fromEntries(KEPT.flatMap((key) => (body[key] === undefined ? [] : [[key, write(body[key])]]))),
    ...(isJsonObject(identity) ? { identity: { type: identity['type'] ?? 'None', ...userIdentities(identity) } } : {}),
    ...(own === undefined ? {} : { properties: write(own) }),
  };
  return found.size === 0 ? resource : { ...resource, dependsOn: [...found] };
}

function userIdentities(identity: JsonObject): JsonObject {
  const { userAssignedIdentities } = identity;
  return isJsonObject(userAssignedIdentities) ? { userAssignedIdentities: Object.fromEntries(Object.keys(userAssignedIdentities).map((id) => [id, {}])) } : {};
}

function typeOf(types: readonly AnyResourceType[], name: string): AnyResourceType | undefined {
  return types.find((type) => type.type.toLowerCase() === name.toLowerCase());
}

function parameterName({ type, name }: GroupMember): string {
  return `${type.split('/').slice(1).join('_')}_${name.replace(/[^A-Za-z0-9]/g, '_')}_name`;
}

/** `resources` and `options` of a request. */
export function readExportRequest(body: unknown): { readonly resources: readonly string[]; readonly options: string } {
  const resources = isJsonObject(body) ? body['resources'] : undefined;
  return { resources: isArray(resources) ? resources.filter((id) => typeof id === 'string') : ['*'], options: stringAt(body, 'options') ?? '' };
}
