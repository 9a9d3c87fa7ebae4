// A recorded conversation of Terraform's provider with the server: one line of JSON per request and its answer. What is
// particular to one server (its names, its tenant) stands there as a placeholder, secrets not at all.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@lazurite/server/config/connection.ts';

/** A request and its answer. */
export interface Turn {
  readonly method: string;
  /** Virtual host below the domain: `management`, `graph`, `acct.blob`. */
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  /** Sent without credentials, as the first request to a vault is. */
  readonly isAnonymous?: true;
  readonly body?: unknown;
  readonly status: number;
  /** The headers that the provider follows. */
  readonly headers: Readonly<Record<string, string>>;
  readonly answer?: unknown;
}

export const FOLLOWED_HEADERS = ['location', 'azure-asyncoperation', 'retry-after', 'www-authenticate'] as const;
export const SECRET = '<secret>';

const folder = join(import.meta.dirname, 'conversations');

export function readConversation(name: string): readonly Turn[] {
  const file = join(folder, `${name}.jsonl`);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line): Turn => JSON.parse(line));
}

export function writeConversation(name: string, turns: readonly Turn[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.jsonl`), `${turns.map((turn) => JSON.stringify(turn)).join('\n')}\n`);
}

/** Particulars of a server and the placeholders that stand for them. */
export function placeholdersOf(connection: Connection, ownerId: string): readonly (readonly [value: string, placeholder: string])[] {
  return [
    [`${userInfo().username.toLowerCase()}@${connection.domain}`, '{owner-name}'],
    [`${connection.domain}:${connection.port}`, '{domain}'],
    [connection.domain, '{domain-name}'],
    [connection.subscriptionId, '{subscription}'],
    [connection.tenantId, '{tenant}'],
    [ownerId, '{owner}'],
  ];
}

/** The value with every text in it changed. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [change(name), mapTexts(item, change)]));
}
