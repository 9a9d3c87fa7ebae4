// The two file shares of workspaces that are older than shares: their datastores name them, and they were made only when
// something was written. Under a customer-managed key their content is sealed as that of the container beside them.

import type { Migration } from '../migrate.ts';

export const workspaceShares: Migration = {
  name: '0061-workspace-shares',
  sql: `
    create temporary table wanted on commit drop as
      select distinct lower(account.name) as account, share.prefix || workspace.id as name, 'azureml-blobstore-' || workspace.id as beside
      from (select lower(properties ->> 'storageAccount') as account, properties ->> 'workspaceId' as id
            from resources where type = 'microsoft.machinelearningservices/workspaces' and provisioning_state = 'Succeeded') workspace
      join resources account on account.key = workspace.account and account.deleted_at is null,
        (values ('code-'), ('azureml-filestore-')) share (prefix)
      where workspace.id is not null;

    insert into customer_key_uses (subject, key_id)
      select 'container:' || wanted.account || '/' || wanted.name, used.key_id
      from wanted join customer_key_uses used on used.subject = 'container:' || wanted.account || '/' || wanted.beside
      on conflict do nothing;

    with made as (
      insert into file_shares (account, name, etag, metadata, quota_gib, access_tier)
        select account, name, '"0x8' || upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 15)) || '"', '{}', 5120, 'TransactionOptimized' from wanted
        on conflict (account, name) where deleted_at is null do nothing
        returning id, etag, to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"0000Z"') as at)
    insert into file_entries (share_id, parent_id, name, name_key, kind, etag, smb)
      select id, null, '', '', 'directory', etag, jsonb_build_object('attributes', 'Directory', 'createdAt', at, 'writtenAt', at, 'changedAt', at) from made;`,
};
