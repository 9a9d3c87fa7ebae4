// Network interfaces: those of private endpoints, which make and remove them. There are no virtual machines to have others.

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';

export const NIC_TYPE = 'Microsoft.Network/networkInterfaces';

export const networkInterfaces = defineResourceType({
  type: NIC_TYPE,
  scope: 'resourceGroup',
  kind: 'tracked',
  apiVersions: { since: '2015-05-01' },
  verbs: ['get', 'list', 'listByResourceGroup', 'listBySubscription'],
  name: /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,149}$/,
  nameRule: 'has 1 to 150 letters, digits, _, . or -',
  properties: Type.Object({ ipConfigurations: Type.Array(Type.Object({})), privateEndpoint: Type.Optional(Type.Object({ id: Type.String() })) }),
});
