// Authenticate: the principal behind a bearer token, or the 401 with the challenge that clients follow.
// Source: contracts/azure-ai-ml.md §1.3; observed: Resource Manager's answer to a request without credentials.

import { Fault, isFault } from '#kernel/faults.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Exchange } from './exchange.ts';
import type { Authenticator } from './ports.ts';

/** Verifies the token and notes the caller on the exchange. Throws `unauthenticated` with `WWW-Authenticate`. */
export async function authenticate(exchange: Exchange, authenticator: Authenticator, loginOrigin: () => string): Promise<Principal> {
  const challenge = (): string => `Bearer authorization_uri="${exchange.kind === 'local' ? exchange.origin : loginOrigin()}/common"`;
  const header = exchange.headers['authorization'];
  if (header === undefined || header === '') {
    const message = "Authentication failed. The 'Authorization' header is missing.";
    throw new Fault('unauthenticated', 'AuthenticationFailed', `${message} Send 'Authorization: Bearer <access token>'.`, {
      headers: { 'www-authenticate': `${challenge()}, error="invalid_token", error_description="${message}"` },
    });
  }
  try {
    exchange.principal = await authenticator.authenticate(header, exchange.kind);
    return exchange.principal;
  } catch (error) {
    if (!isFault(error, 'unauthenticated') || Object.keys(error.headers).some((name) => name.toLowerCase() === 'www-authenticate')) throw error;
    throw new Fault(error.kind, error.code, error.message, { details: error.details, headers: { ...error.headers, 'www-authenticate': `${challenge()}, error="invalid_token"` } });
  }
}
