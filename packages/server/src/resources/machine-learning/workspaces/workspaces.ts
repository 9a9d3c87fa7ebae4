// Workspaces: the resource everything else belongs to. Creation makes the neighbours that were not given.
// Source: reference/rest-workspaces-create-or-update-2023-04-01.txt; contracts/azureml-rest.md §6 Workspace;
// contracts/terraform-azurerm.md §4.14.

import { randomUUID } from 'node:crypto';
import { type Change, defineResourceType, type Draft, type Reject, type ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { Sql } from '#storage/database.ts';
import { putNodeLimit } from '#storage/quota-store.ts';
import type { ResourcePorts } from '../../ports.ts';
import { machineLearningVersions } from '../api-versions.ts';
import { artifactContainerOf, createDefaultDatastores, ownShares, storageOf } from './default-datastores.ts';
import { diagnose } from './diagnosis/diagnose.ts';
import { keyActions } from './keys.ts';
import { changesEncryption, checkEncryption, ensureEncryption, validateEncryption } from './encryption.ts';
import { checkKind, kindOf } from './kinds.ts';
import { lenientReader } from './lenient.ts';
import { checkLinks, isSameId } from './links.ts';
import { admitChild, checkAllowedAddresses, checkServerless, checkServerlessSubnet, holdServerlessSubnet, serverlessSubnetOf } from './modes.ts';
import { releaseSubnets } from '../../families/subnet-use.ts';
import { createNeighbours, removeNeighbours } from './neighbours.ts';
import { checkHubLink, checkNoProjects, heldByProjects, inheritFromHub, projectsOf, updateProjects } from './projects.ts';
import { HIDDEN, READ_ONLY, type Workspace, WorkspaceProperties } from './properties.ts';
import { checkRecovery, LOST, PURGE_PARAMETER, recoveryBody, RETENTION_DAYS } from './recovery.ts';
import { checkSku, fullSku } from './sku.ts';
import { surroundingActions } from './surroundings.ts';
import { hideNewer, keepNewer } from './versions.ts';

const read = lenientReader(WorkspaceProperties);

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
    readOnly: READ_ONLY,
    immutable: ['/hbiWorkspace', '/enableServiceSideCMKEncryption'],
    filters: { kind: { oneOf: 'kind' } },
    operationSegments: { status: 'workspaceOperationsStatus', result: 'workspaceOperationResults' },
    softDelete: { days: RETENTION_DAYS, purgeParameter: PURGE_PARAMETER, loses: LOST, recoverWhen: () => true },
    accept(body, { apiVersion, isPatch, current }) {
      const given = body['properties'];
      if (!isJsonObject(given)) return body;
      const properties = read(given, isPatch);
      // Azure: templates say status Disabled, or nothing, for a workspace without a key of its own.
      const isDisabled = !isPatch && objectAt(properties, 'encryption')['keyVaultProperties'] === undefined && stringAt(objectAt(properties, 'encryption'), 'status') !== 'Enabled';
      // Azure: network rules are given as a whole; clients leave out the list that is to be emptied.
      const rules = isPatch && isJsonObject(properties['networkAcls']) ? { networkAcls: { ipRules: null, ...properties['networkAcls'] } } : {};
      const asked = isDisabled ? { ...properties, encryption: undefined } : { ...properties, ...rules };
      if (current?.deletedAt !== undefined) return recoveryBody(body, asked, current);
      if (apiVersion === undefined) return { ...body, properties: asked };
      return { ...body, properties: isPatch ? hideNewer(asked, apiVersion) : keepNewer(asked, current?.properties, apiVersion) };
    },
    validate(_ctx, { desired, current, reject }) {
      checkKind(desired.kind, current?.kind, reject);
      checkHubLink(desired, current, reject);
      checkSku(desired.sku, reject);
      checkPrimaryIdentity(desired, reject);
      checkServerless(desired, reject);
      checkAllowedAddresses(desired, reject);
      if (kindOf(desired.kind) !== 'Project') validateEncryption(desired, current, reject);
    },
    prepare: (ctx, change) => prepare(ctx, ports, change),
    async onWrite(tx, ctx, { resource, previous, store }) {
      await updateProjects(tx, ctx, resource, previous, store);
      await holdServerlessSubnet(tx, ctx, resource, previous, store);
    },
    needsOnWrite: ({ desired, current }) => kindOf(desired.kind) === 'Hub' || serverlessSubnetOf(desired.properties) !== serverlessSubnetOf(current?.properties),
    provision: {
      // Why not at each change: only these reach beyond the row.
      when: ({ desired, current }) =>
        current === undefined ||
        current.provisioningState !== 'Succeeded' ||
        desired.properties.systemDatastoresAuthMode !== current.properties.systemDatastoresAuthMode ||
        changesEncryption(desired, current),
      async run(ctx, { resource, store }) {
        try {
          const neighbours = await createNeighbours(ctx, resource, store, ports);
          const linked = { ...resource, properties: { ...resource.properties, ...neighbours } };
          const properties = { ...neighbours, artifactContainer: await artifactContainerOf(linked, store, ports) };
          const complete = { ...linked, properties: { ...linked.properties, ...properties } };
          await ensureEncryption(ctx, complete, stringAt(resource.identity, 'principalId'), storageOf(complete.properties), ports);
          await createDefaultDatastores(ctx, complete, store, ports);
          return { properties };
        } catch (error) {
          await removeNeighbours(ctx, resource, store, error);
          throw error;
        }
      },
    },
    mayDelete: (_ctx, { resource, db }) => checkNoProjects(db, resource),
    heldBy: heldByProjects,
    async onDelete(tx, ctx, resource, how) {
      await releaseSubnets(tx, resource.key);
      if (how !== 'removed') return;
      const { storageAccount, artifactContainer, workspaceId } = resource.properties;
      await ports.content.remove(tx, ctx, { key: resource.key, storageAccount, artifactContainer, shares: workspaceId === undefined ? [] : ownShares(workspaceId) });
      await ports.encryption.release(tx, ctx, resource.key);
      await putNodeLimit(tx, resource.key, undefined);
    },
    admitChild,
    view: (_ctx, resources, db) => liveProperties(resources, db),
    shape(body, apiVersion) {
      const shown = Object.fromEntries(Object.entries(objectAt(body, 'properties')).filter(([name]) => !HIDDEN.includes(name)));
      return { ...body, properties: hideNewer(shown, apiVersion) };
    },
    actions: { ...keyActions, ...surroundingActions(ports), diagnose: diagnose(ports) },
  });
}

