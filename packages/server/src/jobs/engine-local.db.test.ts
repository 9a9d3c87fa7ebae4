// The engine with the real local driver: real processes, real logs.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '#kernel/context.ts';
import { type JobEngineHarness, jobEngineHarness } from '../../../testkit/src/job-engine-harness.ts';
import { createLocalDriver } from './drivers/local/local-driver.ts';

let at: JobEngineHarness;
beforeAll(async () => {
  at = await jobEngineHarness(createLocalDriver({ python: '/usr/bin/python3', log: silentLog }));
  at.neighbours.buildEnvironment = async () => ({ hash: 'system', pythonPath: '/usr/bin/python3', binDir: '/usr/bin', notes: [], wasCached: true });
});
afterAll(() => at.close());

async function logReaches(job: string, text: string): Promise<void> {
  const seen = Promise.withResolvers<void>();
  const check = (): void => {
    if (at.log(job)?.includes(text)) seen.resolve();
  };
  const unsubscribe = await at.database.listen('lazurite_events', check);
  check();
  await seen.promise;
  unsubscribe();
}

describe('real processes', () => {
  test('a command sees exactly its environment, and everything it wrote arrives', async () => {
    const server = await at.start();
    await at.submit(server.engine, 'real', {
      command: 'env | cut -d= -f1 | sort | tr "\\n" " "; mkdir -p outputs; echo "${{inputs.word}}" > outputs/word.txt; echo weights > ${{outputs.model}}/m.bin',
      inputs: { word: { jobInputType: 'literal', value: 'grüße' } },
      outputs: { model: { jobOutputType: 'uri_folder', mode: 'Upload' } },
    });
    await at.reached('real', 'Completed');
    expect(at.log('real', 'outputs/word.txt')).toBe('grüße\n');
    expect(at.blobs.text('acct', 'blobstore', 'azureml/real/model/m.bin')).toBe('weights\n');
    const names = (at.log('real') ?? '').trim().split(' ');
    expect(names.filter((name) => !/^(AZUREML_|AZURE_ML_|MLFLOW_|MSI_|IDENTITY_|DEFAULT_IDENTITY_)/.test(name))).toEqual([
      'HOME',
      'LANG',
      'PATH',
      'PWD',
      'PYTHONUNBUFFERED',
      'SHLVL',
      'TMPDIR',
      'VIRTUAL_ENV',
      '_',
    ]);
    await server.stop();
  });

  test('a job goes on without a server, and the next server takes it to its end', async () => {
    const first = await at.start();
    await at.submit(first.engine, 'alone', { command: `echo one; while [ ! -e ${at.dir}/go ]; do sleep 0.05; done; echo two; exit 7` });
    await logReaches('alone', 'one\n');
    await first.kill();
    writeFileSync(join(at.dir, 'go'), '');
    const second = await at.start();
    expect((await at.reached('alone', 'Failed')).statusReason).toMatchObject({ exitCode: 7 });
    expect(at.log('alone')).toBe('one\ntwo\n');
    await second.stop();
  });

  test('a cancel ends the whole tree, and a failure carries the last words', async () => {
    const server = await at.start();
    await at.submit(server.engine, 'tree', { command: 'echo up; (setsid sleep 600 &) ; sleep 600' });
    await logReaches('tree', 'up\n');
    await at.cancel(server.engine, 'tree');
    expect((await at.reached('tree', 'Canceled')).statusReason).toMatchObject({ code: 'CanceledByUser' });
    await at.submit(server.engine, 'fails', { command: 'python3 -c "raise ValueError(42)"' });
    expect((await at.reached('fails', 'Failed')).statusReason).toMatchObject({ code: 'ExecutionFailed', exitCode: 1, message: expect.stringContaining('ValueError: 42') });
    await at.submit(server.engine, 'slow', { command: 'sleep 600', limits: { jobLimitsType: 'Command', timeout: 'PT1S' } });
    expect((await at.reached('slow', 'Canceled')).statusReason).toMatchObject({ code: 'JobTimeLimitReached' });
    await server.stop();
  });
});
