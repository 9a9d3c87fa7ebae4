// Probes: trials of what a workspace depends on, for its diagnosis; and the machine under the computes, as its system describes it.

import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { buffer } from 'node:stream/consumers';
import type { BlobService } from '#blobs/blob-service.ts';
import { Fault } from '#kernel/faults.ts';
import type { Machine, ProbePort } from '#resources/ports.ts';

export function createProbes(blobs: BlobService): ProbePort {
  return {
    async storage(account, container) {
      const content = Buffer.from(randomUUID());
      const address = { account: account.toLowerCase(), container, name: `.diagnose/${content.toString()}` };
      await blobs.putBlob(address, content);
      try {
        const { stream } = await blobs.readBlob(address);
        if (!content.equals(await buffer(stream))) throw new Fault('conflict', 'StorageContentDiffers', 'what was read is not what was written.');
      } finally {
        await blobs.deleteBlob(address);
      }
    },
    resolves: (host) =>
      lookup(host).then(
        () => true,
        () => false,
      ),
  };
}

export async function describeMachine(dataDir: string): Promise<Machine> {
  const { blocks, bsize } = await statfs(dataDir);
  return { cpus: availableParallelism(), memoryBytes: totalmem(), diskBytes: blocks * bsize };
}
