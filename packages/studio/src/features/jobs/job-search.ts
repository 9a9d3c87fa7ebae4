// The job list's filters and order live in the address, in the very words of the server's query.

import type { Sorting } from '../../design/data-grid.tsx';

export const UNFINISHED = ['NotStarted', 'Queued', 'Provisioning', 'Preparing', 'Starting', 'Running', 'Finalizing', 'CancelRequested', 'NotResponding'] as const;

export interface JobSearch {
  readonly statuses: readonly string[];
  readonly text: string;
  readonly experiment: string;
  readonly createdBy: string;
  readonly compute: string;
  readonly sorting: Sorting;
}

const DEFAULT_SORTING: Sorting = { column: 'created', isDescending: true };
const SORTS = new Set(['created', 'name', 'status', 'duration']);

/** What the address asks for; what it does not say, or says wrongly, is the default. */
export function parseJobSearch(parameters: URLSearchParams): JobSearch {
  const [column = '', direction] = (parameters.get('sort') ?? '').split(':');
  return {
    statuses: parameters.getAll('status'),
    text: parameters.get('text') ?? '',
    experiment: parameters.get('experiment') ?? '',
    createdBy: parameters.get('createdBy') ?? '',
    compute: parameters.get('compute') ?? '',
    sorting: SORTS.has(column) ? { column, isDescending: direction === 'desc' } : DEFAULT_SORTING,
  };
}

/** The address of a search, without what is default; equal searches have equal addresses. */
export function formatJobSearch(search: JobSearch): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const status of search.statuses) parameters.append('status', status);
  for (const name of ['text', 'experiment', 'createdBy', 'compute'] as const) {
    if (search[name] !== '') parameters.set(name, search[name]);
  }
  const { column, isDescending } = search.sorting;
  if (column !== DEFAULT_SORTING.column || isDescending !== DEFAULT_SORTING.isDescending) parameters.set('sort', `${column}:${isDescending ? 'desc' : 'asc'}`);
  return parameters;
}

export function isFiltered(search: JobSearch): boolean {
  return search.statuses.length > 0 || search.text !== '' || search.experiment !== '' || search.createdBy !== '' || search.compute !== '';
}
