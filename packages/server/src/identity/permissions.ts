// What a role permits, as pure functions: wildcards, notActions, data actions, scopes.
// Source: Azure RBAC, "Understand Azure role definitions".

import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import type { RolePermission } from './role-definitions.ts';

/** Control plane (`actions`) or data plane (`dataActions`). One never grants the other. */
export type ActionPlane = 'action' | 'dataAction';

/**
 * True when the pattern covers the action; letter case does not count and `*` stands for any text.
 * Azure: a star between two slashes may stand for nothing (`workspaces/write`); the notActions of AzureML Data Scientist rely on it.
 */
export function matchesAction(pattern: string, action: string): boolean {
  const wanted = action.toLowerCase();
  const given = pattern.toLowerCase();
  return matchesGlob(given, wanted) || (given.includes('/*/') && matchesGlob(given.replaceAll('/*/', '/'), wanted));
}

/** Linear for any pattern: only the last star is ever tried again. */
function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    if (from < pattern.length && pattern[from] === '*') {
      star = from;
      starAt = at;
      from += 1;
    } else if (from < pattern.length && pattern[from] === text[at]) {
      from += 1;
      at += 1;
    } else if (star >= 0) {
      starAt += 1;
      at = starAt;
      from = star + 1;
    } else return false;
  }
  while (pattern[from] === '*') from += 1;
  return from === pattern.length;
}

/** True when one of the entries permits the action and does not take it back. */
export function permits(permissions: readonly RolePermission[], plane: ActionPlane, action: string): boolean {
  return permissions.some((permission) => {
    const [granted, excluded] = plane === 'action' ? [permission.actions, permission.notActions] : [permission.dataActions, permission.notDataActions];
    return granted.some((pattern) => matchesAction(pattern, action)) && !excluded.some((pattern) => matchesAction(pattern, action));
  });
}

/** True when `scope` is `ancestor` or lies below it. `/` is above everything. */
export function isWithinScope(scope: string, ancestor: string): boolean {
  const above = ancestor.toLowerCase().replace(/\/+$/, '');
  const below = scope.toLowerCase().replace(/\/+$/, '');
  return above === '' || below === above || below.startsWith(`${above}/`);
}

/** The permissions in the properties of a custom role definition. What is not a list of strings grants nothing. */
export function parsePermissions(properties: JsonObject): readonly RolePermission[] {
  const list = properties['permissions'];
  if (!Array.isArray(list)) return [];
  return list.filter(isJsonObject).map((entry) => ({
    actions: strings(entry['actions']),
    notActions: strings(entry['notActions']),
    dataActions: strings(entry['dataActions']),
    notDataActions: strings(entry['notDataActions']),
  }));
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
