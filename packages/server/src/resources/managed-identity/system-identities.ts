// identities/default of any resource: its system-assigned identity, read only.
// Source: contracts/schemas/types/2024-11-30/Microsoft.ManagedIdentity.types.json (identities).

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';

export function systemIdentities(ports: Pick<ResourcePorts, 'identities' | 'installation'>) {
  return defineResourceType({
    type: 'Microsoft.ManagedIdentity/identities',
    scope: 'any',
    kind: 'proxy',
    apiVersions: { since: '2018-11-30' },
    name: /^default$/i,
    nameRule: "is 'default'",
    verbs: ['get'],
    hasProvisioningState: false,
    properties: Type.Object({}),
    builtIn: () => [{ name: 'default', properties: {} }],
    async view(_ctx, resources, db) {
      const live = new Map<string, JsonObject>();
      for (const { key, id, parentKey } of resources) {
        const found = await ports.identities.find(db, parentKey);
        if (found === undefined || /\/userassignedidentities\/[^/]+$/i.test(parentKey))
          throw new Fault('notFound', 'MissingIdentity', `The resource '${id.slice(0, id.toLowerCase().lastIndexOf('/providers/'))}' has no system-assigned identity.`, { target: id });
        live.set(key, { ...found, tenantId: ports.installation().tenantId });
      }
      return live;
    },
  });
}
