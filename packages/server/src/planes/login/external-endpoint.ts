// Leaving for the external provider and coming back. What has to come back unchanged waits in a signed cookie of the browser.

import type { ExternalAttempt, ExternalProvider } from '#identity/people.ts';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { aadsts } from '#identity/aadsts.ts';
import { Fault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { checkNext } from './forms.ts';
import { formatCookie, type LoginDeps, readCookie } from './login-request.ts';
import { signedIn, signInPath } from './sign-in-page.ts';

const ATTEMPT_SECONDS = 600;

/** GET /signin/external. */
export async function leaveForProvider(deps: LoginDeps, request: PlaneRequest): Promise<PlaneReply> {
  const next = checkNext(request.query.get('next') ?? '');
  const { url, attempt } = await providerOf(deps).begin(returnAddress(request));
  const text = Buffer.from(JSON.stringify({ ...attempt, next, until: deps.clock.now() + ATTEMPT_SECONDS * 1000 })).toString('base64url');
  const headers = { 'set-cookie': formatCookie(request, 'external', `${text}.${sign(deps, text)}`, ATTEMPT_SECONDS), 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
  return { status: 303, headers: { location: url, ...headers } };
}

/** GET /signin/external/return. */
export async function returnFromProvider(deps: LoginDeps, request: PlaneRequest): Promise<PlaneReply> {
  const provider = providerOf(deps);
  const kept = readAttempt(deps, readCookie(request, 'external') ?? '');
  if (kept === undefined) throw aadsts(50058, 'This answer of the provider does not belong to a sign-in that this browser began within ten minutes. Begin again.');
  const current = new URL(returnAddress(request));
  current.search = request.rawQuery;
  const principal = await provider.finish(current, kept.attempt);
  return signedIn(deps, request, await deps.sessions.startFor(principal.id), kept.next);
}

function providerOf(deps: LoginDeps): ExternalProvider {
  if (deps.external === undefined) throw new Fault('notFound', 'NoExternalProvider', 'No external OpenID provider is set on this server (LAZURITE_OIDC_ISSUER).');
  return deps.external;
}

function returnAddress(request: PlaneRequest): string {
  return `${request.url.origin}${signInPath}/external/return`;
}

function sign(deps: LoginDeps, text: string): string {
  return createHmac('sha256', deps.csrfKey).update(`external ${text}`).digest('base64url');
}

function readAttempt(deps: LoginDeps, cookie: string): { readonly attempt: ExternalAttempt; readonly next: string } | undefined {
  const [text = '', shown = ''] = cookie.split('.');
  const wanted = Buffer.from(sign(deps, text));
  const given = Buffer.from(shown);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  const [state, nonce, codeVerifier, next] = [stringAt(value, 'state'), stringAt(value, 'nonce'), stringAt(value, 'codeVerifier'), stringAt(value, 'next')];
  const until = typeof value === 'object' && value !== null && 'until' in value ? Number(value.until) : 0;
  if (state === undefined || nonce === undefined || codeVerifier === undefined || next === undefined || until < deps.clock.now()) return undefined;
  return { attempt: { state, nonce, codeVerifier }, next };
}
