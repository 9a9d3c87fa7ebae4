// A download ticket: a signed, one-minute address of one file, so that the browser itself can stream a large file
// to disk (a navigation carries no bearer token). Who gets one has just been authorised to read the file.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, numberAt, objectAt, stringAt } from '#kernel/json.ts';
import type { FileRoot } from './ports.ts';

export interface DownloadTarget {
  readonly workspaceKey: string;
  readonly root: FileRoot;
  /** Of the file, below the root. */
  readonly path: string;
}

export const TICKET_LIFETIME_MS = 60_000;

/** Signs the target until `expiresAt` (ms since the epoch). */
export function sealTicket(key: Buffer, target: DownloadTarget, expiresAt: number): string {
  const payload = Buffer.from(JSON.stringify({ ...target, expiresAt }), 'utf8').toString('base64url');
  return `${payload}.${signature(key, payload)}`;
}

/** What a ticket is for. Throws `unauthenticated`/`InvalidDownloadTicket` when it is forged, damaged or too old. */
export function openTicket(key: Buffer, ticket: string, now: number): DownloadTarget {
  const [payload = '', mac = '', ...rest] = ticket.split('.');
  const expected = Buffer.from(signature(key, payload));
  const given = Buffer.from(mac);
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) throw refusal('is not one that this server issued');
  const content: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  const workspaceKey = stringAt(content, 'workspaceKey');
  const root = rootIn(objectAt(content, 'root'));
  const path = stringAt(content, 'path');
  const expiresAt = numberAt(content, 'expiresAt');
  if (workspaceKey === undefined || root === undefined || path === undefined || expiresAt === undefined) throw refusal('is not complete');
  if (now > expiresAt) throw refusal('has expired; links last one minute');
  return { workspaceKey, root, path };
}

function rootIn(value: JsonObject): FileRoot | undefined {
  const [account, container, path] = [stringAt(value, 'account'), stringAt(value, 'container'), stringAt(value, 'path')];
  if (account === undefined || container === undefined || path === undefined) return undefined;
  return { service: stringAt(value, 'service') === 'file' ? 'file' : 'blob', account, container, path };
}

function signature(key: Buffer, payload: string): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}

function refusal(why: string): Fault {
  return new Fault('unauthenticated', 'InvalidDownloadTicket', `This download link ${why}. Ask for a new one on the page of the file.`);
}
