// What the resource list is asked, as it stands in the address.

import type { Sorting } from '../../design/data-grid.tsx';

export interface ResourceSearch {
  readonly text: string;
  readonly types: readonly string[];
  readonly group: string;
  readonly tag: string;
  readonly sorting: Sorting;
}

/** Orders the server knows; a name only goes from A to Z. */
const SORTS = new Set(['created:desc', 'created:asc', 'changed:desc', 'changed:asc', 'name:asc']);

export function parseResourceSearch(parameters: URLSearchParams): ResourceSearch {
  const sort = parameters.get('sort') ?? '';
  const [column = '', direction] = (SORTS.has(sort) ? sort : 'created:desc').split(':');
  return {
    text: parameters.get('text') ?? '',
    types: parameters.getAll('type'),
    group: parameters.get('group') ?? '',
    tag: parameters.get('tag') ?? '',
    sorting: { column, isDescending: direction === 'desc' },
  };
}

export function formatResourceSearch({ text, types, group, tag, sorting }: ResourceSearch): URLSearchParams {
  const parameters = new URLSearchParams(types.map((type) => ['type', type]));
  if (text !== '') parameters.set('text', text);
  if (group !== '') parameters.set('group', group);
  if (tag !== '') parameters.set('tag', tag);
  const sort = `${sorting.column}:${sorting.isDescending && sorting.column !== 'name' ? 'desc' : 'asc'}`;
  if (sort !== 'created:desc') parameters.set('sort', sort);
  return parameters;
}

export function isNarrowed(search: ResourceSearch): boolean {
  return search.text !== '' || search.types.length > 0 || search.group !== '' || search.tag !== '';
}
