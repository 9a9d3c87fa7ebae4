// Log Analytics workspaces as resources: settings, keys, 14 days to recover. Logs themselves are not taken in here.
// Source: contracts/schemas/arm/2025-07-01/Microsoft.OperationalInsights.json; contracts/terraform-azurerm.md §4.13.

import { randomBytes, randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import { defineResourceType } from '#arm/resource-type.ts';
import type { Context } from '#kernel/context.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';

const SKUS = ['Free', 'Standard', 'Premium', 'PerNode', 'PerGB2018', 'Standalone', 'CapacityReservation', 'LACluster'] as const;
/** Azure: which SKUs keep logs how long. */
const FREE_DAYS = 7;

const access = Type.Enum(['Enabled', 'Disabled', 'SecuredByPerimeter'], { default: 'Enabled' });
const flag = Type.Optional(Type.Union([Type.Boolean(), Type.Null()]));

export const logWorkspaces = defineResourceType({
  type: 'Microsoft.OperationalInsights/workspaces',
  scope: 'resourceGroup',
  kind: 'tracked',
  isMovable: true,
  envelope: { location: 'required', identity: true },
  apiVersions: { since: '2015-03-20' },
  name: /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/,
  nameRule: 'has 4 to 63 letters, digits and hyphens, and starts and ends with a letter or digit',
  properties: Type.Object({
    sku: Type.Object({ name: Type.String({ default: 'PerGB2018' }), capacityReservationLevel: Type.Optional(Type.Integer({ minimum: 100 })) }, { default: { name: 'PerGB2018' } }),
    retentionInDays: Type.Optional(Type.Integer({ minimum: -1, maximum: 730 })),
    workspaceCapping: Type.Object({ dailyQuotaGb: Type.Number({ default: -1 }) }, { default: { dailyQuotaGb: -1 } }),
    publicNetworkAccessForIngestion: access,
    publicNetworkAccessForQuery: access,
    forceCmkForQuery: flag,
    features: Type.Object(
      { enableDataExport: flag, immediatePurgeDataOn30Days: flag, enableLogAccessUsingOnlyResourcePermissions: Type.Boolean({ default: true }), disableLocalAuth: Type.Boolean({ default: false }) },
      { default: { enableLogAccessUsingOnlyResourcePermissions: true, disableLocalAuth: false } },
    ),
    keys: Type.Optional(Type.Object({ primary: Type.String(), secondary: Type.String() })),
  }),
  readOnly: [
    '/customerId',
    '/createdDate',
    '/modifiedDate',
    '/keys',
    '/privateLinkScopedResources',
    '/sku/lastSkuUpdate',
    '/workspaceCapping/quotaNextResetTime',
    '/workspaceCapping/dataIngestionStatus',
  ],
  secrets: ['/keys'],
  softDelete: { days: 14, purgeParameter: 'force', survivesParent: true, recoverWhen: () => true },
  validate(_ctx, { desired, reject }) {
    const { sku, workspaceCapping } = desired.properties;
    if (!SKUS.some((known) => known.toLowerCase() === sku.name.toLowerCase())) reject('properties.sku.name', `sku.name is '${sku.name.slice(0, 60)}'; ${SKUS.join(', ')} are accepted.`);
    if (workspaceCapping.dailyQuotaGb !== -1 && workspaceCapping.dailyQuotaGb < 0.023)
      reject('properties.workspaceCapping.dailyQuotaGb', `dailyQuotaGb is ${workspaceCapping.dailyQuotaGb}; -1 (none) or a number from 0.023 on is accepted.`);
  },
  async prepare(ctx, { desired, current }) {
    const now = new Date(ctx.clock.now()).toISOString();
    const { sku } = desired.properties;
    const name = SKUS.find((known) => known.toLowerCase() === sku.name.toLowerCase()) ?? sku.name;
    const before = objectAt(current?.properties, 'sku');
    const lastSkuUpdate = (stringAt(before, 'name') === name ? stringAt(before, 'lastSkuUpdate') : undefined) ?? now;
    return {
      ...desired,
      properties: {
        ...desired.properties,
        sku: { ...sku, name, lastSkuUpdate },
        retentionInDays: desired.properties.retentionInDays ?? (name === 'Free' ? FREE_DAYS : 30),
        customerId: stringAt(current?.properties, 'customerId') ?? randomUUID(),
        createdDate: stringAt(current?.properties, 'createdDate') ?? now,
        ...(current === undefined ? { keys: { primary: newKey(), secondary: newKey() } } : {}),
      },
    };
  },
  view: async (_ctx, resources) => new Map<string, JsonObject>(resources.map((resource) => [resource.key, { modifiedDate: resource.updatedAt.toISOString() }])),
  actions: {
    sharedKeys: action({ run: showKeys }),
    // The name that templates use: list functions are those whose names begin with list.
    listKeys: action({ run: showKeys }),
    regenerateSharedKey: action({
      async run(ctx: Context, { resource, store }: ActionCall<unknown, unknown>) {
        const keys = { primary: newKey(), secondary: newKey() };
        await store.patch(ctx, resource.id, { properties: {} }, { as: 'system', readOnly: { keys } });
        return keysOf(keys);
      },
    }),
  },
});

async function showKeys(_ctx: Context, { resource, store }: ActionCall<unknown, unknown>) {
  return keysOf(objectAt(store.secretsOf(resource), 'keys'));
}

function newKey(): string {
  return randomBytes(64).toString('base64');
}

function keysOf(keys: JsonObject): object {
  return { primarySharedKey: stringAt(keys, 'primary'), secondarySharedKey: stringAt(keys, 'secondary') };
}
