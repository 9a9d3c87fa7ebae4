// Entries of a share: directories and files, without what files hold. Every change is compare-and-set on the etag.

import {
  deleteEntry,
  type EntryChange,
  type EntryRecord,
  type FileCopy,
  type FileHeaders,
  insertEntry,
  isWithin,
  listEntries,
  lockEntry,
  lockMoves,
  type SmbProperties,
  updateEntry,
  type Walked,
  walkPath,
} from '#storage/file-entry-store.ts';
import { punchHole } from '#storage/file-extent-store.ts';
import { shareUsage } from '#storage/file-share-store.ts';
import { Fault } from '#kernel/faults.ts';
import { breaksConstraint, type Sql, type Tx } from '#storage/database.ts';
import { type BlobDeps, MAX_ROUNDS, newEtag } from '../containers.ts';
import { tooMuchContention } from '../faults.ts';
import { directoryNotEmpty, entryAlreadyExists, entryNotFound, parentNotFound, readOnly, shareFull, shareNotFound, typeMismatch } from './faults.ts';
import { nameKey } from './names.ts';
import { isReadOnly, newSmb, smbTime } from './smb.ts';

export interface FileAddress {
  /** Storage account name, lower-case. */
  readonly account: string;
  readonly share: string;
  /** Names from below the root on; none: the root. */
  readonly path: readonly string[];
}

export interface NewDirectory {
  readonly metadata: Readonly<Record<string, string>>;
  readonly smb: SmbProperties;
}

export interface NewFile extends NewDirectory {
  readonly sizeBytes: number;
  readonly headers: FileHeaders;
  readonly contentMd5: string | undefined;
  readonly copy?: FileCopy;
}

export const MAX_FILE_BYTES = 4 * 1024 ** 4;
const GIB = 1024 ** 3;

/** Throws ShareNotFound. */
export async function walk(deps: { readonly database: { readonly sql: Sql } }, { account, share, path }: FileAddress): Promise<Walked> {
  const walked = await walkPath(deps.database.sql, account, share, path.map(nameKey));
  if (walked === undefined) throw shareNotFound(share);
  return walked;
}

/** What is at the path. Throws ShareNotFound. */
export async function findEntry(deps: BlobDeps, address: FileAddress): Promise<EntryRecord | undefined> {
  const { depth, entry } = await walk(deps, address);
  return depth === address.path.length ? entry : undefined;
}

/** Throws ShareNotFound, ResourceNotFound (also for an entry of the other kind). */
export async function getEntry(deps: BlobDeps, address: FileAddress, kind: EntryRecord['kind']): Promise<EntryRecord> {
  const entry = await findEntry(deps, address);
  if (entry?.kind !== kind) throw entryNotFound(address.path);
  return entry;
}

/** What is at the path, if anything, and the directory that it is or would be in. Throws ShareNotFound, ParentNotFound. */
async function findPlace(deps: BlobDeps, address: FileAddress): Promise<{ readonly share: Walked['share']; readonly parentId: string; readonly entry: EntryRecord | undefined }> {
  const { share, depth, entry } = await walk(deps, address);
  const missing = address.path.length - depth;
  if (missing === 0) return { share, parentId: entry.parentId ?? '', entry };
  if (missing > 1 || entry.kind !== 'directory') throw parentNotFound(address.path);
  return { share, parentId: entry.id, entry: undefined };
}

function nameOf(address: FileAddress): { readonly name: string; readonly key: string } {
  const name = address.path.at(-1) ?? '';
  return { name, key: nameKey(name) };
}

/** Throws ResourceAlreadyExists, ParentNotFound. */
export async function createDirectory(deps: BlobDeps, address: FileAddress, directory: NewDirectory): Promise<EntryRecord> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { parentId, entry } = await findPlace(deps, address);
    if (entry !== undefined) throw entryAlreadyExists(address.path);
    const made = await insertEntry(deps.database.sql, parentId, { ...nameOf(address), kind: 'directory', sizeBytes: 0, etag: newEtag(), headers: {}, contentMd5: undefined, ...directory });
    if (made !== undefined) return made;
  }
  throw tooMuchContention(address.path.join('/'));
}

