// Blob lanes: whole puts (in the row and in files), blocks with their list, appends, deletes; the value of a key is the
// hash of what a GET answers.

import { createHash } from 'node:crypto';
import type { BlobAccount, WireClient } from '../../../testkit/src/wire-client.ts';
import { attempt, expectStatus, type Lane, Ledger } from './lane.ts';
import type { Random } from './random.ts';

export const CONTAINER = 'recovery';
const SIZES = [0, 1, 1000, 16 * 1024, 16 * 1024 + 1, 70_000, 300_000];

function digest(bytes: Buffer): string {
  return `${bytes.length} bytes ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
}

function reader(wire: WireClient, account: BlobAccount) {
  return async (key: string): Promise<string | undefined> => {
    const reply = expectStatus(await wire.blob(account, 'GET', `/${CONTAINER}/${key}`), `GET ${key}`, 200, 404);
    return reply.status === 404 ? undefined : digest(reply.body);
  };
}

/** Puts, replacements and deletes. */
export function putLane(account: BlobAccount, name: string, random: Random): Lane {
  const ledger = new Ledger('blob');
  return {
    name,
    count: () => ledger.acknowledged,
    async step(wire) {
      const key = `${name}/${random.between(1, 30)}`;
      if (ledger.known(key) !== undefined && random.next() < 0.25) {
        await ledger.write(key, undefined, async () => expectStatus(await attempt(wire.blob(account, 'DELETE', `/${CONTAINER}/${key}`)), 'DELETE blob', 202));
        return;
      }
      const body = random.bytes(random.pick(SIZES));
      await ledger.write(key, digest(body), async () => expectStatus(await attempt(wire.blob(account, 'PUT', `/${CONTAINER}/${key}`, body, { 'x-ms-blob-type': 'BlockBlob' })), 'PUT blob', 201));
    },
    settle: (wire) => ledger.settle(reader(wire, account)),
    verify: (wire) => ledger.verify(reader(wire, account)),
  };
}

/** Two or three blocks, then the list that makes them the blob: until it is answered the blob is what it was. */
export function blockLane(account: BlobAccount, random: Random): Lane {
  const ledger = new Ledger('blob of blocks');
  return {
    name: 'blocks',
    count: () => ledger.acknowledged,
    async step(wire) {
      const key = `blocks/${random.between(1, 8)}`;
      const path = `/${CONTAINER}/${key}`;
      const blocks = Array.from({ length: random.between(2, 3) }, () => random.bytes(random.between(1, 120_000)));
      const ids = blocks.map((_block, n) => Buffer.from(`block-${n}`).toString('base64'));
      await Promise.all(
        blocks.map(async (block, n) => expectStatus(await attempt(wire.blob(account, 'PUT', `${path}?comp=block&blockid=${encodeURIComponent(ids[n] ?? '')}`, block)), 'PUT block', 201)),
      );
      const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Uncommitted>${id}</Uncommitted>`).join('')}</BlockList>`;
      await ledger.write(key, digest(Buffer.concat(blocks)), async () => expectStatus(await attempt(wire.blob(account, 'PUT', `${path}?comp=blocklist`, list)), 'PUT block list', 201));
    },
    settle: (wire) => ledger.settle(reader(wire, account)),
    verify: (wire) => ledger.verify(reader(wire, account)),
  };
}

/** Appends at a position; after a kill the last one is there wholly or not at all. */
export function appendLane(account: BlobAccount, random: Random): Lane {
  const ledger = new Ledger('append blob');
  const contents = new Map<string, Buffer>();
  const tried = new Map<string, Buffer>();
  const read =
    (wire: WireClient) =>
    async (key: string): Promise<string | undefined> => {
      const found = await reader(wire, account)(key);
      // What turned out to be there is what the next append continues.
      const longer = tried.get(key);
      if (longer !== undefined && found === digest(longer)) contents.set(key, longer);
      return found;
    };
  return {
    name: 'appends',
    count: () => ledger.acknowledged,
    async step(wire) {
      const key = `appends/${random.between(1, 3)}`;
      const path = `/${CONTAINER}/${key}`;
      if (ledger.known(key) === undefined) {
        await ledger.write(key, digest(Buffer.alloc(0)), async () =>
          expectStatus(await attempt(wire.blob(account, 'PUT', path, undefined, { 'x-ms-blob-type': 'AppendBlob' })), 'PUT append blob', 201),
        );
        contents.set(key, Buffer.alloc(0));
        return;
      }
      const before = contents.get(key) ?? Buffer.alloc(0);
      const part = random.bytes(random.between(1, 3000));
      const after = Buffer.concat([before, part]);
      tried.set(key, after);
      await ledger.write(key, digest(after), async () =>
        expectStatus(await attempt(wire.blob(account, 'PUT', `${path}?comp=appendblock`, part, { 'x-ms-blob-condition-appendpos': String(before.length) })), 'append', 201),
      );
      contents.set(key, after);
    },
    settle: (wire) => ledger.settle(read(wire)),
    verify: (wire) => ledger.verify(read(wire)),
  };
}
