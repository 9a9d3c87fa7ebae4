// Query parameters of lists: names in any letter case, page sizes, tokens, filters, order. Source: contracts/azureml-rest.md §1, §4.

import { Fault } from '#kernel/faults.ts';
import type { FilterTarget, ResourceFilter, ResourceOrder } from '#storage/resource-list-store.ts';
import type { Filter } from './filter.ts';
import type { AnyResourceType } from '../resource-type.ts';
import { invalidFilter, parseODataFilter } from './odata-filter.ts';

const MAX_PAGE = 1_000;
const TOKENS = new Set(['$skiptoken', '$skip', 'skiptoken']);

export function queryValue(query: URLSearchParams, name: string): string | undefined {
  for (const [key, value] of query) if (key.toLowerCase() === name.toLowerCase()) return value;
  return undefined;
}

export function pageSizeOf(query: URLSearchParams, parameters: readonly string[], usual: number): number {
  for (const name of parameters) {
    const value = queryValue(query, name);
    if (value === undefined || value === '') continue;
    if (!/^\d{1,9}$/.test(value) || Number(value) < 1)
      throw new Fault('invalid', 'InvalidQueryParameter', `${name} is '${value.slice(0, 40)}'; a whole number from 1 on is accepted.`, { target: name });
    return Math.min(Number(value), MAX_PAGE);
  }
  return usual;
}

export function tokenOf(query: URLSearchParams): string | undefined {
  for (const [key, value] of query) if (TOKENS.has(key.toLowerCase()) && value !== '') return value;
  return undefined;
}

/** The URL of the next page: this one's with another token. */
export function nextLink(origin: string, path: string, query: URLSearchParams, next: string): string {
  const parameters = new URLSearchParams([...query].filter(([key]) => !TOKENS.has(key.toLowerCase())));
  parameters.set('$skipToken', next);
  return `${origin}${path}?${parameters.toString()}`;
}

export function orderOf(query: URLSearchParams, type: AnyResourceType): ResourceOrder {
  const usual = type.list?.order ?? 'oldest';
  for (const name of type.list?.orderParameters ?? ['$orderBy', 'orderBy']) {
    const value = queryValue(query, name)?.trim().toLowerCase();
    if (value === undefined || value === '') continue;
    const [, noun, separated, joined] = /^(createdtime|createdat|created_time|modifiedtime|modifiedat|updatedat|name)(?:\s+(asc|desc))?(asc|desc)?$/.exec(value) ?? [];
    if (noun === undefined)
      throw new Fault('invalid', 'InvalidQueryParameter', `${name} is '${value.slice(0, 60)}'; accepted: createdtime, modifiedtime or name, followed by asc or desc.`, { target: name });
    const isDown = (separated ?? joined) === 'desc';
    if (noun === 'name') {
      if (isDown) throw new Fault('invalid', 'InvalidQueryParameter', `${name}: by name only ascending order is available.`, { target: name });
      return 'name';
    }
    if (noun.startsWith('created')) return isDown ? 'newest' : 'oldest';
    return isDown ? 'changed' : 'leastChanged';
  }
  return usual;
}

export function filtersOf(query: URLSearchParams, filters: Readonly<Record<string, Filter>>): readonly ResourceFilter[] {
  return Object.entries(filters).flatMap(([name, filter]) => oneFilter(name, filter, queryValue(query, name)));
}

/** `$filter`, of the fields that the type declares. */
export function odataFiltersOf(query: URLSearchParams, fields: Readonly<Record<string, string>> | undefined): readonly ResourceFilter[] {
  const text = queryValue(query, '$filter') ?? '';
  if (fields === undefined || text === '') return [];
  return parseODataFilter(text).flatMap((term): readonly ResourceFilter[] => {
    if ('call' in term && fields[`${term.call}()`] !== undefined) return [];
    const field = 'field' in term ? fields[term.field.toLowerCase()] : undefined;
    if (field === undefined || !('field' in term)) throw invalidFilter(text, `accepted fields: ${Object.keys(fields).join(', ')}`);
    const target = targetOf(field);
    if ('equals' in term) return [{ target, oneOf: term.equals }];
    if ('contains' in term) return [{ target, contains: term.contains }];
    throw invalidFilter(text, 'startswith is not available here; eq and substringof are');
  });
}

function oneFilter(name: string, filter: Filter, value: string | undefined): readonly ResourceFilter[] {
  if ('view' in filter) return viewFilter(name, filter, value);
  if (value === undefined || value === '') return [];
  if ('equals' in filter) {
    const target = targetOf(filter.equals);
    return /^(true|false)$/i.test(value) ? [{ target, flag: value.toLowerCase() === 'true' }] : [{ target, oneOf: [value] }];
  }
  if ('oneOf' in filter) return [{ target: targetOf(filter.oneOf), oneOf: listOf(value) }];
  if ('contains' in filter) return [{ target: targetOf(filter.contains), contains: value }];
  const target = targetOf(filter.entries);
  return listOf(value).map((entry) => {
    const at = entry.indexOf('=');
    return at < 0 ? { target, key: entry } : { target, key: entry.slice(0, at).trim(), value: entry.slice(at + 1).trim() };
  });
}

function viewFilter(name: string, filter: Extract<Filter, { readonly view: string }>, value: string | undefined): readonly ResourceFilter[] {
  const words = filter.words ?? ['ActiveOnly', 'ArchivedOnly', 'All'];
  const chosen = value === undefined || value === '' ? 0 : words.findIndex((word) => word.toLowerCase() === value.toLowerCase());
  if (chosen < 0) throw new Fault('invalid', 'InvalidQueryParameter', `${name} is '${(value ?? '').slice(0, 40)}'; accepted: ${words.join(', ')}.`, { target: name });
  return chosen === 2 ? [] : [{ target: targetOf(filter.view), flag: chosen === 1 }];
}

function targetOf(pointer: string): FilterTarget {
  if (pointer === 'name' || pointer === 'location' || pointer === 'kind') return { in: pointer };
  if (pointer === 'tags') return { in: 'tags', path: [] };
  return { in: 'properties', path: pointer.split('/').slice(1) };
}

function listOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
