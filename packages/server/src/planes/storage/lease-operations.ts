// Leases in both protocols: of containers, of blobs, and of paths, which differ in how they are named.
// Source: Storage REST, "Lease Container" and "Lease Blob"; Data Lake Storage Gen2 REST, "Path - Lease".

import { randomUUID } from 'node:crypto';
import { checkSource } from '#blobs/conditions.ts';
import { acquireLease, breakLease, changeContainerLease, changeLease, changeLeaseId, type Leased, type LeaseChange, releaseLease, renewLease } from '#blobs/leases.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { addressOf, type BlobCall, containerOf, header } from './call.ts';
import { invalidHeader, missingHeader } from './faults.ts';
import { conditionsOf, guidHeader, versionHeaders } from './headers.ts';

const FOR_GOOD = -1;

export function leaseOperation(call: BlobCall): Promise<PlaneReply> {
  return lease(call, (change, check) => changeLease(call.deps, addressOf(call), change, check));
}

export function leasePathOperation(call: BlobCall): Promise<PlaneReply> {
  const address = addressOf(call);
  return lease(call, (change, check) => changeLease(call.deps, { ...address, name: address.name.replace(/\/+$/, '') }, change, check));
}

export function leaseContainerOperation(call: BlobCall): Promise<PlaneReply> {
  return lease(call, (change, check) => changeContainerLease(call.deps, call.accountName, containerOf(call), change, check));
}

type Apply = (change: LeaseChange, check: Parameters<typeof changeLease>[3]) => Promise<Leased>;

async function lease(call: BlobCall, apply: Apply): Promise<PlaneReply> {
  const action = header(call, 'x-ms-lease-action')?.toLowerCase();
  if (action === undefined) throw missingHeader('x-ms-lease-action');
  const { leaseId: _own, ...conditions } = conditionsOf(call);
  const run = (change: LeaseChange): Promise<Leased> => apply(change, ({ etag, modifiedAt }) => checkSource(conditions, { etag, modifiedAt }));
  switch (action) {
    case 'acquire':
      return reply(201, await run(acquireLease(guidHeader(call, 'x-ms-proposed-lease-id') ?? randomUUID(), durationOf(call))));
    case 'renew':
      return reply(200, await run(renewLease(ownLease(call))));
    case 'change':
      return reply(200, await run(changeLeaseId(ownLease(call), guidHeader(call, 'x-ms-proposed-lease-id') ?? missing('x-ms-proposed-lease-id'))));
    case 'release':
      return reply(200, await run(releaseLease(ownLease(call))));
    case 'break': {
      const broken = await run(breakLease(breakPeriodOf(call)));
      return { status: 202, headers: { ...versionHeaders(broken.of), 'x-ms-lease-time': String(broken.remainingSeconds) } };
    }
    default:
      throw invalidHeader('x-ms-lease-action', action, 'acquire, renew, change, release and break are accepted.');
  }
}

function reply(status: number, { of, leaseId }: Leased): PlaneReply {
  return { status, headers: { ...versionHeaders(of), ...(leaseId === undefined ? {} : { 'x-ms-lease-id': leaseId }) } };
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
