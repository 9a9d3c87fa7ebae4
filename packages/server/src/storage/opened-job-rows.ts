// opened-job-rows: the job list of a sealed workspace where it is searched or ordered by names, which the database does
// not see: they are opened and looked through here, up to a bound.

import { Fault } from '#kernel/faults.ts';
import { decodeCursor, encodeCursor, invalidCursor, type Page } from '#kernel/page.ts';
import type { Sql } from './database.ts';
import { type JobQuery, type JobRow, listJobRows } from './studio-store.ts';

const MOST_OPENED = 10_000;

/** Like listJobRows. Throws for more jobs than one list opens. */
export async function listOpenedJobRows(db: Sql, workspaceKey: string, query: JobQuery): Promise<Page<JobRow>> {
  if (query.text === '' && query.sort !== 'name') return listJobRows(db, workspaceKey, query);
  const { cursor, text, ...rest } = query;
  const all = await listJobRows(db, workspaceKey, { ...rest, text: '', sort: 'created', limit: MOST_OPENED });
  if (all.next !== undefined)
    throw new Fault(
      'invalid',
      'TooManyJobs',
      `The workspace has a customer-managed key, so names of jobs are opened to be searched and ordered, at most ${MOST_OPENED} for one list; here are more. Narrow the list by status, experiment, compute or creator.`,
      { target: text === '' ? 'sort' : 'text' },
    );
  const wanted = text.toLowerCase();
  const found = all.items.filter((row) => row.displayName.toLowerCase().includes(wanted) || row.runId.toLowerCase().includes(wanted));
  const sign = query.isDescending ? -1 : 1;
  const ordered = found.toSorted((a, b) => sign * compare(valueOf(a, query), valueOf(b, query)) || sign * compare(a.runId, b.runId));
  const start = cursor === undefined ? 0 : positionAfter(ordered, query.sort, cursor);
  const items = ordered.slice(start, start + query.limit);
  const last = items.at(-1);
  return start + query.limit < ordered.length && last !== undefined ? { items, next: encodeCursor([query.sort, last.runId]) } : { items };
}

/** The place behind the last row that was shown; a row that is gone meanwhile begins the list again. */
function positionAfter(rows: readonly JobRow[], sort: string, cursor: string): number {
  const [of, runId] = decodeCursor(cursor, 2);
  if (of !== sort) throw invalidCursor();
  return rows.findIndex((row) => row.runId === runId) + 1;
}

function valueOf(row: JobRow, { sort }: JobQuery): string | number {
  switch (sort) {
    case 'created':
      return row.createdAt;
    case 'name':
      return row.displayName.toLowerCase();
    case 'status':
      return row.status;
    case 'duration':
      return row.startedAt === null || row.endedAt === null ? -1 : Date.parse(row.endedAt) - Date.parse(row.startedAt);
  }
}

function compare(a: string | number, b: string | number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
