// Recovery: a server on a durable folder under load through its public wire, killed at random instants (sometimes its
// database too, or alone; sometimes while it starts), restarted each time. What was acknowledged is there, what was deleted
// stays away, every job ends as it must. LAZURITE_TEST_SEED repeats a run; LAZURITE_TEST_KILLS sets the number of kills.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFailed, test } from 'vitest';
import { objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { startServerProcess, type ServerProcess } from '../../../testkit/src/server-process.ts';
import { type BlobAccount, openWire, type WireClient } from '../../../testkit/src/wire-client.ts';
import { appendLane, blockLane, CONTAINER, putLane } from './blob-lanes.ts';
import { fileLane } from './file-lane.ts';
import { jobLane } from './job-lane.ts';
import { expectStatus, Interrupted, type Lane } from './lane.ts';
import { checkOffline } from './offline.ts';
import { seededRandom } from './random.ts';
import { groupLane, jsonOf, modelLane, pause, until, untilNothingMoves, workspaceLane } from './resource-lanes.ts';
import { trackingLane } from './tracking-lane.ts';

const KILLS = Number(process.env['LAZURITE_TEST_KILLS'] ?? 20);
const seed = process.env['LAZURITE_TEST_SEED'] ?? randomBytes(4).toString('hex');
const dir = mkdtempSync(join(tmpdir(), 'lazurite-recovery-'));
// Why: as root the database runs as another user, who has to get through.
chmodSync(dir, 0o755);
const dataDir = join(dir, 'data');
const beganFile = join(dir, 'began.txt');
const running = new Set<ServerProcess>();

afterAll(async () => {
  for (const server of running) await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function start(port: number): Promise<ServerProcess> {
  const server = await startServerProcess({ dataDir, port });
  running.add(server);
  return server;
}

async function setUp(wire: WireClient, subscriptionId: string): Promise<{ readonly workspaceId: string; readonly account: BlobAccount; readonly container: string; readonly environmentId: string }> {
  const ml = 'api-version=2024-10-01';
  const group = `/subscriptions/${subscriptionId}/resourceGroups/recovery`;
  const workspaceId = `${group}/providers/Microsoft.MachineLearningServices/workspaces/main`;
  expectStatus(await wire.call('PUT', `${group}?api-version=2024-11-01`, { location: 'local' }), 'PUT group', 200, 201);
  expectStatus(await wire.call('PUT', `${workspaceId}?${ml}`, { location: 'local', identity: { type: 'SystemAssigned' }, properties: {} }), 'PUT workspace', 200, 201, 202);
  const read = async () => objectAt(jsonOf(await wire.call('GET', `${workspaceId}?${ml}`)), 'properties');
  await until('the workspace is there', async () => stringAt(await read(), 'provisioningState') === 'Succeeded');
  const accountId = stringAt(await read(), 'storageAccount') ?? '';
  const keys = jsonOf(expectStatus(await wire.call('POST', `${accountId}/listKeys?api-version=2023-05-01`), 'listKeys', 200));
  const list: unknown = Reflect.get(Object(keys), 'keys');
  const account = { name: accountId.split('/').at(-1) ?? '', key: stringAt(Array.isArray(list) ? list[0] : undefined, 'value') ?? '' };
  expectStatus(await wire.blob(account, 'PUT', `/${CONTAINER}?restype=container`), 'PUT container', 201);
  const environmentId = `${workspaceId}/environments/plain/versions/1`;
  expectStatus(await wire.call('PUT', `${environmentId}?${ml}`, { properties: { image: 'lazurite/local-python' } }), 'PUT environment', 201);
  const datastore = objectAt(jsonOf(await wire.call('GET', `${workspaceId}/datastores/workspaceblobstore?${ml}`)), 'properties');
  return { workspaceId, account, container: stringAt(datastore, 'containerName') ?? '', environmentId };
}

/** Steps until the server goes away. Rejects with what is no interruption. */
async function work(lane: Lane, wire: WireClient, isOver: () => boolean): Promise<void> {
  try {
    while (!isOver()) await lane.step(wire);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    if (!isOver()) throw new Error(`${lane.name} was interrupted before the kill`, { cause: error });
  }
}

test(`nothing acknowledged is lost in ${KILLS} kills (seed ${seed})`, { timeout: 900_000 }, async () => {
  onTestFailed(({ task }) => {
    process.stdout.write(`recovery: failed: ${task.result?.errors?.map((error) => error.stack ?? error.message).join('\n') ?? 'no words'}\n`);
  });
  for (const left of running) await left.stop();
  running.clear();
  rmSync(dataDir, { recursive: true, force: true });
  rmSync(beganFile, { force: true });
  process.stdout.write(`recovery: seed ${seed}\n`);
  const random = seededRandom(seed);
  let server = await start(0);
  const { port, subscriptionId } = server.connection;
  let wire = await openWire(server.connection);
  const { workspaceId, account, container, environmentId } = await setUp(wire, subscriptionId);
  const jobs = jobLane({ workspaceId, environmentId, account, container, beganFile, random: random.fork('jobs') });
  const lanes: readonly Lane[] = [
    modelLane(workspaceId, 'models-a', random.fork('models-a')),
    modelLane(workspaceId, 'models-b', random.fork('models-b')),
    groupLane(subscriptionId, random.fork('groups')),
    workspaceLane(subscriptionId),
    putLane(account, 'puts-a', random.fork('puts-a')),
    putLane(account, 'puts-b', random.fork('puts-b')),
    blockLane(account, random.fork('blocks')),
    appendLane(account, random.fork('appends')),
    fileLane(account, random.fork('files')),
    trackingLane(workspaceId, 'runs-a', random.fork('runs-a')),
    trackingLane(workspaceId, 'runs-b', random.fork('runs-b')),
    jobs,
  ];

  for (let kill = 1; kill <= KILLS; kill += 1) {
    let isOver = false;
    const client = wire;
    const works = Promise.all(lanes.map((lane) => work(lane, client, () => isOver)));
    await Promise.race([works, pause(random.between(200, 1500))]);
    const victim = random.pick(['server', 'server', 'server', 'both', 'database'] as const);
    isOver = true;
    // The database alone: the server notices and ends by itself.
    if (victim !== 'server') process.kill(server.databasePid, 'SIGKILL');
    if (victim !== 'database') await server.kill();
    await works;
    await server.ended;
    running.delete(server);
    void client.close().catch(() => undefined);
    if (random.next() < 0.25) await startServerProcess({ dataDir, port, killAfterMs: random.between(50, 1500) }).catch(() => undefined);
    server = await start(port);
    wire = await openWire(server.connection);
    for (const lane of lanes) await lane.settle(wire);
    process.stdout.write(`recovery: kill ${kill} of ${victim}, ready after ${Math.round(server.readyAfterMs)} ms, ${lanes.reduce((sum, lane) => sum + lane.count(), 0)} writes acknowledged\n`);
  }

  // A lane that got nothing done would have proved nothing.
  expect(lanes.filter((lane) => lane.count() === 0).map((lane) => lane.name)).toEqual([]);
  await expectSecondIsRefused();
  for (const lane of lanes) await lane.verify(wire);
  await untilNothingMoves(wire, subscriptionId);
  await until('the queue is empty', async () => /lazurite_work_items\{state="running"\} 0/.test((await wire.call('GET', '/metrics')).body.toString('utf8')));
  await wire.close();
  expect(await server.stop()).toBe(0);
  running.delete(server);

  const offline = await checkOffline(dataDir);
  process.stdout.write(`recovery: ${jobs.summary()}; ${lanes.map((lane) => `${lane.name} ${lane.count()}`).join(', ')}; ${offline.swept} orphaned files swept\n`);

  // Nothing that counts was swept.
  server = await start(port);
  wire = await openWire(server.connection);
  for (const lane of lanes) await lane.verify(wire);
  await wire.close();
  expect(await server.stop()).toBe(0);
  running.delete(server);
});

async function expectSecondIsRefused(): Promise<void> {
  const cli = join(import.meta.dirname, '../../../cli/bin/lazurite.mjs');
  const child = spawn(process.execPath, [cli, 'up', '--data-dir', dataDir, '--port', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(said).toContain('DataFolderInUse');
  expect(code).not.toBe(0);
}
