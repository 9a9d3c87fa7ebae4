// The login plane: the token service, on its own host, on loopback, and on the studio's origin for the studio.

import { oauthErrorBody } from '#identity/aadsts.ts';
import type { Context } from '#kernel/context.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import type { HostKind, Permission, Plane, PlaneReply, PlaneRequest, PlaneRoute } from '../plane.ts';
import { authorize } from './authorize-endpoint.ts';
import { decideDevice, enterDeviceCode, issueDeviceCode, showDevicePage } from './device-endpoint.ts';
import { instanceDiscovery, openidConfiguration, publicKeys } from './discovery.ts';
import { leaveForProvider, returnFromProvider } from './external-endpoint.ts';
import { devicePath } from './forms.ts';
import { escapeHtml, htmlPage } from './html.ts';
import type { LoginDeps } from './login-request.ts';
import { logout } from './logout-endpoint.ts';
import { changePassword, showSignIn, signIn, signInByPassword } from './sign-in-page.ts';
import { answerToken } from './token-endpoint.ts';
import { signInLinkRoute } from './sign-in-links.ts';

const hosts: readonly HostKind[] = ['login', 'local', 'studio'];
const MAX_FORM_BYTES = 64 * 1024;
const documents: Permission = { kind: 'public', why: 'discovery documents are read before anybody can sign in' };
const tokens: Permission = { kind: 'own', why: 'the grant proves the client and the person' };
const codes: Permission = { kind: 'public', why: 'a device code is worth nothing until a person who is signed in approves it' };
const pages: Permission = { kind: 'own', why: 'the session cookie or a one-time code says who it is' };

export type { LoginDeps } from './login-request.ts';

export function createLoginPlane(deps: LoginDeps): Plane {
  const get = (path: string, permission: Permission, run: PlaneRoute['run']): PlaneRoute => ({ hosts, method: 'GET', path, permission, run });
  const post = (path: string, permission: Permission, run: PlaneRoute['run']): PlaneRoute => ({ hosts, method: 'POST', path, permission, body: 'form', maxBodyBytes: MAX_FORM_BYTES, run });

  const page = (add: typeof get, path: string, run: (request: PlaneRequest) => Promise<PlaneReply>): PlaneRoute =>
    add(
      path,
      pages,
      asPage((_ctx, request) => run(request)),
    );

  const versioned = (version: 'v1' | 'v2'): readonly PlaneRoute[] => {
    const oauth = version === 'v2' ? '/:tenant/oauth2/v2.0' : '/:tenant/oauth2';
    const inPage = asPage((ctx, request) => authorize(deps, ctx, request, version));
    return [
      get(version === 'v2' ? '/:tenant/v2.0/.well-known/openid-configuration' : '/:tenant/.well-known/openid-configuration', documents, async (_ctx, request) =>
        openidConfiguration(deps, request, version),
      ),
      post(`${oauth}/token`, tokens, (_ctx, request) => answerToken(deps, request, version)),
      post(`${oauth}/devicecode`, codes, (_ctx, request) => issueDeviceCode(deps, request, version)),
      ...(version === 'v1' ? [get(`${oauth}/devicecode`, codes, (_ctx, request) => issueDeviceCode(deps, request, version))] : []),
      get(`${oauth}/authorize`, pages, inPage),
      post(`${oauth}/authorize`, pages, inPage),
      get(
        `${oauth}/logout`,
        pages,
        asPage((_ctx, request) => logout(deps, request)),
      ),
    ];
  };

  return {
    name: 'login',
    routes: [
      get('/common/discovery/instance', documents, async (_ctx, request) => instanceDiscovery(deps, request)),
      get('/:tenant/discovery/v2.0/keys', documents, (_ctx, request) => publicKeys(deps, request)),
      get('/:tenant/discovery/keys', documents, (_ctx, request) => publicKeys(deps, request)),
      get('/discovery/keys', documents, (_ctx, request) => publicKeys(deps, request)),
      ...versioned('v2'),
      ...versioned('v1'),
      page(get, '/signin', async (request) => showSignIn(deps, request)),
      page(post, '/signin', (request) => signIn(deps, request)),
      page(post, '/signin/password', (request) => signInByPassword(deps, request)),
      page(post, '/signin/change', (request) => changePassword(deps, request)),
      page(get, '/signin/external', (request) => leaveForProvider(deps, request)),
      page(get, '/signin/external/return', (request) => returnFromProvider(deps, request)),
      page(get, devicePath, (request) => showDevicePage(deps, request)),
      page(post, devicePath, (request) => enterDeviceCode(deps, request)),
      page(post, `${devicePath}/decision`, (request) => decideDevice(deps, request)),
      signInLinkRoute(deps),
    ],
    renderFault: (fault, request) => renderFault(deps, fault, request.requestId),
  };
}

function renderFault(deps: LoginDeps, fault: Fault, requestId: string): PlaneReply {
  return { status: fault.status, headers: { ...fault.headers, 'cache-control': 'no-store' }, body: oauthErrorBody(fault, requestId, new Date(deps.clock.now())) };
}

/** A person sees faults as a page; programs see them as JSON. */
function asPage(run: PlaneRoute['run']): PlaneRoute['run'] {
  return async (ctx: Context, request: PlaneRequest) => {
    try {
      return await run(ctx, request);
    } catch (error) {
      if (!isFault(error) || error.status >= 500) throw error;
      return faultPage(error, ctx);
    }
  };
}

function faultPage(fault: Fault, ctx: Context): PlaneReply {
  const main = `<p class="bad" role="alert">${escapeHtml(fault.message)}</p><p>Error <code>${escapeHtml(fault.code)}</code>, request <code>${escapeHtml(ctx.correlationId)}</code></p>`;
  return htmlPage({ status: fault.status, title: 'Sign-in did not work', main });
}
