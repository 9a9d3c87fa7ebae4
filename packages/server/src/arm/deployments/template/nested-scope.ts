// Where the expressions of a nested deployment are evaluated: inside it, or in the template around it, as is usual.

import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';

export function isInnerScoped(type: string, source: JsonObject): boolean {
  if (type.toLowerCase() !== 'microsoft.resources/deployments') return false;
  const { properties } = source;
  if (!isJsonObject(properties)) return false;
  return stringAt(objectAt(properties, 'expressionEvaluationOptions'), 'scope')?.toLowerCase() === 'inner';
}
