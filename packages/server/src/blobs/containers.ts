// Containers: create, look up, change, delete. Access is always private.

import { randomBytes } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import { type ContainerRecord, findContainer, insertContainer, markAccountDeleted, markContainerDeleted, updateContainerMetadata } from '#storage/blob-container-store.ts';
import { lockContainerLease } from '#storage/blob-lease-store.ts';
import type { Database } from '#storage/database.ts';
import type { ByteStore } from './byte-store.ts';
import { type Conditions, checkChange } from './conditions.ts';
import type { ContentKeys } from './ports.ts';
import { checkLease } from './leases/lease-faults.ts';
import { containerNotFound, tooMuchContention } from './faults.ts';

export interface BlobDeps {
  readonly database: Database;
  readonly bytes: ByteStore;
  readonly clock: Clock;
  /** Without it nothing is sealed, and nothing sealed can be read. */
  readonly keys?: ContentKeys;
}

/** Looks and writes again this often before it calls the blob too busy. */
export const MAX_ROUNDS = 50;

/** A new entity tag in Azure's form, quotes included. */
export function newEtag(): string {
  return `"0x8${randomBytes(8).toString('hex').slice(1).toUpperCase()}"`;
}

/** Throws `conflict`/`ContainerAlreadyExists`. */
export async function createContainer(deps: BlobDeps, account: string, name: string, metadata: Readonly<Record<string, string>>): Promise<ContainerRecord> {
  const container = await insertContainer(deps.database.sql, account, name, newEtag(), metadata);
  if (container === undefined) throw new Fault('conflict', 'ContainerAlreadyExists', `The specified container already exists: ${name}.`);
  return container;
}

/** Throws `notFound`/`ContainerNotFound`. */
export async function getContainer(deps: BlobDeps, account: string, name: string): Promise<ContainerRecord> {
  const container = await findContainer(deps.database.sql, account, name);
  if (container === undefined) throw containerNotFound(name);
  return container;
}

/** Conditions of a request about a container, and its lease where the caller names one: it keeps nobody else from anything but a delete. */
export function checkContainer<T>(
  conditions: Conditions,
  { etag, modifiedAt, lease }: ContainerRecord,
  check: (conditions: Conditions, state: { readonly etag: string; readonly modifiedAt: Date }) => T,
): T {
  const { leaseId, ...others } = conditions;
  checkLease(leaseId, lease, false, 'container');
  return check(others, { etag, modifiedAt });
}

export async function setContainerMetadata(deps: BlobDeps, account: string, name: string, metadata: Readonly<Record<string, string>>, conditions: Conditions): Promise<ContainerRecord> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const container = await getContainer(deps, account, name);
    checkContainer(conditions, container, checkChange);
    const changed = await updateContainerMetadata(deps.database.sql, container.id, container.etag, newEtag(), metadata);
    if (changed !== undefined) return changed;
  }
  throw tooMuchContention(name);
}

/** Gone for every caller at once; the bytes are freed by work. */
export async function deleteContainer(deps: BlobDeps, account: string, name: string, conditions: Conditions, correlationId: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const container = await getContainer(deps, account, name);
    const { leaseId, ...others } = conditions;
    checkContainer(others, container, checkChange);
    const isGone = await deps.database.transaction(async (tx) => {
      const held = await lockContainerLease(tx, container.id);
      if (held === undefined) return false;
      checkLease(leaseId, held.lease, true, 'container');
      return markContainerDeleted(tx, container.id, container.etag, correlationId);
    });
    if (isGone) return;
  }
  throw tooMuchContention(name);
}

export async function deleteAccountContainers(deps: BlobDeps, account: string, correlationId: string): Promise<void> {
  await deps.database.transaction((tx) => markAccountDeleted(tx, account, correlationId));
}
