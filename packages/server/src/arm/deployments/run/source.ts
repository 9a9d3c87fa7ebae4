// Source: everything a deployment needs to be carried out, fixed when it is accepted. Stored sealed with the deployment,
// because templates and parameters hold secrets; opened again in every round of work.

import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { type Principal, type PrincipalKind } from '#kernel/principal.ts';
import { isArray } from '../language/call.ts';
import type { RuntimeCall, Scope, Site } from '../language/scope.ts';
import { makePlan, type Plan } from '../template/plan.ts';
import { parseTemplate, type Template } from '../template/template.ts';
import { templateScope } from '../template/template-scope.ts';

export interface Source {
  readonly template: Template;
  /** By lower-cased name. */
  readonly parameters: ReadonlyMap<string, Json>;
  readonly site: Site;
  readonly caller: Principal;
  /** Where the caller was: what is closed to there is closed to the deployment too. */
  readonly callerAddress?: string;
  readonly correlationId: string;
}

export function planOf(source: Source): Plan {
  return makePlan(source);
}

export function runtimeScope(source: Source, plan: Plan, runtime: (call: RuntimeCall) => Json): Scope {
  return templateScope({ ...source, resources: plan.lookup, runtime });
}

export function writeSource(source: Source): JsonObject {
  const { template, parameters, site, caller, callerAddress, correlationId } = source;
  const written: JsonObject = JSON.parse(JSON.stringify({ template: template.source, parameters: Object.fromEntries(parameters), site, caller, callerAddress, correlationId }));
  return written;
}

export function readSource(written: JsonObject): Source {
  const callerAddress = stringAt(written, 'callerAddress');
  const site = objectAt(written, 'site');
  const functions = objectAt(site, 'functions');
  return {
    template: parseTemplate(written['template']),
    parameters: new Map(Object.entries(objectAt(written, 'parameters')).map(([name, value]) => [name, value ?? null])),
    site: {
      scopeId: stringAt(site, 'scopeId') ?? '',
      subscriptionId: stringAt(site, 'subscriptionId') ?? '',
      resourceGroup: stringAt(site, 'resourceGroup'),
      functions: {
        resourceGroup: isJsonObject(functions['resourceGroup']) ? functions['resourceGroup'] : undefined,
        subscription: objectAt(functions, 'subscription'),
        tenant: objectAt(functions, 'tenant'),
        environment: objectAt(functions, 'environment'),
        deployment: objectAt(functions, 'deployment'),
        deployer: objectAt(functions, 'deployer'),
      },
    },
    caller: readPrincipal(objectAt(written, 'caller')),
    ...(callerAddress === undefined ? {} : { callerAddress }),
    correlationId: stringAt(written, 'correlationId') ?? '',
  };
}

const KINDS: readonly PrincipalKind[] = ['User', 'ServicePrincipal', 'ManagedIdentity', 'System', 'Anonymous'];

function readPrincipal(written: JsonObject): Principal {
  const optional = (name: 'appId' | 'userPrincipalName' | 'audience' | 'jobKey') => {
    const value = stringAt(written, name);
    return value === undefined ? {} : { [name]: value };
  };
  const { groups } = written;
  return {
    objectId: stringAt(written, 'objectId') ?? '',
    tenantId: stringAt(written, 'tenantId') ?? '',
    kind: KINDS.find((kind) => kind === written['kind']) ?? 'Anonymous',
    displayName: stringAt(written, 'displayName') ?? '',
    groups: isArray(groups) ? groups.filter((group) => typeof group === 'string') : [],
    ...optional('appId'),
    ...optional('userPrincipalName'),
    ...optional('audience'),
    ...optional('jobKey'),
  };
}
