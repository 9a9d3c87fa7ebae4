// Symptom guarded: a job file of `az ml` that is read as something else, or a typing error that passes for a wish.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readJobFile } from './job-file.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lazurite-job-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function read(yaml: string): ReturnType<typeof readJobFile> {
  writeFileSync(join(root, 'job.yml'), yaml);
  return readJobFile(join(root, 'job.yml'));
}

test('reads a command job of az ml into its REST form', () => {
  writeFileSync(join(root, 'conda.yml'), 'name: e\n');
  const file = read(`
$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json
type: command
name: run_1
display_name: a run
experiment_name: trials
tags: { team: blue }
code: src
command: python t.py --data \${{inputs.data}} --rate \${{inputs.rate}}
environment: { conda_file: conda.yml }
environment_variables: { WORKERS: 2 }
compute: azureml:cpu
inputs:
  data: { type: uri_file, path: file:data.csv, mode: download }
  there: { path: azureml:titanic@latest }
  rate: 0.1
outputs:
  model: { type: mlflow_model, name: best, path: azureml://datastores/workspaceblobstore/paths/x }
limits: { timeout: 60 }
resources: { instance_count: 1, shm_size: 2g }
identity: { type: managed, client_id: 1-2 }
`);
  expect(file.name).toBe('run_1');
  expect(file.code).toEqual({ local: join(root, 'src') });
  expect(file.environment).toEqual({ conda: 'name: e\n', image: undefined });
  expect(file.localInputs).toEqual([{ name: 'data', path: join(root, 'data.csv') }]);
  expect(file.properties).toEqual({
    jobType: 'Command',
    command: 'python t.py --data ${{inputs.data}} --rate ${{inputs.rate}}',
    displayName: 'a run',
    experimentName: 'trials',
    tags: { team: 'blue' },
    computeId: 'cpu',
    environmentVariables: { WORKERS: '2' },
    inputs: {
      data: { jobInputType: 'uri_file', uri: '', mode: 'Download' },
      there: { jobInputType: 'uri_folder', uri: 'azureml:titanic@latest', mode: 'ReadOnlyMount' },
      rate: { jobInputType: 'literal', value: '0.1' },
    },
    outputs: { model: { jobOutputType: 'mlflow_model', mode: 'ReadWriteMount', uri: 'azureml://datastores/workspaceblobstore/paths/x', assetName: 'best' } },
    limits: { jobLimitsType: 'Command', timeout: 'PT60S' },
    resources: { instanceCount: 1, shmSize: '2g' },
    identity: { identityType: 'Managed', clientId: '1-2' },
  });
});

test('knows references from local paths', () => {
  expect(read('command: c\ncode: azureml:/subscriptions/s/codes/c/versions/1\nenvironment: azureml:base@latest\n')).toMatchObject({
    code: { id: '/subscriptions/s/codes/c/versions/1' },
    environment: { id: 'azureml:base@latest' },
  });
  const registry = 'azureml://registries/r/environments/e/labels/latest';
  expect(read(`command: c\nenvironment: ${registry}\n`).environment).toEqual({ id: registry });
});

test.each([
  ['command: c\nenvironment: e:1\ncomand: x\n', 'unknown keys: comand'],
  ['type: pipeline\n', 'job of type pipeline'],
  ['environment: e:1\n', 'no command'],
  ['command: c\n', 'no environment'],
  ['command: c\nenvironment: e:1\ninputs: { d: { path: x, mode: rw } }\n', 'mode rw'],
  ['command: [c\n', 'is not YAML'],
  ['command: c\nenvironment: e:1\nservices: { shell: { type: ssh } }\n', 'without interactive services'],
  ['command: c\nenvironment: e:1\nresources: { gpus: 1 }\n', 'unknown keys: resources.gpus'],
  ['command: c\nenvironment: e:1\nidentity: { type: me }\n', 'identity.type me'],
  ['command: c\nenvironment: { build: { path: docker } }\n', 'images are not built here. Give environment a conda_file instead'],
  ['command: c\nenvironment: { conda: conda.yml }\n', 'unknown keys: environment.conda'],
  ['command: c\nenvironment: { conda_file: none.yml }\n', 'none.yml, which does not exist'],
  ['- a\n', 'not a mapping'],
])('refuses %j and says why', (yaml, words) => {
  expect(() => read(yaml)).toThrow(expect.objectContaining({ status: 2, message: expect.stringContaining(words) }));
});
