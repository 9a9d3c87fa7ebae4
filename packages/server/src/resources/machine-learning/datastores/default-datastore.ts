// The default datastore of a workspace: always one. Whoever becomes it takes it from the one that was;
// whoever gives it up gives it to workspaceblobstore.

import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import type { Tx } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { DatastoreProperties } from './schema.ts';

const TYPE = 'Microsoft.MachineLearningServices/workspaces/datastores';
const FIRST = 'workspaceblobstore';

export function isFirst(name: string): boolean {
  return name.toLowerCase() === FIRST;
}

/** In the transaction of the write that changed `isDefault`. */
export async function switchDefault(
  tx: Tx,
  ctx: Context,
  { resource, previous, store }: { readonly resource: ResourceRecord<DatastoreProperties>; readonly previous: ResourceRecord<DatastoreProperties> | undefined; readonly store: Resources },
): Promise<void> {
  const isNow = resource.properties.isDefault === true;
  if (isNow === (previous?.properties.isDefault === true)) return;
  if (!isNow) {
    await store.setProperties(tx, ctx, `${resource.parentKey}/datastores/${FIRST}`, { isDefault: true });
    return;
  }
  const others = await store.list(TYPE, resource.parentKey, { filters: { isDefault: 'true' } }, tx);
  for (const other of others.items) if (other.key !== resource.key) await store.setProperties(tx, ctx, other.id, { isDefault: false });
}
