// Owner, group and access list of a path, in POSIX terms. They are kept and answered, not enforced: roles, keys and
// signatures alone decide who reads and writes. Source: Data Lake Storage, "Access control lists".

import { Fault } from '#kernel/faults.ts';
import type { PathAccess } from '#storage/blob-path-store.ts';

const SUPERUSER = '$superuser';
const ENTRY = /^(?:default:)?(?:user|group|mask|other):[^:,\s]{0,256}:[r-][w-][x-]$/;
const SYMBOLIC = /^([r-][w-][x-])([r-][w-][x-])([r-][w-][xtT-])\+?$/;
const MOST_ENTRIES = 64;

export function defaultAccess(isDirectory: boolean): PathAccess {
  return { owner: SUPERUSER, group: SUPERUSER, acl: isDirectory ? 'user::rwx,group::r-x,other::---' : 'user::rw-,group::r--,other::---' };
}

/** Throws `invalid`/`InvalidAccessControlList`. */
export function parseAcl(text: string): readonly string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  const wrong = entries.find((entry) => !ENTRY.test(entry));
  const scopes = entries.map((entry) => entry.slice(0, entry.lastIndexOf(':')));
  const isTwice = new Set(scopes).size < scopes.length;
  if (wrong !== undefined || isTwice || entries.length > MOST_ENTRIES) {
    const reason = wrong === undefined ? (isTwice ? 'an entry is there twice' : `it has more than ${MOST_ENTRIES} entries`) : `${JSON.stringify(wrong)} is no entry such as user::rwx`;
    throw new Fault('invalid', 'InvalidAccessControlList', `The access control list value is invalid: ${reason}.`, { target: 'x-ms-acl' });
  }
  return entries;
}

/** The list with entries for the owner, the group and others, as every list has them. Throws `invalid`/`InvalidAccessControlList`. */
export function wholeAcl(text: string): string {
  const entries = parseAcl(text);
  const missing = ['user::', 'group::', 'other::'].find((scope) => !entries.some((entry) => entry.startsWith(scope)));
  if (missing !== undefined) throw new Fault('invalid', 'InvalidAccessControlList', `The access control list value is invalid: it has no entry ${missing}.`, { target: 'x-ms-acl' });
  return entries.join(',');
}

/** The list after these symbolic (`rwxr-x---`) or octal (`0750`) permissions. Throws `invalid`/`InvalidPermission`. */
export function withPermissions(acl: string, permissions: string): string {
  const [user, group, other] = triples(permissions);
  const named = acl.split(',').filter((entry) => !/^(user|group|other|mask)::/.test(entry));
  // POSIX: with named entries the middle triple is the mask.
  const hasNamed = named.some((entry) => !entry.startsWith('default:'));
  const kept = acl.split(',').find((entry) => entry.startsWith('group::'));
  return [`user::${user}`, ...(hasNamed ? [kept ?? `group::${group}`, `mask::${group}`] : [`group::${group}`]), `other::${other}`, ...named].join(',');
}

/** `rwxr-x---`, with a `+` behind it when there are more entries. */
export function permissionsOf(acl: string): string {
  const entries = acl.split(',');
  const of = (scope: string): string | undefined => entries.find((entry) => entry.startsWith(scope))?.slice(scope.length);
  const hasMore = entries.some((entry) => !/^(user|group|other)::/.test(entry));
  return `${of('user::') ?? '---'}${of('mask::') ?? of('group::') ?? '---'}${of('other::') ?? '---'}${hasMore ? '+' : ''}`;
}

/** The list after a recursive change: entries set or replaced, or taken away. */
export function changeAcl(acl: string, mode: 'set' | 'modify' | 'remove', text: string): string {
  if (mode === 'set') return wholeAcl(text);
  const scopeOf = (entry: string): string => (mode === 'remove' && !/:[r-][w-][x-]$/.test(entry) ? entry : entry.slice(0, entry.lastIndexOf(':')));
  const entries = new Map(acl.split(',').map((entry) => [entry.slice(0, entry.lastIndexOf(':')), entry]));
  if (mode === 'modify') for (const entry of parseAcl(text)) entries.set(scopeOf(entry), entry);
  else for (const entry of text.split(',')) entries.delete(scopeOf(entry.trim()));
  return wholeAcl([...entries.values()].join(','));
}

function triples(permissions: string): readonly [string, string, string] {
  const [, user, group, other] = SYMBOLIC.exec(permissions) ?? [];
  if (user !== undefined && group !== undefined && other !== undefined) return [user, group, other.replace(/[tT]$/, (letter) => (letter === 't' ? 'x' : '-'))];
  if (!/^[01]?[0-7]{3}$/.test(permissions)) {
    throw new Fault('invalid', 'InvalidPermission', `The permission value is invalid: ${JSON.stringify(permissions)}; rwxr-x--- and 0750 are accepted.`, { target: 'x-ms-permissions' });
  }
  const [a, b, c] = Array.from(permissions.slice(-3), (digit) => ['r', 'w', 'x'].map((letter, place) => (((Number(digit) >> (2 - place)) & 1) === 1 ? letter : '-')).join(''));
  return [a ?? '---', b ?? '---', c ?? '---'];
}
