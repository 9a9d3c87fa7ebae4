// Outbound rules of a workspace's managed network. A private endpoint rule makes a connection on its target.
// Source: contracts/azureml-rest.md §4, §6 OutboundRule; contracts/terraform-azurerm.md §4.17.

import { randomUUID } from 'node:crypto';
import { type AnyResourceType, defineResourceType, type ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, jsonEqual, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { deleteResources, findResources } from '#storage/resource-store.ts';
import { connectionId, insertConnection } from '../../families/private-endpoint-connections.ts';
import { linkGroups } from '../../families/private-link-targets.ts';
import type { ResourcePorts } from '../../ports.ts';
import { machineLearningVersions } from '../api-versions.ts';
import { type RuleProperties, ruleSchema } from './rule-schema.ts';

export const RULE_TYPE = 'Microsoft.MachineLearningServices/workspaces/outboundRules';
/** Of a rule that the workspace itself needs: set by the server, not shown. */
const SYSTEM = 'isSystem';
const LINK = 'connectionId';
/** Whether who made the rule may approve it. */
export const APPROVED = 'isLinkApproved';

export function outboundRules(workspaces: AnyResourceType, ports: Pick<ResourcePorts, 'links'>) {
  return defineResourceType({
    type: RULE_TYPE,
    parent: workspaces,
    kind: 'proxy',
    apiVersions: machineLearningVersions,
    createdStatus: 200,
    isAlwaysPolled: true,
    verbs: ['get', 'put', 'delete', 'list'],
    name: /^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/,
    nameRule: 'has 1 to 128 letters, digits, _, . or -',
    hasProvisioningState: false,
    properties: ruleSchema,
    readOnly: ['/status', '/errorInformation', '/parentRuleNames', '/destination/sparkStatus', `/${SYSTEM}`, `/${LINK}`, `/${APPROVED}`],
    immutable: ['/type'],
    validate(_ctx, { desired, current, reject }) {
      const { type, category, destination } = desired.properties;
      const isSystem = isOwn(desired.properties);
      if (!isSystem && category !== 'UserDefined') reject('properties.category', `category is ${category}; rules of a caller are UserDefined.`);
      if (!isSystem && desired.name.toUpperCase().startsWith('__SYS_'))
        reject('name', `The name '${desired.name}' is one of the workspace's own rules; names that begin with __SYS_ are kept for them.`);
      if (current === undefined || jsonEqual(withoutSpark(destination), withoutSpark(current.properties.destination))) return;
      if (isSystem) reject('properties.destination', `The rule ${current.name} is required by the workspace and cannot change.`, 'RequiredRuleImmutable');
      else if (type === 'PrivateEndpoint')
        reject('properties.destination', 'The destination of a private endpoint rule cannot change. Delete the rule, or create another.', 'PropertyChangeNotAllowed');
    },
    async prepare(ctx, { desired, current, store, reject }) {
      const { properties } = desired;
      const workspace = await store.get(desired.parentKey);
      if (!isOwn(properties)) checkMode(workspace, properties.type);
      if (properties.type !== 'PrivateEndpoint' || current !== undefined) return undefined;
      const target = await findTarget(store, properties, reject);
      if (target === undefined) return undefined;
      // Why a property: the transaction of the write makes the connection, and the rule's end removes it.
      const isApproved = isOwn(properties) || (objectAt(desired, 'properties')[APPROVED] ?? (await ports.links.mayApprove(ctx, target)));
      return { ...desired, properties: { ...properties, [LINK]: connectionId(target.id, `${workspace.name}-${desired.name.slice(0, 40)}.${randomUUID()}`), [APPROVED]: isApproved } };
    },
    async onWrite(tx, ctx, { resource, previous, store }) {
      const link = stringAt(resource.properties, LINK);
      if (previous !== undefined || link === undefined) return;
      const group = stringAt(objectAt(resource.properties, 'destination'), 'subresourceTarget') ?? '';
      const isApproved = objectAt(resource, 'properties')[APPROVED] === true;
      await insertConnection(tx, ctx, store, {
        id: link,
        endpointId: resource.id,
        groupIds: [group],
        status: isApproved ? 'Approved' : 'Pending',
        message: `Outbound rule ${resource.name} of the managed network of a workspace.`,
      });
    },
    async mayDelete(_ctx, { resource }) {
      if (isOwn(resource.properties)) throw new Fault('conflict', 'RequiredRuleImmutable', `The rule ${resource.name} is required by the workspace and cannot be deleted.`);
    },
    async onDelete(tx, _ctx, resource, how) {
      const link = stringAt(resource.properties, LINK);
      if (how === 'removed' && link !== undefined) await deleteResources(tx, [link.toLowerCase()]);
    },
    async view(_ctx, resources, db) {
      const workspacesByKey = await findResources(db, [...new Set(resources.map((resource) => resource.parentKey))]);
      return new Map(resources.map((resource) => [resource.key, liveRule(resource, workspacesByKey.get(resource.parentKey))]));
    },
    shape: (body) => ({ ...body, properties: shownRule(objectAt(body, 'properties')) }),
  });
}

/** Live members of a rule: it is active once the network is provisioned. */
export function liveRule(rule: ResourceRecord<unknown>, workspace: ResourceRecord<unknown> | undefined): JsonObject {
  const network = objectAt(objectAt(workspace?.properties, 'managedNetwork'), 'status');
  const status = stringAt(network, 'status') ?? 'Inactive';
  const destination = objectAt(rule.properties, 'destination');
  const hasSpark = destination['sparkEnabled'] !== undefined;
  return { status, ...(hasSpark ? { destination: { ...destination, sparkStatus: network['sparkReady'] === true && destination['sparkEnabled'] === true ? 'Active' : 'Inactive' } } : {}) };
}

/** Without what only the server needs to know. */
export function shownRule(properties: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => name !== SYSTEM && name !== LINK && name !== APPROVED));
}

