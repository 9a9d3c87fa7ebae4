// resources, operations, activity_log.

import type { Migration } from '../migrate.ts';

export const resources: Migration = {
  name: '0001-resources',
  sql: `
    create table resources (
      key text collate "C" primary key,
      id text not null,
      type text collate "C" not null,
      name text not null,
      parent_key text collate "C" not null,
      subscription_id text,
      resource_group text,
      location text,
      tags jsonb not null default '{}',
      kind text,
      sku jsonb,
      identity jsonb,
      members jsonb not null default '{}',
      properties jsonb not null default '{}',
      secrets bytea,
      etag text not null,
      provisioning_state text not null,
      system_data jsonb not null,
      seq bigint generated always as identity,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      deleted_at timestamptz,
      purge_at timestamptz
    );
    create index resources_children on resources (parent_key, type, seq) where deleted_at is null;
    create index resources_by_subscription on resources (subscription_id, type, seq) where deleted_at is null;
    create index resources_by_type on resources (type, seq) where deleted_at is null;
    create index resources_purge on resources (purge_at) where deleted_at is not null;
    create index resources_role_assignments on resources ((properties->>'principalId')) where type = 'microsoft.authorization/roleassignments' and deleted_at is null;
    create index resources_job_status on resources (parent_key, (properties->>'status'), seq) where type = 'microsoft.machinelearningservices/workspaces/jobs' and deleted_at is null;

    create table operations (
      id text primary key,
      subscription_id text,
      location text not null,
      resource_key text collate "C" not null,
      resource_id text not null,
      action text not null,
      status text not null check (status in ('InProgress','Succeeded','Failed','Canceled')),
      percent_complete int not null default 0,
      error jsonb,
      result jsonb,
      principal_id text not null,
      started_at timestamptz not null default now(),
      ended_at timestamptz
    );
    create index operations_by_resource on operations (resource_key, started_at);

    create table activity_log (
      id bigint generated always as identity primary key,
      resource_key text collate "C" not null,
      resource_id text not null,
      action text not null,
      status text not null,
      caller text not null,
      caller_id text not null,
      correlation_id text not null,
      detail jsonb,
      at timestamptz not null default now()
    );
    create index activity_log_by_resource on activity_log (resource_key, at);
    create index activity_log_at on activity_log (at);
  `,
};
