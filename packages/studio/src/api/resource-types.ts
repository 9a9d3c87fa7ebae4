// Descriptors of resource types: what the server knows of each, for pages that serve all of them. Source: server planes/studio.

import { queryOptions } from '@tanstack/react-query';
import { askJson } from './client.ts';

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
  readonly scope: 'tenant' | 'subscription' | 'resourceGroup' | 'any' | null;
  readonly parent: string | null;
  readonly path: string | null;
  readonly isTracked: boolean;
  readonly apiVersion: string;
  readonly verbs: readonly string[];
  readonly permissions: { readonly read: string; readonly write: string; readonly delete: string };
  readonly actions: readonly ActionDescriptor[];
  readonly members: { readonly location: 'required' | 'optional' | null; readonly tags: boolean; readonly kind: boolean; readonly sku: boolean; readonly identity: boolean };
  readonly softDelete: { readonly days: number; readonly purgeParameter: string | null } | null;
}

/** The part of JSON Schema that forms are made from. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly default?: unknown;
  readonly description?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** What the pattern means, in words. */
  readonly accepts?: string;
}

export interface FormDescriptor extends TypeDescriptor {
  readonly name: { readonly pattern: string; readonly rule: string };
  readonly properties: Schema;
  /** JSON pointers into `properties`; `*` stands for every member. */
  readonly readOnly: readonly string[];
  readonly immutable: readonly string[];
  readonly secrets: readonly string[];
  readonly inputs: Readonly<Record<string, Schema>>;
}

export const typesQuery = queryOptions({
  queryKey: ['types'],
  queryFn: async ({ signal }) => (await askJson<{ types: readonly TypeDescriptor[] }>('/api/studio/resourceTypes', { signal })).types,
  staleTime: Infinity,
});

export function formQuery(type: string) {
  return queryOptions({
    queryKey: ['types', type.toLowerCase()],
    queryFn: ({ signal }) => askJson<FormDescriptor>(`/api/studio/resourceTypes/${type}`, { signal }),
    staleTime: Infinity,
  });
}

export function findType(types: readonly TypeDescriptor[] | undefined, type: string): TypeDescriptor | undefined {
  return types?.find((each) => each.type.toLowerCase() === type.toLowerCase());
}
