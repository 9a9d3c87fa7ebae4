// JSON merge patch. Source: RFC 7396.

import { isJsonObject, type Json } from './json.ts';

/** The target with the patch applied: null removes, objects merge, anything else replaces. Neither argument changes. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged: Record<string, Json | undefined> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
