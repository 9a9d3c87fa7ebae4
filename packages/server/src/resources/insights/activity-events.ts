// The activity log of Resource Manager: who changed what, newest first.
// Source: Azure Monitor REST, Activity Logs - List (2015-04-01).

import { nextLink, pageSizeOf, queryValue, tokenOf } from '#arm/list-query.ts';
import { type ArmRoute, defineArmRoute } from '#arm/route.ts';
import type { Resources } from '#arm/resources.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import { listActivity, type RecordedActivity } from '#storage/activity-store.ts';
import type { ResourcePorts } from '../ports.ts';
import { type ActivityFilter, parseActivityFilter } from './activity-filter.ts';

const PATH = 'providers/Microsoft.Insights/eventtypes/management/values';
const VERSIONS = { since: '2014-04-01' };
const KEPT_DAYS = 90;
const PAGE = 200;

export function activityRoutes(ports: Pick<ResourcePorts, 'installation'>): readonly ArmRoute[] {
  return [
    defineArmRoute({
      method: 'GET',
      path: `/subscriptions/{subscriptionId}/${PATH}`,
      apiVersions: VERSIONS,
      // Azure: who may read only a group or a resource may read its part of the log.
      permission: { action: 'Microsoft.Insights/eventtypes/values/read', scope: askedScope },
      async run(ctx, { params, query, origin, database, store }) {
        const filter = parseActivityFilter(queryValue(query, '$filter') ?? '');
        if (filter.since.getTime() < ctx.clock.now() - KEPT_DAYS * 86_400_000 - 60_000)
          throw new Fault('invalid', 'BadRequest', `The start time cannot be more than ${KEPT_DAYS} days in the past; ${filter.since.toISOString()} was given.`, { target: '$filter' });
        const after = tokenOf(query);
        const { since, until, correlationId, provider, caller, status } = filter;
        const page = await listActivity(database.sql, {
          scopeKey: keyOf(store, scopeOf(params['subscriptionId'] ?? '', filter)),
          since,
          ...(until === undefined ? {} : { until }),
          ...(correlationId === undefined ? {} : { correlationId }),
          ...(provider === undefined ? {} : { provider }),
          ...(caller === undefined ? {} : { caller }),
          ...(status === undefined ? {} : { status }),
          limit: pageSizeOf(query, ['$top'], PAGE),
          ...(after === undefined ? {} : { after }),
        });
        const select = (queryValue(query, '$select') ?? '')
          .split(',')
          .map((name) => name.trim().toLowerCase())
          .filter((name) => name !== '');
        const value = page.items.map((activity) => selected(eventOf(activity, ports.installation().tenantId), select));
        const link = page.next === undefined ? {} : { nextLink: nextLink(origin, `/subscriptions/${params['subscriptionId'] ?? ''}/${PATH}`, query, page.next) };
        return { body: { value, ...link } };
      },
    }),
    defineArmRoute({
      method: 'GET',
      path: '/providers/Microsoft.Insights/eventcategories',
      apiVersions: VERSIONS,
      permission: 'authenticated',
      run: async () => ({ body: { value: [localizable('Administrative')] } }),
    }),
  ];
}

/** Also of what is no id here: nothing happened to it, then. */
function keyOf(store: Resources, scope: string): string {
  try {
    return store.keyOf(scope);
  } catch (error) {
    if (!isFault(error)) throw error;
    return scope.toLowerCase();
  }
}

/** What the caller asks about; everything, when that cannot be told: a filter is only faulted for who may read. */
function askedScope(params: Readonly<Record<string, string>>, query: URLSearchParams): string {
  try {
    return scopeOf(params['subscriptionId'] ?? '', parseActivityFilter(queryValue(query, '$filter') ?? ''));
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    return scopeOf(params['subscriptionId'] ?? '', {});
  }
}

/** The narrowest scope that the filter names, which has to lie in the subscription of the path. */
function scopeOf(subscriptionId: string, { resourceGroup, resourceId }: Pick<ActivityFilter, 'resourceGroup' | 'resourceId'>): string {
  const subscription = `/subscriptions/${subscriptionId}`;
  if (resourceId !== undefined) {
    const id = `/${resourceId.replace(/^\/+|\/+$/g, '')}`;
    if (!`${id}/`.toLowerCase().startsWith(`${subscription}/`.toLowerCase()))
      throw new Fault('invalid', 'BadRequest', `The resource '${id.slice(0, 300)}' is not in the subscription '${subscriptionId}'.`, { target: '$filter' });
    return id;
  }
  return resourceGroup === undefined ? subscription : `${subscription}/resourceGroups/${resourceGroup}`;
}

function eventOf(activity: RecordedActivity, tenantId: string): JsonObject {
  const { resourceId, action, at } = activity;
  const [, subscriptionId] = /^\/subscriptions\/([^/]+)/i.exec(resourceId) ?? [];
  const [, resourceGroupName] = /\/resourceGroups\/([^/]+)/i.exec(resourceId) ?? [];
  const type = action
    .split('/')
    .slice(0, -1)
    .join('/')
    .replace(/\/[^/]+$/, (last) => (action.endsWith('/action') ? '' : last));
  const time = at.toISOString();
  return {
    id: `${resourceId}/events/${activity.id}/ticks/${BigInt(at.getTime()) * 10_000n + 621_355_968_000_000_000n}`,
    eventDataId: activity.id,
    correlationId: activity.correlationId,
    operationId: activity.correlationId,
    operationName: localizable(action),
    eventName: localizable(activity.status === 'Accepted' ? 'BeginRequest' : 'EndRequest'),
    category: localizable('Administrative'),
    level: activity.status === 'Failed' ? 'Error' : 'Informational',
    status: localizable(activity.status),
    subStatus: localizable(''),
    caller: activity.caller,
    claims: { 'http://schemas.microsoft.com/identity/claims/objectidentifier': activity.callerId },
    authorization: { action, scope: resourceId },
    description: '',
    eventTimestamp: time,
    submissionTimestamp: time,
    resourceId,
    ...(resourceGroupName === undefined ? {} : { resourceGroupName }),
    resourceProviderName: localizable(action.split('/')[0] ?? ''),
    resourceType: localizable(type),
    ...(subscriptionId === undefined ? {} : { subscriptionId }),
    tenantId,
    properties: { entity: resourceId, message: action, ...(activity.detail === undefined ? {} : { statusMessage: JSON.stringify(activity.detail) }) },
  };
}

function selected(event: JsonObject, names: readonly string[]): JsonObject {
  return names.length === 0 ? event : Object.fromEntries(Object.entries(event).filter(([name]) => names.includes(name.toLowerCase())));
}

function localizable(value: string): JsonObject {
  return { value, localizedValue: value };
}
