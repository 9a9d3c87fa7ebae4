// Modes of a workspace: the old API only (v1LegacyMode), whom its network rules let in, and where jobs without a compute of
// their own run.
// Source: contracts/azureml-rest.md §6 (v1LegacyMode, ServerlessComputeSettings); reference/terraform-machine-learning-workspace.md;
// Azure, "Network isolation with v2": in legacy mode workspaces and computes go through Resource Manager, and nothing else does.

import { isIP } from 'node:net';
import type { Draft, Reject, ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { objectAt } from '#kernel/json.ts';
import type { Tx } from '#storage/database.ts';
import { claimSubnet, findSubnet, releaseSubnets } from '../../families/subnet-use.ts';
import { parseCidr } from '../../network/cidr.ts';
import type { Workspace } from './properties.ts';

/** What the old API, too, reaches through Resource Manager: computes, and the workspace's own connections and network. */
const OF_OLD = new Set(['computes', 'connections', 'outboundrules', 'privateendpointconnections']);

/** Throws when the workspace keeps requests of the new API out. */
export function admitChild(workspace: ResourceRecord<unknown>, type: string): void {
  if (objectAt(workspace, 'properties')['v1LegacyMode'] !== true) return;
  const [, , child = ''] = type.toLowerCase().split('/');
  if (OF_OLD.has(child)) return;
  throw new Fault(
    'invalid',
    'V1LegacyModeEnabled',
    `The workspace ${workspace.name} is in v1 legacy mode: ${type} is reached through the v2 API only, which the mode keeps out. Set properties.v1LegacyMode of the workspace to false.`,
    { target: 'properties.v1LegacyMode' },
  );
}

/** Addresses and ranges that are let in. */
export function checkAllowedAddresses({ properties }: Draft<Workspace>, reject: Reject): void {
  const check = (value: string, property: string): void => {
    if (isIP(value) === 0 && parseCidr(value) === undefined) reject(property, `'${value.slice(0, 100)}' is no address; an address or a range such as 203.0.113.0/24 is accepted.`);
  };
  for (const [index, { value }] of (properties.networkAcls?.ipRules ?? []).entries()) check(value, `properties.networkAcls.ipRules.${index}.value`);
  for (const [index, value] of (properties.ipAllowlist ?? []).entries()) check(value, `properties.ipAllowlist.${index}`);
}

export function checkServerless({ properties }: Draft<Workspace>, reject: Reject): void {
  const { serverlessComputeSettings: settings, managedNetwork } = properties;
  const isManaged = ['AllowInternetOutbound', 'AllowOnlyApprovedOutbound'].includes(managedNetwork?.isolationMode ?? '');
  if (settings?.serverlessComputeNoPublicIP === true && settings.serverlessComputeCustomSubnet === undefined && !isManaged)
    reject(
      'properties.serverlessComputeSettings.serverlessComputeNoPublicIP',
      'Serverless compute without public addresses needs a network: give serverlessComputeCustomSubnet, or a managed network, or leave this false.',
    );
}

/** The subnet that is named must be there; looked up only when it is new. */
export async function checkServerlessSubnet({ properties }: Draft<Workspace>, current: ResourceRecord<Workspace> | undefined, store: Resources, reject: Reject): Promise<void> {
  const subnet = properties.serverlessComputeSettings?.serverlessComputeCustomSubnet;
  const before = current?.properties.serverlessComputeSettings?.serverlessComputeCustomSubnet;
  if (subnet === undefined || subnet.toLowerCase() === before?.toLowerCase() || (await findSubnet(store, subnet)) !== undefined) return;
  reject(
    'properties.serverlessComputeSettings.serverlessComputeCustomSubnet',
    `The subnet '${subnet.slice(0, 300)}' was not found; give the resource id of a subnet of a virtual network that exists.`,
    'SubnetNotFound',
  );
}

export function serverlessSubnetOf(properties: Workspace | undefined): string | undefined {
  return properties?.serverlessComputeSettings?.serverlessComputeCustomSubnet?.toLowerCase();
}

/** The subnet stays while the workspace names it. */
export async function holdServerlessSubnet(tx: Tx, ctx: Context, resource: ResourceRecord<Workspace>, previous: ResourceRecord<Workspace> | undefined, store: Resources): Promise<void> {
  const [subnetId, before] = [serverlessSubnetOf(resource.properties), serverlessSubnetOf(previous?.properties)];
  if (subnetId === before) return;
  await releaseSubnets(tx, resource.key);
  if (subnetId !== undefined) await claimSubnet(tx, ctx, store, { subnetId, ownerKey: resource.key });
}
