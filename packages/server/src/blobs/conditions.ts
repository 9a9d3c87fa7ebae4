// Conditions: If-Match and its siblings, as Azure answers them (which is not always as RFC 9110 says).
// Source: Storage REST, "Specifying conditional headers"; statuses compared with Azurite in test/blob-oracle.

import { Fault } from '#kernel/faults.ts';
import type { BlobLease } from '#storage/blob-lease-store.ts';
import { checkLease } from './leases/lease-faults.ts';

export interface Conditions {
  /** As sent: `*`, or entity tags separated by commas. */
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  /** Milliseconds since the epoch. */
  readonly ifModifiedSince?: number;
  readonly ifUnmodifiedSince?: number;
  /** The lease that the caller holds. */
  readonly leaseId?: string;
}

export const unconditional: Conditions = {};

interface State {
  readonly etag: string;
  readonly modifiedAt: Date;
  /** Of a container: see checkContainer. */
  readonly lease?: BlobLease | undefined;
}

function matches(header: string, etag: string): boolean {
  return header.split(',').some((tag) => {
    const bare = tag.trim();
    return bare === '*' || bare === etag || `"${bare}"` === etag;
  });
}

/** Whole seconds: what Last-Modified can say. */
function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function notMet(target: string): Fault {
  return new Fault('precondition', 'ConditionNotMet', `The condition specified using HTTP conditional header(s) is not met: ${target}.`, { target });
}

function failed(conditions: Conditions, state: State): string | undefined {
  if (conditions.ifMatch !== undefined && !matches(conditions.ifMatch, state.etag)) return 'If-Match';
  if (conditions.ifUnmodifiedSince !== undefined && seconds(state.modifiedAt.getTime()) > seconds(conditions.ifUnmodifiedSince)) return 'If-Unmodified-Since';
  return undefined;
}

function unchanged(conditions: Conditions, state: State): string | undefined {
  if (conditions.ifNoneMatch !== undefined) return matches(conditions.ifNoneMatch, state.etag) ? 'If-None-Match' : undefined;
  if (conditions.ifModifiedSince !== undefined && seconds(state.modifiedAt.getTime()) <= seconds(conditions.ifModifiedSince)) return 'If-Modified-Since';
  return undefined;
}

/** Throws ConditionNotMet; answers `notModified` where the caller has what is there. */
export function checkRead(conditions: Conditions, state: State): 'read' | 'notModified' {
  checkLease(conditions.leaseId, state.lease, false);
  const target = failed(conditions, state);
  if (target !== undefined) throw notMet(target);
  return unchanged(conditions, state) === undefined ? 'read' : 'notModified';
}

/** Before a write. Throws ConditionNotMet, or BlobAlreadyExists for `If-None-Match: *`. */
export function checkWrite(conditions: Conditions, state: State | undefined): void {
  if (state === undefined) {
    if (conditions.ifMatch !== undefined) throw notMet('If-Match');
    checkLease(conditions.leaseId, undefined, true);
    return;
  }
  if (conditions.ifNoneMatch === '*') throw alreadyExists();
  const target = failed(conditions, state) ?? unchanged(conditions, state);
  if (target !== undefined) throw notMet(target);
  checkLease(conditions.leaseId, state.lease, true);
}

/** Of the source of a copy: what is asked must be met, and its lease does not matter to a reader. */
export function checkSource(conditions: Conditions, state: State): void {
  const target = failed(conditions, state) ?? unchanged(conditions, state);
  if (target !== undefined) throw notMet(target);
  checkLease(conditions.leaseId, state.lease, false);
}

/** Before a change of something that is there (properties, metadata, delete): `If-None-Match: *` is just not met. */
export function checkChange(conditions: Conditions, state: State): void {
  const target = failed(conditions, state) ?? unchanged(conditions, state);
  if (target !== undefined) throw notMet(target);
  checkLease(conditions.leaseId, state.lease, true);
}

export function isUnconditional(conditions: Conditions): boolean {
  return (
    conditions.ifMatch === undefined &&
    conditions.ifNoneMatch === undefined &&
    conditions.ifModifiedSince === undefined &&
    conditions.ifUnmodifiedSince === undefined &&
    conditions.leaseId === undefined
  );
}

export function alreadyExists(): Fault {
  return new Fault('conflict', 'BlobAlreadyExists', 'The specified blob already exists.');
}
