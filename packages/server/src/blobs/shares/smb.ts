// What SMB knows of a file: attributes and times. They are kept and answered; only ReadOnly has an effect.
// Source: Files REST, "Create File" (x-ms-file-attributes, x-ms-file-creation-time, …).

import type { SmbProperties } from '#storage/file-entry-store.ts';

const ATTRIBUTES = ['ReadOnly', 'Hidden', 'System', 'Directory', 'Archive', 'Temporary', 'Offline', 'NotContentIndexed', 'NoScrubData'] as const;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,7}))?Z$/;

/** A time as the protocol writes it: seven digits of the second. */
export function smbTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}0000Z`;
}

/** Undefined for what is no time in UTC. */
export function parseSmbTime(text: string): string | undefined {
  const [, digits] = TIME.exec(text) ?? [];
  if (!TIME.test(text) || Number.isNaN(Date.parse(text.replace(/\.\d+Z$/, 'Z')))) return undefined;
  return `${text.slice(0, 19)}.${(digits ?? '').padEnd(7, '0')}Z`;
}

/** In Azure's order and spelling; undefined for what is no list of attributes of that kind of entry. */
export function parseAttributes(text: string, kind: 'file' | 'directory'): string | undefined {
  const given = new Set(
    text
      .split('|')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => part !== '' && part !== 'none'),
  );
  const known = ATTRIBUTES.filter((each) => given.has(each.toLowerCase()));
  if (known.length !== given.size || (kind === 'file' && known.includes('Directory'))) return undefined;
  const all = kind === 'directory' ? ATTRIBUTES.filter((each) => each === 'Directory' || known.includes(each)) : known;
  return all.length === 0 ? 'None' : all.join(' | ');
}

export function newSmb(attributes: string, ms: number): SmbProperties {
  const now = smbTime(ms);
  return { attributes, createdAt: now, writtenAt: now, changedAt: now };
}

export function isReadOnly(smb: SmbProperties): boolean {
  return smb.attributes.split(' | ').includes('ReadOnly');
}
