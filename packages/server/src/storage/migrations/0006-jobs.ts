// Tables of jobs/.

import type { Migration } from '../migrate.ts';

export const jobs: Migration = { name: '0006-jobs', sql: '' };
