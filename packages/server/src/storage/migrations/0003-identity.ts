// Tables of identity/: installation, principals, applications, credentials, signing keys.

import type { Migration } from '../migrate.ts';

export const identity: Migration = {
  name: '0003-identity',
  sql: `
    create table installation (
      name text primary key,
      value jsonb not null
    );
    create table principals (
      id text collate "C" primary key,
      kind text not null check (kind in ('User','ServicePrincipal','ManagedIdentity','Group')),
      display_name text not null,
      user_principal_name text collate "C" unique,
      app_id text collate "C" unique,
      resource_key text collate "C",
      is_enabled boolean not null default true,
      created_at timestamptz not null default now()
    );
    create index principals_by_resource on principals (resource_key) where resource_key is not null;
    create table group_members (
      group_id text collate "C" not null references principals (id) on delete cascade,
      member_id text collate "C" not null references principals (id) on delete cascade,
      primary key (group_id, member_id)
    );
    create index group_members_by_member on group_members (member_id);
    create table applications (
      app_id text collate "C" primary key,
      display_name text not null,
      is_public boolean not null,
      redirect_uris jsonb not null default '[]',
      created_at timestamptz not null default now()
    );
    create table client_secrets (
      key_id text collate "C" primary key,
      app_id text collate "C" not null references applications (app_id) on delete cascade,
      display_name text not null,
      hash bytea not null,
      hint text not null,
      starts_at timestamptz not null,
      ends_at timestamptz
    );
    create index client_secrets_by_app on client_secrets (app_id);
    create table signing_keys (
      kid text collate "C" primary key,
      public_jwk jsonb not null,
      private_sealed bytea not null,
      created_at timestamptz not null,
      tokens_end_at timestamptz not null
    );
    create table authorization_codes (
      hash bytea primary key,
      app_id text collate "C" not null,
      principal_id text collate "C" not null references principals (id) on delete cascade,
      redirect_uri text not null,
      code_challenge text,
      scope text not null,
      nonce text,
      family text collate "C" not null,
      expires_at timestamptz not null,
      used_at timestamptz
    );
    create index authorization_codes_end on authorization_codes (expires_at);
    create table refresh_tokens (
      hash bytea primary key,
      family text collate "C" not null,
      app_id text collate "C" not null,
      principal_id text collate "C" not null references principals (id) on delete cascade,
      scope text not null,
      issued_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz,
      revoked_at timestamptz
    );
    create index refresh_tokens_by_family on refresh_tokens (family);
    create index refresh_tokens_end on refresh_tokens (expires_at);
    create table sessions (
      hash bytea primary key,
      principal_id text collate "C" not null references principals (id) on delete cascade,
      created_at timestamptz not null,
      expires_at timestamptz not null
    );
    create index sessions_end on sessions (expires_at);
    create table one_time_links (
      hash bytea primary key,
      principal_id text collate "C" not null references principals (id) on delete cascade,
      expires_at timestamptz not null,
      used_at timestamptz
    );
    create table identity_headers (
      hash bytea primary key,
      principal_id text collate "C" not null references principals (id) on delete cascade,
      job_key text collate "C",
      expires_at timestamptz
    );
    create index identity_headers_by_job on identity_headers (job_key) where job_key is not null;
    create table job_grants (
      job_key text collate "C" primary key,
      workspace_key text collate "C" not null,
      principal_id text collate "C" not null references principals (id) on delete cascade,
      expires_at timestamptz not null
    );
    create index resources_role_definitions on resources (lower(name), seq) where type = 'microsoft.authorization/roledefinitions' and deleted_at is null;
  `,
};
