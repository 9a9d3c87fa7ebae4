// Leases: a blob, or a path of a data lake, that only the holder of the lease may change for a while.
//   available -acquire-> leased -time-> expired -acquire-> leased;   leased -break-> breaking -time-> broken -acquire-> leased
// Source: Storage REST, "Lease Blob" (outcomes of lease operations by state).

import { Fault } from '#kernel/faults.ts';
import { type BlobLease, type LeaseTerms, lockLease, putLease } from '#storage/blob-lease-store.ts';
import type { BlobRecord } from '#storage/blob-store.ts';
import type { BlobAddress } from './blob-service.ts';
import type { BlobDeps } from './containers.ts';
import { getBlob } from './blobs.ts';
import { blobNotFound } from './faults.ts';

export interface Leased {
  readonly blob: BlobRecord;
  /** Undefined where there is none afterwards. */
  readonly leaseId: string | undefined;
  /** Of a break: seconds until it is free. */
  readonly remainingSeconds: number;
}

/** What becomes of the lease. Throws what the protocol refuses. */
type Change = (lease: BlobLease | undefined, nowMs: number) => { readonly lease: LeaseTerms | undefined; readonly remainingSeconds?: number };

async function changeLease(deps: BlobDeps, address: BlobAddress, change: Change): Promise<Leased> {
  const blob = await getBlob(deps, address);
  return deps.database.transaction(async (tx) => {
    const held = await lockLease(tx, blob.containerId, blob.name);
    if (held === undefined) throw blobNotFound(address.name);
    const { lease, remainingSeconds = 0 } = change(held.lease, held.nowMs);
    await putLease(tx, blob.containerId, blob.name, lease);
    return { blob, leaseId: lease?.id, remainingSeconds };
  });
}

function refused(code: string, why: string): Fault {
  return new Fault('conflict', code, why);
}

function mine(lease: BlobLease | undefined, id: string): BlobLease {
  if (lease === undefined) throw refused('LeaseNotPresentWithLeaseOperation', 'There is currently no lease on the blob.');
  if (lease.id !== id) throw refused('LeaseIdMismatchWithLeaseOperation', 'The lease ID specified did not match the lease ID for the blob.');
  return lease;
}

function termsOf(id: string, durationSeconds: number, nowMs: number): LeaseTerms {
  return { id, durationSeconds, expiresAt: durationSeconds < 0 ? undefined : nowMs + durationSeconds * 1000, breaksAt: undefined };
}

/** `durationSeconds`: 15 to 60, or -1 for good. Again by its holder: for another time. Throws LeaseAlreadyPresent. */
export function acquireLease(deps: BlobDeps, address: BlobAddress, id: string, durationSeconds: number): Promise<Leased> {
  return changeLease(deps, address, (lease, nowMs) => {
    if (lease?.state === 'breaking' && lease.id === id) throw refused('LeaseIsBreakingAndCannotBeAcquired', 'The lease is being broken and cannot be acquired until it is.');
    if (lease?.state === 'breaking' || (lease?.state === 'leased' && lease.id !== id)) throw refused('LeaseAlreadyPresent', 'There is already a lease present.');
    return { lease: termsOf(id, durationSeconds, nowMs) };
  });
}

export function renewLease(deps: BlobDeps, address: BlobAddress, id: string): Promise<Leased> {
  return changeLease(deps, address, (lease, nowMs) => {
    const { state, durationSeconds } = mine(lease, id);
    if (state === 'breaking' || state === 'broken') throw refused('LeaseIsBrokenAndCannotBeRenewed', 'The lease was broken and cannot be renewed.');
    return { lease: termsOf(id, durationSeconds, nowMs) };
  });
}

export function changeLeaseId(deps: BlobDeps, address: BlobAddress, id: string, newId: string): Promise<Leased> {
  return changeLease(deps, address, (lease) => {
    const known = lease?.id === newId && lease.state === 'leased' ? lease : mine(lease, id);
    if (known.state === 'breaking') throw refused('LeaseIsBreakingAndCannotBeChanged', 'The lease is being broken and cannot be changed.');
    if (known.state !== 'leased') throw refused('LeaseNotPresentWithLeaseOperation', 'There is currently no lease on the blob.');
    return { lease: { ...known, id: newId } };
  });
}

export function releaseLease(deps: BlobDeps, address: BlobAddress, id: string): Promise<Leased> {
  return changeLease(deps, address, (lease) => {
    mine(lease, id);
    return { lease: undefined };
  });
}

/** Ends the lease after so many seconds, or when it would have ended; without a number: when it ends, or at once. */
export function breakLease(deps: BlobDeps, address: BlobAddress, periodSeconds: number | undefined): Promise<Leased> {
  return changeLease(deps, address, (lease, nowMs) => {
    if (lease === undefined) throw refused('LeaseNotPresentWithLeaseOperation', 'There is currently no lease on the blob.');
    const ends = lease.breaksAt ?? lease.expiresAt;
    const left = lease.state === 'expired' || lease.state === 'broken' ? 0 : ends === undefined ? Infinity : Math.max(0, Math.ceil((ends - nowMs) / 1000));
    const wanted = periodSeconds ?? (left === Infinity ? 0 : left);
    const remainingSeconds = Math.min(wanted, left);
    return { lease: { ...lease, breaksAt: nowMs + remainingSeconds * 1000 }, remainingSeconds };
  });
}
