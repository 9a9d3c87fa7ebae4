// Indexes of the studio's job list: each order and filter it offers reads a page, not the table.

import type { Migration } from '../migrate.ts';

export const studio: Migration = {
  name: '0007-studio',
  sql: `
    create index runs_by_name on runs (workspace_key, lower(display_name), id) where lifecycle = 'active';
    create index runs_by_status on runs (workspace_key, status, id) where lifecycle = 'active';
    create index runs_by_user on runs (workspace_key, user_name, id) where lifecycle = 'active';
    create index runs_by_duration on runs (workspace_key, coalesce(extract(epoch from (ended_at - started_at)), -1), id) where lifecycle = 'active';
    create index resources_jobs_by_compute on resources (parent_key, lower(properties->>'computeId'), name)
      where type = 'microsoft.machinelearningservices/workspaces/jobs' and deleted_at is null;
  `,
};
