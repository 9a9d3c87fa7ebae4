// Signing out: ends the browser's session, then goes to a registered address of the studio, or says so.
// Source: OpenID Connect RP-Initiated Logout 1.0.

import { findRedirect } from '#identity/redirects.ts';
import { findApplication } from '#storage/identity-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { htmlPage } from './html.ts';
import { formatCookie, type LoginDeps, readCookie, tenantOf } from './login-request.ts';

export async function logout(deps: LoginDeps, request: PlaneRequest): Promise<PlaneReply> {
  tenantOf(deps, request);
  const cookie = readCookie(request, 'session');
  if (cookie !== undefined) await deps.sessions.end(cookie);
  const gone = { 'set-cookie': formatCookie(request, 'session', '', 0), 'cache-control': 'no-store' };
  const wanted = request.query.get('post_logout_redirect_uri');
  const application = await findApplication(deps.database.sql, request.query.get('client_id') ?? deps.studioAppId);
  if (wanted !== null && application !== undefined && findRedirect(application.redirectUris, wanted) !== undefined) {
    return { status: 302, headers: { ...gone, location: new URL(wanted).href } };
  }
  return htmlPage({ status: 200, title: 'Signed out', main: '<p>You are signed out of Lazurite in this browser.</p>', headers: gone });
}
