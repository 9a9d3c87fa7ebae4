// Leases of blob containers: who holds one alone may delete the container. Same form as those of blobs (0042).
// Why no guard here: a delete holds the row and looks at its lease in one transaction.

import type { Migration } from '../migrate.ts';

export const containerLeases: Migration = {
  name: '0060-container-leases',
  sql: `alter table blob_containers add column lease jsonb;`,
};
