// Functions of the deployment itself: parameters, variables, and where it happens. Source: Azure template functions, deployment and scope.

import type { Json } from '#kernel/json.ts';
import { type Call, type TemplateFunction } from '../call.ts';

export const deploymentFunctions: Readonly<Record<string, TemplateFunction>> = {
  parameters: { args: [1, 1], run: (call) => call.scope.parameter(call.string(0)) },
  variables: { args: [1, 1], run: (call) => call.scope.variable(call.string(0)) },
  deployment: { args: [0, 0], run: (call) => call.scope.site.functions.deployment },
  deployer: { args: [0, 0], run: (call) => call.scope.site.functions.deployer },
  environment: { args: [0, 0], run: (call) => call.scope.site.functions.environment },
  subscription: { args: [0, 0], run: (call) => call.scope.site.functions.subscription },
  tenant: { args: [0, 0], run: (call) => call.scope.site.functions.tenant },
  resourceGroup: { args: [0, 0], run: resourceGroup },
  managementGroup: {
    args: [0, 0],
    run: (call) => {
      throw call.fail('is not available: this deployment is not at the scope of a management group');
    },
  },
  fail: {
    args: [1, 1],
    run: (call) => {
      throw call.fail(`was called: ${call.string(0)}`);
    },
  },
};

function resourceGroup(call: Call): Json {
  const group = call.scope.site.functions.resourceGroup;
  if (group === undefined) throw call.fail('is not available: this deployment is at the scope of a subscription');
  return group;
}
