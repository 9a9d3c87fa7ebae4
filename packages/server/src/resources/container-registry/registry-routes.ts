// Whether a registry name is free, and the parts of registries that work on images: empty lists, and a refusal by name.
// Source: contracts/terraform-azurerm.md §4.12 (replications are always read).

import { type ArmRoute, defineArmRoute } from '#arm/route.ts';
import { Fault } from '#kernel/faults.ts';
import { nameAvailabilityRoute } from '../families/name-availability.ts';
import type { ResourcePorts } from '../ports.ts';
import { NAME } from './registries.ts';

const VERSIONS = { since: '2017-03-01' };
const REGISTRY = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerRegistry/registries/{registryName}';
const PARTS = ['replications', 'webhooks', 'tokens'];

const idOf = (params: Readonly<Record<string, string>>): string =>
  `/subscriptions/${params['subscriptionId'] ?? ''}/resourceGroups/${params['resourceGroupName'] ?? ''}/providers/Microsoft.ContainerRegistry/registries/${params['registryName'] ?? ''}`;

export function registryRoutes(ports: Pick<ResourcePorts, 'registries'>): readonly ArmRoute[] {
  return [
    nameAvailabilityRoute({
      namespace: 'Microsoft.ContainerRegistry',
      apiVersions: VERSIONS,
      name: NAME,
      invalid: { reason: 'Invalid', message: (name) => `The registry name '${name}' is invalid: it has 5 to 50 letters and digits.` },
      takenBecause: async (name) => ((await ports.registries.find(name)) === undefined ? undefined : `The registry ${name} is already in use.`),
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
        check(_body, params) {
          throw noPart(part, params['partName'] ?? '');
        },
        async run(_ctx, { params, store }) {
          await store.get(idOf(params));
          throw noPart(part, params['partName'] ?? '');
        },
      }),
    ]),
  ];
}

function noPart(part: string, name: string): Fault {
  return new Fault('notImplemented', 'RegistryFeatureNotImplemented', `Registries of this server keep no images and have no ${part}; '${name}' was not created.`, { target: part });
}
