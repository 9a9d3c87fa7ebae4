// Descriptors: a resource type as data for pages that serve every type. Made from the definition that Resource Manager itself
// follows, so that a page cannot know a type differently.

import type { ApiVersions } from '#arm/api-versions.ts';
import { memberRules } from '#arm/envelope.ts';
import { actionPermission, permissionOf, verbsOf } from '#arm/permission.ts';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { typeNames } from './type-names.ts';

/** What types without a list of versions are asked with: none of them changed its form since. */
const RECENT = '2025-01-01';

export interface ActionDescriptor {
  readonly name: string;
  readonly on: 'item' | 'collection';
  readonly method: 'POST' | 'GET';
  readonly permission: string;
  readonly isLongRunning: boolean;
  readonly takesInput: boolean;
}

export interface TypeDescriptor {
  readonly type: string;
  readonly displayName: string;
  readonly pluralName: string;
  /** null for types below others. */
  readonly scope: string | null;
  readonly parent: string | null;
  /** For types whose ids have no `/providers/`. */
  readonly path: string | null;
  readonly isTracked: boolean;
  /** The newest stable one. */
  readonly apiVersion: string;
  readonly verbs: readonly string[];
  readonly permissions: { readonly read: string; readonly write: string; readonly delete: string };
  readonly actions: readonly ActionDescriptor[];
  readonly members: { readonly location: string | null; readonly tags: boolean; readonly kind: boolean; readonly sku: boolean; readonly identity: boolean };
  readonly softDelete: { readonly days: number; readonly purgeParameter: string | null } | null;
}

export function describeType(type: AnyResourceType): TypeDescriptor {
  const [displayName, pluralName] = typeNames(type.type);
  const { location, tags, kind, sku, identity } = memberRules(type);
  return {
    type: type.type,
    displayName,
    pluralName,
    scope: type.scope ?? null,
    parent: type.parent?.type ?? null,
    path: type.path ?? null,
    isTracked: type.kind === 'tracked',
    apiVersion: newestStable(type.apiVersions),
    verbs: verbsOf(type),
    permissions: { read: permissionOf(type, 'read'), write: permissionOf(type, 'write'), delete: permissionOf(type, 'delete') },
    actions: Object.entries(type.actions ?? {}).map(([name, action]) => ({
      name,
      on: action.on ?? 'item',
      method: action.method ?? 'POST',
      permission: actionPermission(type, name, action.on ?? 'item'),
      isLongRunning: action.isLongRunning ?? false,
      takesInput: action.input !== undefined,
    })),
    members: { location: location ?? null, tags, kind, sku, identity },
    softDelete: type.softDelete === undefined ? null : { days: type.softDelete.days, purgeParameter: type.softDelete.purgeParameter ?? null },
  };
}

/** With what a form needs: the schema of `properties`, and which of them are read only, immutable or secret. */
export function describeForm(type: AnyResourceType) {
  return {
    ...describeType(type),
    name: { pattern: type.name.source, rule: type.nameRule },
    properties: type.properties,
    readOnly: type.readOnly ?? [],
    immutable: type.immutable ?? [],
    secrets: type.secrets ?? [],
    additional: type.additional ?? 'keep',
    inputs: Object.fromEntries(Object.entries(type.actions ?? {}).flatMap(([name, action]) => (action.input === undefined ? [] : [[name, action.input]]))),
  };
}

function newestStable(versions: ApiVersions): string {
  if ('since' in versions) return versions.since > RECENT ? versions.since : RECENT;
  const stable = versions.filter((version) => /^\d{4}-\d{2}-\d{2}$/.test(version)).toSorted();
  return stable.at(-1) ?? versions.at(-1) ?? RECENT;
}
