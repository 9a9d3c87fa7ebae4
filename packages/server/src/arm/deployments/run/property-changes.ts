// Property changes: what a PUT of a body would change about a resource as it is read. Only what the body names is compared;
// tags are compared whole.

import { isJsonObject, type Json, type JsonObject, jsonEqual } from '#kernel/json.ts';
import { isArray, memberOf } from '../language/call.ts';
import { isExpression } from '../language/template-expression.ts';

export interface PropertyChange {
  readonly path: string;
  readonly propertyChangeType: 'Create' | 'Delete' | 'Modify' | 'Array';
  readonly before?: Json;
  readonly after?: Json;
  readonly children?: readonly PropertyChange[];
}

const IDENTITY = new Set(['id', 'name', 'type', 'apiversion']);

/** `ignored`: JSON pointers into `properties` that a write does not set or a read does not show. */
export function propertyChanges(before: JsonObject, after: JsonObject, ignored: readonly string[]): readonly PropertyChange[] {
  const skips = new Set(ignored.map((pointer) => `properties${pointer.replaceAll('/', '.')}`.toLowerCase()));
  const members = Object.entries(after).filter(([name]) => !IDENTITY.has(name.toLowerCase()));
  return members.flatMap(([name, value]) => compare(memberOf(before, name), value ?? null, name, skips));
}

function compare(before: Json | undefined, after: Json, path: string, skips: ReadonlySet<string>): readonly PropertyChange[] {
  if (isSkipped(path, skips) || (typeof after === 'string' && isExpression(after))) return [];
  if (before === undefined || before === null) return isNothing(after) ? [] : [{ path, propertyChangeType: 'Create', after }];
  if (isJsonObject(before) && isJsonObject(after)) {
    const changes = Object.entries(after).flatMap(([name, value]) => compare(memberOf(before, name), value ?? null, `${path}.${name}`, skips));
    const gone = path === 'tags' ? Object.entries(before).filter(([name]) => memberOf(after, name) === undefined) : [];
    return [...changes, ...gone.map(([name, value]) => ({ path: `${path}.${name}`, propertyChangeType: 'Delete' as const, before: value ?? null }))];
  }
  if (isArray(before) && isArray(after)) return arrays(before, after, path, skips);
  return isSame(before, after, path) ? [] : [{ path, propertyChangeType: 'Modify', before, after }];
}

function arrays(before: readonly Json[], after: readonly Json[], path: string, skips: ReadonlySet<string>): readonly PropertyChange[] {
  const children = Array.from({ length: Math.max(before.length, after.length) }, (_item, index) => index).flatMap((index): readonly PropertyChange[] => {
    const [was, is] = [before[index], after[index]];
    if (is === undefined) return [{ path: String(index), propertyChangeType: 'Delete', before: was ?? null }];
    return compare(was, is, String(index), skips);
  });
  return children.length === 0 ? [] : [{ path, propertyChangeType: 'Array', children }];
}

function isSkipped(path: string, skips: ReadonlySet<string>): boolean {
  const lower = path.toLowerCase();
  return skips.has(lower) || skips.has(lower.replace(/\.[^.]+$/, '.*'));
}

function isNothing(value: Json): boolean {
  return value === null || value === '' || (isArray(value) && value.length === 0) || (isJsonObject(value) && Object.keys(value).length === 0);
}

/** Words and ids are compared without letter case, locations without blanks, booleans with their spelling. */
function isSame(before: Json, after: Json, path: string): boolean {
  if (jsonEqual(before, after)) return true;
  if (path.startsWith('tags.') || typeof before === 'object' || typeof after === 'object') return false;
  const word = (value: Json) => String(value).toLowerCase();
  return path === 'location' ? word(before).replaceAll(' ', '') === word(after).replaceAll(' ', '') : word(before) === word(after);
}
