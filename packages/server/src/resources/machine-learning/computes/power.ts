// Start, stop and restart of a compute instance: 202 at once, done when the instance is there. Source: contracts/azureml-rest.md §4 Computes.

import { type Action, action } from '#arm/action.ts';
import { Fault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { ResourcePorts } from '../../ports.ts';

const WAIT_MS = 100;
const UNDER_WAY = new Set(['Starting', 'Restarting', 'Stopping']);

export function powerActions(ports: Pick<ResourcePorts, 'computes'>): Readonly<Record<'start' | 'stop' | 'restart', Action<never>>> {
  const power = (change: 'Start' | 'Stop' | 'Restart'): Action =>
    action({
      isLongRunning: true,
      check: async (_ctx, { resource }) => checkIsInstance(resource, change),
      async begin(tx, ctx, { resource }) {
        await ports.computes.changePower(tx, ctx, resource.key, change);
      },
      async run(_ctx, { resource }) {
        const state = await ports.computes.find(resource.key);
        if (state?.instance?.state === 'Unusable') throw new Fault('invalid', `${change}Failed`, `The node of ${resource.name} cannot be used: ${state.errors.join('; ')}`);
        return UNDER_WAY.has(state?.instance?.state ?? '') ? { againAfterMs: WAIT_MS } : undefined;
      },
    });
  return { start: power('Start'), stop: power('Stop'), restart: power('Restart') };
}

function checkIsInstance(resource: ResourceRecord<unknown>, change: string): void {
  const type = stringAt(resource.properties, 'computeType') ?? '';
  if (type !== 'ComputeInstance')
    throw new Fault(
      'invalid',
      'ComputeTypeNotSupported',
      `${resource.name} is of type ${type}; ${change.toLowerCase()} is for a ComputeInstance. A cluster starts and stops its nodes by itself, by its scaleSettings.`,
    );
}
