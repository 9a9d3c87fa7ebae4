// Template deployments on a server that is killed in their middle, again and again: each resumes and ends right, every
// resource is made once, no operation is missing. LAZURITE_TEST_SEED repeats a run.

import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { Database } from '@lazurite/server/storage/database.ts';
import { startEmbeddedPostgres } from '@lazurite/server/storage/embedded-postgres.ts';
import { startServerProcess, type ServerProcess } from '../../../testkit/src/server-process.ts';
import { openWire, type WireClient } from '../../../testkit/src/wire-client.ts';
import { expectedNames, recoveryTemplate } from './deployment-template.ts';
import { expectStatus } from './lane.ts';
import { seededRandom } from './random.ts';
import { jsonOf, pause, until } from './resource-lanes.ts';

const KILLS = 4;
const VERSION = 'api-version=2025-04-01';
const SECRET = Buffer.from('the-secret-of-the-deployment').toString('base64');
const seed = process.env['LAZURITE_TEST_SEED'] ?? randomBytes(4).toString('hex');
const dir = mkdtempSync(join(tmpdir(), 'lazurite-deployment-'));
// Why: as root the database runs as another user, who has to get through.
chmodSync(dir, 0o755);
const dataDir = join(dir, 'data');
let server: ServerProcess | undefined;

afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test(`deployments resume after each of ${KILLS} kills and end right (seed ${seed})`, async () => {
  process.stdout.write(`recovery: deployments, seed ${seed}\n`);
  const random = seededRandom(seed);
  let running = await startServerProcess({ dataDir });
  server = running;
  const { port, subscriptionId } = running.connection;
  let wire = await openWire(running.connection);
  const group = `/subscriptions/${subscriptionId}/resourceGroups/recovery`;
  expectStatus(await wire.call('PUT', `${group}?${VERSION}`, { location: 'local' }), 'PUT group', 201);

  const prefixes: string[] = [];
  let kills = 0;
  while (kills < KILLS) {
    const prefix = `run${prefixes.length}`;
    prefixes.push(prefix);
    const body = { properties: { mode: 'Incremental', template: recoveryTemplate(prefix), parameters: { secret: { value: SECRET } } } };
    expectStatus(await wire.call('PUT', `${deploymentId(group, prefix)}?${VERSION}`, body), 'PUT deployment', 201);
    let isOver = false;
    while (kills < KILLS && !isOver) {
      await pause(random.between(20, 700));
      isOver = isEnded(await deploymentOf(wire, group, prefix));
      if (isOver) break;
      if (random.next() < 0.3) process.kill(running.databasePid, 'SIGKILL');
      await running.kill();
      kills += 1;
      void wire.close().catch(() => undefined);
      running = await startServerProcess({ dataDir, port });
      server = running;
      wire = await openWire(running.connection);
    }
    await until(`${prefix} has ended`, async () => isEnded(await deploymentOf(wire, group, prefix)));
    await expectRight(wire, group, prefix);
  }
  process.stdout.write(`recovery: ${prefixes.length} deployments, ${kills} kills\n`);
  await wire.close();
  expect(await running.stop()).toBe(0);
  server = undefined;
  await expectMadeOnce(prefixes.flatMap((prefix) => expectedNames(prefix)));
});

function deploymentId(group: string, prefix: string): string {
  return `${group}/providers/Microsoft.Resources/deployments/main-${prefix}`;
}

async function deploymentOf(wire: WireClient, group: string, prefix: string): Promise<JsonObject> {
  return objectAt(jsonOf(expectStatus(await wire.call('GET', `${deploymentId(group, prefix)}?${VERSION}`), 'GET deployment', 200)), 'properties');
}

function isEnded(properties: JsonObject): boolean {
  return !['Accepted', 'Running'].includes(stringAt(properties, 'provisioningState') ?? '');
}

async function expectRight(wire: WireClient, group: string, prefix: string): Promise<void> {
  const done = await deploymentOf(wire, group, prefix);
  expect(done['error']).toBeUndefined();
  expect(done['provisioningState']).toBe('Succeeded');
  const outputs = objectAt(done, 'outputs');
  const value = (name: string) => objectAt(outputs, name)['value'];
  expect(value('label')).toBe(value('unique'));
  expect(value('unique')).toBe(objectAt(objectAt(done, 'parameters'), 'unique')['value']);
  expect([value('first'), value('principal')]).toEqual(['box0', expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  expect(value('accounts')).toEqual([0, 1, 2, 3, 4].map((n) => expect.stringContaining(`${prefix}acct${n}.blob.`)));
  expect(JSON.stringify(done)).not.toContain(SECRET);

  const outer = await operationsOf(wire, group, `main-${prefix}`);
  const inner = await operationsOf(wire, group, `${prefix}-stores`);
  const created = [...outer, ...inner].filter(({ kind }) => kind === 'Create');
  expect(created.map(({ name }) => name).toSorted()).toEqual(expectedNames(prefix).toSorted());
  expect([...outer, ...inner].filter(({ kind }) => kind !== 'Create').map(({ kind }) => kind)).toEqual(['EvaluateDeploymentOutput', 'EvaluateDeploymentOutput']);
  expect([...outer, ...inner].filter(({ state }) => state !== 'Succeeded')).toEqual([]);
  expect(Reflect.get(done, 'outputResources')).toHaveLength(outer.length - 1);
}

async function operationsOf(wire: WireClient, group: string, name: string): Promise<readonly { readonly kind: string; readonly state: string; readonly name: string }[]> {
  const page = jsonOf(expectStatus(await wire.call('GET', `${group}/deployments/${name}/operations?${VERSION}`), 'GET operations', 200));
  const items: unknown = isJsonObject(page) ? page['value'] : undefined;
  return (Array.isArray(items) ? items : []).map((item: unknown) => {
    const properties = objectAt(item, 'properties');
    return {
      kind: stringAt(properties, 'provisioningOperation') ?? '',
      state: stringAt(properties, 'provisioningState') ?? '',
      name: stringAt(objectAt(properties, 'targetResource'), 'resourceName') ?? '',
    };
  });
}

/** By the activity log: a request that was sent again after a kill has changed nothing. */
async function expectMadeOnce(names: readonly string[]): Promise<void> {
  const postgres = await startEmbeddedPostgres({ dir: join(dataDir, 'postgres') });
  try {
    const database = await Database.open({ url: postgres.url, poolSize: 2 });
    try {
      const { rows } = await database.pool.query<{ readonly id: string; readonly accepted: string; readonly succeeded: string }>(`
        select resource_id as id, count(*) filter (where status = 'Accepted') as accepted, count(*) filter (where status = 'Succeeded') as succeeded
        from activity_log where action like '%/write' group by resource_id`);
      const writesOf = (name: string) => {
        const row = rows.find(({ id }) => id.endsWith(`/${name.replace('/', '/datastores/')}`));
        return row === undefined ? 'none' : `${row.accepted} accepted, ${row.succeeded} succeeded`;
      };
      const wrong = names.map((name) => [name, writesOf(name)]).filter(([, seen]) => seen !== '1 accepted, 1 succeeded' && seen !== '0 accepted, 1 succeeded');
      expect(wrong).toEqual([]);
    } finally {
      await database.close();
    }
  } finally {
    await postgres.stop();
  }
}
