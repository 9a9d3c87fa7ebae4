// Allocates an address of a subnet. The subnet's row is held, so that two endpoints never get one address.

import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Tx } from '#storage/database.ts';
import { listSubnetClaims } from '#storage/subnet-store.ts';
import { firstFree } from './cidr.ts';
import { rangesOf } from './subnets.ts';

/** Throws `SubnetIsFull` when there is none left. */
export async function allocate(tx: Tx, ctx: Context, store: Resources, subnetId: string): Promise<string> {
  const subnet = await store.setProperties(tx, ctx, subnetId, {});
  if (subnet === undefined) throw new Fault('invalid', 'InvalidResourceReference', `The subnet '${subnetId}' was deleted meanwhile.`, { target: 'properties.subnet.id' });
  const taken = new Set((await listSubnetClaims(tx, [subnet.key])).flatMap(({ address }) => address ?? []));
  const free = rangesOf(subnet.properties)
    .map((range) => firstFree(range, taken))
    .find((address) => address !== undefined);
  if (free === undefined) throw new Fault('invalid', 'SubnetIsFull', `Subnet ${subnet.name} does not have a free address: ${taken.size} are taken.`, { target: 'properties.subnet.id' });
  return free;
}
