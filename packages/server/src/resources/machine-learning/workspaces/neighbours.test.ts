// Neighbours made with a workspace, and taken away when its creation fails for good.

import { expect, test } from 'vitest';
import type { ResourceRecord } from '#arm/resource-type.ts';
import { systemClock } from '#kernel/clock.ts';
import { type Context, silentLog } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { systemPrincipal } from '#kernel/principal.ts';
import { createNeighbours, removeNeighbours } from './neighbours.ts';
import type { Workspace } from './properties.ts';

const ctx: Context = { principal: systemPrincipal, correlationId: 't', log: silentLog, clock: systemClock, signal: () => new AbortController().signal };
const ports = { installation: () => ({ tenantId: 't', subscriptionId: 's', subscriptionName: 'S', region: 'local', domain: 'd' }) };

function workspace(name: string, kind: string, properties: Partial<Workspace> = {}): ResourceRecord<Workspace> {
  const id = `/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
  const at = new Date(0);
  return {
    id,
    key: id.toLowerCase(),
    name,
    type: 'microsoft.machinelearningservices/workspaces',
    parentKey: '/subscriptions/s/resourcegroups/g',
    subscriptionId: 's',
    resourceGroup: 'g',
    location: 'local',
    tags: {},
    kind,
    sku: undefined,
    identity: undefined,
    members: {},
    properties: {
      allowPublicAccessWhenBehindVnet: false,
      hbiWorkspace: false,
      publicNetworkAccess: 'Enabled',
      systemDatastoresAuthMode: 'AccessKey',
      v1LegacyMode: false,
      workspaceId: 'w',
      ...properties,
    },
    etag: 'e',
    provisioningState: 'Creating',
    systemData: { createdBy: '', createdByType: '', createdAt: '', lastModifiedBy: '', lastModifiedByType: '', lastModifiedAt: '' },
    seq: '1',
    createdAt: at,
    updatedAt: at,
    deletedAt: undefined,
    purgeAt: undefined,
    sealed: undefined,
  };
}

/** Remembers what is put and deleted; the put of `broken` fails. */
function storeOf(broken?: string) {
  const put: string[] = [];
  const deleted: string[] = [];
  return {
    put,
    deleted,
    store: {
      find: async () => undefined,
      async put(_ctx: Context, id: string) {
        if (broken !== undefined && id.includes(broken)) throw new Fault('conflict', 'Taken', 'taken');
        put.push(id);
        return { ...workspace('x', 'Default'), properties: {} };
      },
      async delete(_ctx: Context, id: string) {
        deleted.push(id);
        return true;
      },
    },
  };
}

const typesOf = (ids: readonly string[]) => ids.map((id) => id.split('/').at(-2));

test('only what is missing is made: nothing for a project, no insights for a hub, names that vaults accept', async () => {
  const all = storeOf();
  const made = await createNeighbours(ctx, workspace('1st', 'Default'), all.store, ports);
  expect(typesOf(all.put)).toEqual(['storageAccounts', 'vaults', 'components']);
  expect(made.keyVault?.split('/').at(-1)).toMatch(/^[a-z][a-z0-9]{2,23}$/);
  const hub = storeOf();
  await createNeighbours(ctx, workspace('hub', 'Hub', { storageAccount: '/given' }), hub.store, ports);
  expect(typesOf(hub.put)).toEqual(['vaults']);
  const project = storeOf();
  await createNeighbours(ctx, workspace('project', 'Project'), project.store, ports);
  expect(project.put).toEqual([]);
});

test('a creation that fails for good leaves no half-made neighbours; one that is tried again keeps them', async () => {
  const subject = workspace('lab', 'Default', { applicationInsights: '/given' });
  const { store, put, deleted } = storeOf('Microsoft.KeyVault');
  const failure: unknown = await createNeighbours(ctx, subject, store, ports).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'Taken' });
  expect(typesOf(put)).toEqual(['storageAccounts']);
  await removeNeighbours(ctx, subject, store, new Error('the database went away'));
  expect(deleted).toEqual([]);
  await removeNeighbours(ctx, subject, store, failure);
  expect(typesOf(deleted)).toEqual(['storageAccounts', 'vaults']);
});
