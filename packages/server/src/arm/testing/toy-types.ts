// Toy resource types that the tests of the framework are made of. No product noun in here.

import { Type } from 'typebox';
import { Fault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import { action } from '../action.ts';
import { defineResourceType } from '../resource-type.ts';
import { defineArmRoute } from '../route.ts';

const apiVersions = ['2024-01-01', '2024-06-01-preview'];
const name = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;
const nameRule = 'has 1 to 32 letters, digits or -, and begins with a letter';

export const subscriptions = defineResourceType({
  type: 'Microsoft.Resources/subscriptions',
  scope: 'tenant',
  path: '/subscriptions/{subscriptionId}',
  kind: 'proxy',
  apiVersions: { since: '2016-06-01' },
  name: /^[0-9a-f-]{36}$/i,
  nameRule: 'is a GUID',
  list: { onlyVisible: true },
  properties: Type.Object({ displayName: Type.Optional(Type.String()) }),
  shape: (body, _version, resource) => ({ id: body['id'], subscriptionId: resource.name, displayName: stringAt(resource.properties, 'displayName'), state: 'Enabled' }),
});

export const resourceGroups = defineResourceType({
  type: 'Microsoft.Resources/resourceGroups',
  scope: 'subscription',
  path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}',
  kind: 'tracked',
  envelope: { others: ['managedBy'] },
  apiVersions: { since: '2016-06-01' },
  name: /^[\w().-]{1,90}$/,
  nameRule: 'has 1 to 90 letters, digits, _ ( ) . or -',
  deletesInBackground: true,
  missingDeleteStatus: 404,
  properties: Type.Object({}),
  permission: {
    read: 'Microsoft.Resources/subscriptions/resourceGroups/read',
    write: 'Microsoft.Resources/subscriptions/resourceGroups/write',
    delete: 'Microsoft.Resources/subscriptions/resourceGroups/delete',
  },
});

const Engine = Type.Union([
  Type.Object({ engineType: Type.Literal('Steam'), pressure: Type.Integer({ minimum: 1, default: 3 }) }),
  Type.Object({ engineType: Type.Literal('Electric'), volts: Type.Number({ minimum: 0 }), password: Type.Optional(Type.String()) }),
]);

export const gadgets = defineResourceType({
  type: 'Toy.Shop/gadgets',
  scope: 'resourceGroup',
  kind: 'tracked',
  envelope: { sku: true, identity: true },
  apiVersions,
  name,
  nameRule,
  additional: 'refuse',
  readOnly: ['/serial'],
  immutable: ['/material'],
  secrets: ['/engine/password', '/keys/*'],
  filters: { color: { equals: '/color' }, labels: { entries: '/labels' }, listViewType: { view: '/isArchived' } },
  properties: Type.Object({
    material: Type.Optional(Type.String()),
    color: Type.Optional(Type.Union([Type.Literal('Red'), Type.Literal('Green')], { default: 'Red' })),
    count: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
    engine: Type.Optional(Engine),
    keys: Type.Optional(Type.Record(Type.String(), Type.String())),
    labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    isArchived: Type.Optional(Type.Boolean({ default: false })),
    serial: Type.Optional(Type.String()),
  }),
  validate(_ctx, { desired, reject }) {
    if (desired.properties.color === 'Green' && desired.properties.count === 7) reject('/count', 'a green gadget cannot have 7.');
  },
  async prepare(_ctx, { desired }) {
    return { ...desired, properties: { ...desired.properties, serial: desired.properties.serial ?? `serial-of-${desired.name}` } };
  },
  actions: {
    listKeys: action({ run: async (_ctx, { resource, store }) => store.secretsOf(resource) }),
    paint: action({
      input: Type.Object({ color: Type.Union([Type.Literal('Red'), Type.Literal('Green')]) }),
      run: async (ctx, { resource, input, store }) => {
        const painted = await store.patch(ctx, resource.id, { properties: { color: input.color } });
        return { color: painted.properties['color'] };
      },
    }),
    polish: action({
      isLongRunning: true,
      input: Type.Object({ hard: Type.Optional(Type.Boolean()) }),
      run: async (_ctx, { input }) => {
        if (input.hard === true) throw new Fault('conflict', 'TooHard', 'It would break.');
        return { shine: 11 };
      },
    }),
    checkColor: action({ on: 'collection', run: async () => ({ isAvailable: true }) }),
  },
});

