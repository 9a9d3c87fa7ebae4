// Pages over a subscription by name and by last change, and by what tags hold. Each order has the type behind it, so that what
// a page does not show (jobs, versions of assets: by far the most) is passed over in the index.

import type { Migration } from '../migrate.ts';

export const resourceOrders: Migration = {
  name: '0051-resource-orders',
  sql: `
    drop index resources_of_subscription;
    drop index resources_of_group;
    create index resources_of_subscription on resources (subscription_id, seq, type) where deleted_at is null;
    create index resources_of_group on resources (subscription_id, resource_group, seq, type) where deleted_at is null;
    create index resources_by_name on resources (subscription_id, name collate "C", seq, type) where deleted_at is null;
    create index resources_by_change on resources (subscription_id, updated_at, seq, type) where deleted_at is null;
    create index resources_by_tag on resources using gin (tags) where deleted_at is null and tags <> '{}';`,
};
