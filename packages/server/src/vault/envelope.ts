// Envelope: secrets at rest. AES-256-GCM under a data key that is derived from the master key of this installation.
// The associated data binds a sealed value to its place, so that it cannot be moved to another row.

import { hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '#kernel/faults.ts';
import { openBytes, sealBytes } from './cipher.ts';

export interface Envelope {
  /** Seals UTF-8 text. `place` names where it is stored, for example `resource:/subscriptions/…`. */
  seal(text: string, place: string): Buffer;
  /** Opens what `seal` made for the same place. Throws `internal`/`SecretUnreadable` otherwise. */
  open(sealed: Buffer, place: string): string;
  /** A 32-byte key for another purpose, derived from the master key; the same on every server with this key. */
  derive(purpose: string): Buffer;
}

/** Reads the master key file (32 random bytes, mode 0600), making it at first start. */
export function openEnvelope(keyFile: string): Envelope {
  const master = loadMasterKey(keyFile);
  const derive = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), `lazurite/${purpose}`, 32));
  const key = derive('secrets');
  return {
    derive,
    seal: (text, place) => sealBytes(key, Buffer.from(text, 'utf8'), place),
    open: (sealed, place) => openBytes(key, sealed, place).toString('utf8'),
  };
}

function loadMasterKey(keyFile: string): Buffer {
  if (!existsSync(keyFile)) {
    mkdirSync(dirname(keyFile), { recursive: true, mode: 0o700 });
    const temporary = `${keyFile}.${process.pid}`;
    writeFileSync(temporary, randomBytes(32), { mode: 0o600, flush: true });
    renameSync(temporary, keyFile);
  }
  const key = readFileSync(keyFile);
  if (key.length !== 32) throw new Fault('internal', 'MasterKeyInvalid', `${keyFile} holds ${key.length} bytes; the master key has 32. Restore it from a backup: secrets cannot be read without it.`);
  return key;
}
