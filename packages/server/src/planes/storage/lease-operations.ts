// Leases in both protocols: Lease Blob, and Lease of a path, which differ in how a path is named.
// Source: Storage REST, "Lease Blob"; Data Lake Storage Gen2 REST, "Path - Lease".

import { randomUUID } from 'node:crypto';
import type { BlobAddress } from '#blobs/blob-service.ts';
import { acquireLease, breakLease, changeLeaseId, type Leased, releaseLease, renewLease } from '#blobs/leases.ts';
import { getBlob } from '#blobs/blobs.ts';
import { checkSource } from '#blobs/conditions.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { addressOf, type BlobCall, header } from './call.ts';
import { invalidHeader, missingHeader } from './faults.ts';
import { conditionsOf, guidHeader, versionHeaders } from './headers.ts';

const FOR_GOOD = -1;

export function leaseOperation(call: BlobCall): Promise<PlaneReply> {
  return lease(call, addressOf(call));
}

export function leasePathOperation(call: BlobCall): Promise<PlaneReply> {
  const address = addressOf(call);
  return lease(call, { ...address, name: address.name.replace(/\/+$/, '') });
}

async function lease(call: BlobCall, address: BlobAddress): Promise<PlaneReply> {
  const action = header(call, 'x-ms-lease-action')?.toLowerCase();
  if (action === undefined) throw missingHeader('x-ms-lease-action');
  const { leaseId: _own, ...conditions } = conditionsOf(call);
  checkSource(conditions, await getBlob(call.deps, address));
  switch (action) {
    case 'acquire':
      return reply(201, await acquireLease(call.deps, address, guidHeader(call, 'x-ms-proposed-lease-id') ?? randomUUID(), durationOf(call)));
    case 'renew':
      return reply(200, await renewLease(call.deps, address, ownLease(call)));
    case 'change':
      return reply(200, await changeLeaseId(call.deps, address, ownLease(call), guidHeader(call, 'x-ms-proposed-lease-id') ?? missing('x-ms-proposed-lease-id')));
    case 'release':
      return reply(200, await releaseLease(call.deps, address, ownLease(call)));
    case 'break': {
      const broken = await breakLease(call.deps, address, breakPeriodOf(call));
      return { status: 202, headers: { ...versionHeaders(broken.blob), 'x-ms-lease-time': String(broken.remainingSeconds) } };
    }
    default:
      throw invalidHeader('x-ms-lease-action', action, 'acquire, renew, change, release and break are accepted.');
  }
}

function reply(status: number, { blob, leaseId }: Leased): PlaneReply {
  return { status, headers: { ...versionHeaders(blob), ...(leaseId === undefined ? {} : { 'x-ms-lease-id': leaseId }) } };
}

function missing(name: string): never {
  throw missingHeader(name);
}

function ownLease(call: BlobCall): string {
  return guidHeader(call, 'x-ms-lease-id') ?? missing('x-ms-lease-id');
}

function durationOf(call: BlobCall): number {
  const value = header(call, 'x-ms-lease-duration');
  if (value === undefined) throw missingHeader('x-ms-lease-duration');
  const seconds = /^-?\d{1,3}$/.test(value) ? Number(value) : Number.NaN;
  if (seconds === FOR_GOOD || (seconds >= 15 && seconds <= 60)) return seconds;
  throw invalidHeader('x-ms-lease-duration', value, '15 to 60 seconds, and -1 for a lease for good, are accepted.');
}

function breakPeriodOf(call: BlobCall): number | undefined {
  const value = header(call, 'x-ms-lease-break-period');
  if (value === undefined) return undefined;
  const seconds = /^\d{1,3}$/.test(value) ? Number(value) : Number.NaN;
  if (seconds >= 0 && seconds <= 60) return seconds;
  throw invalidHeader('x-ms-lease-break-period', value, '0 to 60 seconds are accepted.');
}
