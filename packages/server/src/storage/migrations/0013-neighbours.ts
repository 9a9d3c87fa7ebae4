// What the neighbours of workspaces need: identity headers that stand for a managed identity.

import type { Migration } from '../migrate.ts';

export const neighbours: Migration = {
  name: '0013-neighbours',
  sql: `
    alter table identity_headers add column identity_id text collate "C" references principals (id) on delete cascade;`,
};
