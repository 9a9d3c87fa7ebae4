// TokenService: the token endpoint below any protocol. Grants are one file each in `grants/`.

import { isFault } from '#kernel/faults.ts';
import { aadsts } from './aadsts.ts';
import { type CodeRequest, issueCode } from './grants/authorization-code.ts';
import { getGrant } from './grants/catalog.ts';
import { clientInfo, type GrantDeps, issuerOf, type TokenReply, type TokenRequest } from './grants/grant.ts';

export type { CodeRequest } from './grants/authorization-code.ts';
export type { TokenReply, TokenRequest } from './grants/grant.ts';

export interface TokenService {
  /** Answers a token request by its `grant_type`. Throws AADSTS faults. */
  redeem(request: TokenRequest): Promise<TokenReply>;
  /** An authorization code for a signed-in person; the client and its redirect address have been checked. */
  issueCode(request: CodeRequest): Promise<string>;
  /** `issuer` of the discovery document and of id tokens, for a caller that used this origin. */
  issuer(version: 'v1' | 'v2', origin: string): string;
  /** MSAL's key of an account. */
  clientInfo(objectId: string): string;
}

export function createTokenService(deps: GrantDeps): TokenService {
  return {
    redeem: async (request) =>
      getGrant(request.fields['grant_type'])(deps, request).catch((error: unknown) => {
        if (isFault(error) && error.code === 'InvalidAudience') throw aadsts(500011, `The resource principal was not found in the tenant. ${error.message}`);
        throw error;
      }),
    issueCode: (request) => issueCode(deps, request),
    issuer: (version, origin) => issuerOf(deps, { version, origin }),
    clientInfo: (objectId) => clientInfo(objectId, deps.tenantId),
  };
}
