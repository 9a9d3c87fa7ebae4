// Limits on keys, values and batches. Source: contracts/mlflow.md §3, §4, §5, §8.

import { invalidParameter, quote } from './faults.ts';

export const LIMITS = {
  keyChars: 250,
  paramValueChars: 6000,
  runTagValueChars: 8000,
  experimentTagValueChars: 5000,
  modelTagValueChars: 100_000,
  experimentNameChars: 500,
  locationChars: 2048,
  runNameChars: 1000,
  batchMetrics: 1000,
  batchParams: 100,
  batchTags: 100,
  batchItems: 1000,
  datasetsPerCall: 1000,
} as const;

const KEY = /^[\p{L}\p{N}_\-. :/]+$/u;

/** Throws unless the key may name a metric, param or tag: words, `_ - . : /` and spaces, equal to its own normal path. */
export function checkKey(kind: 'metric' | 'param' | 'tag', key: string, path: string): void {
  if (key.length > LIMITS.keyChars) {
    throw invalidParameter(`${capital(kind)} name at '${path}' has ${key.length} characters; at most ${LIMITS.keyChars} are accepted.`, path);
  }
  if (!KEY.test(key)) {
    throw invalidParameter(`Invalid value ${quote(key)} for parameter '${path}' supplied: a ${kind} name may hold letters, digits, underscores, dashes, periods, colons, slashes and spaces.`, path);
  }
  if (!isNormalPath(key)) {
    throw invalidParameter(
      `Invalid value ${quote(key)} for parameter '${path}' supplied: a ${kind} name is used as a path, so it may not begin or end with '/', nor have empty, '.' or '..' parts.`,
      path,
    );
  }
}

function isNormalPath(key: string): boolean {
  return key.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

export function checkLength(what: string, value: string, mostChars: number): void {
  if (value.length > mostChars) throw invalidParameter(`${what} has ${value.length} characters; at most ${mostChars} are accepted.`);
}

/** The value cut to what is kept. Source: contracts/mlflow.md §5, the reference's default. */
export function truncate(value: string, mostChars: number): string {
  return value.length > mostChars ? value.slice(0, mostChars) : value;
}

export function checkBatchSizes(batch: { readonly metrics: number; readonly params: number; readonly tags: number }): void {
  const check = (what: string, count: number, most: number): void => {
    if (count > most) throw invalidParameter(`A batch can hold at most ${most} ${what}; this one has ${count}.`);
  };
  check('metrics', batch.metrics, LIMITS.batchMetrics);
  check('params', batch.params, LIMITS.batchParams);
  check('tags', batch.tags, LIMITS.batchTags);
  check('metrics, params and tags together', batch.metrics + batch.params + batch.tags, LIMITS.batchItems);
}

/** A number that fits a bigint column and JSON. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= 9_223_372_036_854_774_784;
}

const LAST_MS = 253_402_300_799_999;

/** Milliseconds as a Date. Throws for what is not a time of the years 1970 to 9999. */
export function dateOf(ms: number, path: string): Date {
  if (!Number.isInteger(ms) || ms < 0 || ms > LAST_MS) {
    throw invalidParameter(`Invalid value ${quote(ms)} for parameter '${path}' supplied: a time is given in whole milliseconds since 1970-01-01 UTC.`, path);
  }
  return new Date(ms);
}
