// The questions of access control: roles, assignments, people, and who may do what.

import { queryOptions } from '@tanstack/react-query';
import { askJson } from './client.ts';
import { armList } from './queries.ts';
import { encodeId } from './resources.ts';
import { armWrite } from './write.ts';

const VERSION = '2022-04-01';

export interface Assignment {
  readonly id: string;
  readonly name: string;
  readonly roleDefinitionId: string;
  readonly principalId: string;
  readonly principalType: string;
  /** null: not in the directory any more. */
  readonly principalName: string | null;
  readonly scope: string;
  readonly createdAt: string;
}

export interface Role {
  readonly id: string;
  /** GUID. */
  readonly name: string;
  readonly roleName: string;
  readonly description: string;
  readonly isCustom: boolean;
}

export interface FoundPrincipal {
  readonly id: string;
  readonly kind: 'User' | 'Group' | 'ServicePrincipal' | 'ManagedIdentity';
  readonly displayName: string;
  readonly account: string | null;
  readonly isEnabled: boolean;
}

export interface AccessReview {
  readonly principal: { readonly id: string; readonly kind: string; readonly displayName: string; readonly isEnabled: boolean };
  readonly assignments: readonly { readonly id: string; readonly roleName: string; readonly scope: string; readonly principalId: string; readonly condition: string | null }[];
  readonly answers: readonly {
    readonly plane: 'action' | 'dataAction';
    readonly action: string;
    readonly isAllowed: boolean;
    readonly assignmentIds: readonly string[];
    readonly rolesThatWould: readonly string[];
  }[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** At the scope and above it, nearest first. */
export function assignmentsQuery(scope: string) {
  return queryOptions({
    queryKey: ['resource', scope.toLowerCase(), 'access', 'assignments'],
    queryFn: async ({ signal }) => (await askJson<{ items: readonly Assignment[] }>(`/api/studio/assignments?scope=${encodeURIComponent(scope)}`, { signal })).items,
  });
}

export function rolesQuery(scope: string) {
  return queryOptions({
    queryKey: ['resource', scope.toLowerCase(), 'access', 'roles'],
    queryFn: async ({ signal }): Promise<readonly Role[]> =>
      (await armList(`${encodeId(scope)}/providers/Microsoft.Authorization/roleDefinitions?api-version=${VERSION}`, signal)).map(({ id, name, properties }) => ({
        id,
        name,
        roleName: text(properties['roleName']),
        description: text(properties['description']),
        isCustom: text(properties['type']).toLowerCase() === 'customrole',
      })),
    staleTime: 60_000,
  });
}

export function principalSearchQuery(scope: string, typed: string) {
  return queryOptions({
    queryKey: ['resource', scope.toLowerCase(), 'access', 'search', typed],
    queryFn: ({ signal }) => principals(scope, [['text', typed]], signal),
    placeholderData: (previous) => previous,
  });
}

export function reviewQuery(scope: string, principalId: string, actions: readonly string[], dataActions: readonly string[]) {
  return queryOptions({
    queryKey: ['resource', scope.toLowerCase(), 'access', 'review', principalId, actions, dataActions],
    queryFn: ({ signal }) => {
      const parameters = new URLSearchParams([['scope', scope], ['principalId', principalId], ...actions.map((action) => ['action', action]), ...dataActions.map((action) => ['dataAction', action])]);
      return askJson<AccessReview>(`/api/studio/access?${parameters}`, { signal });
    },
    enabled: principalId !== '',
    placeholderData: (previous) => previous,
  });
}

async function principals(scope: string, query: readonly string[][], signal: AbortSignal): Promise<readonly FoundPrincipal[]> {
  return (await askJson<{ items: readonly FoundPrincipal[] }>(`/api/studio/principals?${new URLSearchParams([['scope', scope], ...query])}`, { signal })).items;
}

export async function addAssignment(scope: string, role: Role, principal: FoundPrincipal): Promise<void> {
  await armWrite(`${encodeId(scope)}/providers/Microsoft.Authorization/roleAssignments/${crypto.randomUUID()}?api-version=${VERSION}`, {
    method: 'PUT',
    body: { properties: { roleDefinitionId: role.id, principalId: principal.id, principalType: principal.kind === 'ManagedIdentity' ? 'ServicePrincipal' : principal.kind } },
  });
}

export async function removeAssignment(id: string): Promise<void> {
  await armWrite(`${encodeId(id)}?api-version=${VERSION}`, { method: 'DELETE' });
}
