// Tables of blobs/.

import type { Migration } from '../migrate.ts';

export const blobs: Migration = { name: '0004-blobs', sql: '' };
