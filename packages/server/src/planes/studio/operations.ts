// Route of the operations in progress at and below a resource, and of those that ended last.

import { listOperationsWithin } from '#storage/operation-list-store.ts';
import type { PlaneRoute } from '../plane.ts';
import { STUDIO_HOSTS, type StudioDeps } from './ports.ts';
import { scopeOfQuery } from './scope.ts';

const MOST_OPERATIONS = 100;

export function operationRoutes(deps: StudioDeps): readonly PlaneRoute[] {
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/operations',
      // Why the activity log's permission: what runs now is the activity log of tomorrow.
      permission: { kind: 'action', action: 'Microsoft.Insights/eventtypes/values/read', scope: scopeOfQuery },
      async run(_ctx, request) {
        return { status: 200, body: { items: await listOperationsWithin(deps.database.sql, scopeOfQuery(request).toLowerCase(), MOST_OPERATIONS) } };
      },
    },
  ];
}
