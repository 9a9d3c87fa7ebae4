// Examine: what is wrong with a workspace and its neighbours, found out by looking: a blob is written, read and deleted,
// the vault is opened, keys are compared, names are resolved. Nothing found is an empty list.
// Source: contracts/azure-ai-ml.md §4.1 (begin_diagnose).

import type { ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import { toFault } from '#kernel/faults.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { Sql } from '#storage/database.ts';
import { findLocks } from '#storage/lock-store.ts';
import type { ResourcePorts } from '../../../ports.ts';
import { currentKey, isOpenedByKeyOf, ownContainer } from '../default-datastores.ts';
import { kindOf } from '../kinds.ts';
import { findNeighbour, LINK_NAMES } from '../links.ts';
import { error, type Finding, information, warning } from './finding.ts';

const DATASTORES = 'Microsoft.MachineLearningServices/workspaces/datastores';
const WRITE_BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write';

export interface Patient {
  readonly workspace: ResourceRecord<unknown>;
  readonly store: Resources;
  readonly db: Sql;
  readonly ports: Pick<ResourcePorts, 'access' | 'probes' | 'sites' | 'vaults'>;
  /** Azure: of a workspace with sensitive data diagnostics keep less: no names. */
  readonly isSensitive: boolean;
  /** How a resource is called in a message. */
  name(resource: ResourceRecord): string;
}

export async function examineStorage({ workspace, store, ports, name }: Patient): Promise<readonly Finding[]> {
  const id = stringAt(workspace.properties, 'storageAccount');
  const account = await findNeighbour(store, id, 'storageAccount');
  if (account === undefined) return [error('StorageAccountNotFound', 'The storage account of the workspace is not there. Logs, data and models that were in it are lost; make a new workspace.')];
  const found: Finding[] = [];
  const isByKey = stringAt(workspace.properties, 'systemDatastoresAuthMode') !== 'Identity';
  if (account.properties['isHnsEnabled'] === true && kindOf(workspace.kind) !== 'FeatureStore')
    found.push(error('StorageAccountHnsEnabled', `The storage account${name(account)} has a hierarchical namespace, which a workspace cannot use as its default storage.`));
  if (isByKey && account.properties['allowSharedKeyAccess'] === false)
    found.push(error('StorageSharedKeyDisabled', `The storage account${name(account)} refuses its keys, and the workspace uses them. Allow them, or set systemDatastoresAuthMode to Identity.`));
  if (account.properties['publicNetworkAccess'] === 'Disabled') found.push(warning('StoragePublicAccessDisabled', `The storage account${name(account)} is reached only through private endpoints.`));
  if (isByKey) found.push(...(await staleKeys(workspace, account, store)));
  const failure = await ports.probes.storage(account.name, ownContainer(stringAt(workspace.properties, 'workspaceId') ?? '')).then(
    () => undefined,
    (cause: unknown) => toFault(cause),
  );
  if (failure !== undefined) found.push(error(failure.code, `A blob could not be written to the storage account${name(account)}, read again and deleted: ${failure.message}`));
  if (!isByKey) found.push(...(await identityAccess(workspace, account, ports)));
  return found;
}

/** Datastores whose key is none of the account's. */
async function staleKeys(workspace: ResourceRecord<unknown>, account: ResourceRecord, store: Resources): Promise<readonly Finding[]> {
  const valid = new Set(Object.values(objectAt(store.secretsOf(account), 'keys')));
  const page = await store.list(DATASTORES, workspace.id, { top: 1_000 });
  const stale = page.items.filter(
    (datastore) => isOpenedByKeyOf(datastore, account.name) && !valid.has(stringAt(objectAt(objectAt(store.secretsOf(datastore), 'credentials'), 'secrets'), 'key') ?? ''),
  );
  if (stale.length === 0 || currentKey(account, store) === '') return [];
  return [
    error(
      'StorageKeysOutOfSync',
      `The keys of the storage account were rotated: ${stale.length} datastores (${stale
        .slice(0, 5)
        .map((datastore) => datastore.name)
        .join(', ')}) still have an old one. Resync the keys of the workspace.`,
    ),
  ];
}

async function identityAccess(workspace: ResourceRecord<unknown>, account: ResourceRecord, ports: Patient['ports']): Promise<readonly Finding[]> {
  const principalId = principalOf(workspace);
  if (principalId === undefined)
    return [error('WorkspaceIdentityMissing', 'The workspace opens its storage as its identity, and has none. Give it one, or set systemDatastoresAuthMode to AccessKey.')];
  const { isAllowed, roles } = await ports.access.explain(principalId, 'dataAction', WRITE_BLOBS, account.id);
  if (isAllowed) return [];
  return [warning('WorkspaceIdentityLacksStorageAccess', `The identity of the workspace (${principalId}) may not write blobs in its storage account; roles that would let it: ${roles.join(', ')}.`)];
}

/** The identity that represents the workspace. */
function principalOf({ identity, properties }: ResourceRecord<unknown>): string | undefined {
  const assigned = Object.entries(objectAt(identity, 'userAssignedIdentities'));
  const primary = stringAt(properties, 'primaryUserAssignedIdentity')?.toLowerCase();
  const chosen = assigned.find(([id]) => id.toLowerCase() === primary)?.[1];
  return stringAt(chosen, 'principalId') ?? stringAt(identity, 'principalId') ?? stringAt(assigned[0]?.[1], 'principalId');
}

export async function examineVault({ workspace, store, ports, name }: Patient): Promise<readonly Finding[]> {
  const vault = await findNeighbour(store, stringAt(workspace.properties, 'keyVault'), 'keyVault');
  if (vault === undefined) return [error('KeyVaultNotFound', 'The key vault of the workspace is not there. If it was deleted, recover it.')];
  const failure = await ports.vaults.secrets.list(vault, undefined).then(
    () => undefined,
    (cause: unknown) => toFault(cause),
  );
  if (failure !== undefined) return [error(failure.code, `The key vault${name(vault)} could not be opened: ${failure.message}`)];
  if (vault.properties['publicNetworkAccess'] === 'Disabled') return [warning('KeyVaultPublicAccessDisabled', `The key vault${name(vault)} is reached only through private endpoints.`)];
  return [];
}

export async function examineRegistry({ workspace, store, name }: Patient): Promise<readonly Finding[]> {
  const id = stringAt(workspace.properties, 'containerRegistry');
  // Why nothing: one is made when an environment is first built.
  if (id === undefined) return [];
  const registry = await findNeighbour(store, id, 'containerRegistry');
  if (registry === undefined) return [error('ContainerRegistryNotFound', 'The container registry of the workspace is not there. Link another one.')];
  if (registry.properties['adminUserEnabled'] === true) return [];
  return [warning('ContainerRegistryAdminDisabled', `The admin user of the container registry${name(registry)} is off: listKeys of the workspace shows no credentials for it.`)];
}

export async function examineInsights({ workspace, store }: Patient): Promise<readonly Finding[]> {
  const id = stringAt(workspace.properties, 'applicationInsights');
  if (id === undefined || (await findNeighbour(store, id, 'applicationInsights')) !== undefined) return [];
  return [warning('ApplicationInsightsNotFound', 'The Application Insights component of the workspace was deleted; endpoints are no longer observed. It cannot be made again for this workspace.')];
}

/** Locks that keep the workspace from working, not those that only keep things from being deleted. */
export async function examineLocks({ workspace, store, db, isSensitive }: Patient): Promise<readonly Finding[]> {
  const neighbours = await Promise.all(LINK_NAMES.map((link) => findNeighbour(store, stringAt(workspace.properties, link), link)));
  const keys = [workspace.key, ...neighbours.flatMap((neighbour) => (neighbour === undefined ? [] : [neighbour.key]))];
  const locks = (await Promise.all(keys.map((key) => findLocks(db, key, { below: false, limit: 20 })))).flat();
  const scopes = [...new Set(locks.filter((lock) => lock.level === 'ReadOnly').map((lock) => lock.scopeId))];
  return scopes.map((scope) =>
    warning('ReadOnlyLock', `A ReadOnly lock${isSensitive ? '' : ` at '${scope}'`} keeps the workspace or a neighbour from being changed, keys from being listed, computes from being made.`),
  );
}

/** Whether programs on this machine that do not go through the server's proxy find its names. */
export async function examineNames({ workspace, ports, isSensitive }: Patient): Promise<readonly Finding[]> {
  const account = stringAt(workspace.properties, 'storageAccount')?.split('/').at(-1);
  const vault = stringAt(workspace.properties, 'keyVault')?.split('/').at(-1);
  const urls = [
    ports.sites.api(),
    ...(account === undefined ? [] : [ports.sites.service(account, 'blob'), ports.sites.service(account, 'file')]),
    ...(vault === undefined ? [] : [ports.sites.service(vault.toLowerCase(), 'vault')]),
  ];
  const hosts = [...new Set(urls.map((url) => new URL(url).hostname))];
  const resolved = await Promise.all(hosts.map((host) => ports.probes.resolves(host)));
  const missing = hosts.filter((_host, index) => resolved[index] !== true);
  if (missing.length === 0) return [];
  return [
    information(
      'NamesNotResolved',
      `${isSensitive ? `${missing.length} names` : `The names ${missing.join(', ')}`} do not resolve on the server's machine; programs there reach them through its proxy (lazurite exec).`,
    ),
  ];
}

export function examineWorkspace({ workspace }: Patient): readonly Finding[] {
  const found: Finding[] = [];
  if (workspace.provisioningState !== 'Succeeded')
    found.push(warning('WorkspaceNotSucceeded', `The provisioning state of the workspace is ${workspace.provisioningState}; put it again to have its creation repeated.`));
  if (principalOf(workspace) === undefined) found.push(warning('WorkspaceIdentityMissing', 'The workspace has no managed identity; jobs cannot act as it.'));
  return found;
}
