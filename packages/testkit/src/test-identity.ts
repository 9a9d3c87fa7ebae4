// testIdentity: a whole identity module on a database of its own, with a clock that tests move.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bootstrap, ensureOwner, type Installation, type MachineCredentials } from '@lazurite/server/identity/bootstrap.ts';
import { createClientAssertions } from '@lazurite/server/identity/assertions/client-assertions.ts';
import { createIssuerKeys } from '@lazurite/server/identity/assertions/issuer-keys.ts';
import { type Audiences, createAudiences } from '@lazurite/server/identity/audiences.ts';
import { type Authorizer, createAuthorizer } from '@lazurite/server/identity/authorize.ts';
import { createIdentityHeaders, type IdentityHeaders } from '@lazurite/server/identity/identity-headers.ts';
import { createDeviceCodes, type DeviceCodes } from '@lazurite/server/identity/people/device-codes.ts';
import { createPasswords, type Passwords } from '@lazurite/server/identity/people/passwords.ts';
import { createSessions, type Sessions } from '@lazurite/server/identity/sessions.ts';
import { createSigningKeys, type SigningKeys } from '@lazurite/server/identity/signing-keys.ts';
import { createTokenService, type TokenService } from '@lazurite/server/identity/token-service.ts';
import { createTokens, type Tokens } from '@lazurite/server/identity/tokens.ts';
import type { Clock } from '@lazurite/server/kernel/clock.ts';
import type { Database } from '@lazurite/server/storage/database.ts';
import { type Envelope, openEnvelope } from '@lazurite/server/vault/envelope.ts';
import { testDatabase } from './test-database.ts';

/** The identity module of one server, as compose joins it. */
interface Identity {
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
  readonly passwords: Passwords;
  readonly deviceCodes: DeviceCodes;
  readonly identityHeaders: IdentityHeaders;
  readonly authorizer: Authorizer;
}

export interface TestIdentity {
  readonly identity: Identity;
  readonly installation: Installation;
  readonly credentials: MachineCredentials;
  readonly clock: { now(): number; advance(ms: number): void };
  /** The same installation as another server on this database sees it. */
  otherServer(): Identity;
  close(): Promise<void>;
}

/** Documents of issuers of federated tokens, by their address. */
export const published = new Map<string, unknown>();
export const testDomain = 'lazurite.localhost';
export const testStudioOrigin = `https://studio.${testDomain}:7443`;

export async function testIdentity(): Promise<TestIdentity> {
  const db = await testDatabase();
  const dir = mkdtempSync(join(tmpdir(), 'lazurite-identity-'));
  const envelope = openEnvelope(join(dir, 'master.key'));
  // Why the real time: clients under test have no other.
  let now = Date.now();
  const clock = {
    now: () => now,
    advance(ms: number) {
      now += ms;
    },
  };
  const { database } = db;
  const first: Bootstrap = await ensureOwner({ database, clock, domain: testDomain }, { ownerName: 'Ada Lovelace', studioOrigins: [testStudioOrigin] });
  const { installation, credentials } = first;
  if (credentials === undefined) throw new Error('The first start issued no credentials.');
  const otherServer = (): Identity => joinIdentity(database, envelope, clock, installation);
  return {
    identity: otherServer(),
    installation,
    credentials,
    clock,
    otherServer,
    async close() {
      await db.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function joinIdentity(database: Database, envelope: Envelope, clock: Clock, installation: Installation): Identity {
  const { tenantId, studioAppId, cliAppId } = installation;
  const domain = testDomain;
  const audiences = createAudiences(domain);
  const keys = createSigningKeys({ database, envelope, clock });
  // No network in tests: what the issuers of federated tokens publish is put here.
  const issuerKeys = createIssuerKeys({ clock, fetchJson: async (url) => published.get(url) ?? {} });
  const assertions = createClientAssertions({ database, clock, tenantId, domain, keys, issuerKeys });
  const tokens = createTokens({ database, keys, audiences, clock, tenantId, domain });
  return {
    database,
    clock,
    domain,
    tenantId,
    studioAppId,
    csrfKey: envelope.derive('login-csrf'),
    audiences,
    keys,
    tokens,
    tokenService: createTokenService({ database, clock, tenantId, domain, audiences, tokens, assertions }),
    sessions: createSessions({ database, clock }),
    passwords: createPasswords({ database, clock }),
    deviceCodes: createDeviceCodes({ database, clock }),
    identityHeaders: createIdentityHeaders({ database, clock, tokens, ownAppId: cliAppId }),
    authorizer: createAuthorizer({ db: database.sql }),
  };
}
