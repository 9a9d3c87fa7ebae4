// Route of what hangs on a resource: shown before somebody deletes it.

import { countInside, findReferences } from '#storage/dependent-store.ts';
import type { PlaneRoute } from '../plane.ts';
import { STUDIO_HOSTS, type StudioDeps } from './ports.ts';
import { resourceRow, visibleOf } from './resources.ts';
import { scopeOfQuery } from './scope.ts';

const MOST_INSIDE = 10_000;
const MOST_REFERENCES = 25;

export function dependentRoutes(deps: StudioDeps): readonly PlaneRoute[] {
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/dependents',
      // Why: who may list resources here may count them; those that refer to it from elsewhere are looked at one by one.
      permission: { kind: 'action', action: 'Microsoft.Resources/subscriptions/resources/read', scope: scopeOfQuery },
      async run(ctx, request) {
        const key = scopeOfQuery(request).toLowerCase();
        const db = deps.database.sql;
        const subscription = /^\/subscriptions\/([^/]+)/.exec(key)?.[1] ?? '';
        const [inside, references] = await Promise.all([countInside(db, key, MOST_INSIDE), findReferences(db, key, subscription, MOST_REFERENCES)]);
        const types = new Map(deps.types().map(({ type }) => [type.toLowerCase(), type]));
        return {
          status: 200,
          body: {
            inside: inside.map(({ type, count }) => ({ type: types.get(type) ?? type, count })),
            references: (await visibleOf(deps, ctx, references)).map((resource) => resourceRow(deps, resource)),
          },
        };
      },
    },
  ];
}
