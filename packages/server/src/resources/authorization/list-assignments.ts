// Lists of role assignments: those at a scope, above it (they hold there too) and below it.
// Source: Azure RBAC REST, Role Assignments - List For Scope: atScope() leaves out what is below, principalId eq is one
// principal, assignedTo() also what comes through its groups.

import { invalidFilter, pageSizeOf, parseODataFilter, queryValue, tokenOf } from '#arm/list-query.ts';
import type { ResourceRecord } from '#arm/resource-type.ts';
import type { Page } from '#kernel/page.ts';
import { scopesAt } from '#storage/child-store.ts';
import type { Sql } from '#storage/database.ts';
import { listResources, type ResourceFilter } from '#storage/resource-list-store.ts';
import type { ResourcePorts } from '../ports.ts';

export interface AssignmentsQuery {
  /** '' is the tenant. */
  readonly parentKey: string;
  readonly query: URLSearchParams;
  readonly db: Sql;
}

export async function listAssignments(ports: Pick<ResourcePorts, 'roles'>, { parentKey, query, db }: AssignmentsQuery): Promise<Page<ResourceRecord>> {
  const text = queryValue(query, '$filter')?.trim() ?? '';
  const filters: ResourceFilter[] = [];
  let isBelowToo = true;
  for (const term of text === '' ? [] : parseODataFilter(text)) {
    if ('call' in term && term.call === 'atscope') isBelowToo = false;
    else if ('call' in term && term.call === 'assignedto' && term.argument !== undefined) filters.push({ target: PRINCIPAL, oneOf: await ports.roles.withGroups(term.argument) });
    else if ('field' in term && term.field === 'principalid' && 'equals' in term) filters.push({ target: PRINCIPAL, oneOf: term.equals });
    else throw invalidFilter(text, "accepted: atScope(), principalId eq '{id}', assignedTo('{id}'), joined by and");
  }
  const after = tokenOf(query);
  return listResources(db, {
    types: ['microsoft.authorization/roleassignments'],
    within: { atOrAbove: scopesAt(parentKey), ...(isBelowToo ? { orBelow: parentKey } : {}) },
    filters,
    limit: pageSizeOf(query, ['$top'], 1_000),
    ...(after === undefined ? {} : { after }),
  });
}

const PRINCIPAL = { in: 'properties', path: ['principalId'] } as const;
