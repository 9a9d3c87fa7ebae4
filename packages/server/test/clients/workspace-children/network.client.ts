// A virtual network, private endpoints with their approval, and private DNS, by the unmodified clients.

import { NetworkManagementClient } from '@azure/arm-network';
import { PrivateDnsManagementClient } from '@azure/arm-privatedns';
import { GROUP, openSession, refusal, report, variable, WORKSPACE } from '../azure/session.ts';

const { credential, ml, subscription, workspaceId } = openSession();
const endpoint = variable('LAZURITE_ARM_ENDPOINT');
const options = { endpoint, credentials: { scopes: [`${endpoint}/.default`] } };
const network = new NetworkManagementClient(credential, subscription, options);
const dns = new PrivateDnsManagementClient(credential, subscription, options);
const POLL = { updateIntervalInMs: 100 } as const;

const location = 'local';
await network.networkSecurityGroups.createOrUpdate(
  GROUP,
  'guard',
  {
    location,
    securityRules: [
      {
        name: 'https',
        priority: 100,
        direction: 'Inbound',
        access: 'Allow',
        protocol: 'Tcp',
        sourceAddressPrefix: '*',
        sourcePortRange: '*',
        destinationAddressPrefix: '*',
        destinationPortRange: '443',
      },
    ],
  },
  POLL,
);
const net = await network.virtualNetworks.createOrUpdate(
  GROUP,
  'net',
  { location, addressSpace: { addressPrefixes: ['10.1.0.0/16'] }, subnets: [{ name: 'ends', addressPrefix: '10.1.1.0/29' }] },
  POLL,
);
const guardId = (await network.networkSecurityGroups.get(GROUP, 'guard')).id ?? '';
const nodes = await network.subnets.createOrUpdate(GROUP, 'net', 'nodes', { addressPrefix: '10.1.2.0/24', networkSecurityGroup: { id: guardId } }, POLL);
const names = async () => (await network.virtualNetworks.get(GROUP, 'net')).subnets?.map(({ name }) => name);
const afterChild = await names();
await network.virtualNetworks.createOrUpdate(GROUP, 'net', { location, addressSpace: { addressPrefixes: ['10.1.0.0/16'] }, tags: { a: 'b' } }, POLL);
const afterPlainPut = await names();

const subnet = { id: net.subnets?.[0]?.id ?? '' };
const link = (privateLinkServiceId: string, groupIds: string[]) => [{ name: 'link', privateLinkServiceId, groupIds, requestMessage: 'please' }];
const { keyVault = '', storageAccount = '' } = await ml.workspaces.get(GROUP, WORKSPACE);
const auto = await network.privateEndpoints.createOrUpdate(GROUP, 'to-workspace', { location, subnet, privateLinkServiceConnections: link(workspaceId, ['amlworkspace']) }, POLL);
await network.privateEndpoints.createOrUpdate(GROUP, 'to-vault', { location, subnet, manualPrivateLinkServiceConnections: link(keyVault, ['vault']) }, POLL);
const stateOf = async (name: string) => {
  const found = await network.privateEndpoints.get(GROUP, name);
  return [...(found.privateLinkServiceConnections ?? []), ...(found.manualPrivateLinkServiceConnections ?? [])][0]?.privateLinkServiceConnectionState?.status;
};
await network.privateEndpoints.createOrUpdate(GROUP, 'asks-workspace', { location, subnet, manualPrivateLinkServiceConnections: link(workspaceId, ['amlworkspace']) }, POLL);
const full = await refusal(Promise.resolve(network.privateEndpoints.createOrUpdate(GROUP, 'too-many', { location, subnet, privateLinkServiceConnections: link(storageAccount, ['blob']) }, POLL)));
const connections = async () => (await ml.workspaces.get(GROUP, WORKSPACE)).privateEndpointConnections ?? [];
const asking = (await connections()).find((connection) => connection.privateEndpoint?.id?.endsWith('/asks-workspace') === true);
const states: unknown[] = [await stateOf('to-workspace'), await stateOf('to-vault'), await stateOf('asks-workspace')];
const answer = (status: string) => ml.privateEndpointConnections.createOrUpdate(GROUP, WORKSPACE, asking?.name ?? '', { privateLinkServiceConnectionState: { status, description: 'as decided' } });
for (const status of ['Approved', 'Rejected']) {
  await answer(status);
  states.push(await stateOf('asks-workspace'));
}
const invented = await refusal(ml.privateEndpointConnections.createOrUpdate(GROUP, WORKSPACE, 'made-up', { privateLinkServiceConnectionState: { status: 'Approved' } }));
await ml.privateEndpointConnections.delete(GROUP, WORKSPACE, asking?.name ?? '');
states.push(await stateOf('asks-workspace'));
const nic = await network.networkInterfaces.get(GROUP, auto.networkInterfaces?.[0]?.id?.split('/').at(-1) ?? '');

