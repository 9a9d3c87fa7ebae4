// Page tokens of searches: the offset, opaque, bound to the query it belongs to. Source: contracts/mlflow.md §1.8.

import { createHash } from 'node:crypto';
import type { Page } from '#kernel/page.ts';
import { invalidParameter, quote } from './faults.ts';

export interface PageRequest {
  readonly maxResults: number;
  readonly pageToken?: string | undefined;
}

/** The offset a token stands for; 0 without one. Throws for a token of another query. */
export function offsetOf(pageToken: string | undefined, query: unknown): number {
  if (pageToken === undefined || pageToken === '') return 0;
  const [offset, digest, ...rest] = Buffer.from(pageToken, 'base64url').toString('latin1').split('.');
  if (rest.length > 0 || offset === undefined || !/^\d{1,15}$/.test(offset) || digest !== digestOf(query)) {
    throw invalidParameter(`Invalid page token ${quote(pageToken)}: it is not one that this server gave for this search. Start again without it.`, 'page_token');
  }
  return Number(offset);
}

/** The first `maxResults` of rows that were read with one more than that. */
export function pageOf<T>(rows: readonly T[], offset: number, maxResults: number, query: unknown): Page<T> {
  if (rows.length <= maxResults) return { items: rows };
  return { items: rows.slice(0, maxResults), next: Buffer.from(`${offset + maxResults}.${digestOf(query)}`, 'latin1').toString('base64url') };
}

function digestOf(query: unknown): string {
  return createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 12);
}

export function checkMaxResults(value: number, most: number): number {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw invalidParameter(`Invalid value ${quote(value)} for parameter 'max_results' supplied: it must be between 1 and ${most}.`, 'max_results');
  }
  return value;
}
