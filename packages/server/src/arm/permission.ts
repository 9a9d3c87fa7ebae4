// RBAC action names of a type's verbs and actions.

import type { AnyResourceType, Verb } from './resource-type.ts';
import { actionOf } from './registry.ts';

export function permissionOf(type: AnyResourceType, access: 'read' | 'write' | 'delete'): string {
  return type.permission?.[access] ?? `${type.type}/${access}`;
}

export function actionPermission(type: AnyResourceType, name: string, on: 'item' | 'collection'): string {
  const found = actionOf(type, name, on);
  return found?.action.permission ?? `${type.type}/${found?.name ?? name}/${found?.action.method === 'GET' ? 'read' : 'action'}`;
}

/** Verbs the type answers to. */
export function verbsOf(type: AnyResourceType): readonly Verb[] {
  if (type.verbs !== undefined) return type.verbs;
  const all: readonly Verb[] = ['get', 'put', 'patch', 'delete', 'list'];
  return type.scope === 'resourceGroup' ? [...all, 'listByResourceGroup', 'listBySubscription'] : all;
}
