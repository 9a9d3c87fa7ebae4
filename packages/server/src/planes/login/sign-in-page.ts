// Signing in with a one-time code: the page, and the form it sends. A GET changes nothing, so that a link that was merely
// looked at (preview, prefetch) is not used up. Forged forms are refused by a token bound to a cookie
// (and by their origin, in http/).

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { sessionSeconds } from '#identity/sessions.ts';
import { Fault } from '#kernel/faults.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { escapeHtml, hiddenFields, htmlPage } from './html.ts';
import { formatCookie, formFields, type LoginDeps, readCookie } from './login-request.ts';

export const signInPath = '/signin';
const AUTHORIZE_PATH = /^\/[A-Za-z0-9.-]+\/oauth2\/(v2\.0\/)?authorize\?/;

export interface SignInPage {
  /** Code from the link, shown in the field. */
  readonly code?: string;
  /** Where to go on: path and query of an authorize request on this origin, or '' for the studio. */
  readonly next: string;
  readonly problem?: string;
  /** Origins the sign-in leads to in the end. */
  readonly formTargets: readonly string[];
}

export function signInPage(deps: LoginDeps, request: PlaneRequest, page: SignInPage): PlaneReply {
  const seed = randomBytes(24).toString('base64url');
  const problem = page.problem === undefined ? '' : `<p class="bad" role="alert">${escapeHtml(page.problem)}</p>`;
  const hint =
    page.code === undefined
      ? '<p>Run <code>npx lazurite login</code> on the machine that Lazurite runs on, and open the link it prints, or paste its code here.</p>'
      : '<p>This link signs you in once.</p>';
  const main = `${hint}${problem}<form method="post" action="${signInPath}">${hiddenFields({ csrf: csrfToken(deps, seed), next: page.next })}<label for="code">One-time code</label><input id="code" name="code" type="text" required autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" maxlength="64" value="${escapeHtml(page.code ?? '')}"${page.code === undefined ? ' autofocus' : ''}><button type="submit"${page.code === undefined ? '' : ' autofocus'}>Sign in</button></form>`;
  return htmlPage({ status: page.problem === undefined ? 200 : 400, title: 'Sign in', main, formTargets: page.formTargets, headers: { 'set-cookie': formatCookie(request, 'csrf', seed, 3600) } });
}

/** GET /signin?code=…: what `lazurite login` opens. */
export function showSignIn(deps: LoginDeps, request: PlaneRequest): PlaneReply {
  const code = request.query.get('code');
  return signInPage(deps, request, { ...(code === null || code === '' ? {} : { code: code.slice(0, 64) }), next: '', formTargets: [] });
}

/** POST /signin: uses the code up, starts the session, goes on. */
export async function signIn(deps: LoginDeps, request: PlaneRequest): Promise<PlaneReply> {
  const fields = formFields(request.body);
  requireOwnForm(deps, request, fields['csrf'] ?? '');
  const next = fields['next'] ?? '';
  if (next !== '' && !AUTHORIZE_PATH.test(next)) throw new Fault('invalid', 'InvalidReturnAddress', 'The sign-in form names an address that is not an authorize request of this server.');
  const cookie = await deps.sessions.start(fields['code'] ?? '');
  if (cookie === undefined) {
    return signInPage(deps, request, { next, problem: 'That code is not valid, was used already, or is older than ten minutes. Run npx lazurite login again.', formTargets: formTargetsOf(next) });
  }
  const headers = { 'set-cookie': formatCookie(request, 'session', cookie, sessionSeconds), 'cache-control': 'no-store' };
  // The studio is at the root of its own origin and of loopback; the host of the token service has nothing there.
  if (next === '' && request.url.hostname === `login.${deps.domain}`)
    return htmlPage({ status: 200, title: 'Signed in', main: '<p>This browser is signed in. Go back to the program that asked for it.</p>', headers });
  return { status: 303, headers: { location: next === '' ? '/' : next, ...headers } };
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
