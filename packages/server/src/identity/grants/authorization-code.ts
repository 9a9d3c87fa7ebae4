// grant_type=authorization_code with PKCE. A code works once, for a minute; shown twice, everything that came of it ends.
// Source: RFC 6749 §4.1.3, §10.5; RFC 7636; Entra "Authorization code flow".

import { randomUUID } from 'node:crypto';
import { insertAuthorizationCode, revokeRefreshFamily, useAuthorizationCode } from '#storage/credential-store.ts';
import { findPrincipal } from '#storage/identity-store.ts';
import { aadsts } from '../aadsts.ts';
import { authenticateClient } from '../clients.ts';
import { matchesCodeChallenge } from '../pkce.ts';
import { hashSecret, newSecret } from '../secrets.ts';
import { type GrantDeps, requestedScope, type TokenReply, type TokenRequest, userReply } from './grant.ts';
import { startRefreshFamily } from './refresh-token.ts';

const CODE_MS = 60_000;

export interface CodeRequest {
  readonly appId: string;
  readonly principalId: string;
  readonly redirectUri: string;
  readonly codeChallenge: string | undefined;
  readonly scope: string;
  readonly nonce: string | undefined;
}

/** A code for a person who is signed in. */
export async function issueCode(deps: GrantDeps, request: CodeRequest): Promise<string> {
  const code = newSecret();
  await deps.database.transaction((tx) =>
    insertAuthorizationCode(tx, hashSecret(code), {
      appId: request.appId,
      principalId: request.principalId,
      redirectUri: request.redirectUri,
      codeChallenge: request.codeChallenge ?? null,
      scope: request.scope,
      nonce: request.nonce ?? null,
      family: randomUUID(),
      expiresAt: new Date(deps.clock.now() + CODE_MS),
    }),
  );
  return code;
}

export async function grantAuthorizationCode(deps: GrantDeps, request: TokenRequest): Promise<TokenReply> {
  const application = await authenticateClient({ ...deps, db: deps.database.sql }, request);
  const { fields } = request;
  const shown = fields['code'];
  if (!shown) throw aadsts(900144, "The request body must contain the following parameter: 'code'.");
  const now = new Date(deps.clock.now());
  const code = await deps.database.transaction(async (tx) => {
    const used = await useAuthorizationCode(tx, hashSecret(shown), now);
    if (used?.wasUsed === true) await revokeRefreshFamily(tx, used.family, now);
    return used;
  });
  if (code === undefined) throw aadsts(70000, 'The provided value for the code parameter is not valid. The authorization code is malformed or was not issued by this server.');
  if (code.wasUsed) throw aadsts(54005, 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.');
  if (code.expiresAt <= now)
    throw aadsts(70008, 'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.');
  if (code.appId !== application.appId) throw aadsts(70000, `The authorization code was issued to application '${code.appId}', not to '${application.appId}'.`);
  if (fields['redirect_uri'] !== code.redirectUri)
    throw aadsts(50011, `The redirect URI '${fields['redirect_uri'] ?? ''}' specified in the request does not match the one the authorization code was issued for.`);
  if (code.codeChallenge !== null && !matchesCodeChallenge(fields['code_verifier'] ?? '', code.codeChallenge)) {
    throw aadsts(501481, 'The Code_Verifier does not match the code_challenge supplied in the authorization request.');
  }
  const principal = await findPrincipal(deps.database.sql, code.principalId);
  if (principal === undefined || !principal.isEnabled) throw aadsts(50057, 'The user account is disabled.');
  const scope = requestedScope(deps, request, code.scope);
  // Azure: v1 always gives a refresh token, v2 when offline_access was asked for, at either step.
  const isOffline = request.version === 'v1' || scope.openid.has('offline_access') || code.scope.split(' ').includes('offline_access');
  const refreshToken = isOffline ? await startRefreshFamily(deps, { family: code.family, appId: application.appId, principalId: principal.id, scope: fields['scope'] || code.scope }) : undefined;
  return userReply(deps, request, { principal, appId: application.appId, scope, nonce: code.nonce, refreshToken });
}
