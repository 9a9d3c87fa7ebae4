// blob-lease-store: the SQL of leases. A lease lies in the row of its blob or container; the guard of migration 0042 stops
// who writes a blob without it, also those who looked before it was taken.

import { sql } from 'kysely';
import pg from 'pg';
import { type JsonObject, numberAt, stringAt } from '#kernel/json.ts';
import type { Tx } from './database.ts';

export type LeaseState = 'leased' | 'expired' | 'breaking' | 'broken';

export interface LeaseTerms {
  readonly id: string;
  /** -1: for good. */
  readonly durationSeconds: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  readonly breaksAt: number | undefined;
}

export interface BlobLease extends LeaseTerms {
  /** When it was read. */
  readonly state: LeaseState;
}

export interface HeldLease {
  readonly lease: BlobLease | undefined;
  /** The database's time. */
  readonly nowMs: number;
}

export function leaseFrom(json: JsonObject | null, nowMs: number): BlobLease | undefined {
  if (json === null) return undefined;
  const terms = { id: stringAt(json, 'id') ?? '', durationSeconds: numberAt(json, 'durationSeconds') ?? -1, expiresAt: numberAt(json, 'expiresAt'), breaksAt: numberAt(json, 'breaksAt') };
  const state = terms.breaksAt !== undefined ? (terms.breaksAt > nowMs ? 'breaking' : 'broken') : terms.expiresAt === undefined || terms.expiresAt > nowMs ? 'leased' : 'expired';
  return { ...terms, state };
}

/** The lease of the blob, held against writers and other lessees until the transaction ends; `nowMs` is the database's time. Undefined: no such blob. */
export async function lockLease(tx: Tx, containerId: string, name: string): Promise<HeldLease | undefined> {
  const held = await sql<{ lease: JsonObject | null }>`select lease from blobs where container_id = ${containerId} and name = ${name} for update`.execute(tx);
  return heldLease(tx, held.rows);
}

/** As lockLease, of a container that is not deleted. */
export async function lockContainerLease(tx: Tx, containerId: string): Promise<HeldLease | undefined> {
  const held = await sql<{ lease: JsonObject | null }>`select lease from blob_containers where id = ${containerId} and deleted_at is null for update`.execute(tx);
  return heldLease(tx, held.rows);
}

async function heldLease(tx: Tx, [row]: readonly { readonly lease: JsonObject | null }[]): Promise<HeldLease | undefined> {
  if (row === undefined) return undefined;
  // Why another statement: the lock may have been waited for.
  const clock = await sql<{ ms: string }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms`.execute(tx);
  const nowMs = Number(clock.rows[0]?.ms ?? 0);
  return { lease: leaseFrom(row.lease, nowMs), nowMs };
}

/** The caller holds the blob. */
export async function putLease(tx: Tx, containerId: string, name: string, lease: LeaseTerms | undefined): Promise<void> {
  await sql`update blobs set lease = ${written(lease)}::jsonb, presented_lease = null where container_id = ${containerId} and name = ${name}`.execute(tx);
}

/** The caller holds the container. */
export async function putContainerLease(tx: Tx, containerId: string, lease: LeaseTerms | undefined): Promise<void> {
  await sql`update blob_containers set lease = ${written(lease)}::jsonb where id = ${containerId}`.execute(tx);
}

function written(lease: LeaseTerms | undefined): string | null {
  return lease === undefined ? null : JSON.stringify({ ...lease, expiresAt: lease.expiresAt ?? null, breaksAt: lease.breaksAt ?? null });
}

/** What the guard said of a statement that failed: no lease was given for a leased blob, or another one. */
export function leaseBreach(error: unknown): 'missing' | 'other' | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined;
  return error.code === 'LZ001' ? 'missing' : error.code === 'LZ002' ? 'other' : undefined;
}
