// The engine on a real database, with a machine and neighbours that the tests move by hand.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fault } from '#kernel/faults.ts';
import { ANNA, type JobEngineHarness, jobEngineHarness, type RunningEngine, WORKSPACE_KEY } from '../../../testkit/src/job-engine-harness.ts';

let at: JobEngineHarness;
let server: RunningEngine;
let next = 0;

beforeAll(async () => {
  at = await jobEngineHarness();
  server = await at.start({ serverlessNodes: 8 });
});
afterAll(() => at.close());

const name = (): string => `job_${(next += 1)}`;
const last = () => at.driver.process(at.driver.processes.length);

describe('a command job', () => {
  test('lives its whole life: code, inputs, variables, live log, artifacts, outputs, asset, end', async () => {
    await at.blobs.putBlob({ account: 'acct', container: 'blobstore', name: 'code/src/train.py' }, Buffer.from('print(1)'));
    await at.blobs.putBlob({ account: 'acct', container: 'blobstore', name: 'code/src/lib/a.py' }, Buffer.from('x'));
    await at.blobs.putBlob({ account: 'acct', container: 'blobstore', name: 'data/table.csv' }, Buffer.from('a,b\n1,2\n'));
    at.neighbours.code = { uri: 'https://acct.blob.lazurite.localhost:7443/blobstore/code/src', hashSha256: codeHash, hashVersion: '202208' };
    const job = name();
    const started = last();
    const submitted = await at.submit(server.engine, job, {
      codeId: 'azureml:code:1',
      experimentName: 'iris',
      command: 'python train.py --lr ${{inputs.lr}} --data ${{inputs.data}} --uri ${{inputs.direct}} --out ${{outputs.model}}',
      environmentVariables: { MINE: 'lr=${{inputs.lr}}' },
      inputs: {
        lr: { jobInputType: 'literal', value: '0.1' },
        data: { jobInputType: 'uri_file', uri: 'azureml:table:1' },
        direct: { jobInputType: 'uri_folder', uri: 'azureml://datastores/workspaceblobstore/paths/data/', mode: 'Direct' },
      },
      outputs: { model: { jobOutputType: 'uri_folder', assetName: 'm' } },
    });
    expect(submitted.owner).toBe('job');
    const process = await started;
    const { task } = process;
    const dataPath = task.environment['AZURE_ML_INPUT_data'] ?? '';
    const outPath = task.environment['AZURE_ML_OUTPUT_model'] ?? '';
    expect(task.command).toBe(`python train.py --lr 0.1 --data ${dataPath} --uri azureml://datastores/workspaceblobstore/paths/data/ --out ${outPath}`);
    expect(readFileSync(dataPath, 'utf8')).toBe('a,b\n1,2\n');
    expect(readdirSync(task.workingDir).sort()).toEqual(['lib', 'logs', 'outputs', 'train.py']);
    expect(task.environment).toMatchObject({
      PATH: expect.stringMatching(/^\/envs\/1\/bin:/),
      MINE: 'lr=0.1',
      AZUREML_RUN_ID: job,
      MLFLOW_RUN_ID: job,
      MLFLOW_TRACKING_TOKEN: `token-of-${job}`,
      MLFLOW_EXPERIMENT_NAME: 'iris',
      MLFLOW_TRACKING_URI: 'http://localhost:7443/mlflow/v2.0/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws',
      MSI_ENDPOINT: 'http://localhost:7443/msi/token',
      IDENTITY_HEADER: 'identity-secret',
    });
    expect(task.environment['USER'] ?? task.environment['SHELL']).toBeUndefined();
    await at.reached(job, 'Running');

    process.print('first line\n');
    await logReaches(job, 'first line\n');
    writeFileSync(join(outPath, 'model.bin'), 'weights');
    mkdirSync(join(task.workingDir, 'outputs', 'plots'), { recursive: true });
    writeFileSync(join(task.workingDir, 'outputs', 'plots', 'roc.png'), 'png');
    process.print('last line');
    process.exit(0);
    const run = await at.reached(job, 'Completed');

    expect(run.statusReason).toBeNull();
    expect(run.startedAt).not.toBeNull();
    expect(run.endedAt).not.toBeNull();
    expect(at.log(job)).toBe('first line\nlast line');
    expect(at.log(job, 'outputs/plots/roc.png')).toBe('png');
    expect(at.blobs.text('acct', 'blobstore', `azureml/${job}/model/model.bin`)).toBe('weights');
    expect(at.neighbours.registered).toContain(`azureml:m:1=azureml://datastores/workspaceblobstore/paths/azureml/${job}/model/`);
    const system = at.log(job, 'system_logs/lifecycler/lifecycler.log') ?? '';
    for (const words of ['attempt 1: preparing', 'hash verified', 'environment: found ready', 'running', 'exit code 0', 'job Completed']) expect(system).toContain(words);
    const uris = await server.engine.outputUris(WORKSPACE_KEY, job, { command: 'x', environmentId: 'e', outputs: { model: { jobOutputType: 'uri_folder' } } });
    expect([...uris]).toEqual([
      ['default', `azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.${job}`],
      ['model', `azureml://datastores/workspaceblobstore/paths/azureml/${job}/model/`],
    ]);
  });

  test('fails with its exit code and the last lines of its log', async () => {
    const job = name();
    const started = last();
    await at.submit(server.engine, job);
    const process = await started;
    process.print('Traceback:\nValueError: bad learning rate\n');
    process.exit(3);
    const run = await at.reached(job, 'Failed');
    expect(run.statusReason).toMatchObject({ code: 'ExecutionFailed', exitCode: 3, message: expect.stringContaining('ValueError: bad learning rate') });
    expect(run.statusReason?.['message']).toContain('exit code 3');
  });

  test('is canceled, with the reason, when its time limit is reached', async () => {
    const job = name();
    const started = last();
    await at.submit(server.engine, job, { limits: { jobLimitsType: 'Command', timeout: 'PT5S' } });
    const process = await started;
    expect(process.task.timeoutSeconds).toBe(5);
    process.end({ kind: 'timeout', stats: { seconds: 5, cpuSeconds: 1, maxRssBytes: 1 } });
    expect((await at.reached(job, 'Canceled')).statusReason).toMatchObject({ code: 'JobTimeLimitReached', message: expect.stringContaining('5 seconds') });
  });

  test('does not run code that was changed after it was registered', async () => {
    const job = name();
    at.neighbours.code = { uri: 'azureml://datastores/workspaceblobstore/paths/code/src', hashSha256: '0'.repeat(64), hashVersion: '202208' };
    const count = at.driver.processes.length;
    await at.submit(server.engine, job, { codeId: 'azureml:code:1' });
    expect((await at.reached(job, 'Failed')).statusReason).toMatchObject({ code: 'CodeHashMismatch' });
    expect(at.driver.processes.length).toBe(count);
  });

  test('fails with the words of the environment builder', async () => {
    const job = name();
    const usual = at.neighbours.buildEnvironment;
    at.neighbours.buildEnvironment = async (_spec, { onLine }) => {
      onLine('Collecting nosuch==9');
      throw new Fault('invalid', 'EnvironmentBuildFailed', 'No matching distribution found for nosuch==9');
    };
    await at.submit(server.engine, job);
    expect((await at.reached(job, 'Failed')).statusReason).toMatchObject({ code: 'EnvironmentBuildFailed', message: 'No matching distribution found for nosuch==9' });
    expect(at.log(job, 'system_logs/lifecycler/lifecycler.log')).toContain('environment: Collecting nosuch==9');
    at.neighbours.buildEnvironment = usual;
  });

  test('names an input that is not there', async () => {
    const job = name();
    await at.submit(server.engine, job, { inputs: { d: { jobInputType: 'uri_folder', uri: 'azureml://datastores/workspaceblobstore/paths/nowhere/' } } });
    expect((await at.reached(job, 'Failed')).statusReason).toMatchObject({ code: 'InputNotFound', message: expect.stringContaining('Input d') });
  });

  test('leaves a file of the code where the artifacts would go', async () => {
    await at.blobs.putBlob({ account: 'acct', container: 'blobstore', name: 'code/own/outputs' }, Buffer.from('mine'));
    at.neighbours.code = { uri: 'https://acct.blob.lazurite.localhost:7443/blobstore/code/own' };
    const job = name();
    const started = last();
    await at.submit(server.engine, job, { codeId: 'azureml:code:1' });
    const process = await started;
    expect(readFileSync(join(process.task.workingDir, 'outputs'), 'utf8')).toBe('mine');
    await at.reached(job, 'Running');
    writeFileSync(join(process.task.workingDir, 'logs', 'own.txt'), 'words');
    process.exit(0);
    await at.reached(job, 'Completed');
    expect(at.log(job, 'logs/own.txt')).toBe('words');
  });

  test('tries to fetch an input from outside a few times, then says what to write instead', async () => {
    const tried: string[] = [];
    at.neighbours.fetch = async (url) => {
      tried.push(url);
      throw new Fault('unavailable', 'OutboundFailed', `${url} cannot be fetched: getaddrinfo EAI_AGAIN.`);
    };
    const job = name();
    await at.submit(server.engine, job, { inputs: { d: { jobInputType: 'uri_file', uri: 'wasbs://sets@example.blob.core.windows.net/iris.csv' } } });
    const words = expect.stringMatching(/^Input d: https:\/\/example\.blob\.core\.windows\.net\/sets\/iris\.csv cannot be fetched.* give a local path\.$/);
    expect((await at.reached(job, 'Failed')).statusReason).toMatchObject({ code: 'InputNotReachable', target: 'properties.inputs.d.uri', message: words });
    expect(tried).toHaveLength(3);
  });

  test('refuses names in the store that would leave its folder', async () => {
    await at.blobs.putBlob({ account: 'acct', container: 'blobstore', name: 'evil/../../../tmp/x' }, Buffer.from('x'));
    const job = name();
    await at.submit(server.engine, job, { inputs: { d: { jobInputType: 'uri_folder', uri: 'azureml://datastores/workspaceblobstore/paths/evil/' } } });
    expect((await at.reached(job, 'Failed')).statusReason).toMatchObject({ code: 'UnsafePath' });
  });

  test('starts one process for each rank, and stops the others when one fails', async () => {
    const job = name();
    const [first, second] = [last(), at.driver.process(at.driver.processes.length + 1)];
    await at.submit(server.engine, job, { resources: { instanceCount: 2 }, distribution: { distributionType: 'PyTorch', processCountPerInstance: 1 } });
    const [one, two] = [await first, await second];
    expect([one.task.environment['RANK'], two.task.environment['RANK']]).toEqual(['0', '1']);
    two.print('rank 1 broke\n');
    two.exit(1);
    const run = await at.reached(job, 'Failed');
    expect(one.isStopped).toBe(true);
    expect(run.statusReason?.['message']).toContain('Process 1 of 2 ended with exit code 1');
    expect(at.log(job, 'user_logs/std_log_process_1.txt')).toBe('rank 1 broke\n');
  });

  test('runs again after its runner was lost, appending to its log, but not for ever', async () => {
    const job = name();
    const from = at.driver.processes.length;
    await at.submit(server.engine, job);
    for (const attempt of [0, 1, 2]) {
      const process = await at.driver.process(from + attempt);
      process.print(`attempt ${attempt}\n`);
      process.lose();
    }
    const run = await at.reached(job, 'Failed');
    expect(run.statusReason).toMatchObject({ code: 'RunnerLost' });
    expect(at.log(job)).toBe('attempt 0\nattempt 1\nattempt 2\n');
    expect((await server.engine.describeJobs(at.database.sql, WORKSPACE_KEY, [job])).get(job)?.attempts).toHaveLength(3);
  });

  test('an unknown compute and a taken name are refused at submission', async () => {
    await expect(at.submit(server.engine, name(), { computeId: `${WORKSPACE_KEY}/computes/none` })).rejects.toMatchObject({ kind: 'invalid', code: 'ComputeNotFound' });
    const job = name();
    const started = last();
    await at.submit(server.engine, job);
    await expect(at.submit(server.engine, job)).rejects.toMatchObject({ kind: 'conflict' });
    (await started).exit(0);
    await at.reached(job, 'Completed');
  });
});

