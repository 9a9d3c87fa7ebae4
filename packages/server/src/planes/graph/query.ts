// The query options of a list: $filter, $search, $select, $top, $count, $orderby, $skiptoken. An option that we lack is refused.

import { isJsonObject } from '#kernel/json.ts';
import type { Criterion, DirectoryPage, Link } from '#storage/directory-store.ts';
import type { PlaneRequest } from '../plane.ts';
import { badRequest, unsupportedQuery } from './faults.ts';
import { type FieldKind, parseFilter } from './filter.ts';

const DEFAULT_TOP = 100;
const MOST_TOP = 999;
const KNOWN: ReadonlySet<string> = new Set(['$expand', '$filter', '$search', '$select', '$top', '$count', '$orderby', '$skiptoken']);

export interface ListQuery {
  readonly page: DirectoryPage;
  readonly isCounted: boolean;
  readonly select: ReadonlySet<string> | undefined;
  readonly expand: readonly Expansion[];
}

/** One `$expand`, with what of each object is shown. */
export interface Expansion {
  readonly link: Link;
  readonly select: ReadonlySet<string> | undefined;
}

/** `expandable`: what can be expanded there. */
export function parseListQuery(request: PlaneRequest, fields: Readonly<Record<string, FieldKind>>, expandable: readonly Link[] = []): ListQuery {
  const options = optionsOf(request);
  const filter = options.get('$filter');
  const order = options.get('$orderby');
  if (order !== undefined && !/^displayName( asc)?$/i.test(order.trim())) throw unsupportedQuery(`Lists are in the order of displayName; $orderby '${order}' is not supported.`);
  const parts = [...(filter === undefined ? [] : [parseFilter(filter, fields)]), ...searchOf(options.get('$search'))];
  const criterion: Criterion | undefined = parts.length > 1 ? { kind: 'and', parts } : parts[0];
  const expand = expandOf(options.get('$expand'), expandable);
  return {
    expand,
    page: { criterion, after: skipTokenOf(options.get('$skiptoken')), limit: topOf(options.get('$top')) },
    isCounted: flagOf(options.get('$count')),
    select: selectOf(options.get('$select')),
  };
}

/** Of a single object only $select and $expand. */
export function parseEntryQuery(request: PlaneRequest, expandable: readonly Link[] = []): Pick<ListQuery, 'select' | 'expand'> {
  const options = optionsOf(request);
  return { select: selectOf(options.get('$select')), expand: expandOf(options.get('$expand'), expandable) };
}

/** `members`, or `members($select=id,displayName)`; several with commas between them. */
function expandOf(value: string | undefined, expandable: readonly Link[]): readonly Expansion[] {
  if (value === undefined || value.trim() === '') return [];
  return value
    .trim()
    .split(/,(?![^(]*\))/)
    .map((part) => {
      const [, name = '', inner] = /^\s*(\w+)\s*(?:\(([^()]*)\))?\s*$/.exec(part) ?? [];
      const link = expandable.find((known) => known.toLowerCase() === name.toLowerCase());
      if (link === undefined) throw unsupportedQuery(`'${part.trim().slice(0, 100)}' cannot be expanded here. ${expandable.length === 0 ? 'Nothing can.' : `Supported: ${expandable.join(', ')}.`}`);
      const select = inner === undefined ? undefined : /^\s*\$?select=([\w,\s]+)$/i.exec(inner)?.[1];
      if (inner !== undefined && select === undefined) throw unsupportedQuery(`Inside of $expand only $select is supported; '(${inner.slice(0, 100)})' was given.`);
      return { link, select: selectOf(select) };
    });
}

function optionsOf(request: PlaneRequest): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const [name, value] of request.query) {
    // Azure: the dollar may be left out in the newer versions; other names are custom options and pass.
    const option = KNOWN.has(`$${name.toLowerCase()}`) ? `$${name.toLowerCase()}` : name.toLowerCase();
    if (!option.startsWith('$')) continue;
    if (!KNOWN.has(option)) throw unsupportedQuery(`The query option '${name}' is not supported here. Supported: ${[...KNOWN].join(', ')}.`);
    if (options.has(option)) throw badRequest(`Query option '${option}' was specified more than once.`);
    if (value.includes('\0') || !value.isWellFormed()) throw badRequest(`Query option '${option}' has a character that cannot be stored.`);
    options.set(option, value);
  }
  return options;
}

function topOf(value: string | undefined): number {
  if (value === undefined) return DEFAULT_TOP;
  const top = Number(value);
  if (!/^\d{1,6}$/.test(value) || top < 1 || top > MOST_TOP) throw badRequest(`Invalid page size specified: '${value}'. Must be between 1 and ${MOST_TOP} inclusive.`, '$top');
  return top;
}

function flagOf(value: string | undefined): boolean {
  if (value === undefined || value.toLowerCase() === 'false') return false;
  if (value.toLowerCase() === 'true') return true;
  throw badRequest(`The query option '$count' is '${value}'; true and false are accepted.`, '$count');
}

function selectOf(value: string | undefined): ReadonlySet<string> | undefined {
  if (value === undefined || value.trim() === '' || value.trim() === '*') return undefined;
  return new Set(value.split(',').map((name) => name.trim().toLowerCase()));
}

/** `"displayName:ada"`: part of the name. */
function searchOf(value: string | undefined): readonly Criterion[] {
  if (value === undefined) return [];
  const match = /^"(displayName|userPrincipalName|mail):([^"]{1,256})"$/i.exec(value.trim());
  if (match === null) throw unsupportedQuery(`The $search '${value}' is not supported; "displayName:text" is.`);
  const field = match[1]?.toLowerCase() === 'userprincipalname' ? 'userPrincipalName' : match[1]?.toLowerCase() === 'mail' ? 'mail' : 'displayName';
  return [{ kind: 'compare', field, operator: 'contains', values: [match[2] ?? ''] }];
}

export function skipToken(last: { readonly displayName: string; readonly id: string }): string {
  return Buffer.from(JSON.stringify({ name: last.displayName.toLowerCase(), id: last.id })).toString('base64url');
}

function skipTokenOf(value: string | undefined): readonly [string, string] | undefined {
  if (value === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value, 'base64url').toString('utf8'));
    const [name, id] = isJsonObject(parsed) ? [parsed['name'], parsed['id']] : [];
    if (typeof name === 'string' && typeof id === 'string' && !name.includes('\0') && !id.includes('\0')) return [name, id];
  } catch {
    // falls through to the fault below
  }
  throw badRequest('The $skiptoken is not one of this server. Follow @odata.nextLink as it is.', '$skiptoken');
}
