// blob-lease-store: the SQL of leases. A lease lies in the row of its blob; the guard of migration 0042 stops who writes
// without it, also those who looked before it was taken.

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

export function leaseFrom(json: JsonObject | null, nowMs: number): BlobLease | undefined {
  if (json === null) return undefined;
  const terms = { id: stringAt(json, 'id') ?? '', durationSeconds: numberAt(json, 'durationSeconds') ?? -1, expiresAt: numberAt(json, 'expiresAt'), breaksAt: numberAt(json, 'breaksAt') };
  const state = terms.breaksAt !== undefined ? (terms.breaksAt > nowMs ? 'breaking' : 'broken') : terms.expiresAt === undefined || terms.expiresAt > nowMs ? 'leased' : 'expired';
  return { ...terms, state };
}

/** The lease of the blob, held against writers and other lessees until the transaction ends; `nowMs` is the database's time. Undefined: no such blob. */
export async function lockLease(tx: Tx, containerId: string, name: string): Promise<{ readonly lease: BlobLease | undefined; readonly nowMs: number } | undefined> {
  const held = await sql<{ lease: JsonObject | null }>`select lease from blobs where container_id = ${containerId} and name = ${name} for update`.execute(tx);
  const [row] = held.rows;
  if (row === undefined) return undefined;
  // Why another statement: the lock may have been waited for.
  const clock = await sql<{ ms: string }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms`.execute(tx);
  const nowMs = Number(clock.rows[0]?.ms ?? 0);
  return { lease: leaseFrom(row.lease, nowMs), nowMs };
}

/** The caller holds the blob. */
export async function putLease(tx: Tx, containerId: string, name: string, lease: LeaseTerms | undefined): Promise<void> {
  const json = lease === undefined ? null : JSON.stringify({ ...lease, expiresAt: lease.expiresAt ?? null, breaksAt: lease.breaksAt ?? null });
  await sql`update blobs set lease = ${json}::jsonb, presented_lease = null where container_id = ${containerId} and name = ${name}`.execute(tx);
}

/** What the guard said of a statement that failed: no lease was given for a leased blob, or another one. */
export function leaseBreach(error: unknown): 'missing' | 'other' | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined;
  return error.code === 'LZ001' ? 'missing' : error.code === 'LZ002' ? 'other' : undefined;
}
