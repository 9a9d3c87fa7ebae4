// Resource locks of Resource Manager.

import { queryOptions } from '@tanstack/react-query';
import { armList } from './queries.ts';
import { encodeId } from './resources.ts';
import { armWrite } from './write.ts';

const VERSION = '2020-05-01';
const PROVIDER = '/providers/Microsoft.Authorization/locks';

export interface Lock {
  readonly id: string;
  readonly name: string;
  readonly level: string;
  readonly notes: string;
  /** What it was put on. */
  readonly scope: string;
}

export function locksQuery(id: string) {
  return queryOptions({
    queryKey: ['resource', id.toLowerCase(), 'locks'],
    queryFn: async ({ signal }): Promise<readonly Lock[]> =>
      (await armList(`${encodeId(id)}${PROVIDER}?api-version=${VERSION}&$filter=${encodeURIComponent('atScope()')}`, signal)).map((lock) => ({
        id: lock.id,
        name: lock.name,
        level: String(lock.properties['level'] ?? ''),
        notes: String(lock.properties['notes'] ?? ''),
        scope: lock.id.slice(0, lock.id.toLowerCase().lastIndexOf(PROVIDER.toLowerCase())),
      })),
  });
}

export async function addLock(id: string, lock: { readonly name: string; readonly level: string; readonly notes: string }): Promise<void> {
  await armWrite(`${encodeId(id)}${PROVIDER}/${encodeURIComponent(lock.name)}?api-version=${VERSION}`, {
    method: 'PUT',
    body: { properties: { level: lock.level, ...(lock.notes === '' ? {} : { notes: lock.notes }) } },
  });
}

export async function removeLock(lockId: string): Promise<void> {
  await armWrite(`${encodeId(lockId)}?api-version=${VERSION}`, { method: 'DELETE' });
}
