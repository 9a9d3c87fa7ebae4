// kill -9 of a writing process, at a random instant, again and again: every acknowledged blob is there, whole.

import { spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBlobService } from '@lazurite/server/blobs/create-blob-service.ts';
import { sweepOrphans } from '@lazurite/server/blobs/blob-work.ts';
import { openLocalDisk } from '@lazurite/server/blobs/local-disk.ts';
import { systemClock } from '@lazurite/server/kernel/clock.ts';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';

const ROUNDS = 5;

let db: TestDatabase;
let root: string;
beforeAll(async () => {
  db = await testDatabase();
  root = mkdtempSync(join(tmpdir(), 'lazurite-crash-'));
});
afterAll(async () => {
  await db.close();
  rmSync(root, { recursive: true, force: true });
});

interface Acknowledged {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Lets the child write for a while after its first acknowledgement, then kills it. */
async function writeAndKill(round: number): Promise<readonly Acknowledged[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-writer.ts'), db.url, root, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdout.on('data', (chunk: Buffer) => {
    if (out === '') setTimeout(() => child.kill('SIGKILL'), randomInt(100, 700));
    out += chunk.toString();
  });
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  return out
    .split('\n')
    .slice(0, -1)
    .map((line): Acknowledged => JSON.parse(line));
}

test(`no acknowledged blob is lost in ${ROUNDS} kills`, async () => {
  const service = createBlobService({ database: db.database, bytes: openLocalDisk(root, systemClock), clock: systemClock });
  for (let round = 0; round < ROUNDS; round += 1) {
    const acknowledged = await writeAndKill(round);
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const { name, sizeBytes, sha256 } of acknowledged) {
      const { stream } = await service.readBlob({ account: 'acct', container: 'crash', name });
      const hash = createHash('sha256');
      let left = sizeBytes;
      for await (const chunk of stream) {
        hash.update(chunk.subarray(0, left));
        left -= Math.min(left, chunk.length);
      }
      expect([name, left, hash.digest('hex')]).toEqual([name, 0, sha256]);
    }
  }
  const deps = { database: db.database, bytes: openLocalDisk(root, systemClock), clock: systemClock };
  await sweepOrphans(deps, -1);
  expect(await sweepOrphans(deps, -1)).toBe(0);
});
