// The authorize endpoint: checks who asks and where the answer goes, signs the person in, answers with a code.
// A wrong client or redirect address is shown, never redirected to. Source: RFC 6749 §4.1; RFC 9700 §4; Entra docs.

import { aadsts, oauthErrorBody } from '#identity/aadsts.ts';
import { getApplication } from '#identity/clients.ts';
import { isCodeChallenge } from '#identity/pkce.ts';
import { findRedirect } from '#identity/redirects.ts';
import { parseResource, parseScope } from '#identity/scopes.ts';
import type { Context } from '#kernel/context.ts';
import { isFault } from '#kernel/faults.ts';
import type { Application } from '#storage/identity-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { hiddenFields, htmlPage } from './html.ts';
import { formFields, type LoginDeps, readCookie, tenantOf, uniqueFields } from './login-request.ts';
import { signInPage } from './sign-in-page.ts';

type ResponseMode = 'query' | 'fragment' | 'form_post';
type Fields = Readonly<Record<string, string>>;

export async function authorize(deps: LoginDeps, ctx: Context, request: PlaneRequest, version: 'v1' | 'v2'): Promise<PlaneReply> {
  tenantOf(deps, request);
  const fields = request.method === 'POST' ? formFields(request.body) : uniqueFields(request.query);
  if (!fields['client_id']) throw aadsts(900144, "The request body must contain the following parameter: 'client_id'.");
  const application = await getApplication({ ...deps, db: deps.database.sql }, fields['client_id']);
  const redirectUri = fields['redirect_uri'] ?? application.redirectUris[0]?.uri ?? '';
  const registered = findRedirect(application.redirectUris, redirectUri);
  if (registered === undefined) {
    throw aadsts(
      50011,
      `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${application.appId}'. Make sure the redirect URI sent in the request matches one added to the application.`,
    );
  }
  const mode = responseMode(fields['response_mode']);
  try {
    if (mode === undefined) throw aadsts(90013, `response_mode is '${fields['response_mode']}'; query, fragment and form_post are accepted.`);
    return await answer(deps, request, version, { fields, application, redirectUri, mode });
  } catch (error) {
    if (!isFault(error) || error.status >= 500) throw error;
    const body = oauthErrorBody(error, ctx.correlationId, new Date(ctx.clock.now()));
    const parameters = { error: String(body['error']), error_description: String(body['error_description']), error_uri: String(body['error_uri']), ...stateOf(fields) };
    return respond(redirectUri, mode ?? 'query', parameters);
  }
}

interface Checked {
  readonly fields: Fields;
  readonly application: Application;
  readonly redirectUri: string;
  readonly mode: ResponseMode;
}

async function answer(deps: LoginDeps, request: PlaneRequest, version: 'v1' | 'v2', checked: Checked): Promise<PlaneReply> {
  const { fields, application, redirectUri, mode } = checked;
  if (fields['response_type'] !== 'code') throw aadsts(700054, `response_type '${fields['response_type'] ?? ''}' is not enabled for the application; 'code' is.`);
  requirePkce(application, fields);
  if (fields['request'] !== undefined || fields['request_uri'] !== undefined) throw aadsts(90013, "The parameters 'request' and 'request_uri' are not supported; send the parameters themselves.");
  const scope = version === 'v2' ? (fields['scope'] ?? '') : `${fields['scope'] ?? ''} ${fields['resource'] ? `${fields['resource']}/user_impersonation` : ''}`.trim();
  if (version === 'v2' && scope === '') throw aadsts(900144, "The request body must contain the following parameter: 'scope'.");
  // Only checked here: a bad scope is reported before anybody signs in.
  if (version === 'v2') parseScope(scope, deps.audiences);
  else parseResource(fields['resource'], fields['scope'], deps.audiences);

  const cookie = readCookie(request, 'session');
  const principal = cookie === undefined ? undefined : await deps.sessions.find(cookie);
  const prompt = new Set((fields['prompt'] ?? '').split(' '));
  if (prompt.has('none') && principal === undefined) throw aadsts(50058, 'A silent sign-in request was sent but no user is signed in. Run npx lazurite login and open its link in this browser.');
  if (principal === undefined || prompt.has('login')) {
    // The prompt is obeyed by showing the page, so it does not come again after it.
    const { prompt: _obeyed, ...rest } = fields;
    const next = `${request.url.pathname}?${new URLSearchParams(rest)}`;
    return signInPage(deps, request, { next, ...(fields['login_hint'] === undefined ? {} : { userName: fields['login_hint'].slice(0, 256) }) });
  }
  const code = await deps.tokenService.issueCode({ appId: application.appId, principalId: principal.id, redirectUri, codeChallenge: fields['code_challenge'], scope, nonce: fields['nonce'] });
  const info = fields['client_info'] === '1' ? { client_info: deps.tokenService.clientInfo(principal.id) } : {};
  return respond(redirectUri, mode, { code, ...info, ...stateOf(fields) });
}

function requirePkce(application: Application, fields: Fields): void {
  const challenge = fields['code_challenge'];
  if (challenge === undefined) {
    if (application.isPublic) throw aadsts(9002325, 'Proof Key for Code Exchange is required for a public client: send code_challenge and code_challenge_method=S256.');
    return;
  }
  if (fields['code_challenge_method'] !== 'S256') throw aadsts(90013, `code_challenge_method is '${fields['code_challenge_method'] ?? ''}'; only S256 is accepted.`);
  if (!isCodeChallenge(challenge)) throw aadsts(90013, 'code_challenge is not the base64url form of a SHA-256 (43 characters).');
}

function responseMode(value: string | undefined): ResponseMode | undefined {
  if (value === undefined || value === '') return 'query';
  return value === 'query' || value === 'fragment' || value === 'form_post' ? value : undefined;
}

function stateOf(fields: Fields): Fields {
  return fields['state'] === undefined ? {} : { state: fields['state'] };
}

function respond(redirectUri: string, mode: ResponseMode, parameters: Fields): PlaneReply {
  if (mode === 'form_post') {
    const target = new URL(redirectUri);
    return htmlPage({
      status: 200,
      title: 'Going on',
      main: `<form method="post" action="${hiddenAction(redirectUri)}">${hiddenFields(parameters)}<p>You are signed in.</p><button type="submit">Continue</button></form>`,
      formTargets: [target.origin],
      submitsItself: true,
    });
  }
  const target = new URL(redirectUri);
  const encoded = new URLSearchParams(parameters).toString();
  if (mode === 'fragment') target.hash = encoded;
  else target.search = target.search === '' ? encoded : `${target.search.slice(1)}&${encoded}`;
  return { status: 302, headers: { location: target.href, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } };
}

function hiddenAction(redirectUri: string): string {
  return new URL(redirectUri).href.replaceAll('"', '%22').replaceAll('&', '&amp;');
}
