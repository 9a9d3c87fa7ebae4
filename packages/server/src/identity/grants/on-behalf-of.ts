// grant_type=jwt-bearer, on behalf of: a service that was called with a person's token calls another one as that person.
// Source: Entra "OAuth 2.0 On-Behalf-Of flow"; RFC 7523 §2.1.

import { randomUUID } from 'node:crypto';
import type { Principal } from '#kernel/principal.ts';
import { isFault } from '#kernel/faults.ts';
import { findApplicationByAudience, findPrincipal } from '#storage/identity-store.ts';
import { aadsts } from '../aadsts.ts';
import { authenticateClient } from '../clients.ts';
import { type GrantDeps, requestedScope, type TokenReply, type TokenRequest, userReply } from './grant.ts';
import { startRefreshFamily } from './refresh-token.ts';

export async function grantOnBehalfOf(deps: GrantDeps, request: TokenRequest): Promise<TokenReply> {
  const { fields } = request;
  if (fields['requested_token_use'] !== 'on_behalf_of') throw aadsts(90013, `requested_token_use is '${fields['requested_token_use'] ?? ''}'; the grant jwt-bearer is for on_behalf_of only.`);
  const application = await authenticateClient({ ...deps, db: deps.database.sql }, request);
  if (application.isPublic) throw aadsts(7000218, `Application '${application.appId}' is a public client; it cannot act on behalf of a person.`);
  const assertion = fields['assertion'];
  if (!assertion) throw aadsts(900144, "The request body must contain the following parameter: 'assertion'.");
  const caller = await deps.tokens.verifyBearer(assertion, { audiences: ['app'] }).catch((error: unknown): Principal => {
    if (!isFault(error, 'unauthenticated')) throw error;
    throw aadsts(50013, `Assertion failed signature validation or is not usable: ${error.message}`);
  });
  const audience = await findApplicationByAudience(deps.database.sql, caller.audience ?? '');
  if (audience?.appId !== application.appId) throw aadsts(50013, `Assertion audience '${caller.audience ?? ''}' does not match the client application '${application.appId}' that presents it.`);
  if (caller.kind !== 'User' || caller.jobKey !== undefined)
    throw aadsts(50013, 'The assertion is the token of an application or of a job. Only the token of a person may be used on behalf of somebody.');
  const principal = await findPrincipal(deps.database.sql, caller.objectId);
  if (principal === undefined || !principal.isEnabled) throw aadsts(50057, 'The user account is disabled.');
  const scope = requestedScope(deps, request);
  const refreshToken = scope.openid.has('offline_access')
    ? await startRefreshFamily(deps, { family: randomUUID(), appId: application.appId, principalId: principal.id, scope: fields['scope'] ?? '' })
    : undefined;
  return userReply(deps, request, { principal, appId: application.appId, isPublicClient: false, scope, nonce: null, refreshToken });
}
