// The questions pages ask, with their keys: [what, workspace id, …]. Live changes mark them stale by these keys.

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask, askJson } from './client.ts';
import { studioConfig } from './session.ts';
import type { ArmPage, ArmResource, JobFacets, JobOverview, JobPage, LogFile, Series, WireOverview, WireSeries } from './types.ts';
import { ML_API_VERSION, type Workspace } from './workspace.ts';

/** Of more than these nobody looks through cards: the list of resources finds them by name. */
export const MOST_WORKSPACES = 200;

export const workspacesQuery = queryOptions({
  queryKey: ['workspaces'],
  queryFn: async ({ signal }) => {
    const [config, subscriptions] = await Promise.all([studioConfig(), askJson<{ value: readonly { subscriptionId: string }[] }>('/subscriptions?api-version=2022-12-01', { signal })]);
    const ids = new Set([...subscriptions.value.map((subscription) => subscription.subscriptionId), ...(subscriptions.value.length === 0 ? [config.defaultSubscription] : [])]);
    const lists = await Promise.all(
      [...ids].map((id) => armList(`/subscriptions/${id}/providers/Microsoft.MachineLearningServices/workspaces?api-version=${ML_API_VERSION}`, signal, MOST_WORKSPACES)),
    );
    return lists.flat().slice(0, MOST_WORKSPACES);
  },
});

/** Every page of an ARM list, up to so many resources; links are followed on this origin. */
export async function armList(path: string, signal?: AbortSignal, most = 2000): Promise<readonly ArmResource[]> {
  const all: ArmResource[] = [];
  let next: string | undefined = path;
  while (next !== undefined && all.length < most) {
    const page: ArmPage = await askJson<ArmPage>(next, { signal });
    all.push(...page.value);
    const link = page.nextLink === undefined ? null : URL.parse(page.nextLink, location.origin);
    next = link === null ? undefined : link.pathname + link.search;
  }
  return all;
}

export function armListQuery(workspace: Workspace, child: string) {
  return queryOptions({
    queryKey: ['arm', workspace.id, child],
    queryFn: ({ signal }) => armList(`${workspace.id}/${child}?api-version=${ML_API_VERSION}`, signal),
  });
}

/** The workspace itself: that it is there, and of what kind. */
export function workspaceQuery(workspace: Workspace) {
  return queryOptions({
    queryKey: ['arm', workspace.id, 'self'],
    queryFn: ({ signal }) => askJson<ArmResource>(`${workspace.id}?api-version=${ML_API_VERSION}`, { signal }),
  });
}

export function armQuery(workspace: Workspace, path: string) {
  return queryOptions({
    queryKey: ['arm', workspace.id, 'one', path],
    queryFn: ({ signal }) => askJson<ArmResource>(`${workspace.id}/${path}?api-version=${ML_API_VERSION}`, { signal }),
  });
}

export function jobsQuery(workspace: Workspace, search: string, limit = 100) {
  return infiniteQueryOptions({
    queryKey: ['jobs', workspace.id, 'list', search, limit],
    queryFn: ({ pageParam, signal }) => {
      const parameters = new URLSearchParams(search);
      parameters.set('limit', String(limit));
      if (pageParam !== '') parameters.set('cursor', pageParam);
      return askJson<JobPage>(`${workspace.api}/jobs?${parameters}`, { signal });
    },
    initialPageParam: '',
    getNextPageParam: (page: JobPage) => page.next,
    placeholderData: (previous) => previous,
  });
}

/** A few jobs at once: for home and search. */
export function jobsPeekQuery(workspace: Workspace, search: string, limit: number) {
  return queryOptions({
    queryKey: ['jobs', workspace.id, 'peek', search, limit],
    queryFn: ({ signal }) => askJson<JobPage>(`${workspace.api}/jobs?${search}${search === '' ? '' : '&'}limit=${limit}`, { signal }),
    placeholderData: (previous) => previous,
  });
}

export function facetsQuery(workspace: Workspace) {
  return queryOptions({ queryKey: ['facets', workspace.id], queryFn: ({ signal }) => askJson<JobFacets>(`${workspace.api}/jobFacets`, { signal }) });
}

export function overviewQuery(workspace: Workspace, job: string) {
  return queryOptions({
    queryKey: ['run', workspace.id, job],
    queryFn: async ({ signal }): Promise<JobOverview> => {
      const overview = await askJson<WireOverview>(runApi(workspace, job), { signal });
      return { ...overview, metrics: overview.metrics.map((metric) => ({ ...metric, lastValue: Number(metric.lastValue) })) };
    },
  });
}

/** An experiment by MLflow's id of it. */
export function experimentQuery(workspace: Workspace, id: string) {
  return queryOptions({
    queryKey: ['experiment', workspace.id, id],
    queryFn: ({ signal }) => askJson<{ readonly name: string }>(`${workspace.api}/experiments/${encodeURIComponent(id)}`, { signal }),
    staleTime: Infinity,
    enabled: id !== '',
  });
}

export interface SeriesWindow {
  readonly from?: number;
  readonly to?: number;
}

export function seriesQuery(workspace: Workspace, job: string, keys: readonly string[], window: SeriesWindow = {}) {
  return queryOptions({
    queryKey: ['series', workspace.id, job, keys, window],
    queryFn: async ({ signal }): Promise<readonly Series[]> => {
      const parameters = new URLSearchParams(keys.map((key) => ['key', key]));
      parameters.set('points', '800');
      if (window.from !== undefined) parameters.set('from', String(window.from));
      if (window.to !== undefined) parameters.set('to', String(window.to));
      const { series } = await askJson<{ series: readonly WireSeries[] }>(`${runApi(workspace, job)}/metrics?${parameters}`, { signal });
      return series.map((each) => ({ ...each, points: each.points.map((point) => ({ ...point, value: Number(point.value) })) }));
    },
    enabled: keys.length > 0,
    placeholderData: (previous) => previous,
  });
}

export function logsQuery(workspace: Workspace, job: string) {
  return queryOptions({
    queryKey: ['logs', workspace.id, job],
    queryFn: async ({ signal }) => (await askJson<{ logs: readonly LogFile[] }>(`${runApi(workspace, job)}/logs`, { signal })).logs,
  });
}

export function codeQuery(workspace: Workspace, job: string) {
  return queryOptions({
    queryKey: ['code', workspace.id, job],
    queryFn: ({ signal }) => askJson<{ files: readonly { path: string; sizeBytes: number }[]; isTruncated: boolean }>(`${runApi(workspace, job)}/code`, { signal }),
    staleTime: Infinity,
  });
}

export function codeFileQuery(workspace: Workspace, job: string, path: string) {
  return queryOptions({
    queryKey: ['code', workspace.id, job, path],
    queryFn: async ({ signal }) => (await ask(`${runApi(workspace, job)}/code/content?path=${encodeURIComponent(path)}`, { signal })).text(),
    staleTime: Infinity,
    enabled: path !== '',
  });
}

export async function cancelJob(workspace: Workspace, job: string): Promise<void> {
  await ask(`${workspace.id}/jobs/${encodeURIComponent(job)}/cancel?api-version=${ML_API_VERSION}`, { method: 'POST' });
}

export function runApi(workspace: Workspace, job: string): string {
  return `${workspace.api}/runs/${encodeURIComponent(job)}`;
}
