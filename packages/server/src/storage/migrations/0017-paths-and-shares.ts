// Owner, group and access list of paths of a data lake. A path is a blob; its access goes and is renamed with it.

import type { Migration } from '../migrate.ts';

export const pathsAndShares: Migration = {
  name: '0017-paths-and-shares',
  sql: `
    create table blob_path_access (
      container_id bigint not null,
      name text collate "C" not null,
      owner text not null,
      owning_group text not null,
      acl text not null,
      primary key (container_id, name),
      foreign key (container_id, name) references blobs (container_id, name) on delete cascade on update cascade
    );
    alter table blob_containers add column root_access jsonb;`,
};
