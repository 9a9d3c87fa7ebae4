// Application Insights components as resources. Source: contracts/schemas/arm/2020-02-02/Microsoft.Insights.Application.json.

import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';

export function components(ports: Pick<ResourcePorts, 'sites' | 'installation'>) {
  return defineResourceType({
    type: 'Microsoft.Insights/components',
    scope: 'resourceGroup',
    kind: 'tracked',
    envelope: { location: 'required', kind: true },
    apiVersions: { since: '2014-04-01' },
    name: /^(?!.*[. ]$)[^%&\\?/#]{1,260}$/,
    nameRule: 'has 1 to 260 characters other than % & \\ ? / #, and does not end with a dot or a space',
    properties: Type.Object({
      Application_Type: Type.Enum(['web', 'other'], { default: 'web' }),
      RetentionInDays: Type.Integer({ default: 90 }),
      DisableIpMasking: Type.Boolean({ default: false }),
      DisableLocalAuth: Type.Boolean({ default: false }),
      publicNetworkAccessForIngestion: Type.String({ default: 'Enabled' }),
      publicNetworkAccessForQuery: Type.String({ default: 'Enabled' }),
    }),
    readOnly: ['/AppId', '/InstrumentationKey', '/ConnectionString', '/ApplicationId', '/CreationDate', '/TenantId'],
    async prepare(ctx, { desired }) {
      const key = stringAt(desired.properties, 'InstrumentationKey') ?? randomUUID();
      return {
        ...desired,
        kind: desired.kind ?? 'web',
        properties: {
          ...desired.properties,
          AppId: stringAt(desired.properties, 'AppId') ?? randomUUID(),
          ApplicationId: desired.name,
          InstrumentationKey: key,
          ConnectionString: `InstrumentationKey=${key};IngestionEndpoint=${ports.sites.api()}/`,
          CreationDate: stringAt(desired.properties, 'CreationDate') ?? new Date(ctx.clock.now()).toISOString(),
          TenantId: ports.installation().subscriptionId,
        },
      };
    },
  });
}
