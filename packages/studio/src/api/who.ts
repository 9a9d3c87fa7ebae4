// Names of authors. Applications stand in a resource's history as ids; all that a page shows are named by one request.

import { queryOptions } from '@tanstack/react-query';
import { askJson } from './client.ts';
import { studioConfig } from './session.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Names = ReadonlyMap<string, string>;

let wanted = new Set<string>();
let pending: Promise<Names> | undefined;

export function isGuid(text: string): boolean {
  return GUID.test(text);
}

/** The name behind an id; the id itself where nobody may know or nobody is. */
export function whoQuery(id: string) {
  return queryOptions({
    queryKey: ['who', id.toLowerCase()],
    queryFn: async () => {
      wanted.add(id.toLowerCase());
      // Why a moment: the other rows of the page ask in the same breath.
      pending ??= new Promise((resolve) => setTimeout(resolve, 15)).then(askNames);
      return (await pending).get(id.toLowerCase()) ?? id;
    },
    enabled: isGuid(id),
    staleTime: Infinity,
    retry: false,
  });
}

async function askNames(): Promise<Names> {
  const ids = [...wanted].slice(0, 200);
  wanted = new Set();
  pending = undefined;
  const { defaultSubscription } = await studioConfig();
  const query = new URLSearchParams([['scope', `/subscriptions/${defaultSubscription}`], ...ids.map((id) => ['id', id])]);
  const { items } = await askJson<{ items: readonly { id: string; account: string | null; displayName: string }[] }>(`/api/studio/principals?${query}`);
  return new Map(items.flatMap(({ id, account, displayName }) => [[id, displayName] as const, ...(account === null ? [] : [[account.toLowerCase(), displayName] as const])]));
}
