// Moving resources to another group of the subscription. What can move says so itself (`isMovable`); everything else is
// refused by name: to workspaces, runs and jobs go by their id, and what a vault holds is sealed to its own.
// Source: Resource Manager REST, Resources - Move Resources; reference/workspace-concept-2024.md (no move across subscriptions).

import { type Static, Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import type { MoveRequest } from '#arm/resources.ts';

const Move = Type.Object({ resources: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 800 }), targetResourceGroup: Type.String({ minLength: 1 }) });

function requestOf({ resource, input }: ActionCall<unknown, Static<typeof Move>>): MoveRequest {
  return { groupId: resource.id, ids: input.resources, targetGroupId: input.targetResourceGroup };
}

export const moveActions = {
  moveResources: action({
    permission: 'Microsoft.Resources/subscriptions/resourceGroups/moveResources/action',
    input: Move,
    isLongRunning: true,
    check: (ctx, call) => call.store.checkMove(ctx, requestOf(call)),
    async run(ctx, call) {
      await call.store.move(ctx, requestOf(call));
      return undefined;
    },
  }),
  validateMoveResources: action({
    permission: 'Microsoft.Resources/subscriptions/resourceGroups/validateMoveResources/action',
    input: Move,
    isLongRunning: true,
    check: (ctx, call) => call.store.checkMove(ctx, requestOf(call)),
    run: () => Promise.resolve(undefined),
  }),
};
