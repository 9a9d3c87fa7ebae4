// Triggers tell the connection that made a change by a notice, and other servers by NOTIFY: see storage/change-notices.ts.
// Rows of resources are rewritten often and keep room for it on their page.

import type { Migration } from '../migrate.ts';

export const changeNotices: Migration = {
  name: '0032-change-notices',
  sql: `
    create or replace function tell_directory_change() returns trigger language plpgsql as $$
      begin
        raise notice 'lazurite:told lazurite_directory ';
        perform pg_notify('lazurite_directory', '');
        return null;
      end $$;
    create or replace function tell_key_change() returns trigger language plpgsql as $$
      begin
        raise notice 'lazurite:told lazurite_keys %', tg_argv[0];
        perform pg_notify('lazurite_keys', tg_argv[0]);
        return null;
      end $$;
    alter table resources set (fillfactor = 80);`,
};
