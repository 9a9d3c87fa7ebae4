// A Resource Manager of toy types on a database of its own, with its worker: what the framework's tests start from.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { silentLog } from '#kernel/context.ts';
import type { Database } from '#storage/database.ts';
import { openEnvelope } from '#vault/envelope.ts';
import { createSeals } from '#vault/seals.ts';
import { Worker } from '#work/worker.ts';
import { type Arm, createArm } from '../arm.ts';
import type { Authorizer } from '../ports.ts';
import { createRegistry } from '../registry.ts';
import { toyRoutes, toyTypes } from './toy-types.ts';

export const SUB = '/subscriptions/11111111-1111-1111-1111-111111111111';
export const RG = `${SUB}/resourceGroups/Shop`;

export interface ToyServer {
  readonly arm: Arm;
  /** A new worker on the same queue, as after a restart. */
  startWorker(): Promise<Worker>;
}

export function startToyServer(database: Database, authorizer: Authorizer): ToyServer {
  const envelope = openEnvelope(join(mkdtempSync(join(tmpdir(), 'lazurite-arm-')), 'key'));
  const arm = createArm({ database, registry: createRegistry(toyTypes, toyRoutes), authorizer, seals: createSeals(envelope) });
  return {
    arm,
    async startWorker() {
      const worker = new Worker({ database, host: 'test', kinds: arm.work, log: silentLog, clock: systemClock });
      await worker.start();
      return worker;
    },
  };
}