function checkMode(workspace: ResourceRecord<unknown>, type: RuleProperties['type']): void {
  const mode = stringAt(objectAt(workspace.properties, 'managedNetwork'), 'isolationMode') ?? 'Disabled';
  const accepted = type === 'PrivateEndpoint' ? ['AllowInternetOutbound', 'AllowOnlyApprovedOutbound'] : ['AllowOnlyApprovedOutbound'];
  if (accepted.includes(mode)) return;
  throw new Fault(
    'invalid',
    'OutboundRuleNotAllowed',
    `The workspace ${workspace.name} has the isolation mode ${mode}; a rule of type ${type} needs managedNetwork.isolationMode ${accepted.join(' or ')}.`,
    { target: 'properties.type' },
  );
}

async function findTarget(store: Resources, properties: RuleProperties, reject: (property: string, message: string, code?: string) => void): Promise<ResourceRecord | undefined> {
  const id = stringAt(properties.destination, 'serviceResourceId') ?? '';
  const group = stringAt(properties.destination, 'subresourceTarget') ?? '';
  const target = await store.find(id).catch(() => undefined);
  const groups = target === undefined ? undefined : linkGroups(target.type);
  if (target === undefined) reject('properties.destination.serviceResourceId', `The resource '${id.slice(0, 300)}' was not found on this server.`, 'ResourceNotFound');
  else if (groups === undefined) reject('properties.destination.serviceResourceId', `Private endpoints do not lead to resources of type ${target.type}.`);
  else if (!groups.includes(group.toLowerCase())) reject('properties.destination.subresourceTarget', `subresourceTarget is '${group}'; for ${target.type} ${groups.join(', ')} are accepted.`);
  else return target;
  return undefined;
}

function isOwn(properties: unknown): boolean {
  return isJsonObject(properties) && properties[SYSTEM] === true;
}

function withoutSpark(destination: string | JsonObject): string | JsonObject {
  if (typeof destination === 'string') return destination;
  return Object.fromEntries(Object.entries(destination).filter(([name]) => !name.startsWith('spark')));
}
