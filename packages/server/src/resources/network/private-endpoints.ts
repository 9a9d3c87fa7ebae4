// Private endpoints: an address in a subnet that stands for another resource. Made in one transaction: the address, the
// interface and the connection on the target, approved where the caller may approve, else waiting for the target's owner.
// Source: Azure Virtual Network REST, Private Endpoints; contracts/terraform-azurerm.md §4.17.

import { randomUUID } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { type Draft, defineResourceType, type Reject, type ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { Sql } from '#storage/database.ts';
import { deleteResources, findResources } from '#storage/resource-store.ts';
import { findOwnedAddresses } from '#storage/subnet-store.ts';
import { connectionId, insertConnection } from '../families/private-endpoint-connections.ts';
import { linkGroups, linkHost } from '../families/private-link-targets.ts';
import { claimSubnet, findSubnet, releaseSubnets } from '../families/subnet-use.ts';
import type { ResourcePorts } from '../ports.ts';
import { allocate } from './allocate.ts';
import { NIC_TYPE } from './network-interfaces.ts';

const LINKS = 'links';
const SIDES = ['privateLinkServiceConnections', 'manualPrivateLinkServiceConnections'] as const;

const Connection = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 80 }),
  properties: Type.Object({
    privateLinkServiceId: Type.String({ minLength: 1, maxLength: 2048 }),
    groupIds: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 10 })),
    requestMessage: Type.Optional(Type.String({ maxLength: 140 })),
  }),
});
const Connections = Type.Optional(Type.Array(Connection, { maxItems: 1 }));

export const PrivateEndpointProperties = Type.Object({
  subnet: Type.Object({ id: Type.String({ minLength: 1, maxLength: 2048 }) }),
  privateLinkServiceConnections: Connections,
  manualPrivateLinkServiceConnections: Connections,
  customNetworkInterfaceName: Type.Optional(
    Type.String({ pattern: '^([a-zA-Z0-9][a-zA-Z0-9_.-]{0,79})?$', accepts: '1 to 80 letters, digits, _, . or -, beginning with a letter or digit; or nothing' }),
  ),
  ipConfigurations: Type.Optional(Type.Array(Type.Object({}), { maxItems: 64 })),
  applicationSecurityGroups: Type.Optional(Type.Array(Type.Object({}), { maxItems: 64 })),
});

/** What the endpoint leads to, remembered from its creation. */
interface Link {
  readonly targetId: string;
  readonly groupIds: readonly string[];
  readonly connectionId: string;
  readonly nicId: string;
  readonly isApproved: boolean;
}

