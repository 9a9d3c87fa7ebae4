// Pages over all types of a subscription or a resource group, in the order of their making, whatever their number.

import type { Migration } from '../migrate.ts';

export const resourcePages: Migration = {
  name: '0018-resource-pages',
  sql: `
    create index resources_of_subscription on resources (subscription_id, seq) where deleted_at is null;
    create index resources_of_group on resources (subscription_id, resource_group, seq) where deleted_at is null;`,
};
