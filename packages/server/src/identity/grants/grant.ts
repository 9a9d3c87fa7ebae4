// Grant: one way to get a token. A grant reads the form, decides, and answers with the token endpoint's JSON.

import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#storage/database.ts';
import type { DirectoryPrincipal } from '#storage/identity-store.ts';
import type { ClientAssertions } from '../assertions/client-assertions.ts';
import type { Audiences } from '../audiences.ts';
import type { ShownClient } from '../clients.ts';
import { formatScope, parseResource, parseScope, type ScopeRequest } from '../scopes.ts';
import type { TenantForm } from '../tenants.ts';
import type { IssuedToken, Tokens } from '../tokens.ts';

export interface GrantDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly tenantId: string;
  readonly domain: string;
  readonly audiences: Audiences;
  readonly tokens: Tokens;
  readonly assertions: ClientAssertions;
}

export interface TokenRequest extends ShownClient {
  readonly version: 'v1' | 'v2';
  readonly tenant: TenantForm;
}

export type TokenReply = Readonly<Record<string, string | number>>;

export type Grant = (deps: GrantDeps, request: TokenRequest) => Promise<TokenReply>;

/** What the request asks for; `fallback` is the scope of the code or refresh token it redeems. */
export function requestedScope(deps: GrantDeps, request: TokenRequest, fallback = ''): ScopeRequest {
  const { fields } = request;
  if (request.version === 'v2') return parseScope(fields['scope'] || fallback, deps.audiences);
  return parseResource(fields['resource'], fields['scope'] || fallback, deps.audiences);
}

/** The part of a reply that every grant has. Azure: numbers are strings in v1. */
export function tokenReply(version: 'v1' | 'v2', issued: IssuedToken): TokenReply {
  const shared = { token_type: 'Bearer', access_token: issued.token };
  const seconds = issued.lifetimeSeconds;
  if (version === 'v2') return { ...shared, expires_in: seconds, ext_expires_in: seconds };
  return {
    ...shared,
    expires_in: String(seconds),
    ext_expires_in: String(seconds),
    expires_on: String(issued.expiresAtSeconds),
    not_before: String(issued.issuedAtSeconds),
    resource: issued.audience,
  };
}

/** What a signed-in person's client gets besides the access token. */
export async function userReply(
  deps: GrantDeps,
  request: TokenRequest,
  user: {
    readonly principal: DirectoryPrincipal;
    readonly appId: string;
    readonly scope: ScopeRequest;
    readonly nonce: string | null;
    readonly refreshToken: string | undefined;
    readonly isPublicClient?: boolean;
  },
): Promise<TokenReply> {
  const { principal, appId, scope } = user;
  const issued = await deps.tokens.issueFor(principal.id, scope.audience.audience, undefined, { appId, ...(user.isPublicClient === undefined ? {} : { isPublicClient: user.isPublicClient }) });
  // Azure: v1 always gives an id token, v2 for the scope openid.
  const hasIdToken = request.version === 'v1' || scope.openid.has('openid');
  const idToken = hasIdToken ? await deps.tokens.issueIdToken(principal, { issuer: issuerOf(deps, request), version: request.version, appId, nonce: user.nonce ?? undefined }) : undefined;
  return {
    ...tokenReply(request.version, issued),
    scope: request.version === 'v2' ? formatScope(scope) : 'user_impersonation',
    ...(user.refreshToken === undefined ? {} : { refresh_token: user.refreshToken, refresh_token_expires_in: refreshTokenSeconds }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
    ...(request.fields['client_info'] === '1' || request.version === 'v1' ? { client_info: clientInfo(principal.id, deps.tenantId) } : {}),
  };
}

/** Life of a refresh token, counted anew at each use. */
export const refreshTokenSeconds = 90 * 86_400;

/** The issuer of the discovery document of this version, which is also that of id tokens. */
export function issuerOf(deps: { readonly tenantId: string; readonly domain: string }, request: { readonly version: 'v1' | 'v2'; readonly origin: string }): string {
  return request.version === 'v2' ? `${request.origin}/${deps.tenantId}/v2.0` : `https://sts.${deps.domain}/${deps.tenantId}/`;
}

/** MSAL's key of the account. */
export function clientInfo(objectId: string, tenantId: string): string {
  return Buffer.from(JSON.stringify({ uid: objectId, utid: tenantId })).toString('base64url');
}
