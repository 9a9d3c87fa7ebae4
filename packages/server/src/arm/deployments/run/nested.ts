// Nested deployments looked at from outside: what they would be asked for.

import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { RuntimeNeeded } from '../language/scope.ts';
import { scopeInside } from '../template/plan.ts';
import type { PlannedResource } from '../template/planned-resource.ts';
import { resourceBody } from '../template/resource-body.ts';
import type { Accepted, DeploymentRequest } from './accept.ts';
import { runtimeScope } from './source.ts';

/** Nothing that is read at run time is known. */
export function unread(call: RuntimeNeeded['call']): never {
  throw new RuntimeNeeded(call);
}

export const MAX_DEPTH = 5;

export function nestedRequest(accepted: Accepted, member: PlannedResource, body: JsonObject): DeploymentRequest {
  const scopeId = member.id.replace(/\/providers\/Microsoft\.Resources\/deployments\/[^/]+$/i, '');
  const group = comingGroup(accepted, scopeId);
  return { scopeId, name: member.name, location: stringAt(body, 'location'), properties: objectAt(body, 'properties'), ...(group === undefined ? {} : { comingGroup: group }) };
}

/** The resource group of an id, when the same template makes it. */
function comingGroup({ source, plan }: Accepted, id: string): JsonObject | undefined {
  const group = plan.resources.find((planned) => planned.isWanted && !planned.isExisting && planned.id.toLowerCase() === id.toLowerCase());
  if (group === undefined) return undefined;
  try {
    return { ...resourceBody(group, scopeInside(runtimeScope(source, plan, unread), group)), id: group.id, name: group.name, properties: { provisioningState: 'Succeeded' } };
  } catch (error) {
    if (error instanceof RuntimeNeeded) return undefined;
    throw error;
  }
}
