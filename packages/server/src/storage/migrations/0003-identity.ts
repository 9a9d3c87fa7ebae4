// Tables of identity/.

import type { Migration } from '../migrate.ts';

export const identity: Migration = { name: '0003-identity', sql: '' };
