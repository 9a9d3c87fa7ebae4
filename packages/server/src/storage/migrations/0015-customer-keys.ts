// Customer-managed keys: data keys wrapped by a key of a vault, who uses them, and what is sealed with which.
// Why NOTIFY: a server keeps opened data keys for a short time; a change of a vault or of a key ends that at once.

import type { Migration } from '../migrate.ts';

export const customerKeys: Migration = {
  name: '0015-customer-keys',
  sql: `
    create table customer_keys (
      id uuid primary key,
      -- ARM resource key of the workspace; null once that is gone and the key was handed to the installation.
      owner_key text collate "C" unique,
      vault_id text not null,
      key_name text not null,
      -- Of the identifier the customer gave; null follows the newest version.
      pinned_version text,
      wrapped_version text,
      wrapped bytea,
      principal_id text not null,
      must_be_permitted boolean not null,
      -- The data key under the master key of this installation, after its workspace was deleted.
      released bytea,
      created_at timestamptz not null default now(),
      wrapped_at timestamptz not null default now(),
      check ((wrapped is null) <> (released is null))
    );
    create index customer_keys_by_vault on customer_keys (lower(vault_id), lower(key_name));

    -- subject: 'account:{name}' or 'scope:{resource key}'.
    create table customer_key_uses (
      subject text collate "C" primary key,
      key_id uuid not null references customer_keys on delete cascade
    );
    create index customer_key_uses_by_key on customer_key_uses (key_id);

    alter table blobs add column inline_key_id uuid;
    alter table blob_parts add column key_id uuid;
    alter table blob_staged add column key_id uuid;

    create function tell_key_change() returns trigger language plpgsql as $$
      begin
        perform pg_notify('lazurite_keys', tg_argv[0]);
        return null;
      end $$;
    create trigger customer_keys_tell after insert or update or delete or truncate on customer_keys
      for each statement execute function tell_key_change('index');
    create trigger customer_key_uses_tell after insert or update or delete or truncate on customer_key_uses
      for each statement execute function tell_key_change('index');
    create trigger vault_objects_tell after update of deleted_at or delete or truncate on vault_objects
      for each statement execute function tell_key_change('vault');
    create trigger vault_versions_tell after update or delete or truncate on vault_versions
      for each statement execute function tell_key_change('vault');
    create trigger vaults_tell after update on resources
      for each row when (new.type = 'microsoft.keyvault/vaults') execute function tell_key_change('vault');
    create trigger vaults_tell_gone after delete on resources
      for each row when (old.type = 'microsoft.keyvault/vaults') execute function tell_key_change('vault');`,
};
