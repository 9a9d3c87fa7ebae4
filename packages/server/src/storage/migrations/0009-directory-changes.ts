// NOTIFY lazurite_directory: who there is, what they may do, or the keys of a storage account have changed. Triggers, so that no way of writing is forgotten.

import type { Migration } from '../migrate.ts';

export const directoryChanges: Migration = {
  name: '0009-directory-changes',
  sql: `
    create function tell_directory_change() returns trigger language plpgsql as $$
      begin
        perform pg_notify('lazurite_directory', '');
        return null;
      end $$;

    create trigger principals_tell after insert or update or delete or truncate on principals
      for each statement execute function tell_directory_change();
    create trigger group_members_tell after insert or update or delete or truncate on group_members
      for each statement execute function tell_directory_change();
    create trigger resources_tell_new after insert or update on resources
      for each row when (new.type in ('microsoft.authorization/roleassignments', 'microsoft.authorization/roledefinitions', 'microsoft.storage/storageaccounts'))
      execute function tell_directory_change();
    create trigger resources_tell_old after delete on resources
      for each row when (old.type in ('microsoft.authorization/roleassignments', 'microsoft.authorization/roledefinitions', 'microsoft.storage/storageaccounts'))
      execute function tell_directory_change();`,
};
