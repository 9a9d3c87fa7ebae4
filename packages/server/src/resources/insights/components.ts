// Application Insights components as resources. Source: contracts/schemas/arm/2020-02-02/Microsoft.Insights.Application.json;
// contracts/terraform-azurerm.md §4.4.

import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';

const RETENTIONS = [30, 60, 90, 120, 180, 270, 365, 550, 730];

export function components(ports: Pick<ResourcePorts, 'sites' | 'installation'>) {
  return defineResourceType({
    type: 'Microsoft.Insights/components',
    scope: 'resourceGroup',
    kind: 'tracked',
    isMovable: true,
    // Azure: 200 also for a new one; the provider takes nothing else.
    createdStatus: 200,
    envelope: { location: 'required', kind: true },
    apiVersions: { since: '2014-04-01' },
    name: /^(?!.*[. ]$)[^%&\\?/#]{1,260}$/,
    nameRule: 'has 1 to 260 characters other than % & \\ ? / #, and does not end with a dot or a space',
    properties: Type.Object({
      Application_Type: Type.String({ default: 'web', minLength: 1, maxLength: 60 }),
      Flow_Type: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      Request_Source: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      RetentionInDays: Type.Integer({ default: 90 }),
      SamplingPercentage: Type.Number({ default: 100, minimum: 0, maximum: 100 }),
      DisableIpMasking: Type.Boolean({ default: false }),
      DisableLocalAuth: Type.Boolean({ default: false }),
      ForceCustomerStorageForProfiler: Type.Boolean({ default: false }),
      ImmediatePurgeDataOn30Days: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
      IngestionMode: Type.Optional(Type.Enum(['ApplicationInsights', 'ApplicationInsightsWithDiagnosticSettings', 'LogAnalytics'])),
      WorkspaceResourceId: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      publicNetworkAccessForIngestion: Type.Enum(['Enabled', 'Disabled', 'SecuredByPerimeter'], { default: 'Enabled' }),
      publicNetworkAccessForQuery: Type.Enum(['Enabled', 'Disabled', 'SecuredByPerimeter'], { default: 'Enabled' }),
    }),
    readOnly: [
      '/AppId',
      '/InstrumentationKey',
      '/ConnectionString',
      '/ApplicationId',
      '/CreationDate',
      '/TenantId',
      '/Name',
      '/billing',
      '/PrivateLinkScopedResources',
      '/LaMigrationDate',
      '/HockeyAppToken',
    ],
    validate(_ctx, { desired, reject }) {
      const { RetentionInDays } = desired.properties;
      if (!RETENTIONS.includes(RetentionInDays)) reject('properties.RetentionInDays', `RetentionInDays is ${RetentionInDays}; ${RETENTIONS.join(', ')} are accepted.`);
    },
    async prepare(ctx, { desired, current, store }) {
      const { WorkspaceResourceId: workspace } = desired.properties;
      const isNew = workspace !== null && workspace !== undefined && workspace !== '' && workspace !== stringAt(current?.properties, 'WorkspaceResourceId');
      if (isNew && (!/\/providers\/microsoft\.operationalinsights\/workspaces\/[^/]+$/i.test(workspace) || (await store.find(workspace).catch(() => undefined)) === undefined)) {
        throw new Fault('invalid', 'BadRequest', `The Log Analytics workspace '${workspace.slice(0, 300)}' was not found; give the resource id of one that exists, or leave WorkspaceResourceId out.`, {
          target: 'properties.WorkspaceResourceId',
        });
      }
      return {
        ...desired,
        kind: desired.kind ?? 'web',
        properties: {
          ...desired.properties,
          IngestionMode: desired.properties.IngestionMode ?? (workspace ? ('LogAnalytics' as const) : ('ApplicationInsights' as const)),
          AppId: stringAt(current?.properties, 'AppId') ?? randomUUID(),
          ApplicationId: desired.name,
          Name: desired.name,
          InstrumentationKey: stringAt(current?.properties, 'InstrumentationKey') ?? randomUUID(),
          CreationDate: stringAt(current?.properties, 'CreationDate') ?? new Date(ctx.clock.now()).toISOString(),
          TenantId: ports.installation().subscriptionId,
        },
      };
    },
    // Why live: the port of the server is part of it.
    view: async (_ctx, resources) =>
      new Map<string, JsonObject>(
        resources.map(({ key, properties }) => [
          key,
          { ConnectionString: `InstrumentationKey=${stringAt(properties, 'InstrumentationKey') ?? ''};IngestionEndpoint=${ports.sites.api()}/;ApplicationId=${stringAt(properties, 'AppId') ?? ''}` },
        ]),
      ),
    shape(body) {
      const { billing: _billing, ...properties } = objectAt(body, 'properties');
      return { ...body, properties };
    },
  });
}
