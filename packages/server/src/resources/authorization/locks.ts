// Management locks at any scope. What they keep callers from is in arm/change/locks.ts.
// Source: contracts/schemas/arm/2020-05-01/Microsoft.Authorization.json.

import { Type } from 'typebox';
import { invalidFilter, pageSizeOf, parseODataFilter, queryValue, tokenOf } from '#arm/list-query.ts';
import { defineResourceType } from '#arm/resource-type.ts';
import { listResources } from '#storage/resource-list-store.ts';

const TYPE = 'Microsoft.Authorization/locks';

export const locks = defineResourceType({
  type: TYPE,
  scope: 'any',
  kind: 'proxy',
  apiVersions: { since: '2015-01-01' },
  name: /^[^<>%&:\\?/\p{Cc}]{1,260}$/u,
  nameRule: 'has 1 to 260 characters other than < > % & : \\ ? /',
  hasProvisioningState: false,
  properties: Type.Object({
    level: Type.Enum(['CanNotDelete', 'ReadOnly']),
    notes: Type.Optional(Type.Union([Type.String({ maxLength: 512 }), Type.Null()])),
    owners: Type.Optional(Type.Array(Type.Object({ applicationId: Type.Optional(Type.String()) }), { maxItems: 64 })),
  }),
  // Azure: a list has the locks of the scope and of everything below it; atScope() only those of the scope.
  members: async (_ctx, { parentId, query, store, db }) => {
    const parentKey = parentId === '' ? '' : store.keyOf(parentId);
    const text = queryValue(query, '$filter')?.trim() ?? '';
    const terms = text === '' ? [] : parseODataFilter(text);
    if (terms.some((term) => !('call' in term) || term.call !== 'atscope')) throw invalidFilter(text, 'atScope() is accepted');
    const after = tokenOf(query);
    return listResources(db, {
      types: [TYPE.toLowerCase()],
      within: terms.length > 0 ? { parentKey } : { subtreeOf: parentKey },
      limit: pageSizeOf(query, ['$top'], 100),
      ...(after === undefined ? {} : { after }),
    });
  },
});