const zoneName = 'privatelink.api.example';
await dns.privateZones.createOrUpdate(GROUP, zoneName, { location: 'global' }, POLL);
await dns.virtualNetworkLinks.createOrUpdate(GROUP, zoneName, 'to-net', { location: 'global', virtualNetwork: { id: net.id ?? '' }, registrationEnabled: false }, POLL);
await dns.recordSets.createOrUpdate(GROUP, zoneName, 'A', 'www', { ttl: 60, aRecords: [{ ipv4Address: '10.1.2.4' }] });
const zoneId = (await dns.privateZones.get(GROUP, zoneName)).id ?? '';
const zoneGroup = await network.privateDnsZoneGroups.createOrUpdate(GROUP, 'to-workspace', 'default', { privateDnsZoneConfigs: [{ name: 'api', privateDnsZoneId: zoneId }] }, POLL);
const record = await dns.recordSets.get(GROUP, zoneName, 'A', WORKSPACE.toLowerCase());
const zone = await dns.privateZones.get(GROUP, zoneName);
const linked = await refusal(Promise.resolve(dns.privateZones.delete(GROUP, zoneName, POLL)));

const refused = {
  outside: await refusal(Promise.resolve(network.subnets.createOrUpdate(GROUP, 'net', 'far', { addressPrefix: '10.9.0.0/24' }, POLL))),
  overlap: await refusal(Promise.resolve(network.subnets.createOrUpdate(GROUP, 'net', 'twin', { addressPrefix: '10.1.2.128/25' }, POLL))),
  shrink: await refusal(Promise.resolve(network.virtualNetworks.createOrUpdate(GROUP, 'net', { location, addressSpace: { addressPrefixes: ['10.1.1.0/24'] } }, POLL))),
  subnetInUse: await refusal(Promise.resolve(network.subnets.delete(GROUP, 'net', 'ends', POLL))),
  networkInUse: await refusal(Promise.resolve(network.virtualNetworks.delete(GROUP, 'net', POLL))),
  guardInUse: await refusal(Promise.resolve(network.networkSecurityGroups.delete(GROUP, 'guard', POLL))),
  group: await refusal(Promise.resolve(network.privateEndpoints.createOrUpdate(GROUP, 'bad', { location, subnet, privateLinkServiceConnections: link(keyVault, ['blob']) }, POLL))),
  nic: await refusal(Promise.resolve(network.networkInterfaces.createOrUpdate(GROUP, 'mine', { location }, POLL))),
  full,
  invented,
  linked,
};
for (const name of ['to-workspace', 'to-vault', 'asks-workspace']) await network.privateEndpoints.delete(GROUP, name, POLL);
report({
  states,
  afterChild,
  afterPlainPut,
  nodes: { prefix: nodes.addressPrefix, guard: nodes.networkSecurityGroup?.id === guardId },
  auto: { dns: auto.customDnsConfigs, nicAddress: nic.ipConfigurations?.[0]?.privateIPAddress },
  zoneGroup: zoneGroup.privateDnsZoneConfigs?.[0]?.recordSets,
  record: record.aRecords,
  zone: { records: zone.numberOfRecordSets, links: zone.numberOfVirtualNetworkLinks },
  refused,
  left: (await connections()).length,
  recordGone: await refusal(dns.recordSets.get(GROUP, zoneName, 'A', WORKSPACE.toLowerCase())),
  subnetGone: await network.subnets.delete(GROUP, 'net', 'ends', POLL).then(() => names()),
});
