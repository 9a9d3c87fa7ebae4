// Lease changes: what becomes of a lease when its holder, or somebody else, asks for something. Of blobs, paths and containers.
//   available -acquire-> leased -time-> expired -acquire-> leased;   leased -break-> breaking -time-> broken -acquire-> leased
// Source: Storage REST, "Lease Blob" and "Lease Container" (outcomes of lease operations by state).

import { Fault } from '#kernel/faults.ts';
import type { BlobLease, LeaseTerms } from '#storage/blob-lease-store.ts';

/** What becomes of the lease. Throws what the protocol refuses. */
export type LeaseChange = (lease: BlobLease | undefined, nowMs: number) => { readonly lease: LeaseTerms | undefined; readonly remainingSeconds?: number };

function refused(code: string, why: string): Fault {
  return new Fault('conflict', code, why);
}

function notPresent(): Fault {
  return refused('LeaseNotPresentWithLeaseOperation', 'There is currently no lease on the resource.');
}

/** Observed: Azurite: where there is no lease, the id matches none. */
function mine(lease: BlobLease | undefined, id: string): BlobLease {
  if (lease?.id !== id) throw refused('LeaseIdMismatchWithLeaseOperation', 'The lease ID specified did not match the lease ID for the resource.');
  return lease;
}

function termsOf(id: string, durationSeconds: number, nowMs: number): LeaseTerms {
  return { id, durationSeconds, expiresAt: durationSeconds < 0 ? undefined : nowMs + durationSeconds * 1000, breaksAt: undefined };
}

/** `durationSeconds`: 15 to 60, or -1 for good. Again by its holder: for another time. Throws LeaseAlreadyPresent. */
export function acquireLease(id: string, durationSeconds: number): LeaseChange {
  return (lease, nowMs) => {
    if (lease?.state === 'breaking' && lease.id === id) throw refused('LeaseIsBreakingAndCannotBeAcquired', 'The lease is being broken and cannot be acquired until it is.');
    if (lease?.state === 'breaking' || (lease?.state === 'leased' && lease.id !== id)) throw refused('LeaseAlreadyPresent', 'There is already a lease present.');
    return { lease: termsOf(id, durationSeconds, nowMs) };
  };
}

export function renewLease(id: string): LeaseChange {
  return (lease, nowMs) => {
    const { state, durationSeconds } = mine(lease, id);
    if (state === 'breaking' || state === 'broken') throw refused('LeaseIsBrokenAndCannotBeRenewed', 'The lease was broken and cannot be renewed.');
    return { lease: termsOf(id, durationSeconds, nowMs) };
  };
}

export function changeLeaseId(id: string, newId: string): LeaseChange {
  return (lease) => {
    if (lease === undefined) throw notPresent();
    const known = lease.id === newId && lease.state === 'leased' ? lease : mine(lease, id);
    if (known.state === 'breaking') throw refused('LeaseIsBreakingAndCannotBeChanged', 'The lease is being broken and cannot be changed.');
    if (known.state !== 'leased') throw notPresent();
    return { lease: { ...known, id: newId } };
  };
}

export function releaseLease(id: string): LeaseChange {
  return (lease) => {
    mine(lease, id);
    return { lease: undefined };
  };
}

/** Ends the lease after so many seconds, or when it would have ended; without a number: when it ends, or at once. */
export function breakLease(periodSeconds: number | undefined): LeaseChange {
  return (lease, nowMs) => {
    if (lease === undefined) throw notPresent();
    const ends = lease.breaksAt ?? lease.expiresAt;
    const left = lease.state === 'expired' || lease.state === 'broken' ? 0 : ends === undefined ? Infinity : Math.max(0, Math.ceil((ends - nowMs) / 1000));
    const wanted = periodSeconds ?? (left === Infinity ? 0 : left);
    const remainingSeconds = Math.min(wanted, left);
    return { lease: { ...lease, breaksAt: nowMs + remainingSeconds * 1000 }, remainingSeconds };
  };
}
