// JobEngineHarness: job engines on a real database, with a machine, a store and neighbours that a test moves by hand.
// `kill` drops an engine as kill -9 would: its connections close under it, its leases stay.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobDriver } from '@lazurite/server/jobs/driver.ts';
import type { JobEngineDeps } from '@lazurite/server/jobs/engine-deps.ts';
import { createJobEngine, type JobEngine } from '@lazurite/server/jobs/engine.ts';
import type { Clock } from '@lazurite/server/kernel/clock.ts';
import { type Context, silentLog } from '@lazurite/server/kernel/context.ts';
import { Fault } from '@lazurite/server/kernel/faults.ts';
import type { JsonObject } from '@lazurite/server/kernel/json.ts';
import type { Principal } from '@lazurite/server/kernel/principal.ts';
import { Database } from '@lazurite/server/storage/database.ts';
import { getRun, type RunRecord } from '@lazurite/server/storage/run-store.ts';
import { Worker } from '@lazurite/server/work/worker.ts';
import { createFakeBlobs, type FakeBlobs } from './fake-blobs.ts';
import { createFakeDriver, type FakeDriver } from './fake-driver.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';

export const WORKSPACE_KEY = '/subscriptions/s/resourcegroups/rg/providers/microsoft.machinelearningservices/workspaces/ws';
const WORKSPACE = { subscriptionId: 's', resourceGroup: 'rg', workspaceName: 'ws', workspaceId: '11111111-1111-1111-1111-111111111111' };
export const ANNA: Principal = { objectId: '22222222-2222-2222-2222-222222222222', tenantId: '33333333-3333-3333-3333-333333333333', kind: 'User', displayName: 'Anna', groups: [] };

