import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { findExperimentName, JOB_SORTS, type JobQuery, listJobFacets, listJobRows, listProducedAssets } from './studio-store.ts';

const WORKSPACE = '/subscriptions/s/resourcegroups/g/providers/microsoft.machinelearningservices/workspaces/w';
const ALL: JobQuery = { statuses: [], text: '', experiment: '', createdBy: '', compute: '', ids: [], sort: 'created', isDescending: true, limit: 50 };
const COUNT = 20_000;

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await testDatabase();
  const db = fixture.database.sql;
  await sql`insert into experiments (id, workspace_key, name) values ('e1', ${WORKSPACE}, 'tumours'), ('e2', ${WORKSPACE}, 'other')`.execute(db);
  await sql`insert into runs (workspace_key, run_id, experiment_id, display_name, status, owner, user_id, user_name, started_at, ended_at)
    select ${WORKSPACE}, 'job_' || i, case when i % 10 = 0 then 'e1' else 'e2' end, 'Name ' || (i * 7919 % 1000), case when i % 100 = 0 then 'Running' when i % 7 = 0 then 'Failed' else 'Completed' end,
           'job', 'u', 'user ' || i % 5, now() - interval '1 hour', case when i % 100 = 0 then null else now() - interval '1 hour' + i % 3000 * interval '1 second' end
    from generate_series(1, ${COUNT}) i`.execute(db);
  await sql`insert into resources (key, id, type, name, parent_key, etag, provisioning_state, system_data, properties)
    select ${WORKSPACE} || '/jobs/job_' || i, ${WORKSPACE} || '/jobs/job_' || i, 'microsoft.machinelearningservices/workspaces/jobs', 'job_' || i, ${WORKSPACE}, 'e', 'Succeeded', '{}',
           jsonb_build_object('jobType', 'Command', 'computeId', ${WORKSPACE} || '/computes/' || case when i % 2 = 0 then 'CPU' else 'gpu' end)
    from generate_series(1, ${COUNT}) i`.execute(db);
  await sql`insert into resources (key, id, type, name, parent_key, etag, provisioning_state, system_data, properties) values
    (${`${WORKSPACE}/models/m/versions/3`}, ${`${WORKSPACE}/models/m/versions/3`}, 'microsoft.machinelearningservices/workspaces/models/versions', '3', ${`${WORKSPACE}/models/m`}, 'e', 'Succeeded', '{}', '{"modelUri":"azureml://jobs/job_12/outputs/artifacts/paths/model"}'),
    (${`${WORKSPACE}/models/m/versions/4`}, ${`${WORKSPACE}/models/m/versions/4`}, 'microsoft.machinelearningservices/workspaces/models/versions', '4', ${`${WORKSPACE}/models/m`}, 'e', 'Succeeded', '{}', '{"modelUri":"azureml://jobs/job_120/outputs/artifacts/paths/model"}'),
    (${`${WORKSPACE}/models/q/versions/1`}, ${`${WORKSPACE}/models/q/versions/1`}, 'microsoft.machinelearningservices/workspaces/models/versions', '1', ${`${WORKSPACE}/models/q`}, 'e', 'Succeeded', '{}', '{"modelUri":"azureml://jobs/job_13/outputs/model/paths/"}'),
    (${`${WORKSPACE}/data/d/versions/1`}, ${`${WORKSPACE}/data/d/versions/1`}, 'microsoft.machinelearningservices/workspaces/data/versions', '1', ${`${WORKSPACE}/data/d`}, 'e', 'Succeeded', '{}', '{"dataUri":"azureml://datastores/workspaceblobstore/paths/x","properties":{"azureml.jobName":"job_13","azureml.outputName":"d"}}')`.execute(
    db,
  );
  await sql`analyze`.execute(db);
});
afterAll(() => fixture.close());

