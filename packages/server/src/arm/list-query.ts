// List queries: $filter, page size and continuation, for types and routes that answer lists of their own.

export { invalidFilter, type ODataTerm, parseODataFilter } from './query/odata-filter.ts';
export { nextLink, pageSizeOf, queryValue, tokenOf } from './query/query.ts';
