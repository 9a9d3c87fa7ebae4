// What hangs on a resource, asked before it is deleted.

import { queryOptions } from '@tanstack/react-query';
import { askJson } from './client.ts';
import type { ResourceRow } from './resources.ts';

export interface Dependents {
  /** Below it, by type. */
  readonly inside: readonly { readonly type: string; readonly count: number }[];
  /** Elsewhere, naming its id. */
  readonly references: readonly ResourceRow[];
}

export function dependentsQuery(id: string) {
  return queryOptions({
    queryKey: ['resource', id.toLowerCase(), 'dependents'],
    queryFn: ({ signal }) => askJson<Dependents>(`/api/studio/dependents?scope=${encodeURIComponent(id)}`, { signal }),
    retry: false,
  });
}
