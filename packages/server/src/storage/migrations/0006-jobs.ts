// Tables of jobs/: what the engine knows of each job, its attempts, and the nodes they run on.

import type { Migration } from '../migrate.ts';

export const jobs: Migration = {
  name: '0006-jobs',
  sql: `
    create table jobs (
      no bigint generated always as identity primary key,
      workspace_key text collate "C" not null,
      name text collate "C" not null,
      definition jsonb not null,
      submitter jsonb not null,
      scope jsonb not null,
      compute_key text collate "C" not null,
      node_count int not null,
      phase text not null check (phase in ('queued','preparing','starting','running','finalizing','ended')),
      attempt int not null default 0,
      cancel_requested boolean not null default false,
      is_deleted boolean not null default false,
      queued_at timestamptz not null,
      ended_at timestamptz,
      unique (workspace_key, name)
    );
    create index jobs_queue on jobs (compute_key, no) where phase = 'queued';
    create index jobs_unfinished on jobs (compute_key) where phase <> 'ended';

    create table job_attempts (
      id uuid primary key default gen_random_uuid(),
      job_no bigint not null references jobs (no) on delete cascade,
      number int not null,
      host text not null,
      handles jsonb,
      ends jsonb,
      log_bases jsonb not null default '{}',
      created_at timestamptz not null,
      prepared_at timestamptz,
      started_at timestamptz,
      ended_at timestamptz,
      unique (job_no, number)
    );

    create table compute_clusters (
      key text collate "C" primary key,
      name text not null,
      min_nodes int not null,
      max_nodes int not null,
      idle_seconds int not null,
      is_deleted boolean not null default false,
      resized_at timestamptz not null
    );
    create table compute_nodes (
      id text primary key,
      compute_key text collate "C" not null references compute_clusters (key) on delete cascade,
      state text not null check (state in ('idle','preparing','running','leaving','unusable')),
      job_no bigint references jobs (no),
      error text,
      idle_since timestamptz,
      created_at timestamptz not null
    );
    create index compute_nodes_by_compute on compute_nodes (compute_key, created_at);
    create index compute_nodes_by_job on compute_nodes (job_no) where job_no is not null;
  `,
};
