// Limits of the nodes that the computes of a workspace may have together.

import type { Migration } from '../migrate.ts';

export const quotas: Migration = {
  name: '0011-quotas',
  sql: `
    create table workspace_quotas (
      workspace_key text collate "C" primary key,
      node_limit int not null check (node_limit >= 0));`,
};
