// work_items: the durable queue. Claimed with FOR UPDATE SKIP LOCKED, woken by NOTIFY lazurite_work.

import type { Migration } from '../migrate.ts';

export const work: Migration = {
  name: '0002-work',
  sql: `
    create table work_items (
      id uuid primary key default gen_random_uuid(),
      kind text not null,
      payload jsonb not null,
      state text not null default 'ready' check (state in ('ready','running','done','failed','canceled')),
      run_at timestamptz not null default now(),
      attempts int not null default 0,
      lease_owner text,
      lease_until timestamptz,
      dedupe_key text,
      last_error text,
      correlation_id text not null,
      created_at timestamptz not null default now(),
      finished_at timestamptz
    );
    create index work_items_ready on work_items (run_at) where state = 'ready';
    create index work_items_lease on work_items (lease_until) where state = 'running';
    create index work_items_done on work_items (finished_at) where state in ('done','failed','canceled');
    create unique index work_items_dedupe on work_items (kind, dedupe_key) where dedupe_key is not null and state in ('ready','running');
  `,
};
