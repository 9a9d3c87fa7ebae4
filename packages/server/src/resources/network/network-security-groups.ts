// Network security groups with their rules inline. They are checked and kept; nothing filters by them.
// Source: Azure Virtual Network REST, Network Security Groups.

import { Type } from 'typebox';
import { defineResourceType } from '#arm/resource-type.ts';
import { Fault, type FaultDetail } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import { listForeignReferences } from '#storage/reference-store.ts';
import { SUBNET_TYPE } from './subnets.ts';

const Text = Type.Optional(Type.String({ maxLength: 200 }));
const Texts = Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 4_000 }));

const SecurityRule = Type.Object({
  name: Type.String({
    pattern: '^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,78}[a-zA-Z0-9_])?$',
    accepts: '1 to 80 letters, digits, _, . or -, beginning with a letter or digit and ending with one or with _',
  }),
  properties: Type.Object({
    priority: Type.Integer({ minimum: 100, maximum: 4096 }),
    direction: Type.Enum(['Inbound', 'Outbound']),
    access: Type.Enum(['Allow', 'Deny']),
    protocol: Type.Enum(['*', 'Tcp', 'Udp', 'Icmp', 'Esp', 'Ah']),
    description: Text,
    sourceAddressPrefix: Text,
    sourceAddressPrefixes: Texts,
    sourcePortRange: Text,
    sourcePortRanges: Texts,
    destinationAddressPrefix: Text,
    destinationAddressPrefixes: Texts,
    destinationPortRange: Text,
    destinationPortRanges: Texts,
  }),
});

/** Azure: those of every group, after all others. */
const DEFAULTS: readonly JsonObject[] = [
  ['AllowVnetInBound', 65_000, 'Inbound', 'Allow', 'VirtualNetwork', 'VirtualNetwork'],
  ['AllowAzureLoadBalancerInBound', 65_001, 'Inbound', 'Allow', 'AzureLoadBalancer', '*'],
  ['DenyAllInBound', 65_500, 'Inbound', 'Deny', '*', '*'],
  ['AllowVnetOutBound', 65_000, 'Outbound', 'Allow', 'VirtualNetwork', 'VirtualNetwork'],
  ['AllowInternetOutBound', 65_001, 'Outbound', 'Allow', '*', 'Internet'],
  ['DenyAllOutBound', 65_500, 'Outbound', 'Deny', '*', '*'],
].map(([name = '', priority = 0, direction = '', access = '', sourceAddressPrefix = '', destinationAddressPrefix = '']) => ({
  name,
  properties: { priority, direction, access, protocol: '*', sourceAddressPrefix, sourcePortRange: '*', destinationAddressPrefix, destinationPortRange: '*', provisioningState: 'Succeeded' },
}));

export const networkSecurityGroups = defineResourceType({
  type: 'Microsoft.Network/networkSecurityGroups',
  scope: 'resourceGroup',
  kind: 'tracked',
  isMovable: true,
  apiVersions: { since: '2015-05-01' },
  name: /^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,78}[a-zA-Z0-9_])?$/,
  nameRule: 'has 1 to 80 letters, digits, _, . or -, starts with a letter or digit and ends with one or with _',
  properties: Type.Object({ securityRules: Type.Array(SecurityRule, { default: [], maxItems: 1_000 }) }),
  readOnly: ['/defaultSecurityRules', '/resourceGuid'],
  validate(_ctx, { desired, reject }) {
    const seen = new Map<string, string>();
    for (const [index, { name, properties }] of desired.properties.securityRules.entries()) {
      const place = `${properties.direction} ${properties.priority}`;
      const other = seen.get(place);
      if (other !== undefined)
        reject(
          `properties.securityRules.${index}.properties.priority`,
          `Security rule ${name} conflicts with rule ${other}. Rules cannot have the same Priority and Direction.`,
          'SecurityRuleConflict',
        );
      seen.set(place, name);
    }
  },
  async mayDelete(_ctx, { resource, store }) {
    const users = await store.listBySubscription(SUBNET_TYPE, resource.subscriptionId ?? '', { filters: { networkSecurityGroup: resource.id }, top: 1 });
    const [user] = users.items;
    if (user === undefined) return;
    const { code, message } = inUse(resource.id, user.id);
    throw new Fault('invalid', code, message, { target: resource.id });
  },
  heldBy: async (db, belowKey) => (await listForeignReferences(db, SUBNET_TYPE.toLowerCase(), ['networkSecurityGroup', 'id'], belowKey, 20)).map(({ id, refersTo }) => inUse(refersTo, id)),
  view: async (_ctx, resources) =>
    new Map(resources.map((resource) => [resource.key, { defaultSecurityRules: DEFAULTS.map((rule) => ({ id: `${resource.id}/defaultSecurityRules/${String(rule['name'])}`, ...rule })) }])),
});

function inUse(id: string, subnetId: string): FaultDetail {
  const message = `Network security group ${id.split('/').at(-1) ?? ''} cannot be deleted because it is in use by the subnet ${subnetId}.`;
  return { code: 'InUseNetworkSecurityGroupCannotBeDeleted', message, target: id };
}
