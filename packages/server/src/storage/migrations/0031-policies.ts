// Policy assignments are looked for at every write: an index of their own, empty on most servers.

import type { Migration } from '../migrate.ts';

export const policies: Migration = {
  name: '0031-policies',
  sql: `
    create index resources_policies_by_scope on resources (parent_key) where type = 'microsoft.authorization/policyassignments' and deleted_at is null;`,
};
