// Accept: from the body of a deployment to its source and plan, with everything refused that can be known beforehand.
// Source: contracts/azure-ai-ml.md §4.1; schemas/types/2025-04-01/Microsoft.Resources.deployments.types.json.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { systemPrincipal } from '#kernel/principal.ts';
import type { AnyResourceType, Refusal } from '../../resource-type.ts';
import type { ArmRoute } from '../../route.ts';
import { memberOf } from '../language/call.ts';
import { invalidDeployment, invalidTemplate } from '../language/faults.ts';
import { templateHashOf } from '../language/hashes.ts';
import { groupOf } from '../language/resource-ids.ts';
import type { Site } from '../language/scope.ts';
import { bindParameters, shownParameters } from '../template/parameters.ts';
import type { Plan } from '../template/plan.ts';
import { parseTemplate } from '../template/template.ts';
import { noResources, templateScope } from '../template/template-scope.ts';
import { type ArmHandler, find, send } from './gateway.ts';
import { planOf, type Source } from './source.ts';
import { unknownTypes } from './known-types.ts';

export interface AcceptDeps {
  /** Known only after everything is joined. */
  arm(): ArmHandler;
  types(): readonly AnyResourceType[];
  /** Some of them put what is no resource of its own: keys of a vault, containers of an account. */
  routes(): readonly ArmRoute[];
  /** What `environment()` answers. */
  environment(): JsonObject;
}

export interface DeploymentRequest {
  /** Scope it deploys to: a subscription or a resource group. */
  readonly scopeId: string;
  readonly name: string;
  readonly location: string | undefined;
  readonly properties: JsonObject;
  /** The resource group, where it is made before the deployment into it. */
  readonly comingGroup?: JsonObject;
}

export type DeploymentMode = 'Incremental' | 'Complete';

export interface Accepted {
  readonly source: Source;
  readonly plan: Plan;
  readonly mode: DeploymentMode;
  readonly templateHash: string;
  readonly parameters: JsonObject;
}

const VERSION = '2022-12-01';

export async function acceptDeployment(deps: AcceptDeps, ctx: Context, request: DeploymentRequest): Promise<Accepted> {
  const { properties, scopeId } = request;
  refuseUnsupported(properties);
  if (!/^\/subscriptions\/[^/]+(\/resourceGroups\/[^/]+)?$/i.test(scopeId)) {
    throw new Fault('notImplemented', 'DeploymentScopeNotSupported', `Deployments at '${scopeId === '' ? '/' : scopeId}' are not supported: this server deploys to subscriptions and resource groups.`);
  }
  const mode = modeOf(properties, scopeId);
  const isGroup = groupOf(scopeId) !== undefined;
  if (!isGroup && request.location === undefined) {
    throw new Fault('invalid', 'LocationRequired', `The 'location' property is required for the deployment '${request.name}' at the scope of a subscription.`, { target: 'location' });
  }
  const template = parseTemplate(memberOf(properties, 'template') ?? null);
  const given = readParameters(memberOf(properties, 'parameters'));
  const site = await siteOf(deps, ctx, request, template.source, given, mode);
  const impure = { now: () => ctx.clock.now(), guid: randomUUID };
  const parameters = bindParameters(template, given, templateScope({ template, site, parameters: new Map(), resources: noResources, impure }));
  const { principal: caller, callerAddress, correlationId } = ctx;
  const source: Source = { template, parameters, site, caller, correlationId, ...(callerAddress === undefined ? {} : { callerAddress }) };
  const plan = planOf(source);
  const unknown = unknownTypes(deps, plan);
  if (unknown.length > 0) throw invalidDeployment(unknown);
  return { source, plan, mode, templateHash: templateHashOf(JSON.stringify(template.source)), parameters: shownParameters(template, parameters) };
}

/** What a deployment cannot ask for here. */
export const deploymentRefusals: readonly Refusal[] = [
  {
    at: '/templateLink',
    code: 'TemplateLinkNotSupported',
    why: 'this server fetches no templates from elsewhere; send the content in properties.template (bicep and the command line put modules and linked templates in it)',
  },
  { at: '/parametersLink', code: 'ParametersLinkNotSupported', why: 'this server fetches no parameters from elsewhere; send them in properties.parameters' },
  { at: '/onErrorDeployment', code: 'OnErrorDeploymentNotSupported', why: 'this server does not roll back to an earlier deployment; deploy that one again' },
  { at: '/extensionConfigs', code: 'ExtensionConfigsNotSupported', why: 'this server has no template extensions' },
  { at: '/externalInputDefinitions', code: 'ExternalInputDefinitionsNotSupported', why: 'compile the parameters file before sending it' },
];

