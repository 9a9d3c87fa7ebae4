// Faults of writes and reads that leases refuse, and the check of a request's lease against the blob's.

import { Fault } from '#kernel/faults.ts';
import { type BlobLease, leaseBreach } from '#storage/blob-lease-store.ts';

type Leasable = 'blob' | 'container';

function leaseIdMissing(what: Leasable): Fault {
  return new Fault('precondition', 'LeaseIdMissing', `There is currently a lease on the ${what} and no lease ID was specified in the request.`, { target: 'x-ms-lease-id' });
}

function leaseIdMismatch(what: Leasable): Fault {
  return new Fault('precondition', `LeaseIdMismatchWith${nameOf(what)}Operation`, `The lease ID specified did not match the lease ID for the ${what}.`, { target: 'x-ms-lease-id' });
}

function nameOf(what: Leasable): string {
  return what === 'blob' ? 'Blob' : 'Container';
}

/** Throws LeaseIdMissing (writes only), LeaseIdMismatchWithBlobOperation, LeaseNotPresentWithBlobOperation, LeaseLost. */
export function checkLease(leaseId: string | undefined, lease: BlobLease | undefined, isWrite: boolean, what: Leasable = 'blob'): void {
  const isActive = lease?.state === 'leased' || lease?.state === 'breaking';
  if (leaseId === undefined) {
    if (isWrite && isActive) throw leaseIdMissing(what);
    return;
  }
  if (lease === undefined) throw new Fault('precondition', `LeaseNotPresentWith${nameOf(what)}Operation`, `There is currently no lease on the ${what}.`, { target: 'x-ms-lease-id' });
  if (lease.id !== leaseId) throw leaseIdMismatch(what);
  if (!isActive) throw new Fault('precondition', 'LeaseLost', `A lease ID was specified, but the lease for the ${what} has expired or was broken.`, { target: 'x-ms-lease-id' });
}

/** Runs a write; what the guard of the database refuses has the words of the protocol. */
export async function underLease<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const breach = leaseBreach(error);
    if (breach === undefined) throw error;
    throw breach === 'missing' ? leaseIdMissing('blob') : leaseIdMismatch('blob');
  }
}
