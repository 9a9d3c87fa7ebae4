// Route that tells what creating or changing resources would be refused with, before anybody does it: forms say what is
// wrong in the server's own words while somebody types. The answer is that of the write itself, short of writing.

import { Fault } from '#kernel/faults.ts';
import type { Context } from '#kernel/context.ts';
import { isJsonObject, stringAt } from '#kernel/json.ts';
import type { PlaneRequest, PlaneRoute } from '../plane.ts';
import { STUDIO_HOSTS, type StudioDeps } from './ports.ts';

const MOST_RESOURCES = 20;

interface Wanted {
  readonly id: string;
  readonly body: unknown;
  /** ETag of what it was made from; absent for a new one. */
  readonly ifMatch: string | undefined;
}

interface Finding {
  readonly id: string;
  readonly error: { readonly code: string; readonly message: string; readonly target?: string; readonly details: Fault['details'] } | null;
}

export function checkRoutes(deps: StudioDeps): readonly PlaneRoute[] {
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'POST',
      path: '/api/studio/checks',
      // Why: each resource is authorised as the write that it stands for.
      permission: { kind: 'authenticated' },
      body: 'json',
      async run(ctx, request) {
        const wanted = wantedOf(request);
        const groups = new Set(wanted.map(({ id }) => id.toLowerCase()).filter((id) => /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+$/.test(id)));
        return { status: 200, body: { results: await Promise.all(wanted.map((each) => check(deps, ctx, each, groups))) } };
      },
    },
  ];
}

async function check(deps: StudioDeps, ctx: Context, { id, body, ifMatch }: Wanted, groups: ReadonlySet<string>): Promise<Finding> {
  const isGroupComing = groups.has(id.toLowerCase().split('/').slice(0, 5).join('/'));
  try {
    await deps.store().check(ctx, id, body, { isGroupComing, ...(ifMatch === undefined ? { ifNoneMatch: '*' } : { ifMatch }) });
    return { id, error: null };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, message, target, details } = error;
    return { id, error: { code, message, ...(target === undefined ? {} : { target }), details } };
  }
}

function wantedOf({ body }: PlaneRequest): readonly Wanted[] {
  const resources = isJsonObject(body) ? body['resources'] : undefined;
  if (!Array.isArray(resources) || resources.length === 0 || resources.length > MOST_RESOURCES)
    throw new Fault('invalid', 'InvalidRequestContent', `resources must be a list of 1 to ${MOST_RESOURCES} objects with the id and the body of what would be put.`, { target: 'resources' });
  return resources.map((each: unknown, index) => {
    const id = stringAt(each, 'id');
    if (id === undefined || !/^(?:\/[^/\0]+)+$/.test(id) || id.length > 2048)
      throw new Fault('invalid', 'InvalidResourceId', `resources[${index}].id is no resource id; it has the form /subscriptions/….`, { target: `resources[${index}].id` });
    return { id, body: isJsonObject(each) ? each['body'] : undefined, ifMatch: stringAt(each, 'ifMatch') };
  });
}
