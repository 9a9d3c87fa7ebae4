// Identity: every part of this module, joined for one installation. compose makes one.

import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#storage/database.ts';
import type { Envelope } from '#vault/envelope.ts';
import type { WorkKind } from '#work/define-work.ts';
import { type Audiences, createAudiences } from './audiences.ts';
import { createAuthenticator } from './authenticate.ts';
import { type Authorizer, createAuthorizer } from './authorize.ts';
import type { Installation } from './bootstrap.ts';
import { createIdentityHeaders, type IdentityHeaders } from './identity-headers.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { createTokenService, type TokenService } from './token-service.ts';
import { createTokens, type Tokens } from './tokens.ts';

export interface IdentityDeps {
  readonly database: Database;
  readonly envelope: Envelope;
  readonly clock: Clock;
  readonly domain: string;
  readonly installation: Installation;
}

export interface Identity {
  readonly database: Database;
  readonly clock: Clock;
  readonly domain: string;
  readonly tenantId: string;
  readonly studioAppId: string;
  readonly csrfKey: Buffer;
  readonly audiences: Audiences;
  readonly keys: SigningKeys;
  readonly tokens: Tokens;
  readonly tokenService: TokenService;
  readonly sessions: Sessions;
  readonly identityHeaders: IdentityHeaders;
  readonly authenticator: ReturnType<typeof createAuthenticator>;
  readonly authorizer: Authorizer;
  /** For the worker; enqueue `identity.rotate-keys` with dedupe key `all` at start. */
  readonly work: readonly WorkKind[];
}

/** The result is what `createLoginPlane` and `createInstanceMetadataPlane` take. */
export function createIdentity(deps: IdentityDeps): Identity {
  const { database, envelope, clock, domain, installation } = deps;
  const { tenantId } = installation;
  const audiences = createAudiences(domain);
  const keys = createSigningKeys({ database, envelope, clock });
  const tokens = createTokens({ database, keys, audiences, clock, tenantId, domain });
  return {
    database,
    clock,
    domain,
    tenantId,
    studioAppId: installation.studioAppId,
    csrfKey: envelope.derive('login-csrf'),
    audiences,
    keys,
    tokens,
    tokenService: createTokenService({ database, clock, tenantId, domain, audiences, tokens }),
    sessions: createSessions({ database, clock }),
    identityHeaders: createIdentityHeaders({ database, clock, tokens, ownAppId: installation.cliAppId }),
    authenticator: createAuthenticator(tokens),
    authorizer: createAuthorizer({ db: database.sql }),
    work: [keys.work],
  };
}
