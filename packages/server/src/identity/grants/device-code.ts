// grant_type=device_code: a program asks whether the person has decided yet. Source: RFC 8628 §3.4, §3.5.

import { randomUUID } from 'node:crypto';
import { lockDeviceCode, markDeviceCodePolled, markDeviceCodeUsed } from '#storage/device-code-store.ts';
import { findPrincipal } from '#storage/identity-store.ts';
import { aadsts } from '../aadsts.ts';
import { authenticateClient } from '../clients.ts';
import { pollSeconds } from '../people/device-codes.ts';
import { hashSecret } from '../secrets.ts';
import { type GrantDeps, requestedScope, type TokenReply, type TokenRequest, userReply } from './grant.ts';
import { startRefreshFamily } from './refresh-token.ts';

/** Asking this much too early is not yet impatience: timers and networks are not exact. */
const LENIENCE_MS = 2_000;

export async function grantDeviceCode(deps: GrantDeps, request: TokenRequest): Promise<TokenReply> {
  const application = await authenticateClient({ ...deps, db: deps.database.sql }, request);
  // Why two names: RFC 8628 says device_code, ADAL said code.
  const shown = request.fields['device_code'] ?? request.fields['code'];
  if (!shown) throw aadsts(900144, "The request body must contain the following parameter: 'device_code'.");
  const now = new Date(deps.clock.now());
  const hash = hashSecret(shown);
  const code = await deps.database.transaction(async (tx) => {
    const found = await lockDeviceCode(tx, hash);
    if (found === undefined || found.appId !== application.appId) return undefined;
    if (found.expiresAt <= now) return 'expired';
    if (found.state === 'pending') {
      await markDeviceCodePolled(tx, hash, now);
      return found.polledAt !== null && now.getTime() - found.polledAt.getTime() < pollSeconds * 1000 - LENIENCE_MS ? 'impatient' : 'pending';
    }
    // Parsed before the code is used up: a bad scope must not cost the sign-in.
    if (found.state === 'approved') requestedScope(deps, request, found.scope);
    if (found.state === 'approved') await markDeviceCodeUsed(tx, hash);
    return found;
  });
  if (code === undefined) throw aadsts(70018, 'The device code is not one of this server for this application. Begin the sign-in again.');
  if (code === 'expired') throw aadsts(70020, "The provided value for the input parameter 'device_code' is not valid. This code has expired. Begin the sign-in again.");
  if (code === 'impatient') throw aadsts(70016, `The application polls more often than every ${pollSeconds} seconds. Wait longer between requests.`, 'slow_down');
  if (code === 'pending') throw aadsts(70016, 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.');
  if (code.state === 'declined') throw aadsts(65004, 'The person declined the sign-in of this device.', 'authorization_declined');
  if (code.state === 'used' || code.principalId === null) throw aadsts(54005, 'The device code was already redeemed. Begin the sign-in again.');
  const principal = await findPrincipal(deps.database.sql, code.principalId);
  if (principal === undefined || !principal.isEnabled) throw aadsts(50057, 'The user account is disabled.');
  const scope = requestedScope(deps, request, code.scope);
  const isOffline = request.version === 'v1' || scope.openid.has('offline_access') || code.scope.split(' ').includes('offline_access');
  const refreshToken = isOffline
    ? await startRefreshFamily(deps, { family: randomUUID(), appId: application.appId, principalId: principal.id, scope: request.fields['scope'] || code.scope })
    : undefined;
  return userReply(deps, request, { principal, appId: application.appId, scope, nonce: null, refreshToken });
}