function refuseUnsupported(properties: JsonObject): void {
  for (const { at, code, why } of deploymentRefusals) {
    const name = at.slice(1);
    const value = memberOf(properties, name);
    if (value === undefined || value === null || (isJsonObject(value) && Object.keys(value).length === 0)) continue;
    throw new Fault('notImplemented', code, `The property '${name}' is not supported: ${why}.`, { target: `properties.${name}` });
  }
}

function modeOf(properties: JsonObject, scopeId: string): DeploymentMode {
  const given = memberOf(properties, 'mode') ?? 'Incremental';
  const mode = (['Incremental', 'Complete'] as const).find((known) => typeof given === 'string' && known.toLowerCase() === given.toLowerCase());
  if (mode === undefined)
    throw new Fault('invalid', 'InvalidDeploymentMode', `The deployment mode '${String(given).slice(0, 40)}' is not valid; accepted: Incremental, Complete.`, { target: 'properties.mode' });
  if (mode === 'Complete' && groupOf(scopeId) === undefined) {
    throw new Fault('invalid', 'InvalidDeploymentMode', "The deployment mode 'Complete' is accepted at the scope of a resource group only.", { target: 'properties.mode' });
  }
  return mode;
}

function readParameters(given: Json | undefined): JsonObject {
  if (given === undefined || given === null) return {};
  let value = given;
  if (typeof given === 'string') {
    try {
      value = JSON.parse(given);
    } catch {
      throw invalidTemplate('the parameters are a text that is not JSON', 'parameters');
    }
  }
  if (!isJsonObject(value)) throw invalidTemplate('the parameters are not a JSON object', 'parameters');
  // Azure: a whole parameters file is taken as well.
  return typeof value['$schema'] === 'string' ? objectAt(value, 'parameters') : value;
}

async function siteOf(deps: AcceptDeps, ctx: Context, request: DeploymentRequest, template: JsonObject, given: JsonObject, mode: DeploymentMode): Promise<Site> {
  const { scopeId, name, location } = request;
  const system: Context = { ...ctx, principal: systemPrincipal };
  const [, , subscriptionId = '', , group] = scopeId.split('/');
  const { body: subscription } = await send(deps.arm(), system, 'GET', `/subscriptions/${subscriptionId}`, VERSION);
  const resourceGroup = group === undefined ? undefined : await groupAt(deps, system, request);
  const tenantId = stringAt(subscription, 'tenantId') ?? ctx.principal.tenantId;
  const { principal } = ctx;
  return {
    scopeId: stringAt(resourceGroup, 'id') ?? scopeId,
    subscriptionId: stringAt(subscription, 'subscriptionId') ?? subscriptionId,
    resourceGroup: stringAt(resourceGroup, 'name'),
    functions: {
      resourceGroup: resourceGroup === undefined ? undefined : groupFacts(resourceGroup),
      subscription: {
        id: `/subscriptions/${stringAt(subscription, 'subscriptionId') ?? subscriptionId}`,
        subscriptionId: stringAt(subscription, 'subscriptionId') ?? subscriptionId,
        tenantId,
        displayName: stringAt(subscription, 'displayName') ?? '',
      },
      tenant: { id: `/tenants/${tenantId}`, tenantId, displayName: 'Lazurite', countryCode: '' },
      environment: deps.environment(),
      deployment: { name, ...(location === undefined ? {} : { location }), properties: { template, parameters: given, mode, provisioningState: 'Accepted' } },
      deployer: { objectId: principal.objectId, tenantId: principal.tenantId, userPrincipalName: principal.userPrincipalName ?? '' },
    },
  };
}

async function groupAt(deps: AcceptDeps, ctx: Context, { scopeId, comingGroup }: DeploymentRequest): Promise<JsonObject> {
  if (comingGroup === undefined) return (await send(deps.arm(), ctx, 'GET', scopeId, VERSION)).body;
  return (await find(deps.arm(), ctx, scopeId, VERSION)) ?? comingGroup;
}

function groupFacts(group: JsonObject): JsonObject {
  const { id, name, location, managedBy, tags, properties } = group;
  return { id, name, type: 'Microsoft.Resources/resourceGroups', location, ...(managedBy === undefined ? {} : { managedBy }), tags: tags ?? {}, properties };
}
