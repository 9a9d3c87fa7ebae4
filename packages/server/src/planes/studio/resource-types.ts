// Routes of the descriptors: all types in short, one type with its schema.

import { Fault } from '#kernel/faults.ts';
import type { PlaneRoute } from '../plane.ts';
import { STUDIO_HOSTS, type StudioDeps } from './ports.ts';
import { describeForm, describeType } from './type-descriptor.ts';

export function resourceTypeRoutes(deps: StudioDeps): readonly PlaneRoute[] {
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/resourceTypes',
      permission: { kind: 'authenticated' },
      async run() {
        return { status: 200, headers: { 'Cache-Control': 'no-cache' }, body: { types: deps.types().map(describeType) } };
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/resourceTypes/:namespace/*',
      permission: { kind: 'authenticated' },
      async run(_ctx, request) {
        const name = `${request.params['namespace']}/${request.params['*']}`;
        const type = deps.types().find((each) => each.type.toLowerCase() === name.toLowerCase());
        if (type === undefined)
          throw new Fault('notFound', 'ResourceTypeNotFound', `There is no resource type '${name.slice(0, 200)}' here; /api/studio/resourceTypes lists those there are.`, { target: 'type' });
        return { status: 200, headers: { 'Cache-Control': 'no-cache' }, body: describeForm(type) };
      },
    },
  ];
}
