// experiments, runs, and what multiplies under a run.

import type { Migration } from '../migrate.ts';

export const tracking: Migration = {
  name: '0005-tracking',
  sql: `
    create table experiments (
      id text primary key,
      workspace_key text collate "C" not null,
      name text not null,
      artifact_location text,
      lifecycle text not null default 'active' check (lifecycle in ('active','deleted')),
      tags jsonb not null default '{}',
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (workspace_key, name)
    );
    create table runs (
      id bigint generated always as identity primary key,
      workspace_key text collate "C" not null,
      run_id text collate "C" not null,
      experiment_id text not null references experiments (id),
      display_name text not null,
      status text not null,
      owner text not null check (owner in ('job','client')),
      parent_run_id text collate "C",
      user_id text not null,
      user_name text not null,
      lifecycle text not null default 'active' check (lifecycle in ('active','deleted')),
      status_reason jsonb,
      created_at timestamptz not null default now(),
      started_at timestamptz,
      ended_at timestamptz,
      unique (workspace_key, run_id)
    );
    create index runs_by_experiment on runs (experiment_id, lifecycle, id desc);
    create index runs_by_workspace on runs (workspace_key, id desc);
    create index runs_unfinished on runs (status) where owner = 'job' and status not in ('Completed','Failed','Canceled');
  `,
};