export interface RunningEngine {
  readonly engine: JobEngine;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface JobEngineHarness {
  readonly database: Database;
  readonly driver: FakeDriver;
  readonly blobs: FakeBlobs;
  readonly clock: Clock & { advance(ms: number): void };
  /** What the neighbours do; a test replaces members. */
  readonly neighbours: {
    buildEnvironment: JobEngineDeps['environments']['ensure'];
    code: { uri: string; hashSha256?: string; hashVersion?: string };
    registered: string[];
    beforeRegister: () => Promise<void>;
    fetch: JobEngineDeps['outbound']['get'];
  };
  readonly dir: string;
  context(principal?: Principal): Context;
  start(options?: { readonly serverlessNodes?: number }): Promise<RunningEngine>;
  submit(engine: JobEngine, jobName: string, changes?: JsonObject): Promise<RunRecord>;
  cancel(engine: JobEngine, jobName: string): Promise<RunRecord>;
  run(jobName: string): Promise<RunRecord>;
  /** Resolves with the run as soon as it is in one of the states. Rejects when it ended otherwise. */
  reached(jobName: string, ...statuses: readonly string[]): Promise<RunRecord>;
  log(jobName: string, name?: string): string | undefined;
  close(): Promise<void>;
}

/** `machine`: a real driver in place of the fake one. */
export async function jobEngineHarness(machine?: JobDriver): Promise<JobEngineHarness> {
  const testDb: TestDatabase = await testDatabase();
  const dir = mkdtempSync(join(tmpdir(), 'lazurite-jobs-'));
  const driver = createFakeDriver();
  const blobs = createFakeBlobs();
  const { database } = testDb;
  let skewMs = 0;
  const clock = { now: () => Date.now() + skewMs, advance: (ms: number) => void (skewMs += ms) };
  const running: RunningEngine[] = [];
  const registered: string[] = [];
  const neighbours: JobEngineHarness['neighbours'] = {
    buildEnvironment: async () => ({ hash: 'env-1', pythonPath: '/envs/1/bin/python', binDir: '/envs/1/bin', notes: [], wasCached: true }),
    code: { uri: 'azureml://datastores/workspaceblobstore/paths/code/src' },
    registered,
    beforeRegister: async () => undefined,
    fetch: async (url) => {
      throw new Fault('invalid', 'OutboundRefused', `${url} is not reachable from a test.`);
    },
  };
  const context = (principal = ANNA): Context => ({ principal, correlationId: 'test', log: silentLog, clock, signal: () => new AbortController().signal });

  function depsOn(own: Database, serverlessNodes: number): JobEngineDeps {
    return {
      database: own,
      blobs,
      files: blobs,
      driver: machine ?? driver,
      clock,
      log: silentLog,
      dir,
      host: 'this-folder',
      serverlessNodes,
      catalog: {
        getEnvironment: async () => ({ condaFile: 'dependencies: [python=3.11]' }),
        getCode: async () => neighbours.code,
        getData: async () => ({ uri: 'azureml://datastores/workspaceblobstore/paths/data/table.csv', type: 'uri_file' }),
        getModel: async () => ({ uri: 'azureml://datastores/workspaceblobstore/paths/models/m/', type: 'custom_model' }),
        getDatastore: async (_workspaceKey, name) => {
          if (name === 'workspaceblobstore') return { service: 'blob', account: 'acct', container: 'blobstore', isVouched: true };
          throw new Fault('notFound', 'DatastoreNotFound', `There is no datastore ${name}.`);
        },
        defaultDatastore: async () => 'workspaceblobstore',
        artifactStore: async () => ({ account: 'acct', container: 'azureml' }),
      },
      access: {
        require: async (_principal, place) => {
          throw new Fault('forbidden', 'AuthorizationFailed', `The submitter has no role on ${place.account}.`);
        },
      },
      environments: { ensure: (spec, options) => neighbours.buildEnvironment(spec, options) },
      imageBuilds: { prepare: async () => [] },
      tokens: { issueJobToken: async ({ jobName }) => `token-of-${jobName}` },
      identity: { issue: async () => ({ secret: 'identity-secret', clientId: 'client-1' }) },
      endpoints: {
        localOrigin: () => 'http://localhost:7443',
        apiOrigin: () => 'https://local.api.lazurite.localhost:7443',
        studioJobUrl: (_workspaceKey, jobName) => `https://studio.lazurite.localhost:7443/jobs/${jobName}`,
        parseStorageUrl: (url) => {
          const match = /^https:\/\/(\w+)\.blob\.lazurite\.localhost(?::\d+)?\/([^/]+)\/(.*)$/.exec(url);
          return match === null ? undefined : { service: 'blob', account: match[1] ?? '', container: match[2] ?? '', path: match[3] ?? '' };
        },
        caBundlePath: () => undefined,
      },
      outbound: {
        get: (url, signal) => neighbours.fetch(url, signal),
      },
      registrar: {
        register: async (_ctx, output) => {
          await neighbours.beforeRegister();
          const id = `azureml:${output.assetName}:${output.assetVersion ?? '1'}=${output.uri}`;
          if (!registered.includes(id)) registered.push(id);
          return id;
        },
      },
    };
  }

  const harness: JobEngineHarness = {
    database,
    driver,
    blobs,
    clock,
    neighbours,
    dir,
    context,
    async start({ serverlessNodes = 2 } = {}) {
      const own = await Database.open({ url: testDb.url, poolSize: 6 });
      const engine = createJobEngine(depsOn(own, serverlessNodes));
      const worker = new Worker({ database: own, host: 'this-folder', kinds: engine.work, log: silentLog, clock, concurrency: 64 });
      await engine.recover();
      await worker.start();
      let isOver = false;
      const over = async (isKill: boolean): Promise<void> => {
        if (isOver) return;
        isOver = true;
        engine.close();
        const stopped = worker.stop();
        // Why not waited for after a kill: what a dead server was waiting for may never come.
        if (!isKill) await stopped;
        await own.close();
      };
      const result = { engine, stop: () => over(false), kill: () => over(true) };
      running.push(result);
      return result;
    },
    submit: (engine, jobName, changes = {}) =>
      database.transaction((tx) =>
        engine.submit(tx, context(), {
          workspaceKey: WORKSPACE_KEY,
          jobName,
          workspace: WORKSPACE,
          definition: { jobType: 'Command', command: 'python train.py', environmentId: 'azureml:env:1', ...changes },
        }),
      ),
    cancel: (engine, jobName) => database.transaction((tx) => engine.requestCancel(tx, context(), WORKSPACE_KEY, jobName)),
    run: (jobName) => getRun(database.sql, WORKSPACE_KEY, jobName),
    async reached(jobName, ...statuses) {
      const reached = Promise.withResolvers<RunRecord>();
      const check = async (): Promise<void> => {
        const run = await getRun(database.sql, WORKSPACE_KEY, jobName);
        if (statuses.includes(run.status)) reached.resolve(run);
        else if (['Completed', 'Failed', 'Canceled'].includes(run.status)) reached.reject(new Error(`${jobName} is ${run.status}: ${JSON.stringify(run.statusReason)}`));
      };
      const unsubscribe = await database.listen('lazurite_events', () => void check().catch(reached.reject));
      try {
        await check();
        return await reached.promise;
      } finally {
        unsubscribe();
      }
    },
    log: (jobName, name = 'user_logs/std_log.txt') => blobs.text('acct', 'azureml', `ExperimentRun/dcid.${jobName}/${name}`),
    async close() {
      for (const engine of running) await engine.stop();
      await testDb.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return harness;
}
