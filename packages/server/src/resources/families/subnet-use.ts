// SubnetUse: how a resource of any type gets into a subnet and out of it again.

import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Tx } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { lockResource } from '#storage/resource-store.ts';
import { deleteSubnetClaims, insertSubnetClaim } from '#storage/subnet-store.ts';

const SUBNET_ID = /\/providers\/microsoft\.network\/virtualnetworks\/[^/]+\/subnets\/[^/]+$/i;

/** Undefined when there is none, and for what is no id of a subnet. */
export async function findSubnet(store: Resources, id: string): Promise<ResourceRecord | undefined> {
  return SUBNET_ID.test(id) ? store.find(id).catch(() => undefined) : undefined;
}

/** Throws `SubnetNotFound` when the subnet went meanwhile. */
export async function claimSubnet(tx: Tx, ctx: Context, store: Resources, claim: { readonly subnetId: string; readonly ownerKey: string; readonly address?: string }): Promise<void> {
  // Why held: a group that is being deleted was looked through already.
  const group = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+/.exec(claim.subnetId.toLowerCase())?.[0] ?? '';
  if ((await lockResource(tx, group, 'share'))?.provisioningState === 'Deleting')
    throw new Fault('conflict', 'ResourceGroupBeingDeleted', `The resource group of the subnet '${claim.subnetId}' is being deleted.`, { target: 'properties.subnet.id' });
  // Why changed: a delete that has looked already compares the ETag.
  const held = await store.setProperties(tx, ctx, claim.subnetId, {});
  if (held === undefined) throw new Fault('invalid', 'SubnetNotFound', `The subnet '${claim.subnetId}' was deleted meanwhile.`, { target: 'properties.subnet.id' });
  await insertSubnetClaim(tx, { subnetKey: held.key, ownerKey: claim.ownerKey, address: claim.address ?? null });
}

export const releaseSubnets: (tx: Tx, ownerKey: string) => Promise<void> = deleteSubnetClaims;
