// The directory: what Microsoft Graph keeps of a principal, keys and federations of applications, passwords of people,
// device codes, and sign-ins through an external provider.

import type { Migration } from '../migrate.ts';

export const directory: Migration = {
  name: '0014-directory',
  sql: `
    alter table principals add column details jsonb not null default '{}';
    create index principals_by_kind on principals (kind, id);
    create index principals_by_name on principals (lower(display_name), kind);
    alter table applications add column object_id text collate "C" not null unique default gen_random_uuid()::text;
    alter table applications add column details jsonb not null default '{}';
    create table application_keys (
      key_id text collate "C" primary key,
      app_id text collate "C" not null references applications (app_id) on delete cascade,
      display_name text not null,
      certificate bytea not null,
      thumbprint text collate "C" not null,
      thumbprint256 text collate "C" not null,
      starts_at timestamptz not null,
      ends_at timestamptz not null
    );
    create index application_keys_by_app on application_keys (app_id);
    create table application_federations (
      id text collate "C" primary key,
      app_id text collate "C" not null references applications (app_id) on delete cascade,
      name text not null,
      issuer text not null,
      subject text not null,
      audiences jsonb not null,
      description text,
      unique (app_id, name),
      unique (app_id, issuer, subject)
    );
    create table directory_owners (
      object_id text collate "C" not null,
      owner_id text collate "C" not null references principals (id) on delete cascade,
      primary key (object_id, owner_id)
    );
    create index directory_owners_by_owner on directory_owners (owner_id);
    create table passwords (
      principal_id text collate "C" primary key references principals (id) on delete cascade,
      hash text not null,
      must_change boolean not null,
      failures int not null default 0,
      locked_until timestamptz,
      changed_at timestamptz not null
    );
    create table device_codes (
      hash bytea primary key,
      user_code_hash bytea not null unique,
      app_id text collate "C" not null,
      scope text not null,
      principal_id text collate "C" references principals (id) on delete cascade,
      state text not null check (state in ('pending','approved','declined','used')),
      polled_at timestamptz,
      expires_at timestamptz not null
    );
    create index device_codes_end on device_codes (expires_at);
    create table external_identities (
      issuer text not null,
      subject text not null,
      principal_id text collate "C" not null references principals (id) on delete cascade,
      primary key (issuer, subject)
    );
    create index external_identities_by_principal on external_identities (principal_id);
    create table external_groups (
      issuer text not null,
      name text not null,
      group_id text collate "C" not null references principals (id) on delete cascade,
      primary key (issuer, name)
    );
    create index external_groups_by_group on external_groups (group_id);
    create index refresh_tokens_by_principal on refresh_tokens (principal_id);
    create index sessions_by_principal on sessions (principal_id);
  `,
};
