// Site: a running server with a workspace in it, and the addresses that the rows need.

import { objectAt, stringAt } from '../packages/server/src/kernel/json.ts';
import type { ServerProcess } from '../packages/testkit/src/server-process.ts';
import { type BlobAccount, openWire, type WireClient, type WireReply } from '../packages/testkit/src/wire-client.ts';

export const ML = 'api-version=2024-10-01';

export interface Site {
  readonly server: ServerProcess;
  readonly wire: WireClient;
  readonly workspaceId: string;
  readonly environmentId: string;
  readonly account: BlobAccount;
  /** Id of the nth further workspace. */
  workspaceOf(n: number): string;
}

export async function openSite(server: ServerProcess, workspaces: number): Promise<Site> {
  const wire = await openWire(server.connection, { connections: 64 });
  const group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/bench`;
  const workspaceOf = (n: number): string => `${group}/providers/Microsoft.MachineLearningServices/workspaces/bench-${n}`;
  await need(wire.call('PUT', `${group}?api-version=2024-11-01`, { location: 'local' }));
  for (let n = 0; n < workspaces; n += 1) await need(wire.call('PUT', `${workspaceOf(n)}?${ML}`, workspaceBody(0)));
  for (let n = 0; n < workspaces; n += 1) while ((await stateOf(wire, workspaceOf(n))) !== 'Succeeded') await new Promise((resolve) => setTimeout(resolve, 50));
  const workspaceId = workspaceOf(0);
  const accountId = stringAt(objectAt(jsonOf(await need(wire.call('GET', `${workspaceId}?${ML}`))), 'properties'), 'storageAccount') ?? '';
  const keys: unknown = Reflect.get(Object(jsonOf(await need(wire.call('POST', `${accountId}/listKeys?api-version=2023-05-01`)))), 'keys');
  const environmentId = `${workspaceId}/environments/bench/versions/1`;
  await need(wire.call('PUT', `${environmentId}?${ML}`, { properties: { image: 'lazurite/local-python' } }));
  return { server, wire, workspaceId, environmentId, workspaceOf, account: { name: accountId.split('/').at(-1) ?? '', key: stringAt(Array.isArray(keys) ? keys[0] : undefined, 'value') ?? '' } };
}

export function workspaceBody(turn: number): object {
  return { location: 'local', identity: { type: 'SystemAssigned' }, tags: { turn: String(turn) }, properties: { friendlyName: 'bench', description: 'A workspace of the benchmark.' } };
}

async function stateOf(wire: WireClient, id: string): Promise<string | undefined> {
  return stringAt(objectAt(jsonOf(await need(wire.call('GET', `${id}?${ML}`))), 'properties'), 'provisioningState');
}

/** The reply when it is a success. Throws otherwise. */
export async function need(asked: Promise<WireReply>): Promise<WireReply> {
  const reply = await asked;
  if (reply.status >= 300) throw new Error(`${reply.status} ${reply.body.toString('utf8').slice(0, 500)}`);
  return reply;
}

export function jsonOf(reply: WireReply): unknown {
  return JSON.parse(reply.body.toString('utf8'));
}
