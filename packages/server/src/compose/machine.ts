// The machine under the computes, as its system describes it.

import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import type { Machine } from '#resources/ports.ts';

export async function describeMachine(dataDir: string): Promise<Machine> {
  const { blocks, bsize } = await statfs(dataDir);
  return { cpus: availableParallelism(), memoryBytes: totalmem(), diskBytes: blocks * bsize };
}
