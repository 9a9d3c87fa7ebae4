// Leases of blobs and paths. A lease is kept with its blob: renames take it along, replacements leave it.
// Why a trigger: whoever looked before the lease was taken must not write after it; the row's lock puts them in order.

import type { Migration } from '../migrate.ts';

export const blobLeases: Migration = {
  name: '0042-blob-leases',
  sql: `
    -- id, durationSeconds (-1: for good), expiresAt and breaksAt (milliseconds since the epoch, or null).
    alter table blobs add column lease jsonb;
    -- The lease that the statement which changes the row was given; of no meaning afterwards.
    alter table blobs add column presented_lease text;

    create function blob_lease_guard() returns trigger language plpgsql as $$
    declare
      at bigint := extract(epoch from clock_timestamp()) * 1000;
      ends bigint := coalesce((old.lease ->> 'breaksAt')::bigint, (old.lease ->> 'expiresAt')::bigint);
      given text := case when tg_op = 'DELETE' then old.presented_lease else new.presented_lease end;
    begin
      if (ends is null or ends > at) and given is distinct from old.lease ->> 'id'
        and exists (select from blob_containers c where c.id = old.container_id and c.deleted_at is null) then
        raise exception using errcode = case when given is null then 'LZ001' else 'LZ002' end, message = 'the blob is leased';
      end if;
      if tg_op = 'DELETE' then return old; end if;
      new.presented_lease := null;
      return new;
    end $$;
    create trigger blobs_leased_changed before update of etag, name, container_id on blobs for each row
      when (old.lease is not null) execute function blob_lease_guard();
    create trigger blobs_leased_deleted before delete on blobs for each row
      when (old.lease is not null) execute function blob_lease_guard();`,
};
