// grant_type=refresh_token, for the same or for another resource. Each use gives a new token; an old one shown again after
// the grace ends the whole family, because then two parties hold it.
// Source: RFC 9700 §4.14; findings.md §5 (Entra's refresh tokens serve every resource).

import { insertRefreshToken, lockRefreshToken, markRefreshTokenUsed, revokeRefreshFamily } from '#storage/credential-store.ts';
import { findPrincipal } from '#storage/identity-store.ts';
import { aadsts } from '../aadsts.ts';
import { authenticateClient } from '../clients.ts';
import { hashSecret, newSecret } from '../secrets.ts';
import { type GrantDeps, refreshTokenSeconds, requestedScope, type TokenReply, type TokenRequest, userReply } from './grant.ts';

/** Why: a client asks for two resources at once with one token, and retries after a lost answer. */
const REUSE_GRACE_MS = 60_000;

interface Family {
  readonly family: string;
  readonly appId: string;
  readonly principalId: string;
  readonly scope: string;
}

/** The first refresh token of a code. */
export async function startRefreshFamily(deps: GrantDeps, family: Family): Promise<string> {
  const token = newSecret();
  await deps.database.transaction((tx) => insertRefreshToken(tx, hashSecret(token), lasting(deps, family)));
  return token;
}

export async function grantRefreshToken(deps: GrantDeps, request: TokenRequest): Promise<TokenReply> {
  const application = await authenticateClient({ ...deps, db: deps.database.sql }, request);
  const shown = request.fields['refresh_token'];
  if (!shown) throw aadsts(900144, "The request body must contain the following parameter: 'refresh_token'.");
  const now = new Date(deps.clock.now());
  const hash = hashSecret(shown);
  const next = newSecret();
  const outcome = await deps.database.transaction(async (tx) => {
    const token = await lockRefreshToken(tx, hash);
    if (token === undefined || token.appId !== application.appId) return 'unknown';
    if (token.revokedAt !== null) return 'revoked';
    if (token.expiresAt <= now) return 'expired';
    if (token.usedAt !== null && now.getTime() - token.usedAt.getTime() > REUSE_GRACE_MS) {
      await revokeRefreshFamily(tx, token.family, now);
      return 'reused';
    }
    const principal = await findPrincipal(tx, token.principalId);
    if (principal === undefined || !principal.isEnabled) return 'disabled';
    // Parsed before anything is written: a request with a bad scope must not use the token up.
    const scope = requestedScope(deps, request, token.scope);
    await markRefreshTokenUsed(tx, hash, now);
    await insertRefreshToken(tx, hashSecret(next), lasting(deps, token));
    return { principal, scope };
  });
  switch (outcome) {
    case 'unknown':
      throw aadsts(70000, 'The provided refresh token is not valid: it is malformed, or was not issued by this server to this application.');
    case 'revoked':
    case 'reused':
      throw aadsts(70000, 'The provided grant has been revoked: the refresh token was used more than once. Sign in again.');
    case 'expired':
      throw aadsts(700082, 'The refresh token has expired due to inactivity. Sign in again.');
    case 'disabled':
      throw aadsts(50057, 'The user account is disabled.');
    default:
      return userReply(deps, request, { principal: outcome.principal, appId: application.appId, scope: outcome.scope, nonce: null, refreshToken: next });
  }
}

function lasting(deps: GrantDeps, family: Family): Family & { readonly issuedAt: Date; readonly expiresAt: Date } {
  const now = deps.clock.now();
  return { family: family.family, appId: family.appId, principalId: family.principalId, scope: family.scope, issuedAt: new Date(now), expiresAt: new Date(now + refreshTokenSeconds * 1000) };
}
