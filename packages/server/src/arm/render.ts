// Render: resources as bodies. One call per page, so that live properties cost one query.

import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql } from '#storage/database.ts';
import { memberRules } from './body/envelope-members.ts';
import { quoteEtag } from './change/preconditions.ts';
import type { AnyResourceType, Children, ResourceRecord } from './resource-type.ts';

export async function renderResources(ctx: Context, db: Sql, type: AnyResourceType, resources: readonly ResourceRecord[], apiVersion: string, ahead?: Children): Promise<readonly JsonObject[]> {
  const live = resources.length === 0 ? undefined : await type.view?.(ctx, resources, db, ahead);
  return resources.map((resource) => {
    const body = renderOne(type, resource, live?.get(resource.key));
    return type.shape?.(body, apiVersion, resource) ?? body;
  });
}

function renderOne(type: AnyResourceType, resource: ResourceRecord, live: JsonObject | undefined): JsonObject {
  const rules = memberRules(type);
  const hasState = type.hasProvisioningState ?? true;
  return {
    id: resource.id,
    name: resource.name,
    type: type.type,
    ...(resource.location === undefined ? {} : { location: resource.location }),
    ...(rules.tags ? { tags: resource.tags } : {}),
    ...(resource.kind === undefined ? {} : { kind: resource.kind }),
    ...(resource.sku === undefined ? {} : { sku: resource.sku }),
    ...(resource.identity === undefined ? {} : { identity: resource.identity }),
    ...resource.members,
    properties: { ...resource.properties, ...live, ...(hasState ? { provisioningState: resource.provisioningState } : {}) },
    etag: quoteEtag(resource.etag),
    systemData: { ...resource.systemData },
  };
}
