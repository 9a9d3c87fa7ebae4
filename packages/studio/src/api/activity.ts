// The activity log of Resource Manager. Source: Microsoft.Insights/eventtypes/management/values.

import { infiniteQueryOptions } from '@tanstack/react-query';
import { askJson } from './client.ts';
import { nameOf, subscriptionOf, typeOf } from './resource-id.ts';

const VERSION = '2015-04-01';

export interface ActivityEvent {
  readonly eventDataId?: string;
  readonly eventTimestamp: string;
  readonly caller?: string;
  readonly resourceId?: string;
  readonly correlationId?: string;
  readonly operationName?: { readonly value?: string };
  readonly status?: { readonly value?: string };
}

interface Page {
  readonly value: readonly ActivityEvent[];
  readonly nextLink?: string;
}

export function activityQuery(id: string, hours: number) {
  return infiniteQueryOptions({
    queryKey: ['resource', id.toLowerCase(), 'activity', hours],
    queryFn: ({ pageParam, signal }) => askJson<Page>(pageParam === '' ? firstPage(id, hours) : pageParam, { signal }),
    initialPageParam: '',
    getNextPageParam: (page: Page) => {
      const link = page.nextLink === undefined ? null : URL.parse(page.nextLink, location.origin);
      return link === null ? undefined : link.pathname + link.search;
    },
    refetchInterval: 20_000,
  });
}

function firstPage(id: string, hours: number): string {
  const since = new Date(Date.now() - hours * 3_600_000).toISOString();
  const parameters = new URLSearchParams({ 'api-version': VERSION, $filter: `eventTimestamp ge '${since}'${within(id)}` });
  return `/subscriptions/${subscriptionOf(id)}/providers/Microsoft.Insights/eventtypes/management/values?${parameters}`;
}

/** Azure: a group is asked for by name, a resource by its id, the subscription by nothing. */
function within(id: string): string {
  const type = typeOf(id).toLowerCase();
  if (type === 'microsoft.resources/subscriptions') return '';
  return type === 'microsoft.resources/resourcegroups' ? ` and resourceGroupName eq '${quoted(nameOf(id))}'` : ` and resourceUri eq '${quoted(id)}'`;
}

function quoted(text: string): string {
  return text.replaceAll("'", "''");
}