export function privateEndpoints(ports: Pick<ResourcePorts, 'links' | 'sites'>) {
  return defineResourceType({
    type: 'Microsoft.Network/privateEndpoints',
    scope: 'resourceGroup',
    kind: 'tracked',
    envelope: { location: 'required', others: ['extendedLocation'] },
    apiVersions: { since: '2018-08-01' },
    name: /^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9_])?$/,
    nameRule: 'has 1 to 64 letters, digits, _, . or -, starts with a letter or digit and ends with one or with _',
    properties: PrivateEndpointProperties,
    readOnly: [`/${LINKS}`, '/networkInterfaces', '/customDnsConfigs'],
    refuses: [
      { at: '/ipConfigurations/*', code: 'StaticAddressNotSupported', why: 'the subnet gives an endpoint its address. Leave it out; networkInterfaces and customDnsConfigs tell the address.' },
      { at: '/applicationSecurityGroups/*', code: 'ApplicationSecurityGroupsNotSupported', why: 'there are no application security groups.' },
    ],
    validate(_ctx, { desired, current, reject }) {
      const wanted = targetOf(desired.properties);
      if (wanted === undefined) return reject('properties.privateLinkServiceConnections', 'One connection is needed, in privateLinkServiceConnections or in manualPrivateLinkServiceConnections.');
      if (SIDES.every((side) => (desired.properties[side] ?? []).length > 0)) reject('properties.manualPrivateLinkServiceConnections', 'An endpoint has one connection: in one of the two lists.');
      if (current === undefined) return;
      const { customNetworkInterfaceName: interfaceName } = desired.properties;
      if (interfaceName !== undefined && interfaceName !== (current.properties.customNetworkInterfaceName ?? ''))
        reject('properties.customNetworkInterfaceName', 'The name of the network interface of a private endpoint cannot change.', 'PropertyChangeNotAllowed');
      if (desired.properties.subnet.id.toLowerCase() !== current.properties.subnet.id.toLowerCase())
        reject('properties.subnet.id', 'The subnet of a private endpoint cannot change.', 'PropertyChangeNotAllowed');
      const before = targetOf(current.properties);
      if (before?.id.toLowerCase() !== wanted.id.toLowerCase() || before.groups.join() !== wanted.groups.join() || before.isManual !== wanted.isManual)
        reject('properties.privateLinkServiceConnections', 'What a private endpoint leads to cannot change. Delete it, or create another.', 'PropertyChangeNotAllowed');
    },
    async prepare(ctx, { desired, current, store, reject }) {
      // Terraform sends an empty name for none.
      const { customNetworkInterfaceName: asked, ...others } = desired.properties;
      const interfaceName = asked || current?.properties.customNetworkInterfaceName;
      const named = interfaceName === undefined ? {} : { customNetworkInterfaceName: interfaceName };
      const plain = { ...desired, properties: { ...others, ...named, ...Object.fromEntries(SIDES.map((side) => [side, (desired.properties[side] ?? []).map(plainConnection)])) } };
      if (current !== undefined) return plain;
      const wanted = targetOf(desired.properties);
      if ((await findSubnet(store, desired.properties.subnet.id)) === undefined)
        reject('properties.subnet.id', `The subnet '${desired.properties.subnet.id.slice(0, 300)}' was not found.`, 'InvalidResourceReference');
      const target = wanted === undefined ? undefined : await findTarget(store, wanted, reject);
      if (wanted === undefined || target === undefined) return undefined;
      const isApproved = !wanted.isManual;
      if (isApproved && !(await ports.links.mayApprove(ctx, target))) {
        throw new Fault(
          'forbidden',
          'LinkedAuthorizationFailed',
          `The client '${ctx.principal.displayName}' may create private endpoints here, but may not approve connections to the linked scope '${target.id}' (privateEndpointConnectionsApproval/action). Use manualPrivateLinkServiceConnections to ask its owner.`,
        );
      }
      const link: Link = {
        targetId: target.id,
        groupIds: wanted.groups,
        connectionId: connectionId(target.id, `${desired.name}.${randomUUID()}`),
        nicId: `${desired.id.split('/').slice(0, 5).join('/')}/providers/${NIC_TYPE}/${interfaceName ?? `${desired.name}.nic.${randomUUID()}`}`,
        isApproved,
      };
      return { ...plain, properties: { ...plain.properties, [LINKS]: { ...link } } };
    },
    async onWrite(tx, ctx, { resource, previous, store }) {
      const link = linkOf(resource);
      if (previous !== undefined || link === undefined) return;
      const subnetId = resource.properties.subnet.id;
      const address = await allocate(tx, ctx, store, subnetId);
      await claimSubnet(tx, ctx, store, { subnetId, ownerKey: resource.key, address });
      await insertConnection(tx, ctx, store, {
        id: link.connectionId,
        endpointId: resource.id,
        groupIds: link.groupIds,
        status: link.isApproved ? 'Approved' : 'Pending',
        message: link.isApproved ? 'Auto-Approved' : (targetOf(resource.properties)?.message ?? ''),
      });
      const configuration = {
        name: 'privateEndpointIpConfig',
        id: `${link.nicId}/ipConfigurations/privateEndpointIpConfig`,
        properties: { privateIPAddress: address, privateIPAllocationMethod: 'Dynamic', subnet: { id: subnetId }, primary: true, privateIPAddressVersion: address.includes(':') ? 'IPv6' : 'IPv4' },
      };
      const nic = { location: resource.location ?? '', properties: { ipConfigurations: [configuration], privateEndpoint: { id: resource.id } } };
      await store.put(ctx, link.nicId, nic, { as: 'system', tx, ifNoneMatch: '*' }).catch((error: unknown) => {
        if (!isFault(error, 'precondition')) throw error;
        throw new Fault(
          'conflict',
          'NetworkInterfaceNameInUse',
          `There is a network interface '${link.nicId.split('/').at(-1) ?? ''}' in the group already; give another customNetworkInterfaceName.`,
          {
            target: 'properties.customNetworkInterfaceName',
          },
        );
      });
    },
    async onDelete(tx, _ctx, resource) {
      const link = linkOf(resource);
      await releaseSubnets(tx, resource.key);
      if (link !== undefined) await deleteResources(tx, [link.connectionId.toLowerCase(), link.nicId.toLowerCase()]);
    },
    view: async (_ctx, resources, db) => viewEndpoints(ports, resources, db),
    shape: (body) => ({ ...body, properties: Object.fromEntries(Object.entries(objectAt(body, 'properties')).filter(([name]) => name !== LINKS)) }),
  });
}

interface Wanted {
  readonly id: string;
  readonly groups: readonly string[];
  readonly message: string;
  readonly isManual: boolean;
}

