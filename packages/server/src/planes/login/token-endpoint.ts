// The token endpoint, v1 and v2. Source: RFC 6749 §3.2, §5; findings.md §5.

import { getGrant } from '#identity/grants/catalog.ts';
import { findApplication } from '#storage/identity-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { formFields, type LoginDeps, tenantOf } from './login-request.ts';

const NO_STORE = { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' };

export async function answerToken(deps: LoginDeps, request: PlaneRequest, version: 'v1' | 'v2'): Promise<PlaneReply> {
  const tenant = tenantOf(deps, request);
  const fields = formFields(request.body);
  const grant = getGrant(fields['grant_type']);
  const body = await grant(deps, { version, tenant, origin: request.url.origin, fields, authorization: request.headers['authorization'] });
  return { status: 200, headers: { ...NO_STORE, ...(await corsHeaders(deps, request, fields['client_id'])) }, body };
}

/** Answers a browser's question before a cross-origin token request; the origin is checked against the client at the request. */
export function answerPreflight(request: PlaneRequest): PlaneReply {
  const origin = request.headers['origin'];
  if (origin === undefined) return { status: 204 };
  return {
    status: 204,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': request.headers['access-control-request-headers'] ?? 'content-type',
      'access-control-max-age': '600',
      vary: 'Origin',
    },
  };
}

/** A page may read the answer when it is of an origin that a `spa` address of the client is registered for. */
async function corsHeaders(deps: LoginDeps, request: PlaneRequest, appId: string | undefined): Promise<Readonly<Record<string, string>>> {
  const origin = request.headers['origin'];
  if (origin === undefined || appId === undefined || !URL.canParse(origin)) return {};
  const application = await findApplication(deps.database.sql, appId);
  const page = new URL(origin);
  const isKnown = application?.redirectUris.some(({ uri, platform }) => {
    const known = new URL(uri);
    const isLoopback = page.protocol === 'http:' && known.hostname === page.hostname && (page.hostname === 'localhost' || page.hostname === '127.0.0.1');
    return platform === 'spa' && (known.origin === page.origin || isLoopback);
  });
  return isKnown === true ? { 'access-control-allow-origin': origin, vary: 'Origin' } : {};
}
