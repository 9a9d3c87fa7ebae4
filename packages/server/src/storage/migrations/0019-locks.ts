// Management locks are looked for at every write: indexes of their own, nearly empty on most servers. The activity log is
// asked by correlation id.

import type { Migration } from '../migrate.ts';

export const locks: Migration = {
  name: '0019-locks',
  sql: `
    create index resources_locks on resources (key) where type = 'microsoft.authorization/locks' and deleted_at is null;
    create index resources_locks_by_scope on resources (parent_key) where type = 'microsoft.authorization/locks' and deleted_at is null;
    create index activity_log_by_correlation on activity_log (correlation_id);`,
};
