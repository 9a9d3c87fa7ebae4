// authenticate: the principal behind an Authorization header, by the host it was sent to.

import { Fault } from '#kernel/faults.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AudienceFamily } from './audiences.ts';
import type { Tokens } from './tokens.ts';

/** The audiences that each kind of virtual host takes. A kind that is not here takes none. */
const AUDIENCES: Readonly<Record<string, readonly AudienceFamily[]>> = {
  management: ['arm'],
  // Clients send the token of Resource Manager to the data planes, and newer ones that of Azure ML.
  api: ['arm', 'ml'],
  studio: ['arm', 'ml'],
  local: ['arm', 'ml'],
  blob: ['storage'],
  vault: ['vault'],
  graph: ['graph'],
};

/** Throws `unauthenticated` in Resource Manager's words. */
export function createAuthenticator(tokens: Tokens): { authenticate(authorization: string, host: string): Promise<Principal> } {
  return {
    async authenticate(authorization, host) {
      const token = /^bearer +([^\s,]+)\s*$/i.exec(authorization)?.[1];
      if (token === undefined)
        throw new Fault(
          'unauthenticated',
          'AuthenticationFailedInvalidHeader',
          "Authentication failed. The 'Authorization' header is provided in an invalid format; it has to be 'Bearer' and an access token.",
        );
      return tokens.verifyBearer(token, { audiences: AUDIENCES[host] ?? [] });
    },
  };
}
