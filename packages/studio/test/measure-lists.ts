// How fast the pages' questions are answered with 100,000 jobs behind them: `node packages/studio/test/measure-lists.ts [jobs]`.
// The goal is a first paint under 300 ms, so every answer has to come in a fraction of that.

import { sql } from 'kysely';
import { openScene } from './scene.ts';

const COUNT = Number(process.argv[2] ?? 100_000);
const ROUNDS = 20;

const scene = await openScene('measure', 'many');
try {
  const db = scene.server.composition.database.sql;
  const key = scene.workspace.id.toLowerCase();
  await sql`insert into experiments (id, workspace_key, name) select 'experiment-' || i, ${key}, 'experiment ' || i from generate_series(0, 49) i`.execute(db);
  await sql`insert into runs (workspace_key, run_id, experiment_id, display_name, status, owner, user_id, user_name, started_at, ended_at)
    select ${key}, 'job_' || i, 'experiment-' || i % 50, 'Name ' || (i * 7919 % 10007), case when i % 1000 = 0 then 'Running' when i % 7 = 0 then 'Failed' else 'Completed' end,
           'job', 'u', 'user ' || i % 20, now() - interval '1 hour', case when i % 1000 = 0 then null else now() - interval '1 hour' + i % 3000 * interval '1 second' end
    from generate_series(1, ${COUNT}) i`.execute(db);
  await sql`insert into resources (key, id, type, name, parent_key, etag, provisioning_state, system_data, properties)
    select ${key} || '/jobs/job_' || i, ${scene.workspace.id} || '/jobs/job_' || i, 'microsoft.machinelearningservices/workspaces/jobs', 'job_' || i, ${key}, 'e', 'Succeeded', '{}',
           jsonb_build_object('jobType', 'Command', 'command', 'python train.py', 'computeId', ${key} || '/computes/' || case when i % 2 = 0 then 'cpu' else 'gpu' end)
    from generate_series(1, ${COUNT}) i`.execute(db);
  await sql`analyze`.execute(db);

  const api = `/api/studio${scene.workspace.id}`;
  const questions: Readonly<Record<string, string>> = {
    'jobs, newest first': `${api}/jobs?limit=100`,
    'jobs by name': `${api}/jobs?limit=100&sort=name:asc`,
    'jobs by status': `${api}/jobs?limit=100&sort=status:asc`,
    'jobs by duration': `${api}/jobs?limit=100&sort=duration:desc`,
    'jobs that run': `${api}/jobs?limit=100&status=Running`,
    'jobs of one experiment': `${api}/jobs?limit=100&experiment=experiment%207`,
    'jobs of one person': `${api}/jobs?limit=100&createdBy=user%203`,
    'jobs of one compute': `${api}/jobs?limit=100&compute=gpu`,
    'jobs by a rare part of the name': `${api}/jobs?limit=100&text=job_99999`,
    'jobs by what no name holds': `${api}/jobs?limit=100&text=nowhere`,
    'choices of the filters': `${api}/jobFacets`,
    'one job': `${api}/runs/job_777`,
  };
  const { authorization } = await scene.server.bearer();
  process.stdout.write(`${COUNT.toLocaleString('en-US')} jobs, ${ROUNDS} times each, milliseconds\n`);
  for (const [name, path] of Object.entries(questions)) {
    const times: number[] = [];
    for (let i = 0; i < ROUNDS; i += 1) {
      const began = performance.now();
      const response = await fetch(scene.origin + path, { headers: { authorization } });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    process.stdout.write(`${name.padEnd(34)} median ${(times[ROUNDS / 2] ?? 0).toFixed(1).padStart(7)}   slowest ${(times.at(-1) ?? 0).toFixed(1).padStart(7)}\n`);
  }
} finally {
  await scene.stop();
}
