// Resource groups: deleted with everything inside, as a long-running operation.
// Source: contracts/schemas/arm/2025-04-01/Microsoft.Resources.json.

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { moveActions } from './move.ts';

export const resourceGroups = defineResourceType({
  type: 'Microsoft.Resources/resourceGroups',
  scope: 'subscription',
  path: '/subscriptions/{subscriptionId}/resourceGroups/{name}',
  kind: 'tracked',
  envelope: { location: 'required', others: ['managedBy'] },
  apiVersions: { since: '2014-04-01' },
  name: /^(?!.*\.$)[-\p{L}\p{N}_.()]{1,90}$/u,
  nameRule: 'has 1 to 90 letters, digits, - _ ( ) or ., and does not end with a dot',
  properties: Type.Object({}),
  permission: {
    read: 'Microsoft.Resources/subscriptions/resourceGroups/read',
    write: 'Microsoft.Resources/subscriptions/resourceGroups/write',
    delete: 'Microsoft.Resources/subscriptions/resourceGroups/delete',
  },
  list: { onlyVisible: true, order: 'name' },
  actions: moveActions,
  deletesInBackground: true,
  missingDeleteStatus: 404,
});
