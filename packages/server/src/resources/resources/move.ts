// Moving resources to another group: checked as Azure checks it, and then refused by name. An id is what data planes,
// keys, runs and principals go by here, so nothing can change its own.
// Source: Resource Manager REST, Resources - Move Resources; reference/workspace-concept-2024.md (no move across subscriptions).

import { type Static, Type } from 'typebox';
import { action } from '#arm/action.ts';
import type { Resources } from '#arm/resources.ts';
import { Fault } from '#kernel/faults.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';

const Move = Type.Object({ resources: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 800 }), targetResourceGroup: Type.String({ minLength: 1 }) });

async function refuse(group: ResourceRecord<unknown>, { resources, targetResourceGroup }: Static<typeof Move>, store: Resources): Promise<never> {
  const outside = resources.find((id) => !id.toLowerCase().startsWith(`${group.key}/providers/`));
  if (outside !== undefined)
    throw new Fault('invalid', 'ResourcesNotInSameResourceGroup', `'${outside.slice(0, 300)}' is not in the resource group '${group.name}'; all resources of a move are in one group.`, {
      target: 'resources',
    });
  const found = await store.findMany(resources);
  const missing = resources.find((id) => !found.has(store.keyOf(id)));
  if (missing !== undefined) throw new Fault('notFound', 'ResourceNotFound', `The resource '${missing.slice(0, 300)}' was not found.`, { target: 'resources' });
  const [, subscription] = /^\/subscriptions\/([^/]+)\/resourceGroups\/[^/]+$/i.exec(targetResourceGroup) ?? [];
  if (subscription === undefined)
    throw new Fault('invalid', 'InvalidTargetResourceGroup', `'${targetResourceGroup.slice(0, 300)}' is not the id of a resource group.`, { target: 'targetResourceGroup' });
  const types = [...new Set([...found.values()].map(({ type }) => type))].join(', ');
  if (subscription.toLowerCase() !== group.subscriptionId)
    throw new Fault('conflict', 'ResourceMoveNotSupported', `Resources of the types ${types} cannot be moved to another subscription.`, { target: 'targetResourceGroup' });
  await store.get(targetResourceGroup);
  throw new Fault('conflict', 'ResourceMoveNotSupported', `Resource move is not supported for resources that have types '${types}'. Create them anew in '${targetResourceGroup}'.`, {
    target: 'resources',
  });
}

export const moveActions = {
  moveResources: action({
    permission: 'Microsoft.Resources/subscriptions/resourceGroups/moveResources/action',
    input: Move,
    run: (_ctx, { resource, input, store }) => refuse(resource, input, store),
  }),
  validateMoveResources: action({
    permission: 'Microsoft.Resources/subscriptions/resourceGroups/validateMoveResources/action',
    input: Move,
    run: (_ctx, { resource, input, store }) => refuse(resource, input, store),
  }),
};
