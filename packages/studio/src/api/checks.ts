// What the server would refuse, asked before anything is done: forms tell it in the server's words while somebody types.

import { queryOptions } from '@tanstack/react-query';
import { askJson, type ErrorBody, type ErrorDetail } from './client.ts';

export interface CheckedResource {
  readonly id: string;
  readonly body: object;
  /** Of what is changed; a new one without. */
  readonly ifMatch?: string;
}

export interface Finding {
  readonly id: string;
  readonly error: ErrorBody | null;
}

/** Nothing is asked for an empty list. */
export function checksQuery(resources: readonly CheckedResource[]) {
  return queryOptions({
    queryKey: ['checks', resources],
    queryFn: async ({ signal }) => (await askJson<{ results: readonly Finding[] }>('/api/studio/checks', { method: 'POST', body: { resources }, signal })).results,
    enabled: resources.length > 0,
    retry: false,
    staleTime: 3000,
    gcTime: 30_000,
    placeholderData: (previous) => previous,
  });
}

/** One sentence for each thing that is wrong. */
export function detailsOf({ code, message = '', target, details = [] }: ErrorBody): readonly ErrorDetail[] {
  return details.length > 0 ? details : [{ ...(code === undefined ? {} : { code }), message, ...(target === undefined ? {} : { target }) }];
}

/** Beside its field: without the name of the field before it. */
export function plainSentence({ message, target }: ErrorDetail): string {
  const bare = target !== undefined && message.startsWith(`${target}: `) ? message.slice(target.length + 2) : message;
  return bare.slice(0, 1).toUpperCase() + bare.slice(1);
}
