// Forms of the token service's pages: forged ones are refused by a token bound to a cookie (and by their origin, in http/);
// where they lead to is one of our own pages.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Fault } from '#kernel/faults.ts';
import type { PlaneRequest } from '../plane.ts';
import { formatCookie, formFields, type LoginDeps, readCookie } from './login-request.ts';

export const devicePath = '/devicelogin';
const AUTHORIZE_PATH = /^\/[A-Za-z0-9.-]+\/oauth2\/(v2\.0\/)?authorize\?/;
const DEVICE_PATH = /^\/devicelogin(\?user_code=[A-Za-z0-9-]{0,40})?$/;

/** What a page with forms needs: a token for each of them, and the cookie it is bound to. */
export function newFormToken(deps: LoginDeps, request: PlaneRequest): { readonly csrf: string; readonly headers: Readonly<Record<string, string>> } {
  // Why an old seed stays: a person has two pages open, and both must work.
  const known = readCookie(request, 'csrf');
  const seed = known !== undefined && /^[\w-]{32}$/.test(known) ? known : randomBytes(24).toString('base64url');
  return { csrf: csrfToken(deps, seed), headers: { 'set-cookie': formatCookie(request, 'csrf', seed, 3600) } };
}

/** The fields of a form that came from one of our own pages. Throws `forbidden`/`ForgedForm`, `invalid`/`InvalidReturnAddress`. */
export function ownForm(deps: LoginDeps, request: PlaneRequest): Readonly<Record<string, string>> & { readonly next: string } {
  const fields = formFields(request.body);
  requireOwnForm(deps, request, fields['csrf'] ?? '');
  return { ...fields, next: checkNext(fields['next'] ?? '') };
}

/** Throws `invalid`/`InvalidReturnAddress` for anything but '' and the pages that a sign-in leads to. */
export function checkNext(next: string): string {
  if (next === '' || AUTHORIZE_PATH.test(next) || DEVICE_PATH.test(next)) return next;
  throw new Fault('invalid', 'InvalidReturnAddress', 'The sign-in form names an address that is not an authorize request of this server.');
}

/** Browsers hold a form to its policy over every redirect, so the client's address has to be in it. */
export function formTargetsOf(next: string): readonly string[] {
  const redirect = new URLSearchParams(next.slice(next.indexOf('?') + 1)).get('redirect_uri') ?? '';
  const origin = URL.canParse(redirect) ? new URL(redirect).origin : '';
  // Why the pattern: a host may hold a semicolon, which would begin another directive of the policy.
  return /^https?:\/\/[a-z0-9.:[\]-]+$/.test(origin) ? [origin] : [];
}

function csrfToken(deps: LoginDeps, seed: string): string {
  return createHmac('sha256', deps.csrfKey).update(seed).digest('base64url');
}

function requireOwnForm(deps: LoginDeps, request: PlaneRequest, shown: string): void {
  const seed = readCookie(request, 'csrf');
  const wanted = Buffer.from(csrfToken(deps, seed ?? ''));
  const given = Buffer.from(shown);
  const isOwn = seed !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted);
  if (!isOwn) throw new Fault('forbidden', 'ForgedForm', 'This sign-in form did not come from this server, or is older than an hour. Open the sign-in page again (cookies have to be allowed).');
}
