// Certificates of vaults: a third kind of object with a policy and an operation that makes it, and issuers.

import type { Migration } from '../migrate.ts';

export const certificates: Migration = {
  name: '0021-certificates',
  sql: `
    alter table vault_objects drop constraint vault_objects_kind_check;
    alter table vault_objects add constraint vault_objects_kind_check check (kind in ('secret','key','certificate'));
    alter table vault_objects add column policy jsonb;
    -- The operation that made or makes a version; the private key of a request that waits for its certificate.
    alter table vault_objects add column pending jsonb;
    alter table vault_objects add column pending_sealed bytea;

    create table vault_issuers (
      vault_key text collate "C" not null references vault_stores on delete cascade,
      name_key text collate "C" not null,
      name text not null,
      body jsonb not null,
      sealed bytea,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      primary key (vault_key, name_key)
    );`,
};
