// currentbillingfeatures of a component: the pricing plan and the daily cap. Stored; there is no bill.
// Source: contracts/terraform-azurerm.md §4.4; @azure/arm-appinsights (componentCurrentBillingFeatures).

import { Type } from 'typebox';
import { type ArmRoute, defineArmRoute } from '#arm/route.ts';
import { type JsonObject, objectAt } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';

const idOf = (params: Readonly<Record<string, string>>): string =>
  `/subscriptions/${params['subscriptionId'] ?? ''}/resourceGroups/${params['resourceGroupName'] ?? ''}/providers/Microsoft.Insights/components/${params['componentName'] ?? ''}`;

const route = {
  path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Insights/components/{componentName}/currentbillingfeatures',
  apiVersions: { since: '2015-05-01' },
} as const;

const USUAL = { Cap: 100, WarningThreshold: 90, StopSendNotificationWhenHitThreshold: false, StopSendNotificationWhenHitCap: false, ResetTime: 0, MaxHistoryCap: 1_000 };

export function billingFeatureRoutes(): readonly ArmRoute[] {
  return [
    defineArmRoute({
      ...route,
      method: 'GET',
      permission: { action: 'Microsoft.Insights/components/currentbillingfeatures/read', scope: idOf },
      run: async (_ctx, { params, store }) => ({ body: featuresOf(await store.get(idOf(params))) }),
    }),
    defineArmRoute({
      ...route,
      method: 'PUT',
      permission: { action: 'Microsoft.Insights/components/currentbillingfeatures/write', scope: idOf },
      input: Type.Object({
        CurrentBillingFeatures: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 10 })),
        DataVolumeCap: Type.Optional(
          Type.Object({
            Cap: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000 })),
            WarningThreshold: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
            StopSendNotificationWhenHitThreshold: Type.Optional(Type.Boolean()),
            StopSendNotificationWhenHitCap: Type.Optional(Type.Boolean()),
          }),
        ),
      }),
      async run(ctx, { params, body, store }) {
        const component = await store.get(idOf(params));
        const given: JsonObject = JSON.parse(JSON.stringify(body));
        const kept = featuresOf(component);
        const billing = { ...kept, ...given, DataVolumeCap: { ...objectAt(kept, 'DataVolumeCap'), ...objectAt(given, 'DataVolumeCap'), ResetTime: 0, MaxHistoryCap: 1_000 } };
        return { body: featuresOf(await store.patch(ctx, component.id, { properties: {} }, { as: 'system', readOnly: { billing } })) };
      },
    }),
  ];
}

function featuresOf(component: ResourceRecord): JsonObject {
  const { CurrentBillingFeatures, DataVolumeCap } = objectAt(component.properties, 'billing');
  return { CurrentBillingFeatures: CurrentBillingFeatures ?? ['Basic'], DataVolumeCap: DataVolumeCap ?? USUAL };
}