describe('cancel', () => {
  test('while the environment is built', async () => {
    const job = name();
    const usual = at.neighbours.buildEnvironment;
    const building = Promise.withResolvers<void>();
    at.neighbours.buildEnvironment = (_spec, { signal }) =>
      new Promise((_built, failed) => {
        signal.addEventListener('abort', () => failed(signal.reason), { once: true });
        building.resolve();
      });
    const count = at.driver.processes.length;
    await at.submit(server.engine, job);
    await building.promise;
    expect((await at.cancel(server.engine, job)).status).toBe('CancelRequested');
    const run = await at.reached(job, 'Canceled');
    expect(run.statusReason).toMatchObject({ code: 'CanceledByUser', message: `Canceled by ${ANNA.displayName}.` });
    expect(at.driver.processes.length).toBe(count);
    at.neighbours.buildEnvironment = usual;
  });

  test('between start and running', async () => {
    const job = name();
    at.driver.onStarted = async () => {
      await at.cancel(server.engine, job);
    };
    const started = last();
    await at.submit(server.engine, job);
    await at.reached(job, 'Canceled');
    at.driver.onStarted = undefined;
    expect((await started).isStopped).toBe(true);
  });

  test('while it runs: the process is stopped, what it wrote is kept', async () => {
    const job = name();
    const started = last();
    await at.submit(server.engine, job);
    const process = await started;
    await at.reached(job, 'Running');
    process.print('so far\n');
    await at.cancel(server.engine, job);
    await at.reached(job, 'Canceled');
    expect(process.isStopped).toBe(true);
    expect(at.log(job)).toBe('so far\n');
    expect((await at.cancel(server.engine, job)).status).toBe('Canceled');
  });

  test('while it is finalizing: it ends as it would', async () => {
    const job = name();
    const registering = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    at.neighbours.beforeRegister = async () => {
      registering.resolve();
      await goOn.promise;
    };
    const started = last();
    await at.submit(server.engine, job, { outputs: { o: { jobOutputType: 'uri_folder', assetName: 'late' } } });
    (await started).exit(0);
    await registering.promise;
    expect((await at.cancel(server.engine, job)).status).toBe('Finalizing');
    goOn.resolve();
    await at.reached(job, 'Completed');
    at.neighbours.beforeRegister = async () => undefined;
  });

  test('an unknown job is not found', async () => {
    await expect(at.cancel(server.engine, 'nobody')).rejects.toMatchObject({ kind: 'notFound', code: 'JobNotFound' });
  });
});

/** SHA-256 of `2`, `#lib/a.py#1`, `#train.py#8`, and the contents, as the Python client computes it. */
const codeHash = 'cdc5890ca69dd421b5b4b223021cce2f0e93ea59f5ec40c0425c4a5913fcb8c1';

async function logReaches(job: string, text: string): Promise<void> {
  const seen = Promise.withResolvers<void>();
  const check = (): void => {
    if (at.log(job) === text) seen.resolve();
  };
  const unsubscribe = await at.database.listen('lazurite_events', check);
  check();
  await seen.promise;
  unsubscribe();
}
