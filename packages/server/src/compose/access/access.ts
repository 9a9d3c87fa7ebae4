// Access: bearer tokens per host, and the Blob plane's view of who may do what.

import type { Authenticator } from '#http/ports.ts';
import type { AudienceFamily } from '#identity/audiences.ts';
import type { Authorizer } from '#identity/authorize.ts';
import type { DataAccess } from '#jobs/ports.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Log } from '#kernel/context.ts';
import type { Tokens } from '#identity/tokens.ts';
import { Fault } from '#kernel/faults.ts';
import type { BlobAccess } from '#planes/storage/ports.ts';
import type { HostKind } from '#planes/plane.ts';
import type { Database } from '#storage/database.ts';
import { findPrincipal } from '#storage/identity-store.ts';
import type { StorageDirectory } from '../storage-directory.ts';

/** A token for storage is no good at Resource Manager, and the other way round. */
const FAMILIES: Readonly<Record<HostKind, readonly AudienceFamily[]>> = {
  management: ['arm'],
  studio: ['arm'],
  login: ['arm'],
  local: ['arm', 'ml'],
  api: ['arm', 'ml'],
  graph: ['graph', 'arm'],
  blob: ['storage'],
  dfs: ['storage'],
  file: ['storage'],
  queue: ['storage'],
  table: ['storage'],
  vault: ['vault'],
};

export function createAuthenticator(tokens: Tokens): Authenticator {
  return { authenticate: (authorization, host) => tokens.verifyBearer(bearerOf(authorization), { audiences: FAMILIES[host] }) };
}

export function createBlobAccess(deps: { readonly tokens: Tokens; readonly authorizer: Authorizer; readonly database: Database; readonly tenantId: string }): BlobAccess {
  return {
    authenticate: (_ctx, authorization) => deps.tokens.verifyBearer(bearerOf(authorization), { audiences: ['storage'] }),
    async findPrincipal(objectId, tenantId) {
      if (tenantId !== deps.tenantId) return undefined;
      const found = await findPrincipal(deps.database.sql, objectId);
      if (found === undefined || !found.isEnabled || found.kind === 'Group') return undefined;
      return { objectId: found.id, tenantId, kind: found.kind, displayName: found.displayName, groups: found.groups, ...(found.appId === undefined ? {} : { appId: found.appId }) };
    },
    require: (ctx, kind, action, scope) => (kind === 'action' ? deps.authorizer.require(ctx, action, scope) : deps.authorizer.requireData(ctx, action, scope)),
  };
}

/** Data that a job names and its workspace has no credentials for: the roles of the submitter decide, as they are now. */
export function createDataAccess(deps: { readonly authorizer: Authorizer; readonly database: Database; readonly storage: StorageDirectory; readonly clock: Clock; readonly log: Log }): DataAccess {
  return {
    async require(principal, { service, account, container }, act) {
      const { database, storage, clock, log, authorizer } = deps;
      const [found, known] = await Promise.all([storage.findAccount(account), findPrincipal(database.sql, principal.objectId)]);
      if (found === undefined) throw new Fault('notFound', 'StorageAccountNotFound', `There is no storage account ${account} on this server.`);
      if (known === undefined || !known.isEnabled) throw new Fault('forbidden', 'PrincipalDisabled', `${principal.displayName}, who submitted the job, is not there any more or is disabled.`);
      const ctx = { principal: { ...principal, groups: known.groups }, correlationId: 'data-access', log, clock, signal: () => new AbortController().signal };
      if (service === 'blob') {
        await authorizer.requireData(ctx, `Microsoft.Storage/storageAccounts/blobServices/containers/blobs/${act}`, `${found.id}/blobServices/default/containers/${container}`);
        return;
      }
      // Why both: as on the Files plane, access lists are not asked.
      for (const action of [`fileshares/files/${act}`, `${act}FileBackupSemantics/action`])
        await authorizer.requireData(ctx, `Microsoft.Storage/storageAccounts/fileServices/${action}`, `${found.id}/fileServices/default/fileshares/${container}`);
    },
  };
}

function bearerOf(authorization: string): string {
  const match = /^Bearer +(\S+)$/i.exec(authorization.trim());
  if (match?.[1] !== undefined) return match[1];
  throw new Fault('unauthenticated', 'AuthenticationFailed', "The Authorization header is not of the form 'Bearer <access token>'.");
}
