// The alert rule that Azure makes with each component, `Failure Anomalies - {component}`: here nothing is detected, so the rule is
// always off. Terraform (`disable_generated_rule`) looks for it until it is there, and turns it off.
// Source: observed: azurerm 5.2; @azure/arm-alertsmanagement (smartDetectorAlertRules).

import { Type } from 'typebox';
import { type ArmRoute, defineArmRoute } from '#arm/route.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';

type Params = Readonly<Record<string, string>>;

const TYPE = 'Microsoft.AlertsManagement/smartDetectorAlertRules';
const route = { path: `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${TYPE}/{ruleName}`, apiVersions: { since: '2019-03-01' } } as const;
const PREFIX = 'failure anomalies - ';

const groupOf = ({ subscriptionId = '', resourceGroupName = '' }: Params): string => `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`;
const idOf = (params: Params): string => `${groupOf(params)}/providers/${TYPE}/${params['ruleName'] ?? ''}`;
const permission = (verb: string) => ({ action: `${TYPE}/${verb}`, scope: groupOf });

export function smartDetectionRoutes(): readonly ArmRoute[] {
  return [
    defineArmRoute({ ...route, method: 'GET', permission: permission('read'), run: async (_ctx, { params, store }) => ({ body: ruleOf(params, (await store.get(componentOf(params))).id) }) }),
    defineArmRoute({
      ...route,
      method: 'PUT',
      permission: permission('write'),
      input: Type.Object({ properties: Type.Object({ state: Type.Enum(['Enabled', 'Disabled']) }) }),
      check: refuseEnabled,
      async run(_ctx, { params, body, store }) {
        refuseEnabled(body, params);
        return { body: ruleOf(params, (await store.get(componentOf(params))).id) };
      },
    }),
    defineArmRoute({ ...route, method: 'DELETE', permission: permission('delete'), run: async () => undefined }),
  ];
}

/** The id of the component whose rule it would be. Throws `notFound` for other names. */
function componentOf(params: Params): string {
  const name = params['ruleName'] ?? '';
  if (!name.toLowerCase().startsWith(PREFIX)) {
    throw new Fault('notFound', 'ResourceNotFound', `There is no alert rule '${name}'. Nothing is detected here; only the rule of a component, 'Failure Anomalies - NAME', is there, and is off.`, {
      target: 'ruleName',
    });
  }
  return `${groupOf(params)}/providers/Microsoft.Insights/components/${name.slice(PREFIX.length)}`;
}

function refuseEnabled(body: unknown, params: Params): void {
  const state = Object(Object(body).properties).state;
  if (state === 'Disabled') return;
  throw new Fault(
    'notImplemented',
    'SmartDetectionNotSupported',
    `The alert rule '${params['ruleName'] ?? ''}' cannot be turned on: nothing is detected here. Leave it out, or set state to Disabled.`,
    { target: 'properties.state' },
  );
}

function ruleOf(params: Params, component: string): JsonObject {
  return {
    id: idOf(params),
    name: params['ruleName'] ?? '',
    type: TYPE,
    location: 'global',
    properties: {
      description: 'Failure Anomalies; off, because nothing is detected here.',
      state: 'Disabled',
      severity: 'Sev3',
      frequency: 'PT1M',
      detector: { id: 'FailureAnomaliesDetector' },
      scope: [component],
      actionGroups: { groupIds: [] },
    },
  };
}
