// /providers/{namespace}/operations: the actions that roles can name, made from the types themselves.
// Source: Resource Manager REST, Operations - List (the same form in every provider).

import { actionPermission, permissionOf, verbsOf } from '#arm/permission.ts';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { type ArmRoute, defineArmRoute } from '#arm/route.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';

export function providerOperationRoutes(types: () => readonly AnyResourceType[]): readonly ArmRoute[] {
  return [
    defineArmRoute({
      method: 'GET',
      path: '/providers/{namespace}/operations',
      apiVersions: { since: '2014-04-01' },
      // Azure: words, not resources; whoever has a token may ask.
      permission: 'authenticated',
      async run(_ctx, { params }) {
        const namespace = params['namespace'] ?? '';
        const own = types().filter(({ type }) => type.toLowerCase().startsWith(`${namespace.toLowerCase()}/`));
        if (own.length === 0) throw new Fault('notFound', 'InvalidResourceNamespace', `The resource namespace '${namespace.slice(0, 100)}' is invalid.`, { target: namespace.slice(0, 100) });
        const names = [...new Set(own.flatMap(operationsOf))].toSorted();
        return { body: { value: names.map(describe) } };
      },
    }),
  ];
}

function operationsOf(type: AnyResourceType): readonly string[] {
  const verbs = verbsOf(type);
  const has = (...wanted: readonly string[]): boolean => verbs.some((verb) => wanted.includes(verb));
  return [
    ...(has('get', 'list', 'listByResourceGroup', 'listBySubscription') ? [permissionOf(type, 'read')] : []),
    ...(has('put', 'patch') ? [permissionOf(type, 'write')] : []),
    ...(has('delete') ? [permissionOf(type, 'delete')] : []),
    ...Object.entries(type.actions ?? {}).map(([name, action]) => actionPermission(type, name, action.on ?? 'item')),
  ];
}

function describe(name: string): JsonObject {
  const [provider = '', ...rest] = name.split('/');
  const operation = rest.at(-1) ?? '';
  const resource = rest.slice(0, -1).join('/');
  return { name, isDataAction: false, origin: 'user,system', display: { provider, resource, operation, description: `${operation} ${resource}` } };
}
