// Tables of blobs/shares: shares, the directories and files in them, and where the bytes of files lie.
// A file is a row of extents, each a slice of a piece; what no extent covers is a hole and reads as zeros. A piece is
// written once. Why triggers: as for blobs (0004), a piece that loses its last extent is freed in the same transaction.

import type { Migration } from '../migrate.ts';

export const fileShares: Migration = {
  name: '0040-file-shares',
  sql: `
    create table file_shares (
      id bigint generated always as identity primary key,
      account text not null,
      name text collate "C" not null,
      etag text not null,
      metadata jsonb not null,
      quota_gib int not null,
      access_tier text not null,
      created_at timestamptz not null default now(),
      modified_at timestamptz not null default now(),
      deleted_at timestamptz
    );
    create unique index file_shares_live on file_shares (account, name) where deleted_at is null;

    create table file_entries (
      id bigint generated always as identity primary key,
      share_id bigint not null references file_shares,
      -- null: the root directory of the share.
      parent_id bigint references file_entries,
      name text collate "C" not null,
      -- The name as it is compared: in lower case.
      name_key text collate "C" not null,
      kind text not null check (kind in ('file','directory')),
      size_bytes bigint not null default 0,
      etag text not null,
      headers jsonb not null default '{}',
      content_md5 text,
      metadata jsonb not null default '{}',
      smb jsonb not null,
      copy jsonb,
      created_at timestamptz not null default now(),
      modified_at timestamptz not null default now(),
      unique (parent_id, name_key)
    );
    create index file_entries_by_share on file_entries (share_id);
    create unique index file_entries_roots on file_entries (share_id) where parent_id is null;

    create table file_pieces (
      -- The name of the stored bytes, where they are not in the row.
      id uuid primary key,
      size_bytes bigint not null,
      inline_bytes bytea,
      key_id uuid,
      created_at timestamptz not null default now()
    );
    alter table file_pieces alter column inline_bytes set storage external;

    create table file_extents (
      file_id bigint not null references file_entries on delete cascade,
      start_at bigint not null,
      -- One past the last byte.
      end_at bigint not null,
      piece_id uuid not null references file_pieces,
      piece_offset bigint not null,
      primary key (file_id, start_at),
      check (start_at < end_at)
    );
    create index file_extents_by_piece on file_extents (piece_id);

    -- Why slots: writers of one share on many connections do not wait for each other.
    create table file_share_usage (
      share_id bigint not null references file_shares on delete cascade,
      slot int not null,
      size_bytes bigint not null,
      primary key (share_id, slot)
    );

    create function file_share_usage_changed() returns trigger language plpgsql as $$
    declare share bigint; change bigint;
    begin
      if tg_op = 'DELETE' then share := old.share_id; change := -old.size_bytes;
      elsif tg_op = 'INSERT' then share := new.share_id; change := new.size_bytes;
      else share := new.share_id; change := new.size_bytes - old.size_bytes;
      end if;
      if change <> 0 then
        insert into file_share_usage (share_id, slot, size_bytes) values (share, pg_backend_pid() % 16, change)
          on conflict (share_id, slot) do update set size_bytes = file_share_usage.size_bytes + excluded.size_bytes;
      end if;
      return null;
    end $$;
    create trigger file_entries_sized after insert or delete or update of size_bytes on file_entries
      for each row execute function file_share_usage_changed();

    -- Makes a hole of the bytes from first up to (not including) past.
    create function file_hole(file bigint, first bigint, past bigint) returns void language plpgsql as $$
    declare
      -- Extents do not overlap: only the last one that begins before a byte can reach it.
      left_at bigint := (select max(start_at) from file_extents where file_id = file and start_at < first);
      right_at bigint := (select max(start_at) from file_extents where file_id = file and start_at < past);
    begin
      insert into file_extents (file_id, start_at, end_at, piece_id, piece_offset)
        select file_id, past, end_at, piece_id, piece_offset + (past - start_at) from file_extents
        where file_id = file and start_at = right_at and end_at > past;
      update file_extents set end_at = first where file_id = file and start_at = left_at and end_at > first;
      delete from file_extents where file_id = file and start_at >= first and start_at < past;
    end $$;

    create function file_extents_dropped() returns trigger language plpgsql as $$
    begin
      -- Why locks in order: of two who drop the last two extents of a piece, the second sees what the first did.
      perform from file_pieces where id in (select piece_id from gone) order by id for update;
      with dead as (
        delete from file_pieces p where p.id in (select piece_id from gone)
          and not exists (select from file_extents e where e.piece_id = p.id) returning p.id, p.inline_bytes is null as is_stored)
      insert into blob_garbage (byte_id) select id from dead where is_stored on conflict do nothing;
      return null;
    end $$;
    create trigger file_extents_deleted after delete on file_extents
      referencing old table as gone for each statement execute function file_extents_dropped();
  `,
};
