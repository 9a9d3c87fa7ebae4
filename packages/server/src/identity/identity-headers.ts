// Identity headers: the secrets that the managed-identity endpoints ask for, each bound to a principal, and those of a
// job to that job. Kept as a hash.

import type { Clock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import type { Database, Tx } from '#storage/database.ts';
import { findIdentityHeader, type IdentityHeader, insertIdentityHeader, putJobGrant } from '#storage/credential-store.ts';
import { type DirectoryObject, findPrincipal } from '#storage/identity-store.ts';
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
  /** The managed identity whose tokens it gives in place of the principal's. */
  readonly identityId?: string;
}

/** Makes a header secret. Ended for a job by `tokens.endJob`. */
export async function createIdentityHeader(tx: Tx, header: NewIdentityHeader): Promise<string> {
  const secret = newSecret();
  if (header.jobKey !== undefined) {
    if (header.expiresAt === undefined) throw new Fault('invalid', 'InvalidIdentityHeader', 'The identity header of a job needs an end.');
    await putJobGrant(tx, { jobKey: header.jobKey, workspaceKey: workspaceKeyOf(header.jobKey), principalId: header.principalId, expiresAt: header.expiresAt });
  }
  await insertIdentityHeader(tx, hashSecret(secret), { principalId: header.principalId, jobKey: header.jobKey ?? null, expiresAt: header.expiresAt ?? null, identityId: header.identityId ?? null });
  return secret;
}

export interface ManagedToken extends IssuedToken {
  readonly clientId: string;
}

/** How a caller names one of several identities. */
export interface IdentityChoice {
  readonly clientId?: string;
  readonly objectId?: string;
  /** Resource id of a user-assigned identity. */
  readonly resourceId?: string;
}

/** Whose header it is. */
export interface ChosenBy {
  readonly principalId: string;
  readonly jobKey: string | null;
}

/** The managed identity of that name, if who holds the header may be it. Throws `invalid`/`IdentityNotFound`. */
export type IdentityChooser = (by: ChosenBy, choice: IdentityChoice) => Promise<DirectoryObject>;

export interface IdentityHeaders {
  /**
   * A token for the bearer of a header secret. `choice`: the identity that the caller names: that of the header, or another
   * that it may be. Throws `unauthenticated`/`InvalidIdentityHeader`, `invalid`/`IdentityNotFound` or `InvalidAudience`.
   */
  issue(secret: string, resource: string, choice?: IdentityChoice): Promise<ManagedToken>;
}

/** `ownAppId`: the client id of a principal that has none, which is that of the installation's own command line. */
export function createIdentityHeaders(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly ownAppId: string;
  /** @default only the identity of the header itself */
  readonly choose?: IdentityChooser;
}): IdentityHeaders {
  const { database, clock, tokens } = deps;

  async function managedIdentityOf(header: IdentityHeader, ownClientId: string, choice: IdentityChoice): Promise<DirectoryObject | undefined> {
    const { clientId, objectId, resourceId } = choice;
    const isNamed = clientId !== undefined || objectId !== undefined || resourceId !== undefined;
    if (!isNamed) return header.identityId === null ? undefined : findPrincipal(database.sql, header.identityId);
    if (clientId?.toLowerCase() === ownClientId || objectId?.toLowerCase() === header.principalId) return undefined;
    if (deps.choose !== undefined) return deps.choose(header, choice);
    throw new Fault(
      'invalid',
      'IdentityNotFound',
      `There is no identity '${clientId ?? objectId ?? resourceId ?? ''}' here; this header belongs to '${ownClientId}'. Leave client_id, object_id and mi_res_id out to use it.`,
    );
  }

  return {
    async issue(secret, resource, choice = {}) {
      const header = await findIdentityHeader(database.sql, hashSecret(secret), new Date(clock.now()));
      if (header === undefined) throw new Fault('unauthenticated', 'InvalidIdentityHeader', 'The identity header is not one of this server, or has ended.');
      const principal = await findPrincipal(database.sql, header.principalId);
      const ownClientId = principal?.appId ?? deps.ownAppId;
      const managed = await managedIdentityOf(header, ownClientId, choice);
      // Why short, and of no job: the identity has rights of its own, which end with it and not with the job.
      if (managed !== undefined) return { ...(await tokens.issueFor(managed.id, resource, accessTokenSeconds)), clientId: managed.appId ?? '' };
      const remaining = header.expiresAt === null ? OWN_TOKEN_SECONDS : Math.floor((header.expiresAt.getTime() - clock.now()) / 1000);
      const lifetime = header.jobKey === null ? Math.min(OWN_TOKEN_SECONDS, remaining) : Math.max(MIN_JOB_TOKEN_SECONDS, Math.min(accessTokenSeconds, remaining));
      const issued = await tokens.issueFor(header.principalId, resource, lifetime, { appId: ownClientId, ...(header.jobKey === null ? {} : { jobKey: header.jobKey }) });
      return { ...issued, clientId: ownClientId };
    },
  };
}
