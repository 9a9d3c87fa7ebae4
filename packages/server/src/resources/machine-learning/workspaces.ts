// Workspaces: the resource everything else belongs to. Creation makes the neighbours that were not given.
// Source: reference/rest-workspaces-create-or-update-2023-04-01.txt; contracts/azureml-rest.md §6 Workspace.

import { randomUUID } from 'node:crypto';
import { action, type ActionCall } from '#arm/action.ts';
import { defineResourceType, type Draft, type ResourceRecord } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';
import { machineLearningVersions } from './api-versions.ts';
import { changesEncryption, checkEncryption, ensureEncryption, validateEncryption } from './workspace-encryption.ts';
import { createDefaultDatastores, createNeighbours } from './workspace-neighbours.ts';
import { type Workspace, WorkspaceProperties } from './workspace-properties.ts';

const KINDS: Readonly<Record<string, string>> = { default: 'Default', hub: 'Hub', project: 'Project', featurestore: 'FeatureStore' };

export function workspaces(ports: ResourcePorts) {
  return defineResourceType({
    type: 'Microsoft.MachineLearningServices/workspaces',
    scope: 'resourceGroup',
    kind: 'tracked',
    createdStatus: 202,
    envelope: { location: 'required', identity: true, kind: true, sku: true },
    apiVersions: machineLearningVersions,
    name: /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$/,
    nameRule: 'has 3 to 33 letters, digits, - or _, and starts with a letter or digit',
    properties: WorkspaceProperties,
    readOnly: [
      '/workspaceId',
      '/notebookInfo',
      '/mlFlowTrackingUri',
      '/privateLinkCount',
      '/privateEndpointConnections',
      '/serviceProvisionedResourceGroup',
      '/storageHnsEnabled',
      '/tenantId',
      '/discoveryUrl',
      '/madeNeighbours',
      '/systemPrincipal',
    ],
    immutable: ['/storageAccount', '/keyVault', '/hbiWorkspace'],
    filters: { kind: { oneOf: 'kind' } },
    validate(_ctx, { desired, current, reject }) {
      const kind = (desired.kind ?? 'Default').toLowerCase();
      if (KINDS[kind] === undefined) reject('kind', `kind is '${desired.kind}'; ${Object.values(KINDS).join(', ')} are accepted.`);
      else if (kind !== 'default') reject('kind', `Workspaces of kind ${KINDS[kind]} are not there yet; Default is.`, 'WorkspaceKindNotSupported');
      const identity = stringAt(desired.identity, 'type') ?? 'SystemAssigned';
      if (/userassigned/i.test(identity)) reject('identity.type', `User-assigned identities are not there yet; SystemAssigned is accepted, '${identity}' was given.`, 'IdentityNotSupported');
      else if (!/^(systemassigned|none)$/i.test(identity)) reject('identity.type', `identity.type is '${identity}'; SystemAssigned is accepted.`);
      validateEncryption(desired, current, reject);
    },
    async prepare(ctx, { desired, current, store }) {
      const { properties } = desired;
      await checkEncryption(ctx, desired, current, ports);
      if (properties.storageAccount !== undefined && current === undefined) {
        const account = await store.find(properties.storageAccount).catch(() => undefined);
        if (account === undefined || !/\/microsoft\.storage\/storageaccounts\//i.test(properties.storageAccount)) {
          throw new Fault(
            'invalid',
            'ValidationError',
            `The storage account '${properties.storageAccount}' was not found; give the resource id of one that exists, or leave it out to have one made.`,
            { target: 'properties.storageAccount' },
          );
        }
        checkStorageAccount(account);
      }
      const { tenantId } = ports.installation();
      return {
        ...desired,
        kind: KINDS[(desired.kind ?? 'Default').toLowerCase()],
        sku: desired.sku ?? { name: 'Basic', tier: 'Basic' },
        identity: desired.identity ?? { type: 'SystemAssigned' },
        properties: {
          ...properties,
          // Why: a PUT that leaves it out does not unlink the one that was made with the workspace.
          ...(properties.applicationInsights === undefined && current?.properties.applicationInsights !== undefined ? { applicationInsights: current.properties.applicationInsights } : {}),
          friendlyName: properties.friendlyName ?? desired.name,
          description: properties.description ?? '',
          ...derived(desired, properties.workspaceId ?? randomUUID(), tenantId, ports),
        },
      };
    },
    provision: {
      when: ({ desired, current }) => current === undefined || current.provisioningState !== 'Succeeded' || changesEncryption(desired, current),
      async run(ctx, { resource, store }) {
        const hasIdentity = stringAt(resource.identity, 'type')?.toLowerCase() !== 'none';
        const systemPrincipal = hasIdentity ? { systemPrincipal: { ...(await ports.identities.ensureSystemIdentity(resource.id, resource.name)) } } : {};
        const neighbours = await createNeighbours(ctx, resource, store, ports);
        await ensureEncryption(ctx, resource, systemPrincipal.systemPrincipal?.principalId, neighbours.storageAccount, ports);
        const whole: ResourceRecord<Workspace> = { ...resource, properties: { ...resource.properties, ...neighbours } };
        await createDefaultDatastores(ctx, whole, store, ports);
        return { properties: { ...neighbours, ...systemPrincipal } };
      },
    },
    async onDelete(tx, ctx, resource, how) {
      if (how !== 'removed') return;
      await ports.content.remove(tx, ctx, resource.key);
      await ports.encryption.release(tx, ctx, resource.key);
      await ports.identities.removeSystemIdentity(tx, resource.id);
    },
    shape(body) {
      const properties = { ...objectAt(body, 'properties') };
      const principal = objectAt(properties, 'systemPrincipal');
      delete properties['systemPrincipal'];
      delete properties['madeNeighbours'];
      const identity = objectAt(body, 'identity');
      const withPrincipal =
        stringAt(principal, 'principalId') === undefined || Object.keys(identity).length === 0
          ? identity
          : { ...identity, principalId: stringAt(principal, 'principalId'), tenantId: stringAt(principal, 'tenantId') };
      return { ...body, identity: withPrincipal, properties };
    },
    actions: {
      listKeys: action({
        async run(_ctx, { resource, store }: ActionCall<unknown, unknown>) {
          const storageId = stringAt(resource.properties, 'storageAccount');
          const account = storageId === undefined ? undefined : await store.find(storageId);
          const key = account === undefined ? undefined : stringAt(objectAt(store.secretsOf(account), 'keys'), 'key1');
          return {
            ...(key === undefined || account === undefined ? {} : { userStorageKey: key, userStorageResourceId: account.id, userStorageArmId: account.id }),
            notebookAccessKeys: {},
          };
        },
      }),
    },
  });
}

