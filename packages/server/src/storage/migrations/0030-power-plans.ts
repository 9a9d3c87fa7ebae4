// When compute instances start and stop by themselves.

import type { Migration } from '../migrate.ts';

export const powerPlans: Migration = {
  name: '0030-power-plans',
  sql: `alter table compute_clusters add column power_plan jsonb;`,
};
