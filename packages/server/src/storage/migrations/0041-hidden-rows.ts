// Hidden rows: what users wrote in a workspace with a customer-managed key, sealed beside what stands in its place.
// See hidden/catalog.ts. Null where rows lie open.

import type { Migration } from '../migrate.ts';

export const hiddenRows: Migration = {
  name: '0041-hidden-rows',
  sql: `
    alter table resources add column sealed_content bytea;
    alter table operations add column sealed_end bytea;
    alter table activity_log add column sealed_detail bytea;

    alter table experiments add column sealed_content bytea;
    alter table runs add column sealed_name bytea, add column sealed_reason bytea;
    alter table metrics add column sealed_point bytea;
    alter table latest_metrics add column sealed_point bytea;
    alter table run_params add column sealed_pair bytea;
    alter table run_tags add column sealed_pair bytea;
    alter table datasets add column sealed_content bytea;
    alter table run_datasets add column sealed_link bytea;
    alter table logged_models add column sealed_content bytea;
    alter table logged_model_metrics add column sealed_point bytea;

    alter table jobs add column sealed_content bytea;`,
};
