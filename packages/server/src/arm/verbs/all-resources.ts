// Every tracked resource of a subscription or resource group, with $filter. Source: observed: az resource list, @azure/arm-resources.

import type { Context } from '#kernel/context.ts';
import { listResources, type ResourceFilter } from '#storage/resource-list-store.ts';
import type { ArmDeps } from '../deps.ts';
import { loadParent } from '../change/existence.ts';
import { invalidFilter, parseODataFilter } from '../query/odata-filter.ts';
import { permissionOf } from '../permission.ts';
import { type Place, scopeOf } from '../address/place.ts';
import { nextLink, pageSizeOf, queryValue, tokenOf } from '../query/query.ts';
import type { ResourceRecord } from '../resource-type.ts';
import type { ArmReply, ArmRequest } from '../route.ts';

export function allResourcesPermission(parent: Place): string {
  return parent.type === undefined ? 'Microsoft.Resources/resources/read' : permissionOf(parent.type, 'read').replace(/\/read$/, '/resources/read');
}

export async function listAllResources(deps: ArmDeps, ctx: Context, request: ArmRequest, parent: Place): Promise<ArmReply> {
  const { visible } = deps.authorizer;
  const action = allResourcesPermission(parent);
  if (visible === undefined) await deps.authorizer.require(ctx, action, scopeOf(parent));
  await loadParent(ctx, deps.database.sql, parent);
  const filter = readFilter(queryValue(request.query, '$filter') ?? '');
  const resourceGroup = parent.root === 'group' ? parent.name : filter.resourceGroup;
  const types = deps.registry.types.filter((type) => type.kind === 'tracked' && type.path === undefined).map((type) => type.type.toLowerCase());
  const after = tokenOf(request.query);
  const page = await listResources(deps.database.sql, {
    types: filter.types === undefined ? types : types.filter((type) => filter.types?.includes(type)),
    within: { subscriptionId: parent.subscriptionId ?? '', ...(resourceGroup === undefined ? {} : { resourceGroup }) },
    filters: filter.filters,
    limit: pageSizeOf(request.query, ['$top'], 1_000),
    ...(after === undefined ? {} : { after }),
  });
  const allowed = await visible?.(
    ctx,
    'Microsoft.Resources/subscriptions/resources/read',
    page.items.map((resource) => resource.id),
  );
  const expand = (queryValue(request.query, '$expand') ?? '')
    .toLowerCase()
    .split(',')
    .map((word) => word.trim());
  const value = page.items.filter((resource) => allowed?.has(resource.id) ?? true).map((resource) => summary(deps, resource, expand));
  return { status: 200, headers: {}, body: { value, ...(page.next === undefined ? {} : { nextLink: nextLink(request.origin, request.path, request.query, page.next) }) } };
}

function readFilter(text: string): { readonly types: readonly string[] | undefined; readonly resourceGroup: string | undefined; readonly filters: readonly ResourceFilter[] } {
  if (text.trim() === '') return { types: undefined, resourceGroup: undefined, filters: [] };
  const filters: ResourceFilter[] = [];
  let types: readonly string[] | undefined;
  let resourceGroup: string | undefined;
  const terms = parseODataFilter(text);
  const tagName = terms.find((term) => 'field' in term && term.field === 'tagname');
  for (const term of terms) {
    if ('call' in term) throw invalidFilter(text, `${term.call}() is not available here`);
    if (term.field === 'resourcetype' && 'equals' in term) types = term.equals.map((type) => type.toLowerCase());
    else if (term.field === 'resourcegroup' && 'equals' in term && term.equals.length === 1) resourceGroup = term.equals[0];
    else if ((term.field === 'name' || term.field === 'location') && 'equals' in term) filters.push({ target: { in: term.field }, oneOf: term.equals });
    else if (term.field === 'name' && 'contains' in term) filters.push({ target: { in: 'name' }, contains: term.contains });
    else if (term.field === 'tagname' && 'equals' in term) filters.push(...term.equals.map((key) => ({ target: { in: 'tags' as const, path: [] }, key })));
    else if (term.field === 'tagvalue' && 'equals' in term && tagName !== undefined && 'equals' in tagName) {
      filters.push({ target: { in: 'tags', path: [] }, key: tagName.equals[0] ?? '', value: term.equals[0] ?? '' });
    } else throw invalidFilter(text, `'${term.field}' cannot be compared in this way; accepted: resourceType, resourceGroup, name, location, tagName and tagValue with eq, substringof with name`);
  }
  return { types, resourceGroup, filters };
}

function summary(deps: ArmDeps, resource: ResourceRecord, expand: readonly string[]): object {
  const { type } = deps.registry.typeNamed(resource.type);
  const managedBy = resource.members['managedBy'];
  return {
    id: resource.id,
    name: resource.name,
    type,
    location: resource.location,
    tags: resource.tags,
    kind: resource.kind,
    sku: resource.sku,
    identity: resource.identity,
    ...(managedBy === undefined ? {} : { managedBy }),
    ...(expand.includes('createdtime') ? { createdTime: resource.createdAt.toISOString() } : {}),
    ...(expand.includes('changedtime') ? { changedTime: resource.updatedAt.toISOString() } : {}),
    ...(expand.includes('provisioningstate') ? { provisioningState: resource.provisioningState } : {}),
  };
}