/** Makes the directories above the path that are not there. Throws ParentNotFound where a file is in the way. */
export async function ensureParents(deps: BlobDeps, address: FileAddress): Promise<void> {
  const path = address.path.slice(0, -1);
  const { depth, entry } = await walk(deps, { ...address, path });
  if (entry.kind !== 'directory') throw parentNotFound(address.path);
  for (let length = depth + 1; length <= path.length; length += 1) {
    await createDirectory(deps, { ...address, path: path.slice(0, length) }, { metadata: {}, smb: newSmb('Directory', deps.clock.now()) }).catch((error: unknown) => {
      // Somebody else made it just now.
      if (!(error instanceof Fault) || error.code !== 'ResourceAlreadyExists') throw error;
    });
  }
}

/** Throws ShareSizeLimitReached. */
export async function checkQuota(deps: BlobDeps, share: Walked['share'], growthBytes: number): Promise<void> {
  if (growthBytes <= 0) return;
  const needed = (await shareUsage(deps.database.sql, share.id)) + growthBytes;
  if (needed > share.quotaGib * GIB) throw shareFull(share.quotaGib, needed);
}

export interface CreateFileOptions {
  /** False: somebody's file is not replaced. @default true */
  readonly mayReplace?: boolean;
  /** A file that is held too. */
  readonly sourceId?: string;
  /** Gives the new file its content, in the transaction that makes it. */
  readonly fill?: (tx: Tx, made: EntryRecord) => Promise<void>;
}

/** A file of zeros, or of what `fill` gives it, in place of what was there. Throws ResourceTypeMismatch, ReadOnlyAttribute, ParentNotFound, ShareSizeLimitReached. */
export async function createFile(deps: BlobDeps, address: FileAddress, file: NewFile, { mayReplace = true, sourceId, fill }: CreateFileOptions = {}): Promise<EntryRecord> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { share, parentId, entry } = await findPlace(deps, address);
    if (entry?.kind === 'directory') throw typeMismatch(address.path, 'directory');
    if (entry !== undefined && isReadOnly(entry.smb)) throw readOnly(address.path);
    if (entry !== undefined && !mayReplace) throw new Fault('forbidden', 'AuthorizationPermissionMismatch', `This request is not authorized to replace a file: ${address.path.join('/')}.`);
    await checkQuota(deps, share, file.sizeBytes - (entry?.sizeBytes ?? 0));
    const made = await unlessOvertaken(deps, async (tx) => {
      // Why in order: two who copy towards each other do not wait for each other.
      const held = [entry?.id, sourceId].filter((id) => id !== undefined).sort((a, b) => Number(BigInt(a) - BigInt(b)));
      for (const id of held) await lockEntry(tx, id);
      const empty = entry === undefined ? await insertEntry(tx, parentId, { ...nameOf(address), kind: 'file', etag: newEtag(), ...file }) : await emptyFile(tx, entry, file);
      if (empty !== undefined) await fill?.(tx, empty);
      return empty;
    });
    if (made !== undefined) return made;
  }
  throw tooMuchContention(address.path.join('/'));
}

/** The caller holds the file. Undefined when it has changed. */
async function emptyFile(tx: Tx, entry: EntryRecord, file: NewFile): Promise<EntryRecord | undefined> {
  const { copy = null, contentMd5 = null, ...rest } = file;
  const emptied = await updateEntry(tx, entry.id, entry.etag, { etag: newEtag(), ...rest, contentMd5, copy, isReplaced: true });
  if (emptied !== undefined) await punchHole(tx, entry.id, 0, MAX_FILE_BYTES);
  return emptied;
}

/** Changes anything but the content. Throws ResourceNotFound. */
export async function changeEntry(deps: BlobDeps, address: FileAddress, kind: EntryRecord['kind'], change: (entry: EntryRecord) => Omit<EntryChange, 'etag'>): Promise<EntryRecord> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const entry = await getEntry(deps, address, kind);
    const { smb = entry.smb, ...rest } = change(entry);
    const changed = await updateEntry(deps.database.sql, entry.id, entry.etag, {
      ...rest,
      smb: { ...smb, changedAt: smb.changedAt === entry.smb.changedAt ? smbTime(deps.clock.now()) : smb.changedAt },
      etag: newEtag(),
    });
    if (changed !== undefined) return changed;
  }
  throw tooMuchContention(address.path.join('/'));
}

