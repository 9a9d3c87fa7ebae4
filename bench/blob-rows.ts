// Blobs against Azurite, turn about, through the same client.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type BlobPeer, startAzurite } from './azurite.ts';
import { drive, median } from './measure.ts';
import type { Row } from './report.ts';
import { need, type Site } from './site.ts';

const CONTAINER = 'bench';
const MIB = 2 ** 20;
const PUT = { 'x-ms-blob-type': 'BlockBlob' };
const TURNS = 5;

interface Measure {
  readonly name: string;
  readonly unit: string;
  /** The rate of one turn; `turn` makes names new. */
  run(peer: BlobPeer, turn: number): Promise<number>;
}

export async function blobRows(site: Site, dir: string, scale: number): Promise<readonly Row[]> {
  const azurite = await startAzurite(site.server, site.account, join(dir, 'azurite'), 16);
  const ours: BlobPeer = { blob: (method, path, body, headers) => site.wire.blob(site.account, method, path, body, headers), close: async () => undefined };
  try {
    for (const peer of [ours, azurite]) await need(peer.blob('PUT', `/${CONTAINER}?restype=container`));
    const rows: Row[] = [];
    for (const measure of measures(scale)) {
      const mine: number[] = [];
      const theirs: number[] = [];
      // The first turn warms.
      for (let turn = 0; turn <= TURNS; turn += 1) {
        const [one, other] = [await measure.run(ours, turn), await measure.run(azurite, turn)];
        if (turn > 0) {
          mine.push(one);
          theirs.push(other);
        }
      }
      rows.push({ name: measure.name, unit: measure.unit, value: median(mine), peer: { name: 'Azurite', value: median(theirs) }, isMoreBetter: true, goal: 'peer' });
    }
    return rows;
  } finally {
    await azurite.close();
  }
}

function measures(scale: number): readonly Measure[] {
  const sized = (label: string, sizeBytes: number, clients: number, count: number): readonly Measure[] => {
    const body = randomBytes(sizeBytes);
    return [
      {
        name: `blob put ${label}, ${clients} at once`,
        unit: 'op/s',
        run: async (peer, turn) => (await drive(count, clients, (n) => need(peer.blob('PUT', `/${CONTAINER}/${label}/${turn}/${n}`, body, PUT)))).perSecond,
      },
      {
        name: `blob get ${label}, ${clients} at once`,
        unit: 'op/s',
        run: async (peer, turn) => (await drive(count, clients, (n) => need(peer.blob('GET', `/${CONTAINER}/${label}/${turn}/${n}`)))).perSecond,
      },
    ];
  };
  const block = randomBytes(8 * MIB);
  const ids = Array.from({ length: 8 }, (_, n) => Buffer.from(`block-${n}`).toString('base64'));
  const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`;
  return [
    ...sized('1KiB', 1024, 16, 1500 * scale),
    ...sized('1MiB', MIB, 8, 100 * scale),
    {
      name: 'blob put 64 MiB as 8 blocks',
      unit: 'MiB/s',
      async run(peer, turn) {
        const path = `/${CONTAINER}/big/${turn}`;
        const { perSecond } = await drive(1, 1, async () => {
          await Promise.all(ids.map((id) => need(peer.blob('PUT', `${path}?comp=block&blockid=${encodeURIComponent(id)}`, block))));
          await need(peer.blob('PUT', `${path}?comp=blocklist`, list));
        });
        return perSecond * 64;
      },
    },
    { name: 'blob get 64 MiB', unit: 'MiB/s', run: async (peer, turn) => (await drive(1, 1, () => need(peer.blob('GET', `/${CONTAINER}/big/${turn}`)))).perSecond * 64 },
    {
      name: 'blob list 2000',
      unit: 'op/s',
      async run(peer, turn) {
        if (turn === 0) await drive(2000, 16, (n) => need(peer.blob('PUT', `/${CONTAINER}/listed/${n}`, 'x', PUT)));
        return (await drive(5, 1, () => need(peer.blob('GET', `/${CONTAINER}?restype=container&comp=list&prefix=listed%2F&maxresults=5000`)))).perSecond;
      },
    },
  ];
}
