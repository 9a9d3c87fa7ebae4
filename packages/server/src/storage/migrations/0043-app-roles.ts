// Roles of applications, and to whom they are assigned.

import type { Migration } from '../migrate.ts';

export const appRoles: Migration = {
  name: '0043-app-roles',
  sql: `
    create table app_role_assignments (
      id text collate "C" primary key,
      app_role_id text collate "C" not null,
      principal_id text collate "C" not null references principals (id) on delete cascade,
      resource_id text collate "C" not null references principals (id) on delete cascade,
      created_at timestamptz not null default now(),
      unique (resource_id, principal_id, app_role_id)
    );
    create index app_role_assignments_by_principal on app_role_assignments (principal_id);`,
};
