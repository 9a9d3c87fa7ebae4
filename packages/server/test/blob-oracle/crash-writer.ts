// Child of crash.test.ts: writes blobs of every kind as fast as it can and says on stdout which were acknowledged.

import { createHash, randomBytes } from 'node:crypto';
import { createBlobService } from '@lazurite/server/blobs/create-blob-service.ts';
import { putBlock, putBlockList } from '@lazurite/server/blobs/blocks.ts';
import { openLocalDisk } from '@lazurite/server/blobs/local-disk.ts';
import { systemClock } from '@lazurite/server/kernel/clock.ts';
import { Database } from '@lazurite/server/storage/database.ts';

const [url = '', root = '', round = ''] = process.argv.slice(2);
const database = await Database.open({ url, poolSize: 6 });
const deps = { database, bytes: openLocalDisk(root, systemClock), clock: systemClock };
const service = createBlobService(deps);
await service.ensureContainer('acct', 'crash');

function acknowledge(name: string, content: Buffer): void {
  process.stdout.write(`${JSON.stringify({ name, sizeBytes: content.length, sha256: createHash('sha256').update(content).digest('hex') })}\n`);
}

async function write(lane: number): Promise<never> {
  for (let n = 0; ; n += 1) {
    const name = `${round}/${lane}/${n}`;
    const content = randomBytes([100, 20_000, 300_000][n % 3] ?? 1);
    const address = { account: 'acct', container: 'crash', name };
    if (n % 4 === 3) {
      await putBlock(deps, address, 'AAAA', content, {});
      await putBlockList(deps, address, [{ blockId: 'AAAA', from: 'Latest' }], { headers: { contentType: 'x' }, metadata: {}, conditions: {} });
    } else await service.putBlob(address, content);
    acknowledge(name, content);
  }
}

async function append(): Promise<never> {
  let whole = Buffer.alloc(0);
  const address = { account: 'acct', container: 'crash', name: `${round}/log` };
  for (;;) {
    whole = Buffer.concat([whole, randomBytes(200)]);
    await service.appendBlob(address, whole.subarray(-200), whole.length - 200);
    acknowledge(`${round}/log`, whole);
  }
}

await Promise.all([write(0), write(1), write(2), append()]);
