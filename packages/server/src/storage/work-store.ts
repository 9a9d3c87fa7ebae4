// work-store: the SQL of the queue.

import { type Selectable, sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import { hideRow } from './hidden/marks.ts';
import { notify } from './notify.ts';
import type { WorkItemsTable } from './tables/work.ts';

export interface NewWork {
  readonly kind: string;
  readonly payload: JsonObject;
  readonly correlationId: string;
  /** With a key, a second item of this kind is not added while one is ready or running; a ready one is moved forward. */
  readonly dedupeKey?: string;
  readonly delayMs?: number;
}

export interface WorkItem {
  readonly id: string;
  readonly kind: string;
  readonly payload: JsonObject;
  readonly attempts: number;
  readonly correlationId: string;
}

/** Adds the item in the transaction that decided it. Returns its id, or that of the item it fell together with. */
export async function enqueueWork(tx: Tx, work: NewWork): Promise<string> {
  const runAt = sql<Date>`now() + ${(work.delayMs ?? 0) / 1000} * interval '1 second'`;
  const row = await tx
    .insertInto('work_items')
    .values({
      kind: work.kind,
      payload: JSON.stringify(work.payload),
      state: 'ready',
      run_at: runAt,
      dedupe_key: work.dedupeKey ?? null,
      correlation_id: work.correlationId,
      lease_owner: null,
      lease_until: null,
      last_error: null,
      finished_at: null,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'dedupe_key'])
        .where('dedupe_key', 'is not', null)
        .where('state', 'in', ['ready', 'running'])
        // A running item is told to run once more by making its next run due: see finishWork.
        .doUpdateSet({ run_at: sql<Date>`least(work_items.run_at, excluded.run_at)`, payload: sql`case when work_items.state = 'ready' then excluded.payload else work_items.payload end` }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  await notify(tx, 'lazurite_work', '');
  return row.id;
}

/** Takes up to `limit` due items, also those whose owner fell silent. */
export async function claimWork(db: Sql, owner: string, kinds: readonly string[], limit: number, leaseMs: number): Promise<readonly WorkItem[]> {
  if (kinds.length === 0) return [];
  const result = await sql<{ id: string; kind: string; payload: JsonObject; attempts: number; correlation_id: string }>`
    update work_items w set state = 'running', lease_owner = ${owner}, lease_until = now() + ${leaseMs / 1000} * interval '1 second',
           attempts = attempts + 1, run_at = 'infinity'
    where w.id in (
      select id from work_items
      where kind = any(${kinds}) and ((state = 'ready' and run_at <= now()) or (state = 'running' and lease_until < now()))
      order by run_at, created_at limit ${limit} for update skip locked)
    returning w.id, w.kind, w.payload, w.attempts, w.correlation_id`.execute(db);
  return result.rows.map((row) => ({ id: row.id, kind: row.kind, payload: row.payload, attempts: row.attempts, correlationId: row.correlation_id }));
}

/** Gives back what owners on this host (`host/…`) hold. Only for a host whose earlier owners are known to be gone. */
export async function releaseWork(db: Sql, host: string, kinds: readonly string[]): Promise<void> {
  await sql`update work_items set state = 'ready', run_at = least(run_at, now()), lease_owner = null, lease_until = null
    where state = 'running' and kind = any(${kinds}) and starts_with(lease_owner, ${`${host}/`})`.execute(db);
}

/** Renews the lease. False when the item belongs to somebody else by now. */
export async function renewWork(db: Sql, id: string, owner: string, leaseMs: number): Promise<boolean> {
  const result = await sql`update work_items set lease_until = now() + ${leaseMs / 1000} * interval '1 second'
    where id = ${id} and lease_owner = ${owner} and state = 'running'`.execute(db);
  return Number(result.numAffectedRows ?? 0n) === 1;
}

/** `scope`: the resource key of what the work is for; what went wrong is not kept in clear where that is sealed. */
function shownError(error: string | undefined, scope: string) {
  return hideRow('workError', error === undefined ? '' : scope, { last_error: error ?? null }, { isLostWithKey: true }).column<string | null>('last_error');
}

/** Ends a run. An item that was enqueued again while it ran (its run_at is no longer infinity) becomes ready instead of done. */
export async function finishWork(
  db: Sql,
  id: string,
  owner: string,
  end: { readonly state: 'done' | 'failed'; readonly error?: string } | { readonly againAfterMs: number; readonly error?: string; readonly keepAttempts: boolean },
  scope = '',
): Promise<void> {
  if ('state' in end) {
    await sql`update work_items set
        state = case when run_at <> 'infinity' then 'ready' else ${end.state} end,
        attempts = case when run_at <> 'infinity' then 0 else attempts end,
        finished_at = case when run_at <> 'infinity' then null else now() end,
        lease_owner = null, lease_until = null, last_error = ${shownError(end.error, scope)}
      where id = ${id} and lease_owner = ${owner} and state = 'running'`.execute(db);
  } else {
    await sql`update work_items set state = 'ready', run_at = least(run_at, now() + ${end.againAfterMs / 1000} * interval '1 second'),
        attempts = ${end.keepAttempts ? sql`attempts` : sql`0`}, lease_owner = null, lease_until = null, last_error = ${shownError(end.error, scope)}
      where id = ${id} and lease_owner = ${owner} and state = 'running'`.execute(db);
  }
}

/** Milliseconds until the next item is due, or undefined when nothing waits. */
export async function nextWorkDueMs(db: Sql, kinds: readonly string[]): Promise<number | undefined> {
  const result = await sql<{ ms: string | null }>`
    select extract(epoch from min(due) - now()) * 1000 as ms from (
      select min(run_at) as due from work_items where state = 'ready' and kind = any(${kinds})
      union all select min(lease_until) from work_items where state = 'running' and kind = any(${kinds})) d`.execute(db);
  const ms = result.rows[0]?.ms;
  return ms === null || ms === undefined ? undefined : Math.max(0, Number(ms));
}

/** Removes ended items older than the given age. */
export async function pruneWork(db: Sql, olderThanMs: number): Promise<void> {
  await sql`delete from work_items where state in ('done','failed','canceled') and finished_at < now() - ${olderThanMs / 1000} * interval '1 second'`.execute(db);
}

export const WORK_STATES = ['ready', 'running', 'done', 'failed', 'canceled'] as const;
export type WorkState = (typeof WORK_STATES)[number];

export interface ListedWork {
  readonly id: string;
  readonly kind: string;
  readonly state: WorkState;
  readonly attempts: number;
  /** When a ready item runs next; undefined for others. */
  readonly dueAt: Date | undefined;
  readonly lastError: string | null;
  readonly correlationId: string;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** For operators: the newest items. `limit`: 1 to 1000. */
export async function listWork(db: Sql, query: { readonly state?: WorkState | undefined; readonly kind?: string | undefined; readonly limit: number }): Promise<readonly ListedWork[]> {
  let select = db.selectFrom('work_items').selectAll().orderBy('created_at', 'desc').limit(query.limit);
  if (query.state !== undefined) select = select.where('state', '=', query.state);
  if (query.kind !== undefined) select = select.where('kind', '=', query.kind);
  return (await select.execute()).map(toListedWork);
}

/** Makes a failed item ready, with its attempts before it. */
export async function retryWork(tx: Tx, id: string): Promise<ListedWork | 'not failed' | undefined> {
  const held = await tx.selectFrom('work_items').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (held === undefined) return undefined;
  if (held.state !== 'failed') return 'not failed';
  const row = await tx.updateTable('work_items').set({ state: 'ready', run_at: sql<Date>`now()`, attempts: 0, finished_at: null }).where('id', '=', id).returningAll().executeTakeFirstOrThrow();
  await notify(tx, 'lazurite_work', '');
  return toListedWork(row);
}

function toListedWork(row: Selectable<WorkItemsTable>): ListedWork {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    attempts: row.attempts,
    dueAt: row.state === 'ready' ? row.run_at : undefined,
    lastError: row.last_error,
    correlationId: row.correlation_id,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

/** How many items wait and run. */
export async function queueDepths(db: Sql): Promise<Readonly<Record<string, number>>> {
  const result = await sql<{ state: string; count: string }>`select state, count(*) as count from work_items where state in ('ready','running') group by state`.execute(db);
  return { ready: 0, running: 0, ...Object.fromEntries(result.rows.map((row) => [row.state, Number(row.count)])) };
}
