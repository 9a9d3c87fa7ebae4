// Whether a registry name is free, and the parts of registries that work on images: empty lists, and a refusal by name.
// Source: contracts/terraform-azurerm.md §4.12 (replications are always read).

import { Type } from 'typebox';
import { type ArmRoute, defineArmRoute } from '#arm/route.ts';
import { Fault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';
import { NAME } from './registries.ts';

const VERSIONS = { since: '2017-03-01' };
const REGISTRY = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerRegistry/registries/{registryName}';
const PARTS = ['replications', 'webhooks', 'tokens'];

const idOf = (params: Readonly<Record<string, string>>): string =>
  `/subscriptions/${params['subscriptionId'] ?? ''}/resourceGroups/${params['resourceGroupName'] ?? ''}/providers/Microsoft.ContainerRegistry/registries/${params['registryName'] ?? ''}`;

export function registryRoutes(ports: Pick<ResourcePorts, 'registries' | 'sites'>): readonly ArmRoute[] {
  return [
    defineArmRoute({
      method: 'POST',
      path: '/subscriptions/{subscriptionId}/providers/Microsoft.ContainerRegistry/checkNameAvailability',
      apiVersions: VERSIONS,
      permission: { action: 'Microsoft.ContainerRegistry/checkNameAvailability/read' },
      input: Type.Object({ name: Type.String(), type: Type.Optional(Type.String()) }),
      async run(_ctx, { body }) {
        const name = stringAt(body, 'name') ?? '';
        if (!NAME.test(name)) return { body: { nameAvailable: false, reason: 'Invalid', message: `The registry name '${name.slice(0, 100)}' is invalid: it has 5 to 50 letters and digits.` } };
        const isTaken = (await ports.registries.find(name)) !== undefined;
        return { body: isTaken ? { nameAvailable: false, reason: 'AlreadyExists', message: `The registry ${name} is already in use.` } : { nameAvailable: true } };
      },
    }),
    ...PARTS.flatMap((part) => [
      defineArmRoute({
        method: 'GET',
        path: `${REGISTRY}/${part}`,
        apiVersions: VERSIONS,
        permission: { action: `Microsoft.ContainerRegistry/registries/${part}/read`, scope: idOf },
        async run(_ctx, { params, store }) {
          await store.get(idOf(params));
          return { body: { value: [] } };
        },
      }),
      defineArmRoute({
        method: 'PUT',
        path: `${REGISTRY}/${part}/{partName}`,
        apiVersions: VERSIONS,
        permission: { action: `Microsoft.ContainerRegistry/registries/${part}/write`, scope: idOf },
        async run(_ctx, { params, store }) {
          await store.get(idOf(params));
          throw new Fault('notImplemented', 'RegistryFeatureNotImplemented', `Registries of this server keep no images and have no ${part}; '${params['partName'] ?? ''}' was not created.`, {
            target: part,
          });
        },
      }),
    ]),
  ];
}
