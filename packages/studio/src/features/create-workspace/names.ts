// Whether names are still free: asked of the server while somebody types.

import { queryOptions } from '@tanstack/react-query';
import { askJson } from '../../api/client.ts';
import { groupId } from '../../api/resource-id.ts';
import type { ResourceRow } from '../../api/resources.ts';
import { NEIGHBOURS, type NeighbourKind } from './draft.ts';

/** A sentence when the name is taken, else ''. */
export function workspaceNameQuery(subscription: string, group: string, name: string) {
  const id = `${groupId(subscription, group)}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
  return queryOptions({
    queryKey: ['names', id.toLowerCase()],
    queryFn: async ({ signal }) => {
      const there = await askJson<{ items: readonly ResourceRow[] }>(`/api/studio/resourceStates?id=${encodeURIComponent(id)}`, { signal });
      if (there.items.length > 0) return `There is a workspace ${name} in ${group} already.`;
      const search = new URLSearchParams({ deleted: 'true', subscription, group, text: name, type: 'Microsoft.MachineLearningServices/workspaces' });
      const { items } = await askJson<{ items: readonly ResourceRow[] }>(`/api/studio/resources?${search}`, { signal });
      return items.some((row) => row.name.toLowerCase() === name.toLowerCase())
        ? `A workspace ${name} was deleted from ${group} lately. Recover or purge it under “Recently deleted”, or choose another name.`
        : '';
    },
    enabled: group !== '' && name.length > 2,
    retry: false,
    staleTime: 5000,
  });
}

const CHECKS: Readonly<Partial<Record<NeighbourKind, string>>> = {
  storage: 'Microsoft.Storage/checkNameAvailability?api-version=2023-05-01',
  vault: 'Microsoft.KeyVault/checkNameAvailability?api-version=2023-07-01',
  registry: 'Microsoft.ContainerRegistry/checkNameAvailability?api-version=2023-07-01',
};

/** For those whose names are unique everywhere. */
export function neighbourNameQuery(subscription: string, kind: NeighbourKind, name: string) {
  const check = CHECKS[kind];
  return queryOptions({
    queryKey: ['names', subscription, kind, name],
    queryFn: async ({ signal }) => {
      const answer = await askJson<{ nameAvailable?: boolean; message?: string }>(`/subscriptions/${subscription}/providers/${check}`, {
        method: 'POST',
        body: { name, type: NEIGHBOURS[kind].type },
        signal,
      });
      return answer.nameAvailable === false ? (answer.message ?? 'The name is taken.') : '';
    },
    enabled: check !== undefined && NEIGHBOURS[kind].rule.test(name),
    retry: false,
    staleTime: 5000,
  });
}
