// Complete mode: what the resource group holds and the template does not name goes, newest first, one after another.

import { randomUUID } from 'node:crypto';
import { isJsonObject, stringAt } from '#kernel/json.ts';
import type { DeploymentStep, NewStep } from '#storage/deployment-store.ts';
import type { AnyResourceType } from '../../resource-type.ts';
import type { Plan } from '../template/plan.ts';
import { type ArmHandler, sendPath } from './gateway.ts';
import type { Context } from '#kernel/context.ts';

const VERSION = '2022-12-01';

export interface GroupMember {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

/** Top-level resources of a resource group, as the caller sees them. */
export async function listGroup(arm: ArmHandler, ctx: Context, groupId: string): Promise<readonly GroupMember[]> {
  const members: GroupMember[] = [];
  let next: string | undefined = `${groupId}/resources?api-version=${VERSION}`;
  while (next !== undefined) {
    const { body } = await sendPath(arm, ctx, 'GET', next);
    const value = body['value'];
    for (const item of Array.isArray(value) ? value : []) {
      if (isJsonObject(item)) members.push({ id: stringAt(item, 'id') ?? '', name: stringAt(item, 'name') ?? '', type: stringAt(item, 'type') ?? '' });
    }
    next = stringAt(body, 'nextLink');
  }
  return members;
}

/** Members of the group that no wanted resource of the plan names, or lives below. */
export function notInPlan(members: readonly GroupMember[], plan: Plan): readonly GroupMember[] {
  const wanted = plan.resources.filter(({ isWanted }) => isWanted).map(({ id }) => id.toLowerCase());
  return members.filter(({ id }) => !wanted.some((planned) => planned === id.toLowerCase() || planned.startsWith(`${id.toLowerCase()}/`)));
}

/** The next steps to add; none when the group holds what it should. */
export async function leftovers(
  run: { readonly arm: ArmHandler; readonly ctx: Context },
  plan: Plan,
  groupId: string,
  steps: readonly DeploymentStep[],
  types: readonly AnyResourceType[],
): Promise<readonly NewStep[]> {
  const known = new Set(types.filter((type) => type.verbs?.includes('delete') ?? true).map((type) => type.type.toLowerCase()));
  const extra = notInPlan(await listGroup(run.arm, run.ctx, groupId), plan).filter(
    ({ id, type }) => known.has(type.toLowerCase()) && !steps.some((step) => step.kind === 'delete' && step.resourceId.toLowerCase() === id.toLowerCase()),
  );
  const last = extra.at(-1);
  if (last === undefined) return [];
  return [{ key: `(delete) ${last.id.toLowerCase()}`, ordinal: steps.length, operationId: randomUUID(), kind: 'delete', resourceId: last.id, resourceType: last.type, resourceName: last.name }];
}
