// Everything a user can write in a workspace, each text with a marker in it, and the search for markers in whatever the
// server keeps: tables, the files of the database with its log, and the byte store.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { expect, vi } from 'vitest';
import type { VaultServer } from './vault-server.ts';

const API = 'api-version=2024-10-01';

/** Names and values of what was written; each text begins with the marker of its workspace. */
export interface Written {
  readonly workspace: string;
  readonly marker: string;
  readonly runId: string;
  readonly experimentId: string;
  readonly modelId: string;
  readonly jobName: string;
  /** Of a metric: a number that is nowhere else. */
  readonly value: number;
}

export type MlflowCall = (workspace: string, method: string, path: string, body?: object) => Promise<JsonObject>;

export function mlflowOf(it: VaultServer, workspacePath: (name: string) => string): MlflowCall {
  return async (workspace, method, path, body) => {
    const { region } = it.server.connection;
    const answer = await it.server.send(`${region}.api`, { method, path: `/mlflow/v1.0${workspacePath(workspace)}/api/2.0/mlflow/${path}`, headers: await it.server.bearer(), body });
    expect([path, answer.status, answer.text]).toEqual([path, 200, expect.any(String)]);
    return answer.json;
  };
}

/** Tracks a run through MLflow's protocol, makes assets, and has a job run. */
export async function writeEverything(it: VaultServer, workspacePath: (name: string) => string, workspace: string, marker: string, value: number): Promise<Written> {
  const mlflow = mlflowOf(it, workspacePath);
  const m = (what: string): string => `${marker}-${what}`;
  const pair = (what: string): JsonObject => ({ key: m(`${what}-key`), value: m(`${what}-value`) });
  const call = (method: string, path: string, body?: object) => mlflow(workspace, method, path, body);
  const experimentId = String((await call('POST', 'experiments/create', { name: m('experiment'), tags: [pair('experiment-tag')] }))['experiment_id']);
  await call('POST', 'experiments/set-experiment-tag', { experiment_id: experimentId, ...pair('late-tag') });
  const created = await call('POST', 'runs/create', { experiment_id: experimentId, run_name: m('run-name'), tags: [pair('first-tag')] });
  const runId = stringAt(objectAt(objectAt(created, 'run'), 'info'), 'run_id') ?? '';
  const model = objectAt(
    (
      await call('POST', 'logged-models', {
        experiment_id: experimentId,
        name: m('logged-model'),
        model_type: m('type'),
        source_run_id: runId,
        params: [pair('model-param')],
        tags: [pair('model-tag')],
      })
    )['model'],
    'info',
  );
  const modelId = stringAt(model, 'model_id') ?? '';
  const metrics = [0, 1, 2].map((step) => ({ key: m('metric'), value: value + step, timestamp: 1000 + step, step, model_id: modelId, dataset_name: m('dataset'), dataset_digest: 'd1' }));
  await call('POST', 'runs/log-batch', { run_id: runId, metrics, params: [pair('param')], tags: [pair('tag')] });
  const dataset = { name: m('dataset'), digest: 'd1', source_type: m('source-type'), source: m('source'), schema: m('schema'), profile: m('profile') };
  await call('POST', 'runs/log-inputs', { run_id: runId, datasets: [{ dataset, tags: [{ key: 'mlflow.data.context', value: m('context') }] }] });

  const put = async (path: string, properties: JsonObject): Promise<void> => {
    const answer = await it.arm('PUT', `${workspacePath(workspace)}/${path}?${API}`, { properties });
    expect([path, answer.status, answer.text]).toEqual([path, answer.status < 300 ? answer.status : 200, expect.any(String)]);
  };
  const words = { description: m('description'), tags: { [m('asset-tag-key')]: m('asset-tag-value') } };
  await put('environments/env/versions/1', { image: 'lazurite/local-python', ...words });
  await put('data/input/versions/1', { dataType: 'uri_folder', dataUri: 'azureml://datastores/workspaceblobstore/paths/x', ...words });
  await put('models/model/versions/1', { modelType: 'custom_model', modelUri: 'azureml://datastores/workspaceblobstore/paths/x', flavors: { f: { data: { x: m('flavor') } } }, ...words });
  const jobName = `job-${workspace}`;
  await put(`jobs/${jobName}`, {
    jobType: 'Command',
    command: `echo ${m('output')} && echo ${m('command')} \${{inputs.word}} > model.txt && false`,
    environmentId: `${workspacePath(workspace)}/environments/env/versions/1`,
    displayName: m('job-name'),
    experimentName: m('job-experiment'),
    environmentVariables: { WORD: m('variable') },
    inputs: { word: { jobInputType: 'literal', value: m('input') } },
    properties: { [m('property-key')]: m('property-value') },
    ...words,
  });
  await vi.waitFor(async () => expect(objectAt((await it.arm('GET', `${workspacePath(workspace)}/jobs/${jobName}?${API}`)).json, 'properties')['status']).toBe('Failed'), {
    timeout: 60_000,
    interval: 100,
  });
  return { workspace, marker, runId, experimentId, modelId, jobName, value };
}

/** Where the marker lies: files of the data folder, and tables. The log of the server has no content. */
export async function placesOf(it: VaultServer, markers: readonly (string | Buffer)[]): Promise<readonly string[]> {
  const { dataDir } = it.server.connection;
  const { pool } = it.server.composition.database;
  await pool.query('checkpoint');
  const found = new Set<string>();
  for (const name of readdirSync(dataDir, { recursive: true, encoding: 'utf8' })) {
    const path = join(dataDir, name);
    const [top = '', below = ''] = name.split('/');
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    const bytes = readFileSync(path);
    if (markers.some((marker) => bytes.includes(marker))) found.add(top === 'postgres' ? `file postgres/${below}/${name.includes('pg_wal') ? 'pg_wal' : 'base'}` : `file ${top}`);
  }
  const tables = await pool.query<{ name: string }>("select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'");
  for (const { name } of tables.rows) {
    for (const marker of markers.filter((each) => typeof each === 'string')) {
      const hits = await pool.query(`select 1 from "${name}" t where position($1 in t::text) > 0 or position($2 in t::text) > 0 limit 1`, [marker, Buffer.from(marker).toString('hex')]);
      if (hits.rowCount !== 0) found.add(name);
    }
  }
  return [...found].toSorted();
}

/** A number as it lies in files of the database. */
export function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
