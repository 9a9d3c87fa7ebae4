// Leases: a blob, or a path of a data lake, that only the holder of the lease may change for a while; a container that only
// its holder may delete.

import { type BlobLease, lockContainerLease, lockLease, putContainerLease, putLease } from '#storage/blob-lease-store.ts';
import type { BlobAddress } from './blob-service.ts';
import { getBlob } from './blobs.ts';
import { type BlobDeps, getContainer } from './containers.ts';
import { blobNotFound, containerNotFound } from './faults.ts';
import type { LeaseChange } from './leases/lease-changes.ts';

export { acquireLease, breakLease, changeLeaseId, type LeaseChange, releaseLease, renewLease } from './leases/lease-changes.ts';

export interface Leased {
  /** The blob or container. */
  readonly of: { readonly etag: string; readonly modifiedAt: Date };
  /** Undefined where there is none afterwards. */
  readonly leaseId: string | undefined;
  /** Of a break: seconds until it is free. */
  readonly remainingSeconds: number;
}

interface Leasable {
  readonly etag: string;
  readonly modifiedAt: Date;
  readonly lease?: BlobLease | undefined;
}

/** Throws what the protocol refuses. `check` looks at the blob before anything changes. */
export async function changeLease(deps: BlobDeps, address: BlobAddress, change: LeaseChange, check: (state: Leasable) => void): Promise<Leased> {
  const blob = await getBlob(deps, address);
  check(blob);
  return deps.database.transaction(async (tx) => {
    const held = await lockLease(tx, blob.containerId, blob.name);
    if (held === undefined) throw blobNotFound(address.name);
    const { lease, remainingSeconds = 0 } = change(held.lease, held.nowMs);
    await putLease(tx, blob.containerId, blob.name, lease);
    return { of: blob, leaseId: lease?.id, remainingSeconds };
  });
}

/** The same for a container. */
export async function changeContainerLease(deps: BlobDeps, account: string, name: string, change: LeaseChange, check: (state: Leasable) => void): Promise<Leased> {
  const container = await getContainer(deps, account, name);
  check(container);
  return deps.database.transaction(async (tx) => {
    const held = await lockContainerLease(tx, container.id);
    if (held === undefined) throw containerNotFound(name);
    const { lease, remainingSeconds = 0 } = change(held.lease, held.nowMs);
    await putContainerLease(tx, container.id, lease);
    return { of: container, leaseId: lease?.id, remainingSeconds };
  });
}
