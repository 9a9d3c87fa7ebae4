// What is asked about deployments that need not exist: validate, what-if; operations on the path without a provider; export
// of resource groups; hashes of templates. Source: contracts/azure-ai-ml.md §4.1 (operations on both path forms).

import { checkDeployment, type DeploymentDeps, type DeploymentRequest, exportGroup, getOperation, hashTemplate, listOperations, readExportRequest, whatIf } from '#arm/deployments.ts';
import { newOperation, operationHeaders } from '#arm/operation.ts';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { type ArmRoute, defineArmRoute, type RouteCall } from '#arm/route.ts';
import { isoTime } from '#kernel/clock.ts';
import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import { endOperation, insertOperation } from '#storage/operation-store.ts';

const VERSIONS = { since: '2014-04-01' };
const SUBSCRIPTION = '/subscriptions/{subscriptionId}';
const GROUP = `${SUBSCRIPTION}/resourceGroups/{resourceGroupName}`;
const PROVIDER = '/providers/Microsoft.Resources/deployments/{deploymentName}';

export function deploymentRoutes(deps: DeploymentDeps, type: AnyResourceType): readonly ArmRoute[] {
  const atScope = (scope: string): readonly ArmRoute[] => [
    defineArmRoute({
      method: 'POST',
      path: `${scope}${PROVIDER}/validate`,
      apiVersions: VERSIONS,
      permission: { action: 'Microsoft.Resources/deployments/validate/action' },
      run: async (ctx, call) => ({ body: await validate(deps, ctx, call) }),
    }),
    defineArmRoute({
      method: 'POST',
      path: `${scope}${PROVIDER}/whatIf`,
      apiVersions: VERSIONS,
      permission: { action: 'Microsoft.Resources/deployments/whatIf/action' },
      run: (ctx, call) => foresee(deps, type, ctx, call),
    }),
    ...[PROVIDER, '/deployments/{deploymentName}'].map((path) =>
      defineArmRoute({
        method: 'GET',
        path: `${scope}${path}/operations/{operationId}`,
        apiVersions: VERSIONS,
        permission: { action: 'Microsoft.Resources/deployments/operations/read' },
        run: async (ctx, call) => ({ body: await getOperation(ctx, call.database.sql, await call.store.get(deploymentId(call)), call.params['operationId'] ?? '') }),
      }),
    ),
    defineArmRoute({
      method: 'GET',
      path: `${scope}/deployments/{deploymentName}/operations`,
      apiVersions: VERSIONS,
      permission: { action: 'Microsoft.Resources/deployments/operations/read' },
      run: async (ctx, call) => ({ body: { value: await listOperations(ctx, call.database.sql, await call.store.get(deploymentId(call))) } }),
    }),
  ];
  return [
    ...atScope(GROUP),
    ...atScope(SUBSCRIPTION),
    defineArmRoute({
      method: 'POST',
      path: `${GROUP}/exportTemplate`,
      apiVersions: VERSIONS,
      permission: { action: 'Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action' },
      run: async (ctx, call) => ({ body: await exportGroup(deps, ctx, scopeOf(call), readExportRequest(call.body)) }),
    }),
    defineArmRoute({
      method: 'POST',
      path: '/providers/Microsoft.Resources/calculateTemplateHash',
      apiVersions: VERSIONS,
      permission: 'authenticated',
      run: async (_ctx, call) => ({ body: hashTemplate(call.body) }),
    }),
  ];
}

function scopeOf({ params }: RouteCall): string {
  const group = params['resourceGroupName'];
  return `/subscriptions/${params['subscriptionId'] ?? ''}${group === undefined ? '' : `/resourceGroups/${group}`}`;
}

function deploymentId(call: RouteCall): string {
  return `${scopeOf(call)}/providers/Microsoft.Resources/deployments/${call.params['deploymentName'] ?? ''}`;
}

function requestOf(call: RouteCall): DeploymentRequest {
  return { scopeId: scopeOf(call), name: call.params['deploymentName'] ?? '', location: stringAt(call.body, 'location'), properties: objectAt(call.body, 'properties') };
}

async function validate(deps: DeploymentDeps, ctx: Context, call: RouteCall): Promise<JsonObject> {
  const { plan, mode, templateHash, parameters } = await checkDeployment(deps, ctx, call.store, requestOf(call));
  const wanted = plan.resources.filter(({ isWanted, isExisting }) => isWanted && !isExisting);
  const id = deploymentId(call);
  return {
    id,
    name: call.params['deploymentName'] ?? '',
    type: 'Microsoft.Resources/deployments',
    properties: {
      templateHash,
      parameters,
      mode,
      provisioningState: 'Succeeded',
      timestamp: isoTime(ctx.clock.now()),
      duration: 'PT0S',
      correlationId: ctx.correlationId,
      validatedResources: wanted.map((resource) => ({ id: resource.id })),
    },
  };
}

/** Known when it is answered; the answer lies at the Location, as clients expect. */
async function foresee(deps: DeploymentDeps, type: AnyResourceType, ctx: Context, call: RouteCall) {
  const result = await whatIf(deps, ctx, call.store, requestOf(call));
  const id = deploymentId(call);
  const at = new Date(ctx.clock.now());
  const subscriptionId = (call.params['subscriptionId'] ?? '').toLowerCase();
  const operation = newOperation(ctx, { id, key: id.toLowerCase(), subscriptionId, location: undefined }, 'whatIf');
  await call.database.transaction(async (tx) => {
    await insertOperation(tx, operation);
    await endOperation(tx, operation.id, { status: 'Succeeded', result, at });
  });
  const { Location, 'Retry-After': retryAfter } = operationHeaders(operation, type, call.origin, call.apiVersion, 'both');
  return { reply: { status: 202, headers: { Location: Location ?? '', 'Retry-After': retryAfter ?? '1' } } };
}