test('every sort walks all jobs once by its cursor, in order', async () => {
  for (const sort of JOB_SORTS) {
    for (const isDescending of [true, false]) {
      const seen = new Set<string>();
      let cursor: string | undefined;
      for (let pages = 0; pages < 6; pages += 1) {
        const page = await listJobRows(fixture.database.sql, WORKSPACE, { ...ALL, sort, isDescending, ...(cursor === undefined ? {} : { cursor }) });
        for (const item of page.items) {
          expect(seen.has(item.runId)).toBe(false);
          seen.add(item.runId);
        }
        cursor = page.next;
      }
      expect(seen.size).toBe(300);
    }
  }
});

test('filters join by and; the last page has no cursor', async () => {
  const page = await listJobRows(fixture.database.sql, WORKSPACE, { ...ALL, statuses: ['Running'], experiment: 'tumours', createdBy: 'user 0', compute: 'cpu', text: 'NAME', limit: 200 });
  expect(page.items).toHaveLength(200);
  expect(page.next).toBeUndefined();
  expect(page.items[0]).toMatchObject({ status: 'Running', experiment: 'tumours', createdBy: 'user 0', jobType: 'Command' });
  expect((await listJobRows(fixture.database.sql, WORKSPACE, { ...ALL, compute: 'absent' })).items).toEqual([]);
  expect((await listJobRows(fixture.database.sql, `${WORKSPACE}2`, ALL)).items).toEqual([]);
});

test('a percent sign and an underscore are searched for as they are', async () => {
  expect((await listJobRows(fixture.database.sql, WORKSPACE, { ...ALL, text: '%' })).items).toEqual([]);
  expect((await listJobRows(fixture.database.sql, WORKSPACE, { ...ALL, text: 'job_12' })).items.length).toBeGreaterThan(1);
});

test('a continuation of another sort is refused', async () => {
  const page = await listJobRows(fixture.database.sql, WORKSPACE, ALL);
  await expect(listJobRows(fixture.database.sql, WORKSPACE, { ...ALL, sort: 'name', cursor: page.next ?? '' })).rejects.toMatchObject({ code: 'InvalidContinuationToken' });
});

test('facets count every status and name every creator', async () => {
  const facets = await listJobFacets(fixture.database.sql, WORKSPACE);
  expect(facets.statuses.reduce((sum, each) => sum + each.count, 0)).toBe(COUNT);
  expect(facets.creators).toEqual(['user 0', 'user 1', 'user 2', 'user 3', 'user 4']);
  expect(facets.experiments.toSorted()).toEqual(['other', 'tumours']);
});

test('assets made by a job are its own, not those of a job whose name begins alike', async () => {
  expect(await listProducedAssets(fixture.database.sql, WORKSPACE, 'job_12')).toEqual([{ id: `${WORKSPACE}/models/m/versions/3`, kind: 'model', name: 'm', version: '3' }]);
});

test('a model registered from an output, and an asset that an output named, are made by the job', async () => {
  const produced = await listProducedAssets(fixture.database.sql, WORKSPACE, 'job_13');
  expect(produced.map(({ kind, name, version }) => `${kind} ${name}:${version}`).toSorted()).toEqual(['data d:1', 'model q:1']);
});

test('an experiment is found by its id in its own workspace only', async () => {
  expect(await findExperimentName(fixture.database.sql, WORKSPACE, 'e1')).toBe('tumours');
  expect(await findExperimentName(fixture.database.sql, `${WORKSPACE}2`, 'e1')).toBeUndefined();
  expect(await findExperimentName(fixture.database.sql, WORKSPACE, 'none')).toBeUndefined();
});

test('no order of the list sorts the whole table', async () => {
  for (const order of [sql`r.id desc`, sql`lower(r.display_name), r.id`, sql`r.status, r.id`, sql`coalesce(extract(epoch from (r.ended_at - r.started_at)), -1), r.id`]) {
    const plan = await sql<{ 'QUERY PLAN': string }>`explain select r.id from runs r where r.workspace_key = ${WORKSPACE} and r.lifecycle = 'active' order by ${order} limit 51`.execute(
      fixture.database.sql,
    );
    expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index (Only )?Scan/);
  }
});
