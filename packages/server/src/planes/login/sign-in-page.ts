// Signing in: the page, and the forms it sends: with name and password, with a one-time code, or with another password
// when the first has to be changed. A GET changes nothing, so that a link that was merely looked at (preview, prefetch) is
// not used up.

import { sessionSeconds } from '#identity/sessions.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { checkNext, formTargetsOf, newFormToken, ownForm } from './forms.ts';
import { escapeHtml, hiddenFields, htmlPage } from './html.ts';
import { formatCookie, type LoginDeps, readCookie } from './login-request.ts';

export const signInPath = '/signin';

export interface SignInPage {
  /** Code from the link, shown in the field. */
  readonly code?: string;
  readonly userName?: string;
  /** Where to go on: path and query of an authorize request on this origin, or '' for the studio. */
  readonly next: string;
  readonly problem?: string;
}

export function signInPage(deps: LoginDeps, request: PlaneRequest, page: SignInPage): PlaneReply {
  const { csrf, headers } = newFormToken(deps, request);
  const hidden = hiddenFields({ csrf, next: page.next });
  const problem = page.problem === undefined ? '' : `<p class="bad" role="alert">${escapeHtml(page.problem)}</p>`;
  const main =
    page.code === undefined
      ? `${problem}${passwordForm(page, hidden)}${externalLink(deps, page.next)}${otherWays(hidden)}`
      : `<p>This link signs you in once.</p>${problem}${codeForm(page.code, hidden, true)}`;
  return htmlPage({ status: page.problem === undefined ? 200 : 400, title: 'Sign in', main, formTargets: formTargetsOf(page.next), headers });
}

function passwordForm(page: SignInPage, hidden: string): string {
  const focus = (isFirst: boolean): string => (isFirst ? ' autofocus' : '');
  const name = page.userName ?? '';
  return `<form method="post" action="${signInPath}/password">${hidden}<label for="username">User name</label><input id="username" name="username" type="text" required autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="256" value="${escapeHtml(name)}"${focus(name === '')}><label for="password">Password</label><input id="password" name="password" type="password" required autocomplete="current-password" maxlength="256"${focus(name !== '')}><button type="submit">Sign in</button></form>`;
}

function externalLink(deps: LoginDeps, next: string): string {
  if (deps.external === undefined) return '';
  return `<p><a class="button" href="${signInPath}/external?${escapeHtml(new URLSearchParams({ next }).toString())}">Sign in with ${escapeHtml(deps.external.name)}</a></p>`;
}

function otherWays(hidden: string): string {
  return `<details><summary>Use a one-time code</summary><p>Run <code>npx lazurite login</code> on the machine that Lazurite runs on, and open the link it prints, or paste its code here.</p>${codeForm('', hidden, false)}</details>`;
}

function codeForm(code: string, hidden: string, isOnly: boolean): string {
  return `<form method="post" action="${signInPath}">${hidden}<label for="code">One-time code</label><input id="code" name="code" type="text" required autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" maxlength="64" value="${escapeHtml(code)}"><button type="submit"${isOnly ? ' autofocus' : ''}>Sign in</button></form>`;
}

/** GET /signin?code=…: what `lazurite login` opens. */
export function showSignIn(deps: LoginDeps, request: PlaneRequest): PlaneReply {
  const code = request.query.get('code');
  const next = checkNext(request.query.get('next') ?? '');
  return signInPage(deps, request, { ...(code === null || code === '' ? {} : { code: code.slice(0, 64) }), next });
}

/** POST /signin: uses the code up, starts the session, goes on. */
export async function signIn(deps: LoginDeps, request: PlaneRequest): Promise<PlaneReply> {
  const fields = ownForm(deps, request);
  const cookie = await deps.sessions.start(fields['code'] ?? '');
  if (cookie === undefined)
    return signInPage(deps, request, { next: fields.next, code: '', problem: 'That code is not valid, was used already, or is older than ten minutes. Run npx lazurite login again.' });
  return signedIn(deps, request, cookie, fields.next);
}

/** POST /signin/password. */
export async function signInByPassword(deps: LoginDeps, request: PlaneRequest): Promise<PlaneReply> {
  const fields = ownForm(deps, request);
  const userName = (fields['username'] ?? '').trim();
  try {
    const { principal, mustChange } = await deps.passwords.verify(userName, fields['password'] ?? '');
    if (mustChange) return changePage(deps, request, { userName, next: fields.next });
    return signedIn(deps, request, await deps.sessions.startFor(principal.id), fields.next);
  } catch (error) {
    return signInPage(deps, request, { userName, next: fields.next, problem: problemOf(error) });
  }
}

/** POST /signin/change: another password in place of one that was good for a single sign-in. */
export async function changePassword(deps: LoginDeps, request: PlaneRequest): Promise<PlaneReply> {
  const fields = ownForm(deps, request);
  const userName = fields['username'] ?? '';
  try {
    if (fields['newPassword'] !== fields['again']) throw new Fault('invalid', 'PasswordsDiffer', 'The two new passwords are not the same.');
    const principal = await deps.passwords.change(userName, fields['password'] ?? '', fields['newPassword'] ?? '');
    return signedIn(deps, request, await deps.sessions.startFor(principal.id), fields.next);
  } catch (error) {
    return changePage(deps, request, { userName, next: fields.next, problem: problemOf(error) });
  }
}

function changePage(deps: LoginDeps, request: PlaneRequest, page: { readonly userName: string; readonly next: string; readonly problem?: string }): PlaneReply {
  const { csrf, headers } = newFormToken(deps, request);
  const problem = page.problem === undefined ? '' : `<p class="bad" role="alert">${escapeHtml(page.problem)}</p>`;
  const field = (id: string, label: string, autocomplete: string): string =>
    `<label for="${id}">${label}</label><input id="${id}" name="${id}" type="password" required autocomplete="${autocomplete}" maxlength="256">`;
  const main = `<p>This password was given to ${escapeHtml(page.userName)} for one sign-in. Choose one that only you know.</p>${problem}<form method="post" action="${signInPath}/change">${hiddenFields({ csrf, next: page.next, username: page.userName })}${field('password', 'Password until now', 'current-password')}${field('newPassword', 'New password', 'new-password')}${field('again', 'New password again', 'new-password')}<button type="submit">Change and sign in</button></form>`;
  return htmlPage({ status: page.problem === undefined ? 200 : 400, title: 'Choose a new password', main, formTargets: formTargetsOf(page.next), headers });
}

/** Goes on with the session, whichever way it was begun. */
export async function signedIn(deps: LoginDeps, request: PlaneRequest, cookie: string, next: string): Promise<PlaneReply> {
  const before = readCookie(request, 'session');
  if (before !== undefined) await deps.sessions.end(before);
  const headers = { 'set-cookie': formatCookie(request, 'session', cookie, sessionSeconds), 'cache-control': 'no-store' };
  // The studio is at the root of its own origin and of loopback; the host of the token service has nothing there.
  if (next === '' && request.url.hostname === `login.${deps.domain}`)
    return htmlPage({ status: 200, title: 'Signed in', main: '<p>This browser is signed in. Go back to the program that asked for it.</p>', headers });
  return { status: 303, headers: { location: next === '' ? '/' : next, ...headers } };
}

/** What a person reads of a refusal; anything unexpected goes its way. */
function problemOf(error: unknown): string {
  if (isFault(error) && error.status < 500) return error.message;
  throw error;
}