export const parts = defineResourceType({
  type: 'Toy.Shop/gadgets/parts',
  parent: gadgets,
  kind: 'proxy',
  apiVersions,
  name,
  nameRule,
  isNameCaseSensitive: true,
  readOnly: ['/doubled'],
  properties: Type.Object({ weight: Type.Number({ minimum: 0 }) }),
  async view(_ctx, resources) {
    return new Map(resources.map((resource) => [resource.key, { doubled: resource.properties.weight * 2 }]));
  },
});

/** What the machines' provisioning is told to do next, by name. */
export const machineRounds = new Map<string, number>();
export const machinesTakenDown: string[] = [];

export const machines = defineResourceType({
  type: 'Toy.Shop/gadgets/machines',
  parent: gadgets,
  kind: 'proxy',
  apiVersions,
  name,
  nameRule,
  operationSegments: { status: 'toyOperationsStatus', result: 'toyOperationResults' },
  properties: Type.Object({ size: Type.Integer({ minimum: 0 }), state: Type.Optional(Type.String()) }),
  readOnly: ['/state'],
  provision: {
    async run(_ctx, { resource }) {
      if (resource.properties.size === 13) throw new Fault('conflict', 'OutOfLuck', 'There is no machine of size 13.');
      const rounds = (machineRounds.get(resource.key) ?? 0) + 1;
      machineRounds.set(resource.key, rounds);
      return rounds < 2 ? { againAfterMs: 1, percentComplete: 50 } : { properties: { state: 'Steady' } };
    },
  },
  deprovision: {
    async run(_ctx, { resource }) {
      machinesTakenDown.push(resource.name);
      return 'done';
    },
  },
});

export const safes = defineResourceType({
  type: 'Toy.Shop/safes',
  scope: 'resourceGroup',
  kind: 'tracked',
  apiVersions,
  name,
  nameRule,
  properties: Type.Object({ createMode: Type.Optional(Type.String()), depth: Type.Optional(Type.Integer()) }),
  softDelete: { days: 7, purgeParameter: 'forceToPurge', survivesParent: true, recoverWhen: (desired) => desired.properties.createMode === 'recover' },
});

export const drawers = defineResourceType({
  type: 'Toy.Shop/safes/drawers',
  parent: safes,
  kind: 'proxy',
  apiVersions,
  name,
  nameRule,
  properties: Type.Object({}),
});

export const notes = defineResourceType({
  type: 'Toy.Paper/notes',
  scope: 'any',
  kind: 'proxy',
  apiVersions,
  name,
  nameRule,
  hasProvisioningState: false,
  properties: Type.Object({ text: Type.String() }),
  builtIn: (_ctx, parentId) => (parentId === '' ? [{ name: 'welcome', properties: { text: 'hello' } }] : []),
});

export const toyTypes = [subscriptions, resourceGroups, gadgets, parts, machines, safes, drawers, notes];

export const toyRoutes = [
  defineArmRoute({
    method: 'GET',
    path: '/subscriptions/{subscriptionId}/providers/Toy.Shop/locations/{location}/usages',
    apiVersions,
    permission: { action: 'Toy.Shop/locations/usages/read' },
    run: async (_ctx, { params }) => ({ body: { value: [{ location: params['location'], currentValue: 0 }] } }),
  }),
  defineArmRoute({
    method: 'PUT',
    path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Toy.Shop/safes/{safeName}/keys/{keyName}',
    apiVersions,
    permission: { action: 'Toy.Shop/safes/keys/write' },
    input: Type.Object({ properties: Type.Object({ teeth: Type.Integer({ maximum: 9 }) }) }),
    check: (_body, { keyName }) => {
      if (keyName === 'skeleton') throw new Fault('notImplemented', 'NoSkeletonKeys', 'There are no skeleton keys.', { target: 'keyName' });
    },
    run: async (_ctx, { params, body, store }) => {
      const safe = await store.get(`/subscriptions/${params['subscriptionId']}/resourceGroups/${params['resourceGroupName']}/providers/Toy.Shop/safes/${params['safeName']}`);
      return { body: { id: `${safe.id}/keys/${params['keyName']}`, name: params['keyName'], ...Object(body) } };
    },
  }),
];
