import { describe, expect, test } from 'vitest';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import { parseCommandJob, validateCommandJob } from './command-job.ts';
import { parseDataUri } from './data-uri.ts';
import { resolveInside } from './files/disk-path.ts';
import { parseDurationSeconds } from './duration.ts';
import { describeProcesses } from './hooks/distribution.ts';
import { waitingReason } from './scheduler.ts';
import { verdictOf } from './phases/verdict.ts';

const base = { jobType: 'Command', command: 'python t.py', environmentId: 'azureml:e:1' };

function faultOf(properties: JsonObject): Fault {
  try {
    parseCommandJob(properties);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('command job', () => {
  test('literals are strings, modes and types have defaults, case is free', () => {
    const job = parseCommandJob({
      ...base,
      inputs: { lr: { jobInputType: 'Literal', value: 0.1 }, on: { jobInputType: 'literal', value: true }, d: { jobInputType: 'UriFile', uri: 'azureml:d:1' } },
      outputs: { m: { jobOutputType: 'uri_folder' }, default: { jobOutputType: 'uri_folder', uri: 'x' } },
      limits: { jobLimitsType: 'Command', timeout: 'PT1H30M' },
    });
    expect(job.inputs.get('lr')).toEqual({ kind: 'literal', value: '0.1' });
    expect(job.inputs.get('on')).toEqual({ kind: 'literal', value: 'True' });
    expect(job.inputs.get('d')).toEqual({ kind: 'data', type: 'uri_file', uri: 'azureml:d:1', mode: 'ReadOnlyMount' });
    expect([...job.outputs]).toEqual([['m', { type: 'uri_folder', mode: 'ReadWriteMount' }]]);
    expect(job.timeoutSeconds).toBe(5_400);
    expect(job.experimentName).toBe('Default');
  });

  test('every mistake is reported at once, with its path', () => {
    const fault = faultOf({
      command: '',
      inputs: { '../x': { jobInputType: 'literal', value: '1' }, y: { jobInputType: 'nope', uri: 'u' } },
      limits: { timeout: 'soon' },
      environmentVariables: { 'a b': '1' },
    });
    expect(fault).toMatchObject({ kind: 'invalid', code: 'ValidationError' });
    expect(fault.details.map((detail) => detail.target)).toEqual([
      'properties.command',
      'properties.environmentId',
      'properties.inputs.../x',
      'properties.inputs.y.jobInputType',
      'properties.environmentVariables.a b',
      'properties.limits.timeout',
    ]);
  });

  test.each([
    [{ distribution: { distributionType: 'Mpi', processCountPerInstance: 2 } }, 'DistributionNotImplemented'],
    [{ inputs: { d: { jobInputType: 'mltable', uri: 'u', mode: 'EvalMount' } } }, 'InputModeNotImplemented'],
    [{ services: { j: { jobServiceType: 'JupyterLab' } } }, 'JobServiceNotImplemented'],
  ])('%j is refused by name', (changes, code) => {
    expect(faultOf({ ...base, ...changes })).toMatchObject({ kind: 'notImplemented', code });
  });

  test.each([
    [{ inputs: { m: { jobInputType: 'mlflow_model', uri: 'azureml://registries/azureml/models/gpt2/versions/1' } } }, 'RegistryNotSupported', /registry azureml.*azureml:NAME@latest/],
    [{ inputs: { d: { jobInputType: 'uri_folder', uri: 'abfss://f@a.dfs.core.windows.net/x' } } }, 'UriNotImplemented', /cannot be read yet/],
  ])('%j leads out of this server and is refused before the job is made', (changes, code, message) => {
    expect(() => validateCommandJob({ ...base, ...changes })).toThrow(expect.objectContaining({ kind: 'notImplemented', code, message: expect.stringMatching(message) }));
    expect(parseCommandJob({ ...base, ...changes }).command).toBe(base.command);
  });

  test.each([
    ['PT90S', 90],
    ['P1DT1M', 86_460],
    ['3600', 3_600],
    ['P', undefined],
    ['PT', undefined],
    ['1h', undefined],
  ])('duration %s', (text, seconds) => {
    expect(parseDurationSeconds(text)).toBe(seconds);
  });
});

describe('references', () => {
  test.each([
    ['azureml://datastores/ds/paths/a/b.csv', { kind: 'datastore', datastore: 'ds', path: 'a/b.csv' }],
    [
      'azureml://subscriptions/S/resourceGroups/RG/workspaces/W/datastores/ds/paths/p/',
      { kind: 'datastore', workspaceKey: '/subscriptions/s/resourcegroups/rg/providers/microsoft.machinelearningservices/workspaces/w', datastore: 'ds', path: 'p/' },
    ],
    ['azureml://jobs/j_1/outputs/model/paths/x', { kind: 'jobOutput', jobName: 'j_1', output: 'model', path: 'x' }],
    ['runs:/j_1/model', { kind: 'jobOutput', jobName: 'j_1', output: 'artifacts', path: 'model' }],
    ['azureml:iris:3', { kind: 'asset', noun: undefined, ref: 'azureml:iris:3' }],
    ['azureml:/subscriptions/s/x/workspaces/w/models/m/versions/2', { kind: 'asset', noun: 'models', ref: '/subscriptions/s/x/workspaces/w/models/m/versions/2' }],
    ['https://a.blob/c/x', { kind: 'url', url: 'https://a.blob/c/x' }],
  ])('%s', (text, expected) => {
    expect(parseDataUri(text, 't')).toEqual(expected);
  });

  test('what cannot be read is refused by name', () => {
    expect(() => parseDataUri('abfss://f@a.dfs/x', 't')).toThrow(expect.objectContaining({ kind: 'notImplemented' }));
    expect(() => parseDataUri('/etc/passwd', 't')).toThrow(expect.objectContaining({ kind: 'invalid', code: 'InvalidUri' }));
  });

  test.each(['../x', 'a/../../x', '/etc/passwd', 'a//b', '.', '', 'a\0b'])('the name %j never reaches the disk', (name) => {
    expect(() => resolveInside('/root/of/job', name)).toThrow(expect.objectContaining({ code: 'UnsafePath' }));
  });
});

describe('mapping', () => {
  const stats = { seconds: 1, cpuSeconds: 1, maxRssBytes: 1 };
  const facts = { isCancelRequested: false, cancelReason: null, timeoutSeconds: 5 };
  test('ends of processes become the status of the job', () => {
    expect(verdictOf([{ kind: 'exited', exitCode: 0, stats }], facts)).toEqual({ status: 'Completed', reason: null });
    expect(
      verdictOf(
        [
          { kind: 'canceled', stats },
          { kind: 'exited', exitCode: 3, stats },
        ],
        facts,
      ),
    ).toMatchObject({ status: 'Failed', culprit: 1, reason: { exitCode: 3 } });
    expect(verdictOf([{ kind: 'timeout', stats }], facts)).toMatchObject({ status: 'Canceled', reason: { code: 'JobTimeLimitReached' } });
    expect(verdictOf([{ kind: 'exited', exitCode: 0, stats }], { ...facts, isCancelRequested: true })).toMatchObject({ status: 'Canceled' });
  });

  test('processes of a distribution get ranks and each other', () => {
    const pytorch = parseCommandJob({ ...base, resources: { instanceCount: 2 }, distribution: { distributionType: 'PyTorch', processCountPerInstance: 2 } });
    expect(describeProcesses(pytorch, [7000, 7001, 7002, 7003])[3]?.variables).toMatchObject({
      WORLD_SIZE: '4',
      RANK: '3',
      LOCAL_RANK: '1',
      NODE_RANK: '1',
      MASTER_ADDR: '127.0.0.1',
      MASTER_PORT: '7000',
    });
    const tensorflow = parseCommandJob({ ...base, distribution: { distributionType: 'TensorFlow', workerCount: 1, parameterServerCount: 1 } });
    expect(JSON.parse(describeProcesses(tensorflow, [7000, 7001])[1]?.variables['TF_CONFIG'] ?? '')).toMatchObject({
      cluster: { worker: ['127.0.0.1:7000'], ps: ['127.0.0.1:7001'] },
      task: { type: 'ps', index: 0 },
    });
  });

  test('the reason for waiting says for what, behind whom, and where in the queue', () => {
    const nodes = [
      { state: 'running', error: null },
      { state: 'running', error: null },
    ] as const;
    expect(waitingReason({ name: 'x', maxNodes: 2 }, nodes, ['job-a', 'job-b'], 1, 3)).toBe('waiting for 1 node of cluster x: 2 of 2 are busy with job-a, job-b; position 3');
  });
});
