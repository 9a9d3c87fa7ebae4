// A download ticket: a signed, one-minute address of one artifact, so that the browser itself can stream a large file
// to disk (a navigation carries no bearer token). Who gets one has just been authorised to read the job.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { Fault } from '#kernel/faults.ts';
import { stringAt, numberAt } from '#kernel/json.ts';

export interface DownloadTarget {
  readonly workspaceKey: string;
  readonly runId: string;
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
  const runId = stringAt(content, 'runId');
  const path = stringAt(content, 'path');
  const expiresAt = numberAt(content, 'expiresAt');
  if (workspaceKey === undefined || runId === undefined || path === undefined || expiresAt === undefined) throw refusal('is not complete');
  if (now > expiresAt) throw refusal('has expired; links last one minute');
  return { workspaceKey, runId, path };
}

function signature(key: Buffer, payload: string): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}

function refusal(why: string): Fault {
  return new Fault('unauthenticated', 'InvalidDownloadTicket', `This download link ${why}. Ask for a new one on the job's outputs page.`);
}
