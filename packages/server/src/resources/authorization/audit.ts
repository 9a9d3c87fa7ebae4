// Who made and changed a role or an assignment, as their properties say it. Source: contracts/terraform-azurerm.md §4.11.

import type { ResourceRecord } from '#arm/resource-type.ts';
import type { JsonObject } from '#kernel/json.ts';

export const READ_ONLY_AUDIT = ['/createdOn', '/updatedOn', '/createdBy', '/updatedBy'];

export function auditOf(resource: ResourceRecord<unknown>): JsonObject {
  const { systemData, createdAt, updatedAt } = resource;
  return { createdOn: createdAt.toISOString(), updatedOn: updatedAt.toISOString(), createdBy: systemData.createdBy, updatedBy: systemData.lastModifiedBy };
}
