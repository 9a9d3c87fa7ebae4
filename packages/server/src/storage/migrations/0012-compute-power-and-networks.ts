// Power of compute instances (clusters of one node that are started and stopped), and who holds what in a subnet.

import type { Migration } from '../migrate.ts';

export const computePowerAndNetworks: Migration = {
  name: '0012-compute-power-and-networks',
  sql: `
    alter table compute_clusters add column power text check (power in ('Running','Stopped','Restarting'));
    alter table compute_clusters add column stops_after_seconds int;
    alter table compute_clusters add column last_operation jsonb;

    create table subnet_claims (
      subnet_key text collate "C" not null,
      owner_key text collate "C" not null,
      address text collate "C",
      primary key (subnet_key, owner_key)
    );
    create unique index subnet_claims_addresses on subnet_claims (subnet_key, address) where address is not null;
    create index subnet_claims_by_owner on subnet_claims (owner_key);
  `,
};