/** Without the state and id that clients send back. */
function plainConnection({ name, properties }: Static<typeof Connection>): Static<typeof Connection> {
  const { privateLinkServiceId, groupIds, requestMessage } = properties;
  return { name, properties: { privateLinkServiceId, ...(groupIds === undefined ? {} : { groupIds }), ...(requestMessage === undefined ? {} : { requestMessage }) } };
}

function targetOf(properties: unknown): Wanted | undefined {
  for (const side of SIDES) {
    const list = isJsonObject(properties) ? properties[side] : undefined;
    const [first] = Array.isArray(list) ? list : [];
    const inner = objectAt(first, 'properties');
    const groups = inner['groupIds'];
    const id = stringAt(inner, 'privateLinkServiceId');
    if (id !== undefined) return { id, groups: Array.isArray(groups) ? groups.map(String) : [], message: stringAt(inner, 'requestMessage') ?? '', isManual: side === SIDES[1] };
  }
  return undefined;
}

async function findTarget(store: Resources, { id, groups }: Wanted, reject: Reject): Promise<ResourceRecord | undefined> {
  const target = await store.find(id).catch(() => undefined);
  const known = target === undefined ? undefined : linkGroups(target.type);
  const at = 'properties.privateLinkServiceConnections.0.properties';
  if (target === undefined) reject(`${at}.privateLinkServiceId`, `The resource '${id.slice(0, 300)}' was not found on this server.`, 'InvalidResourceReference');
  else if (known === undefined) reject(`${at}.privateLinkServiceId`, `Private endpoints do not lead to resources of type ${target.type}.`, 'PrivateLinkServiceNotSupported');
  else if (groups.length === 0 || groups.some((group) => !known.includes(group.toLowerCase())))
    reject(`${at}.groupIds`, `groupIds is [${groups.join(', ')}]; for ${target.type} one of ${known.join(', ')} is accepted.`, 'InvalidGroupId');
  else return target;
  return undefined;
}

function linkOf(resource: Pick<Draft<unknown>, 'properties'>): Link | undefined {
  const link = objectAt(resource.properties, LINKS);
  const [targetId, connection, nicId] = [stringAt(link, 'targetId'), stringAt(link, 'connectionId'), stringAt(link, 'nicId')];
  const groups = link['groupIds'];
  if (targetId === undefined || connection === undefined || nicId === undefined) return undefined;
  return { targetId, connectionId: connection, nicId, groupIds: Array.isArray(groups) ? groups.map(String) : [], isApproved: link['isApproved'] === true };
}

/** States from the targets' side, addresses and names, for a page in two queries. */
async function viewEndpoints(ports: Pick<ResourcePorts, 'sites'>, resources: readonly ResourceRecord<unknown>[], db: Sql): Promise<ReadonlyMap<string, JsonObject>> {
  const links = new Map(resources.map((resource) => [resource.key, linkOf(resource)] as const));
  const keys = [...links.values()].flatMap((link) => (link === undefined ? [] : [link.connectionId.toLowerCase(), link.targetId.toLowerCase()]));
  const [found, addresses] = await Promise.all([findResources(db, keys), findOwnedAddresses(db, [...links.keys()])]);
  return new Map(
    resources.map((resource): readonly [string, JsonObject] => {
      const link = links.get(resource.key);
      if (link === undefined) return [resource.key, {}];
      const connection = found.get(link.connectionId.toLowerCase());
      const target = found.get(link.targetId.toLowerCase());
      const state: JsonObject =
        connection === undefined
          ? { status: 'Disconnected', description: 'The connection was removed by the owner of the target.', actionsRequired: 'Delete the private endpoint.' }
          : objectAt(connection.properties, 'privateLinkServiceConnectionState');
      const address = addresses.get(resource.key);
      const hosts = target === undefined ? [] : link.groupIds.flatMap((group) => linkHost(ports.sites, target, group) ?? []);
      return [
        resource.key,
        {
          ...Object.fromEntries(SIDES.map((side) => [side, withState(resource, side, state)])),
          networkInterfaces: [{ id: link.nicId }],
          customDnsConfigs: address === undefined ? [] : hosts.map((fqdn) => ({ fqdn, ipAddresses: [address] })),
        },
      ];
    }),
  );
}

function withState(resource: ResourceRecord<unknown>, side: (typeof SIDES)[number], state: JsonObject): readonly JsonObject[] {
  const list = isJsonObject(resource.properties) ? resource.properties[side] : undefined;
  return (Array.isArray(list) ? list.filter(isJsonObject) : []).map((connection) => ({
    ...connection,
    id: `${resource.id}/${side}/${stringAt(connection, 'name') ?? ''}`,
    properties: { ...objectAt(connection, 'properties'), privateLinkServiceConnectionState: state, provisioningState: 'Succeeded' },
  }));
}
