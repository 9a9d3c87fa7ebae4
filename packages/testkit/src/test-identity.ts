// testIdentity: a whole identity module on a database of its own, with a clock that tests move.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bootstrap, ensureOwner, type Installation, type MachineCredentials } from '@lazurite/server/identity/bootstrap.ts';
import { createIdentity, type Identity } from '@lazurite/server/identity/identity.ts';
import { openEnvelope } from '@lazurite/server/vault/envelope.ts';
import { testDatabase } from './test-database.ts';

export interface TestIdentity {
  readonly identity: Identity;
  readonly installation: Installation;
  readonly credentials: MachineCredentials;
  readonly clock: { now(): number; advance(ms: number): void };
  /** The same installation as another server on this database sees it. */
  otherServer(): Identity;
  close(): Promise<void>;
}

export const testDomain = 'lazurite.localhost';
export const testStudioOrigin = `https://studio.${testDomain}:7443`;

export async function testIdentity(): Promise<TestIdentity> {
  const db = await testDatabase();
  const dir = mkdtempSync(join(tmpdir(), 'lazurite-identity-'));
  const envelope = openEnvelope(join(dir, 'master.key'));
  // Why the real time: clients under test have no other.
  let now = Date.now();
  const clock = {
    now: () => now,
    advance(ms: number) {
      now += ms;
    },
  };
  const { database } = db;
  const first: Bootstrap = await ensureOwner({ database, clock, domain: testDomain }, { ownerName: 'Ada Lovelace', studioOrigins: [testStudioOrigin] });
  const { installation, credentials } = first;
  if (credentials === undefined) throw new Error('The first start issued no credentials.');
  const otherServer = (): Identity => createIdentity({ database, envelope, clock, domain: testDomain, installation });
  return {
    identity: otherServer(),
    installation,
    credentials,
    clock,
    otherServer,
    async close() {
      await db.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