/** Throws ResourceNotFound, DirectoryNotEmpty, ReadOnlyAttribute. */
export async function removeEntry(deps: BlobDeps, address: FileAddress, kind: EntryRecord['kind']): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const entry = await findEntry(deps, address);
    if (entry === undefined) throw entryNotFound(address.path);
    if (entry.kind !== kind) throw typeMismatch(address.path, entry.kind);
    if (entry.parentId === undefined) throw new Fault('conflict', 'CannotDeleteFileOrDirectory', 'The root directory of a share is deleted with the share.');
    if (isReadOnly(entry.smb)) throw readOnly(address.path);
    const outcome = await deps.database.transaction((tx) => deleteEntry(tx, entry.id, entry.etag));
    if (outcome === 'notEmpty') throw directoryNotEmpty(address.path);
    if (outcome === 'deleted') return;
  }
  throw tooMuchContention(address.path.join('/'));
}

/** Up to `limit` entries of the directory; `next` is the `from` of the next call. Throws ResourceNotFound. */
export async function listDirectory(
  deps: BlobDeps,
  directory: EntryRecord,
  options: { readonly prefix: string; readonly from: string; readonly limit: number },
): Promise<{ readonly entries: readonly EntryRecord[]; readonly next?: string }> {
  const rows = await listEntries(deps.database.sql, directory.id, { prefix: nameKey(options.prefix), from: options.from, limit: options.limit + 1 });
  const last = rows[options.limit];
  return { entries: rows.slice(0, options.limit), ...(last === undefined ? {} : { next: nameKey(last.name) }) };
}

class Overtaken extends Error {}

/** A transaction that leaves nothing behind when its body answers undefined, or when the name was taken or the directory removed just now. */
async function unlessOvertaken<T>(deps: BlobDeps, body: (tx: Tx) => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await deps.database.transaction(async (tx) => {
      const result = await body(tx);
      if (result === undefined) throw new Overtaken('somebody was faster');
      return result;
    });
  } catch (error) {
    if (error instanceof Overtaken || breaksConstraint(error)) return undefined;
    throw error;
  }
}

export interface RenameOptions {
  readonly replacesFile: boolean;
  readonly ignoresReadOnly: boolean;
  /** Replaces what the entry has. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly headers?: FileHeaders;
  readonly smb?: (smb: SmbProperties) => SmbProperties;
}

/** Moves a file, or a directory with everything in it, within its share. No byte is moved. */
export async function renameEntry(deps: BlobDeps, source: FileAddress, target: FileAddress, kind: EntryRecord['kind'], options: RenameOptions): Promise<EntryRecord> {
  if (target.path.length === 0) throw entryAlreadyExists(target.path);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const from = await getEntry(deps, source, kind);
    if (from.parentId === undefined) throw new Fault('invalid', 'InvalidResourceName', 'The root directory of a share has no name that could be changed.');
    const { parentId, entry: other } = await findPlace(deps, target);
    if (isReadOnly(from.smb) && !options.ignoresReadOnly) throw readOnly(source.path);
    const isReplacing = other !== undefined && other.id !== from.id;
    if (isReplacing && (!options.replacesFile || kind === 'directory' || other.kind === 'directory')) throw entryAlreadyExists(target.path);
    if (isReplacing && isReadOnly(other.smb) && !options.ignoresReadOnly) throw readOnly(target.path);
    const moved = await unlessOvertaken(deps, async (tx) => {
      await lockMoves(tx, from.shareId);
      if ((await lockEntry(tx, from.id))?.etag !== from.etag) return undefined;
      if (kind === 'directory' && (await isWithin(tx, parentId, from.id))) throw new Fault('invalid', 'InvalidResourceName', `${source.path.join('/')} cannot be moved into itself.`);
      if (isReplacing && (await deleteEntry(tx, other.id, other.etag)) !== 'deleted') return undefined;
      const { metadata, headers, smb } = options;
      return updateEntry(tx, from.id, from.etag, {
        etag: newEtag(),
        place: { parentId, ...nameOf(target) },
        ...(metadata === undefined ? {} : { metadata }),
        ...(headers === undefined ? {} : { headers: { ...from.headers, ...headers } }),
        smb: { ...(smb === undefined ? from.smb : smb(from.smb)), changedAt: smbTime(deps.clock.now()) },
      });
    });
    if (moved !== undefined) return moved;
  }
  throw tooMuchContention(target.path.join('/'));
}
