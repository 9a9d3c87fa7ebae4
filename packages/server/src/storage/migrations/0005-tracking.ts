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
      -- What MLflow calls start_time: submission for a job, what the client said for its own run.
      start_time timestamptz not null generated always as (case when owner = 'client' then coalesce(started_at, created_at) else created_at end) stored,
      unique (workspace_key, run_id)
    );
    create index runs_by_start on runs (experiment_id, start_time desc, run_id);
    create index runs_by_parent on runs (workspace_key, parent_run_id) where parent_run_id is not null;
    create index runs_by_experiment on runs (experiment_id, lifecycle, id desc);
    create index runs_by_workspace on runs (workspace_key, id desc);
    create index runs_unfinished on runs (status) where owner = 'job' and status not in ('Completed','Failed','Canceled');

    -- No foreign key on the two metric tables: it would cost one look-up per point. Runs are only removed by deleteWorkspaceTracking.
    create table metrics (
      run_no bigint not null,
      key text collate "C" not null,
      step bigint not null,
      ts bigint not null,
      value double precision not null,
      primary key (run_no, key, step, ts, value)
    );
    create table latest_metrics (
      run_no bigint not null,
      key text collate "C" not null,
      step bigint not null,
      ts bigint not null,
      value double precision not null,
      points bigint not null,
      primary key (run_no, key)
    );
    create table run_params (
      run_no bigint not null references runs (id) on delete cascade,
      key text collate "C" not null,
      value text not null,
      primary key (run_no, key)
    );
    create table run_tags (
      run_no bigint not null references runs (id) on delete cascade,
      key text collate "C" not null,
      value text not null,
      primary key (run_no, key)
    );

    create table datasets (
      id bigint generated always as identity primary key,
      workspace_key text collate "C" not null,
      name text not null,
      digest text not null,
      source_type text not null,
      source text not null,
      schema text,
      profile text,
      unique (workspace_key, name, digest)
    );
    create table run_datasets (
      run_no bigint not null references runs (id) on delete cascade,
      dataset_id bigint not null references datasets (id) on delete cascade,
      tags jsonb not null default '{}',
      primary key (run_no, dataset_id)
    );

    create table logged_models (
      id text collate "C" primary key,
      workspace_key text collate "C" not null,
      experiment_id text not null references experiments (id),
      name text not null,
      model_type text not null,
      source_run_id text collate "C",
      status text not null check (status in ('PENDING','READY','UPLOAD_FAILED')),
      lifecycle text not null default 'active' check (lifecycle in ('active','deleted')),
      user_name text not null,
      params jsonb not null default '{}',
      tags jsonb not null default '{}',
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index logged_models_by_experiment on logged_models (experiment_id, created_at desc, id);
    create table logged_model_metrics (
      model_id text collate "C" not null references logged_models (id) on delete cascade,
      key text collate "C" not null,
      step bigint not null,
      ts bigint not null,
      value double precision not null,
      run_id text collate "C" not null,
      dataset_name text not null,
      dataset_digest text not null,
      primary key (model_id, key, ts, step, value, run_id, dataset_name, dataset_digest)
    );
    create table run_models (
      run_no bigint not null references runs (id) on delete cascade,
      role text not null check (role in ('input','output')),
      model_id text collate "C" not null references logged_models (id) on delete cascade,
      step bigint not null default 0,
      primary key (run_no, role, model_id)
    );

    -- What only the MLflow view of a model asset has. Names are those of the assets.
    create table model_aliases (
      workspace_key text collate "C" not null,
      model_name text collate "C" not null,
      alias text collate "C" not null,
      version text not null,
      primary key (workspace_key, model_name, alias)
    );
    create table model_stages (
      workspace_key text collate "C" not null,
      model_name text collate "C" not null,
      version text not null,
      stage text not null,
      updated_at timestamptz not null default now(),
      primary key (workspace_key, model_name, version)
    );
  `,
};
