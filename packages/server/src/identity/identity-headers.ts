// Identity headers: the secrets that the managed-identity endpoints ask for, each bound to a principal, and those of a
// job to that job. Kept as a hash.

import type { Clock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import type { Database, Tx } from '#storage/database.ts';
import { findIdentityHeader, insertIdentityHeader, putJobGrant } from '#storage/credential-store.ts';
import { findPrincipal } from '#storage/identity-store.ts';
import { workspaceKeyOf } from './job-permissions.ts';
import { hashSecret, newSecret } from './secrets.ts';
import { accessTokenSeconds, type IssuedToken, type Tokens } from './tokens.ts';

/** Resource Manager's managed-identity tokens last a day; a job's end with the job. */
const OWN_TOKEN_SECONDS = 86_400;
const MIN_JOB_TOKEN_SECONDS = 300;

export interface NewIdentityHeader {
  readonly principalId: string;
  /** The tokens act only on this job (key from `jobKeyOf`). Needs `expiresAt`. */
  readonly jobKey?: string;
  readonly expiresAt?: Date;
}

/** Makes a header secret. Ended for a job by `tokens.endJob`. */
export async function createIdentityHeader(tx: Tx, header: NewIdentityHeader): Promise<string> {
  const secret = newSecret();
  if (header.jobKey !== undefined) {
    if (header.expiresAt === undefined) throw new Fault('invalid', 'InvalidIdentityHeader', 'The identity header of a job needs an end.');
    await putJobGrant(tx, { jobKey: header.jobKey, workspaceKey: workspaceKeyOf(header.jobKey), principalId: header.principalId, expiresAt: header.expiresAt });
  }
  await insertIdentityHeader(tx, hashSecret(secret), { principalId: header.principalId, jobKey: header.jobKey ?? null, expiresAt: header.expiresAt ?? null });
  return secret;
}

export interface ManagedToken extends IssuedToken {
  readonly clientId: string;
}

export interface IdentityHeaders {
  /**
   * A token for the bearer of a header secret. `clientId`: the identity that the caller names, which has to be the one of
   * the header. Throws `unauthenticated`/`InvalidIdentityHeader`, `invalid`/`IdentityNotFound` or `InvalidAudience`.
   */
  issue(secret: string, resource: string, clientId?: string): Promise<ManagedToken>;
}

/** `ownAppId`: the client id of a principal that has none, which is that of the installation's own command line. */
export function createIdentityHeaders(deps: { readonly database: Database; readonly clock: Clock; readonly tokens: Tokens; readonly ownAppId: string }): IdentityHeaders {
  const { database, clock, tokens } = deps;
  return {
    async issue(secret, resource, clientId) {
      const header = await findIdentityHeader(database.sql, hashSecret(secret), new Date(clock.now()));
      if (header === undefined) throw new Fault('unauthenticated', 'InvalidIdentityHeader', 'The identity header is not one of this server, or has ended.');
      const principal = await findPrincipal(database.sql, header.principalId);
      const ownClientId = principal?.appId ?? deps.ownAppId;
      if (clientId !== undefined && clientId.toLowerCase() !== ownClientId) {
        throw new Fault('invalid', 'IdentityNotFound', `There is no identity with client id '${clientId}' here; this header belongs to '${ownClientId}'. Leave client_id out to use it.`);
      }
      const remaining = header.expiresAt === null ? OWN_TOKEN_SECONDS : Math.floor((header.expiresAt.getTime() - clock.now()) / 1000);
      const lifetime = header.jobKey === null ? Math.min(OWN_TOKEN_SECONDS, remaining) : Math.max(MIN_JOB_TOKEN_SECONDS, Math.min(accessTokenSeconds, remaining));
      const issued = await tokens.issueFor(header.principalId, resource, lifetime, { appId: ownClientId, ...(header.jobKey === null ? {} : { jobKey: header.jobKey }) });
      return { ...issued, clientId: ownClientId };
    },
  };
}
