// Routes of access control: who somebody is, what they may do at a scope, and through which assignment. The answer is that of
// the evaluation every request goes through.

import { Fault } from '#kernel/faults.ts';
import { listAssignmentsAt } from '#storage/assignment-list-store.ts';
import { namePrincipals, searchPrincipals } from '#storage/principal-search-store.ts';
import type { Permission, PlaneRequest, PlaneRoute } from '../plane.ts';
import { type AccessQuestion, STUDIO_HOSTS, type StudioDeps } from './ports.ts';
import { scopeOfQuery, shortText } from './scope.ts';

const MOST_QUESTIONS = 200;
const MOST_NAMES = 200;
const MOST_FOUND = 20;
const MOST_ASSIGNMENTS = 1000;
const readAssignments: Permission = { kind: 'action', action: 'Microsoft.Authorization/roleAssignments/read', scope: scopeOfQuery };

export function accessRoutes(deps: StudioDeps): readonly PlaneRoute[] {
  const db = deps.database.sql;
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/access',
      permission: readAssignments,
      async run(_ctx, request) {
        return { status: 200, body: await deps.access.review(principalIdOf(request), scopeOfQuery(request), questionsOf(request)) };
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/access/mine',
      // Why: everybody may know their own rights; without this a page could not tell what is open to its reader.
      permission: { kind: 'authenticated' },
      async run(ctx, request) {
        return { status: 200, body: await deps.access.review(ctx.principal.objectId, scopeOfQuery(request), questionsOf(request)) };
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/assignments',
      permission: readAssignments,
      async run(_ctx, request) {
        return { status: 200, body: { items: await listAssignmentsAt(db, enclosing(scopeOfQuery(request).toLowerCase()), MOST_ASSIGNMENTS) } };
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/principals',
      permission: readAssignments,
      async run(_ctx, request) {
        const ids = request.query.getAll('id');
        if (ids.length > MOST_NAMES) throw new Fault('invalid', 'InvalidQueryParameter', `${ids.length} ids are too many; at most ${MOST_NAMES} can be named at once.`, { target: 'id' });
        const text = shortText(request, 'text').trim();
        return { status: 200, body: { items: ids.length > 0 ? await namePrincipals(db, ids) : await searchPrincipals(db, text, MOST_FOUND) } };
      },
    },
  ];
}

function principalIdOf(request: PlaneRequest): string {
  const id = request.query.get('principalId') ?? '';
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return id.toLowerCase();
  throw new Fault('invalid', 'InvalidPrincipalId', `principalId is '${id.slice(0, 100)}'; the object id of a user, group or service principal is expected (a GUID).`, { target: 'principalId' });
}

function questionsOf(request: PlaneRequest): readonly AccessQuestion[] {
  const questions = (['action', 'dataAction'] as const).flatMap((plane) => request.query.getAll(plane).map((action) => ({ plane, action })));
  if (questions.length > MOST_QUESTIONS)
    throw new Fault('invalid', 'InvalidQueryParameter', `${questions.length} actions are too many; at most ${MOST_QUESTIONS} can be asked about at once.`, { target: 'action' });
  const odd = questions.find(({ action }) => !/^[\w.*/-]{3,300}$/.test(action));
  if (odd !== undefined)
    throw new Fault('invalid', 'InvalidAction', `${odd.plane} is '${odd.action.slice(0, 200)}'; an action has the form Microsoft.Storage/storageAccounts/read.`, { target: odd.plane });
  return questions;
}

/** The key itself and every one that could enclose it; what is no resource on the way has no assignments. */
function enclosing(key: string): readonly string[] {
  const segments = key === '/' ? [] : key.split('/').slice(1);
  return segments.reduce<string[]>((keys, segment) => [...keys, `${keys.at(-1) ?? ''}/${segment}`], ['']);
}
