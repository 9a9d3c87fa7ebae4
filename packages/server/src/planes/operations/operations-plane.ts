// Operations plane: the queue of background work for operators. Lazurite's own; Azure has nothing like it.

import { Fault } from '#kernel/faults.ts';
import type { Database } from '#storage/database.ts';
import { listWork, queueDepths, retryWork, type ListedWork, WORK_STATES, type WorkState } from '#storage/work-store.ts';
import type { Permission, Plane, PlaneRequest } from '../plane.ts';

const hosts = ['management', 'local'] as const;
const DEFAULT_LIMIT = 50;

export function createOperationsPlane({ database }: { readonly database: Database }): Plane {
  return {
    name: 'operations',
    routes: [
      {
        hosts,
        method: 'GET',
        path: '/operations/work',
        permission: atRoot('Lazurite/work/read'),
        run: async (_ctx, { query }) => {
          const [items, depths] = await Promise.all([listWork(database.sql, { state: stateOf(query), kind: query.get('kind') ?? undefined, limit: limitOf(query) }), queueDepths(database.sql)]);
          return { status: 200, body: { depths, value: items.map(render) } };
        },
      },
      {
        hosts,
        method: 'POST',
        path: '/operations/work/:id/retry',
        permission: atRoot('Lazurite/work/retry/action'),
        run: async (ctx, request) => {
          const id = idOf(request);
          const retried = await database.transaction((tx) => retryWork(tx, id));
          if (retried === undefined) throw new Fault('notFound', 'WorkItemNotFound', `There is no work item ${id}; ended ones are kept for a week.`);
          if (retried === 'not failed') throw new Fault('conflict', 'WorkItemNotFailed', `The work item ${id} has not failed; only failed ones are tried again.`);
          ctx.log.info({ workItem: id, caller: ctx.principal.objectId }, 'work.retried');
          return { status: 200, body: render(retried) };
        },
      },
    ],
    renderFault: (fault) => ({ status: fault.status, headers: { ...fault.headers }, body: { error: { code: fault.code, message: fault.message } } }),
  };
}

function atRoot(action: string): Permission {
  return { kind: 'action', action, scope: () => '/' };
}

function stateOf(query: URLSearchParams): WorkState | undefined {
  const asked = query.get('state');
  if (asked === null) return undefined;
  const known = WORK_STATES.find((state) => state === asked);
  if (known === undefined) throw new Fault('invalid', 'InvalidState', `state is '${asked}'; ${WORK_STATES.join(', ')} are accepted.`, { target: 'state' });
  return known;
}

function limitOf(query: URLSearchParams): number {
  const asked = query.get('limit') ?? String(DEFAULT_LIMIT);
  if (!/^\d{1,4}$/.test(asked) || Number(asked) < 1 || Number(asked) > 1000) throw new Fault('invalid', 'InvalidLimit', `limit is '${asked}'; 1 to 1000 are accepted.`, { target: 'limit' });
  return Number(asked);
}

function idOf({ params }: PlaneRequest): string {
  const id = params['id'] ?? '';
  if (!/^[0-9a-f-]{36}$/i.test(id)) throw new Fault('invalid', 'InvalidWorkItemId', `'${id.slice(0, 100)}' is not the id of a work item; \`lazurite work list\` shows them.`, { target: 'id' });
  return id;
}

function render(item: ListedWork): object {
  return { ...item, dueAt: item.dueAt?.toISOString() ?? null, createdAt: item.createdAt.toISOString(), finishedAt: item.finishedAt?.toISOString() ?? null };
}
