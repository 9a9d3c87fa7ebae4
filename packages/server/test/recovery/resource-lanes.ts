// Resource lanes: PUT, PATCH, DELETE through Resource Manager; answers at once (model containers) and long-running ones
// (workspaces that are created, resource groups that are deleted with what is in them).

import { isJsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import type { WireClient, WireReply } from '../../../testkit/src/wire-client.ts';
import { attempt, expectStatus, type Lane, Ledger } from './lane.ts';
import type { Random } from './random.ts';

const ML = 'api-version=2024-10-01';
const GROUPS = 'api-version=2024-11-01';
const STORAGE = 'api-version=2023-05-01';
const SETTLE_MS = 60_000;

export function jsonOf(reply: WireReply): unknown {
  return JSON.parse(reply.body.toString('utf8'));
}

/** Model containers: what a GET shows of description and tags is the value. */
export function modelLane(workspaceId: string, name: string, random: Random): Lane {
  const ledger = new Ledger('model');
  const urlOf = (key: string): string => `${workspaceId}/models/${key}?${ML}`;
  const valueOf = (description: string, tag: string): string => `${description} ${tag}`;
  let version = 0;
  const reader =
    (wire: WireClient) =>
    async (key: string): Promise<string | undefined> => {
      const reply = expectStatus(await wire.call('GET', urlOf(key)), `GET model ${key}`, 200, 404);
      if (reply.status === 404) return undefined;
      const properties = objectAt(jsonOf(reply), 'properties');
      return valueOf(stringAt(properties, 'description') ?? '', stringAt(objectAt(properties, 'tags'), 'turn') ?? '');
    };
  return {
    name,
    count: () => ledger.acknowledged,
    async step(wire) {
      const key = `${name}-${random.between(1, 25)}`;
      const known = ledger.known(key);
      version += 1;
      const turn = random.next();
      if (known !== undefined && turn < 0.25) {
        await ledger.write(key, undefined, async () => expectStatus(await attempt(wire.call('DELETE', urlOf(key))), 'DELETE model', 200, 204));
      } else if (known !== undefined && turn < 0.5) {
        const description = known.split(' ')[0] ?? '';
        const body = { properties: { tags: { turn: `t${version}` } } };
        await ledger.write(key, valueOf(description, `t${version}`), async () => expectStatus(await attempt(wire.call('PATCH', urlOf(key), body)), 'PATCH model', 200));
      } else {
        const body = { properties: { description: `d${version}`, tags: { turn: `t${version}` } } };
        await ledger.write(key, valueOf(`d${version}`, `t${version}`), async () => expectStatus(await attempt(wire.call('PUT', urlOf(key), body)), 'PUT model', 200, 201));
      }
    },
    settle: (wire) => ledger.settle(reader(wire)),
    verify: (wire) => ledger.verify(reader(wire)),
  };
}

/** Resource groups with a storage account each; half of them are deleted again, which takes the account with it. */
export function groupLane(subscriptionId: string, random: Random): Lane {
  const accepted = new Map<string, 'kept' | 'deleted'>();
  let counter = 0;
  let acknowledged = 0;
  const groupOf = (name: string): string => `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
  const accountOf = (name: string): string => `${groupOf(name)}/providers/Microsoft.Storage/storageAccounts/acct${name.replaceAll('-', '')}`;
  return {
    name: 'groups',
    count: () => acknowledged,
    async step(wire) {
      counter += 1;
      const name = `rec-${counter}`;
      expectStatus(await attempt(wire.call('PUT', `${groupOf(name)}?${GROUPS}`, { location: 'local' })), 'PUT group', 200, 201);
      const body = { location: 'local', sku: { name: 'Standard_LRS' }, kind: 'StorageV2', properties: {} };
      expectStatus(await attempt(wire.call('PUT', `${accountOf(name)}?${STORAGE}`, body)), 'PUT account', 200, 201, 202);
      accepted.set(name, 'kept');
      acknowledged += 2;
      if (random.next() < 0.5) return;
      // Until it is answered, nothing is expected of this group.
      accepted.delete(name);
      expectStatus(await attempt(wire.call('DELETE', `${groupOf(name)}?${GROUPS}`)), 'DELETE group', 200, 202, 204);
      accepted.set(name, 'deleted');
      acknowledged += 1;
    },
    settle: async () => undefined,
    async verify(wire) {
      for (const [name, state] of accepted) {
        if (state === 'deleted') {
          await until(`group ${name} is gone`, async () => (await wire.call('GET', `${groupOf(name)}?${GROUPS}`)).status === 404);
          expectStatus(await wire.call('GET', `${accountOf(name)}?${STORAGE}`), 'GET account of a deleted group', 404);
        } else {
          await until(`account of ${name} is there`, async () => {
            const reply = expectStatus(await wire.call('GET', `${accountOf(name)}?${STORAGE}`), `GET account of ${name}`, 200);
            return stringAt(objectAt(jsonOf(reply), 'properties'), 'provisioningState') === 'Succeeded';
          });
        }
      }
    },
  };
}

/** Workspaces: an accepted PUT leads to a workspace with its neighbours, whatever dies meanwhile. */
export function workspaceLane(subscriptionId: string): Lane {
  const accepted: string[] = [];
  let counter = 0;
  const urlOf = (name: string): string => `/subscriptions/${subscriptionId}/resourceGroups/recovery/providers/Microsoft.MachineLearningServices/workspaces/${name}?${ML}`;
  return {
    name: 'workspaces',
    count: () => accepted.length,
    async step(wire) {
      counter += 1;
      const name = `more-${counter}`;
      expectStatus(await attempt(wire.call('PUT', urlOf(name), { location: 'local', identity: { type: 'SystemAssigned' }, properties: {} })), 'PUT workspace', 200, 201, 202);
      accepted.push(name);
      await pause(300);
    },
    settle: async () => undefined,
    async verify(wire) {
      for (const name of accepted)
        await until(`workspace ${name} is there`, async () => {
          const properties = objectAt(jsonOf(expectStatus(await wire.call('GET', urlOf(name)), `GET workspace ${name}`, 200)), 'properties');
          return stringAt(properties, 'provisioningState') === 'Succeeded' && stringAt(properties, 'storageAccount') !== undefined;
        });
    },
  };
}

/** Waits until no resource of the subscription is on its way somewhere. Throws with those that are stuck. */
export async function untilNothingMoves(wire: WireClient, subscriptionId: string): Promise<void> {
  const moving = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    let next: string | undefined = `/subscriptions/${subscriptionId}/resources?api-version=2021-04-01&$expand=provisioningState`;
    while (next !== undefined) {
      const page = jsonOf(expectStatus(await wire.call('GET', next), 'list of resources', 200));
      const items = isJsonObject(page) && Array.isArray(page['value']) ? page['value'] : [];
      for (const item of items) {
        const state = stringAt(item, 'provisioningState') ?? stringAt(objectAt(item, 'properties'), 'provisioningState') ?? 'Succeeded';
        if (state !== 'Succeeded') found.push(`${stringAt(item, 'id') ?? '?'} ${state}`);
      }
      const link = stringAt(page, 'nextLink');
      next = link === undefined ? undefined : new URL(link).pathname + new URL(link).search;
    }
    return found;
  };
  let stuck: readonly string[] = [];
  await until('nothing is stuck', async () => (stuck = await moving()).length === 0).catch((error: unknown) => {
    throw new Error(`Stuck: ${stuck.join(', ')}`, { cause: error });
  });
}

export async function until(what: string, isSo: () => Promise<boolean>, limitMs = SETTLE_MS): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Not within ${limitMs / 1000} s: ${what}`);
    await pause(100);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