/** Azure: a workspace refuses premium storage, plain blob storage and hierarchical namespaces. Source: reference/workspace-concept-2024.md. */
function checkStorageAccount(account: ResourceRecord<unknown>): void {
  const sku = stringAt(account.sku, 'name') ?? '';
  const refuse = (message: string): never => {
    throw new Fault('invalid', 'ValidationError', message, { target: 'properties.storageAccount' });
  };
  if (sku.startsWith('Premium')) refuse(`The storage account ${account.name} has the SKU ${sku}; a workspace needs a Standard one as its default storage.`);
  if (account.kind !== 'StorageV2' && account.kind !== 'Storage')
    refuse(`The storage account ${account.name} is of kind ${account.kind}; a workspace needs StorageV2 or Storage as its default storage.`);
  if (objectAt(account, 'properties')['isHnsEnabled'] === true) refuse(`The storage account ${account.name} has a hierarchical namespace; it cannot be the default storage of a workspace.`);
}

function derived(desired: Draft<Workspace>, workspaceId: string, tenantId: string, ports: ResourcePorts): JsonObject & { readonly workspaceId: string; readonly discoveryUrl: string } {
  const api = ports.sites.api();
  return {
    workspaceId,
    tenantId,
    discoveryUrl: `${api}/discovery`,
    mlFlowTrackingUri: `azureml://${new URL(api).host}/mlflow/v1.0${desired.id}`,
    storageHnsEnabled: false,
    privateLinkCount: 0,
    privateEndpointConnections: [],
    serviceProvisionedResourceGroup: '',
    notebookInfo: { resourceId: workspaceId.replaceAll('-', ''), fqdn: '', isPrivateLinkEnabled: false, notebookPreparationError: null },
  };
}