/** Azure: the identity that represents the workspace is one of those it has. */
function checkPrimaryIdentity({ identity, properties }: Draft<Workspace>, reject: Reject): void {
  const { primaryUserAssignedIdentity: primary } = properties;
  if (primary === undefined || Object.keys(objectAt(identity, 'userAssignedIdentities')).some((id) => isSameId(id, primary))) return;
  reject('properties.primaryUserAssignedIdentity', `'${primary.slice(0, 300)}' is none of the identities in identity.userAssignedIdentities; one of those is accepted.`);
}

async function prepare(ctx: Context, ports: ResourcePorts, change: Change<Workspace> & { readonly store: Resources; readonly reject: Reject }): Promise<Draft<Workspace>> {
  const { desired, current, store, reject } = change;
  const { allowRecoverSoftDeletedWorkspace = false, ...given } = desired.properties;
  if (current?.deletedAt !== undefined) await checkRecovery(current, allowRecoverSoftDeletedWorkspace, store, reject);
  const kind = kindOf(desired.kind) ?? 'Default';
  const { storageAccount: _s, keyVault: _k, applicationInsights: _a, containerRegistry: _c, featureStoreSettings, ...own } = given;
  await checkServerlessSubnet(desired, current, store, reject);
  if (kind !== 'Project') await checkEncryption(ctx, desired, current, ports);
  const shared = kind === 'Project' ? await inheritFromHub(ctx, ports, change) : await checkLinks(ctx, ports, { kind, given, before: current?.properties, store, reject });
  return {
    ...desired,
    kind,
    sku: fullSku(desired.sku),
    // A project that asks for no identity of its own has none: it does what it does as its hub.
    identity: desired.identity ?? (kind === 'Project' ? undefined : { type: 'SystemAssigned' }),
    properties: {
      ...own,
      ...shared,
      // Azure: a workspace that is no feature store (any more) has no settings of one.
      ...(kind === 'FeatureStore' && featureStoreSettings !== undefined ? { featureStoreSettings } : {}),
      ...derived(desired, given.workspaceId ?? randomUUID(), ports),
    },
  };
}

function derived({ id }: Draft<Workspace>, workspaceId: string, ports: ResourcePorts): JsonObject & { readonly workspaceId: string; readonly discoveryUrl: string } {
  const api = ports.sites.api();
  return {
    workspaceId,
    tenantId: ports.installation().tenantId,
    discoveryUrl: `${api}/discovery`,
    mlFlowTrackingUri: `azureml://${new URL(api).host}/mlflow/v1.0${id}`,
    storageHnsEnabled: false,
    privateLinkCount: 0,
    privateEndpointConnections: [],
    serviceProvisionedResourceGroup: '',
    notebookInfo: { resourceId: workspaceId.replaceAll('-', ''), fqdn: '', isPrivateLinkEnabled: false, notebookPreparationError: null },
  };
}

/** Projects of the hubs on a page. */
async function liveProperties(resources: readonly ResourceRecord<Workspace>[], db: Sql): Promise<ReadonlyMap<string, JsonObject>> {
  const hubs = resources.filter((resource) => kindOf(resource.kind) === 'Hub');
  const projects = await projectsOf(db, hubs);
  return new Map(hubs.map((hub) => [hub.key, { associatedWorkspaces: projects.get(hub.key) ?? [] }]));
}
