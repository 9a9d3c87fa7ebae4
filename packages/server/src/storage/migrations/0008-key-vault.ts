// Tables of vault/. The audit has no reference to the vault: it outlives it.

import type { Migration } from '../migrate.ts';

export const keyVault: Migration = {
  name: '0008-key-vault',
  sql: `
    create table vault_stores (
      vault_key text collate "C" primary key,
      data_key bytea not null,
      contacts jsonb,
      created_at timestamptz not null default now()
    );

    create table vault_objects (
      id bigint generated always as identity primary key,
      vault_key text collate "C" not null references vault_stores on delete cascade,
      kind text not null check (kind in ('secret','key')),
      name text not null,
      name_key text collate "C" not null,
      rotation_policy jsonb,
      created_at timestamptz not null,
      deleted_at timestamptz,
      purge_at timestamptz,
      unique (vault_key, kind, name_key)
    );

    create table vault_versions (
      object_id bigint not null references vault_objects on delete cascade,
      version text collate "C" not null,
      seq bigint generated always as identity,
      is_enabled boolean not null,
      not_before timestamptz,
      expires_at timestamptz,
      content_type text,
      tags jsonb not null,
      details jsonb not null,
      sealed bytea not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      primary key (object_id, version)
    );
    create index vault_versions_newest on vault_versions (object_id, seq desc);

    create table vault_audit (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      vault_key text collate "C" not null,
      operation text not null,
      target text not null,
      status int not null,
      principal_id text not null,
      principal_name text not null,
      app_id text,
      remote_address text not null,
      correlation_id text not null
    );
    create index vault_audit_of_vault on vault_audit (vault_key, id desc);

    create index resources_vaults_by_name on resources (lower(name)) where type = 'microsoft.keyvault/vaults';
  `,
};
