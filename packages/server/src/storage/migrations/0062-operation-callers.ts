// Who began an operation, for the line of the activity log that tells its end; and what an action was called with, sealed in a
// workspace with a customer-managed key as the operation's end is.

import type { Migration } from '../migrate.ts';

export const operationCallers: Migration = {
  name: '0062-operation-callers',
  sql: `
    alter table operations add column caller text;
    alter table operations add column input jsonb;
    alter table operations add column sealed_input bytea;`,
};
