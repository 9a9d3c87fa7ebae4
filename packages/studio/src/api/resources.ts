// The questions of the generic resource pages, with their keys: ['resource', id, …] for one, ['resources', …] for lists.

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask, askJson } from './client.ts';
import { pollEvery } from './live/live-workspace.ts';
import { armList } from './queries.ts';
import type { ArmResource } from './types.ts';

export interface ResourceRow {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly kind: string | null;
  readonly location: string | null;
  readonly sku: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly state: string;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly deletedAt?: string;
  readonly purgeAt?: string | null;
}

export interface Operation {
  readonly id: string;
  readonly resourceId: string;
  readonly action: string;
  readonly status: 'InProgress' | 'Succeeded' | 'Failed' | 'Canceled';
  readonly percentComplete: number;
  readonly error: { readonly code?: string; readonly message?: string } | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export interface FullResource extends ArmResource {
  readonly type?: string;
  readonly etag?: string;
  /** Of subscriptions. */
  readonly displayName?: string;
  readonly sku?: { readonly name?: string; readonly tier?: string };
  readonly identity?: {
    readonly type?: string;
    readonly principalId?: string;
    readonly userAssignedIdentities?: Readonly<Record<string, { readonly principalId?: string; readonly clientId?: string }>>;
  };
}

const BUSY = new Set(['Creating', 'Updating', 'Deleting', 'Accepted', 'Running']);

export function stateOf(resource: ArmResource | undefined): string {
  const state = resource?.properties?.['provisioningState'];
  return typeof state === 'string' ? state : '';
}

export function isBusy(state: string): boolean {
  return BUSY.has(state);
}

export function resourcesQuery(search: string, limit = 100) {
  return infiniteQueryOptions({
    queryKey: ['resources', 'list', search, limit],
    queryFn: ({ pageParam, signal }) => {
      const parameters = new URLSearchParams(search);
      parameters.set('limit', String(limit));
      if (pageParam !== '') parameters.set('cursor', pageParam);
      return askJson<{ readonly items: readonly ResourceRow[]; readonly next?: string }>(`/api/studio/resources?${parameters}`, { signal });
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: (previous) => previous,
    // Why not of many pages: each of them would be asked for again.
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > 3 ? false : data?.pages.some((page) => page.items.some((item) => isBusy(item.state))) === true ? 2000 : 20_000),
  });
}

/** Those of the ids that exist and may be seen, in one request. */
export function statesQuery(ids: readonly string[]) {
  return queryOptions({
    queryKey: ['resources', 'states', ids],
    queryFn: async ({ signal }) => (await askJson<{ items: readonly ResourceRow[] }>(`/api/studio/resourceStates?${new URLSearchParams(ids.map((id) => ['id', id]))}`, { signal })).items,
    enabled: ids.length > 0,
  });
}

/** The resource, asked again soon while something is done to it. */
export function resourceQuery(id: string, apiVersion: string | undefined) {
  return queryOptions({
    queryKey: ['resource', id.toLowerCase(), 'body'],
    queryFn: async ({ signal }) => {
      const response = await ask(`${encodeId(id)}?api-version=${apiVersion}`, { signal });
      const body: FullResource = await response.json();
      return { body, etag: response.headers.get('etag') ?? body.etag ?? '' };
    },
    enabled: apiVersion !== undefined,
    refetchInterval: ({ state }) => (isBusy(stateOf(state.data?.body)) ? pollEvery(1500) : false),
  });
}

/** Resources of a type below another: a list of Resource Manager. */
export function childrenQuery(id: string, segment: string, apiVersion: string) {
  return queryOptions({
    queryKey: ['resource', id.toLowerCase(), 'children', segment],
    queryFn: ({ signal }) => armList(`${encodeId(id)}/${segment}?api-version=${apiVersion}`, signal),
  });
}

export function operationsQuery(scope: string) {
  return queryOptions({
    queryKey: ['resource', scope.toLowerCase(), 'operations'],
    queryFn: async ({ signal }) => (await askJson<{ items: readonly Operation[] }>(`/api/studio/operations?scope=${encodeURIComponent(scope)}`, { signal })).items,
    refetchInterval: ({ state }) => (state.data?.some((operation) => operation.status === 'InProgress') === true ? pollEvery(1500) : pollEvery(10_000)),
  });
}

export const groupsQuery = queryOptions({
  queryKey: ['resources', 'groups'],
  queryFn: async ({ signal }) => {
    const { value } = await askJson<{ value: readonly { subscriptionId: string }[] }>('/subscriptions?api-version=2022-12-01', { signal });
    const lists = await Promise.all(value.map(({ subscriptionId }) => armList(`/subscriptions/${subscriptionId}/resourcegroups?api-version=2022-09-01`, signal)));
    return lists.flat();
  },
});

/** An id as a path: names may have letters of any script. */
export function encodeId(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/');
}
