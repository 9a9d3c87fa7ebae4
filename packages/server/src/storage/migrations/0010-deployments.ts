// deployment_steps: what is left to do of a deployment, so that it goes on where a crash left it; afterwards, its operations.

import type { Migration } from '../migrate.ts';

export const deployments: Migration = {
  name: '0010-deployments',
  sql: `
    create table deployment_steps (
      deployment_key text collate "C" not null,
      step_key text collate "C" not null,
      ordinal int not null,
      operation_id uuid not null,
      kind text not null check (kind in ('create','delete','outputs')),
      resource_id text not null,
      resource_type text not null,
      resource_name text not null,
      state text not null check (state in ('waiting','running','succeeded','failed','canceled')),
      poll_path text,
      status_code text,
      error jsonb,
      started_at timestamptz,
      ended_at timestamptz,
      primary key (deployment_key, step_key)
    );
  `,
};
