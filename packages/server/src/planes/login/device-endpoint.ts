// The device authorization endpoint, and the page on which a person lets the device in. Source: RFC 8628; Entra docs.

import { deviceCodeSeconds, pollSeconds } from '#identity/people.ts';
import { aadsts } from '#identity/aadsts.ts';
import { getApplication } from '#identity/clients.ts';
import { parseResource, parseScope } from '#identity/scopes.ts';
import type { DirectoryPrincipal } from '#storage/identity-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { devicePath, newFormToken, ownForm } from './forms.ts';
import { escapeHtml, hiddenFields, htmlPage } from './html.ts';
import { formFields, type LoginDeps, readCookie, tenantOf, uniqueFields } from './login-request.ts';
import { signInPage } from './sign-in-page.ts';

/** POST /{tenant}/oauth2[/v2.0]/devicecode; ADAL sends its fields in the query of a GET. */
export async function issueDeviceCode(deps: LoginDeps, request: PlaneRequest, version: 'v1' | 'v2'): Promise<PlaneReply> {
  tenantOf(deps, request);
  const fields = request.method === 'POST' ? formFields(request.body) : uniqueFields(request.query);
  if (!fields['client_id']) throw aadsts(900144, "The request body must contain the following parameter: 'client_id'.");
  const application = await getApplication({ ...deps, db: deps.database.sql }, fields['client_id']);
  if (!application.isPublic) throw aadsts(7000218, `Application '${application.appId}' is no public client; only public clients sign devices in.`);
  const scope = version === 'v2' ? (fields['scope'] ?? '') : `${fields['scope'] ?? ''} ${fields['resource'] ? `${fields['resource']}/user_impersonation` : ''}`.trim();
  if (scope === '') throw aadsts(900144, `The request body must contain the following parameter: '${version === 'v2' ? 'scope' : 'resource'}'.`);
  // Only checked here: a bad scope is reported before anybody signs in.
  if (version === 'v2') parseScope(scope, deps.audiences);
  else parseResource(fields['resource'], fields['scope'], deps.audiences);
  const { deviceCode, userCode } = await deps.deviceCodes.issue(application.appId, scope);
  const page = `${request.url.origin}${devicePath}`;
  const seconds = (value: number): string | number => (version === 'v1' ? String(value) : value);
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: {
      user_code: userCode,
      device_code: deviceCode,
      ...(version === 'v1' ? { verification_url: page } : { verification_uri: page }),
      expires_in: seconds(deviceCodeSeconds),
      interval: seconds(pollSeconds),
      message: `To sign in, use a web browser to open the page ${page} and enter the code ${userCode} to authenticate.`,
    },
  };
}

/** GET /devicelogin. */
export async function showDevicePage(deps: LoginDeps, request: PlaneRequest): Promise<PlaneReply> {
  const code = (request.query.get('user_code') ?? '').replace(/[^A-Za-z0-9-]/g, '').slice(0, 40);
  const person = await personOf(deps, request);
  if (person === undefined) return signInPage(deps, request, { next: code === '' ? devicePath : `${devicePath}?user_code=${code}` });
  return codePage(deps, request, person, { code });
}

/** POST /devicelogin: which program is it? */
export async function enterDeviceCode(deps: LoginDeps, request: PlaneRequest): Promise<PlaneReply> {
  const fields = ownForm(deps, request);
  const person = await personOf(deps, request);
  if (person === undefined) return signInPage(deps, request, { next: devicePath });
  const code = fields['user_code'] ?? '';
  const waiting = await deps.deviceCodes.findWaiting(code);
  if (waiting === undefined) return codePage(deps, request, person, { code: '', problem: 'No program waits for this code. Codes last a quarter of an hour; look at the program for a new one.' });
  const { csrf, headers } = newFormToken(deps, request);
  const main = `<p>Let <strong>${escapeHtml(waiting.application.displayName)}</strong> act as ${escapeHtml(person.displayName)}? Go on only if you began this sign-in yourself, just now.</p><form method="post" action="${devicePath}/decision">${hiddenFields({ csrf, user_code: code })}<button type="submit" name="decision" value="allow" autofocus>Allow</button><button type="submit" name="decision" value="decline" class="plain">Decline</button></form>`;
  return htmlPage({ status: 200, title: 'Sign in a program', main, headers });
}

/** POST /devicelogin/decision. */
export async function decideDevice(deps: LoginDeps, request: PlaneRequest): Promise<PlaneReply> {
  const fields = ownForm(deps, request);
  const person = await personOf(deps, request);
  if (person === undefined) return signInPage(deps, request, { next: devicePath });
  const isApproved = fields['decision'] === 'allow';
  const isKnown = await deps.deviceCodes.decide(fields['user_code'] ?? '', { principalId: person.id, isApproved });
  if (!isKnown) return codePage(deps, request, person, { code: '', problem: 'The program does not wait any more. Begin its sign-in again.' });
  const text = isApproved ? 'The program is signed in. You can close this page.' : 'The program was not let in. You can close this page.';
  return htmlPage({ status: 200, title: isApproved ? 'Done' : 'Declined', main: `<p>${text}</p>` });
}

function codePage(deps: LoginDeps, request: PlaneRequest, person: DirectoryPrincipal, page: { readonly code: string; readonly problem?: string }): PlaneReply {
  const { csrf, headers } = newFormToken(deps, request);
  const problem = page.problem === undefined ? '' : `<p class="bad" role="alert">${escapeHtml(page.problem)}</p>`;
  const main = `<p>You are ${escapeHtml(person.displayName)}. Enter the code that the program shows.</p>${problem}<form method="post" action="${devicePath}">${hiddenFields({ csrf })}<label for="user_code">Code</label><input id="user_code" name="user_code" type="text" required autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="40" value="${escapeHtml(page.code)}" autofocus><button type="submit">Next</button></form>`;
  return htmlPage({ status: page.problem === undefined ? 200 : 400, title: 'Sign in a program', main, headers });
}

async function personOf(deps: LoginDeps, request: PlaneRequest): Promise<DirectoryPrincipal | undefined> {
  const cookie = readCookie(request, 'session');
  return cookie === undefined ? undefined : deps.sessions.find(cookie);
}
