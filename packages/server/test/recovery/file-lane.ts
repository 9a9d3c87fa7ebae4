// File lane: files of a share, written range by range; the value of a file is the hash of all of it.

import { createHash } from 'node:crypto';
import type { BlobAccount, WireClient } from '../../../testkit/src/wire-client.ts';
import { attempt, expectStatus, type Lane, Ledger } from './lane.ts';
import type { Random } from './random.ts';

const SHARE = 'recovery';
const FILE_BYTES = 200_000;
const LENGTHS = [1, 700, 16 * 1024, 16 * 1024 + 1, 90_000];

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** After a kill the last range is there wholly or not at all. */
export function fileLane({ name, key }: BlobAccount, random: Random): Lane {
  const account: BlobAccount = { name, key, service: 'file' };
  const ledger = new Ledger('file of a share');
  const contents = new Map<string, Buffer>();
  const tried = new Map<string, Buffer>();
  const read =
    (wire: WireClient) =>
    async (file: string): Promise<string | undefined> => {
      const reply = expectStatus(await wire.blob(account, 'GET', `/${SHARE}/${file}`), `GET ${file}`, 200, 404);
      if (reply.status === 404) return undefined;
      // What turned out to be there is what the next range goes over.
      const found = digest(reply.body);
      const next = tried.get(file);
      if (next !== undefined && found === digest(next)) contents.set(file, next);
      return found;
    };
  return {
    name: 'files',
    count: () => ledger.acknowledged,
    async step(wire) {
      const file = `f${random.between(1, 4)}`;
      if (ledger.known(file) === undefined) {
        expectStatus(await attempt(wire.blob(account, 'PUT', `/${SHARE}?restype=share`)), 'PUT share', 201, 409);
        const headers = { 'x-ms-type': 'file', 'x-ms-content-length': String(FILE_BYTES) };
        await ledger.write(file, digest(Buffer.alloc(FILE_BYTES)), async () => expectStatus(await attempt(wire.blob(account, 'PUT', `/${SHARE}/${file}`, undefined, headers)), 'PUT file', 201));
        contents.set(file, Buffer.alloc(FILE_BYTES));
        return;
      }
      const content = random.bytes(random.pick(LENGTHS));
      const start = random.between(0, FILE_BYTES - content.length);
      const after = Buffer.from(contents.get(file) ?? Buffer.alloc(FILE_BYTES));
      content.copy(after, start);
      tried.set(file, after);
      const headers = { 'x-ms-write': 'update', 'x-ms-range': `bytes=${start}-${start + content.length - 1}` };
      await ledger.write(file, digest(after), async () => expectStatus(await attempt(wire.blob(account, 'PUT', `/${SHARE}/${file}?comp=range`, content, headers)), 'PUT range', 201));
      contents.set(file, after);
    },
    settle: (wire) => ledger.settle(read(wire)),
    verify: (wire) => ledger.verify(read(wire)),
  };
}
