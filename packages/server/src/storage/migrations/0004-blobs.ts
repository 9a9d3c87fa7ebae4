// Tables of blobs/: containers, blobs, the parts their bytes lie in, staged blocks, and bytes to be freed.
// Why triggers: bytes that lose their last reference are noted in the transaction that drops it, whichever path that
// is (overwrite, delete, cascade), and the queue is told; no caller can forget it. See storage/blob-garbage-store.ts.

import type { Migration } from '../migrate.ts';

export const blobs: Migration = {
  name: '0004-blobs',
  sql: `
    create table blob_containers (
      id bigint generated always as identity primary key,
      account text not null,
      name text collate "C" not null,
      etag text not null,
      metadata jsonb not null,
      created_at timestamptz not null default now(),
      modified_at timestamptz not null default now(),
      deleted_at timestamptz
    );
    create unique index blob_containers_live on blob_containers (account, name) where deleted_at is null;

    create table blobs (
      container_id bigint not null references blob_containers on delete cascade,
      name text collate "C" not null,
      kind text not null check (kind in ('BlockBlob','AppendBlob')),
      size_bytes bigint not null,
      etag text not null,
      headers jsonb not null,
      content_md5 text,
      metadata jsonb not null,
      inline_bytes bytea,
      content_id uuid,
      block_count int not null default 0,
      copy jsonb,
      created_at timestamptz not null default now(),
      modified_at timestamptz not null default now(),
      primary key (container_id, name)
    );
    alter table blobs alter column inline_bytes set storage external;

    create table blob_parts (
      content_id uuid not null,
      ordinal int not null,
      block_id text not null,
      byte_id uuid not null,
      size_bytes bigint not null,
      is_open boolean not null default false,
      primary key (content_id, ordinal)
    );
    create index blob_parts_bytes on blob_parts (byte_id);

    create table blob_staged (
      container_id bigint not null references blob_containers on delete cascade,
      name text collate "C" not null,
      block_id text not null,
      byte_id uuid not null,
      size_bytes bigint not null,
      staged_at timestamptz not null default now(),
      primary key (container_id, name, block_id)
    );
    create index blob_staged_bytes on blob_staged (byte_id);
    create index blob_staged_at on blob_staged (staged_at);

    create table blob_garbage (
      byte_id uuid primary key,
      freed_at timestamptz not null default now()
    );

    create function blob_content_dropped() returns trigger language plpgsql as $$
    declare gone uuid[];
    begin
      with dropped as (delete from blob_parts where content_id = old.content_id returning byte_id)
        select array_agg(distinct byte_id) into gone from dropped;
      insert into blob_garbage (byte_id)
        select g.byte_id from unnest(gone) as g (byte_id)
        where not exists (select from blob_parts p where p.byte_id = g.byte_id)
        on conflict do nothing;
      return null;
    end $$;
    create trigger blobs_replaced after update of content_id on blobs for each row
      when (old.content_id is not null and old.content_id is distinct from new.content_id) execute function blob_content_dropped();
    create trigger blobs_deleted after delete on blobs for each row
      when (old.content_id is not null) execute function blob_content_dropped();

    create function blob_staged_dropped() returns trigger language plpgsql as $$
    begin
      if not exists (select from blob_parts p where p.byte_id = old.byte_id) then
        insert into blob_garbage (byte_id) values (old.byte_id) on conflict do nothing;
      end if;
      return null;
    end $$;
    create trigger blob_staged_replaced after update of byte_id on blob_staged for each row
      when (old.byte_id <> new.byte_id) execute function blob_staged_dropped();
    create trigger blob_staged_deleted after delete on blob_staged for each row execute function blob_staged_dropped();

    create function blob_garbage_noted() returns trigger language plpgsql as $$
    begin
      if exists (select from fresh) then
        insert into work_items (kind, payload, dedupe_key, correlation_id) values ('blobs.free', '{}', 'all', 'blobs.free')
          on conflict (kind, dedupe_key) where dedupe_key is not null and state in ('ready','running')
          do update set run_at = least(work_items.run_at, now());
        perform pg_notify('lazurite_work', '');
      end if;
      return null;
    end $$;
    create trigger blob_garbage_inserted after insert on blob_garbage
      referencing new table as fresh for each statement execute function blob_garbage_noted();
  `,
};
