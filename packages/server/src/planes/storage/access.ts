// Access: whether a credential may do what an operation does. A key may do everything; a signature what its letters
// say; a token what the roles of its principal say; a user-delegation signature what both say.
// Source: Storage REST, "Permissions for a service SAS / an account SAS", "Authorize with Microsoft Entra ID".

import { isFault } from '#kernel/faults.ts';
import type { Context } from '#kernel/context.ts';
import type { BlobPlaneDeps } from './plane-deps.ts';
import type { Credential, SignedService } from './credentials.ts';
import { permissionMismatch } from './faults.ts';
import type { StorageAccount } from './ports.ts';
import type { Target } from './target.ts';

export interface Needs {
  /** Letters of which a signature must hold one; empty: no signature opens it. */
  readonly letters: string;
  /** Letter that lets a signature make something new but not replace what is there. */
  readonly createLetter?: string;
  /** What an account signature's `srt` must hold. */
  readonly resourceType: 's' | 'c' | 'o';
  /** Lowest service signature that reaches it. */
  readonly serviceSignature: 'none' | 'container' | 'blob';
  /** `also`: needed besides. */
  readonly rbac: { readonly kind: 'action' | 'dataAction'; readonly action: string; readonly createAction?: string; readonly also?: string };
}

const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers';
const BLOBS = `${CONTAINERS}/blobs`;

export const needs = {
  listContainers: { letters: 'l', resourceType: 's', serviceSignature: 'none', rbac: { kind: 'action', action: `${CONTAINERS}/read` } },
  readService: { letters: 'r', resourceType: 's', serviceSignature: 'none', rbac: { kind: 'action', action: 'Microsoft.Storage/storageAccounts/blobServices/read' } },
  writeService: { letters: 'w', resourceType: 's', serviceSignature: 'none', rbac: { kind: 'action', action: 'Microsoft.Storage/storageAccounts/blobServices/write' } },
  readAccount: { letters: 'racwdxlt', resourceType: 's', serviceSignature: 'blob', rbac: { kind: 'action', action: 'Microsoft.Storage/storageAccounts/blobServices/getInfo/action' } },
  delegate: { letters: '', resourceType: 's', serviceSignature: 'none', rbac: { kind: 'action', action: 'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action' } },
  createContainer: { letters: 'cw', resourceType: 'c', serviceSignature: 'none', rbac: { kind: 'action', action: `${CONTAINERS}/write` } },
  readContainer: { letters: 'r', resourceType: 'c', serviceSignature: 'none', rbac: { kind: 'action', action: `${CONTAINERS}/read` } },
  writeContainer: { letters: 'w', resourceType: 'c', serviceSignature: 'none', rbac: { kind: 'action', action: `${CONTAINERS}/write` } },
  // Azure: signatures that may delete can break a lease as well; here they can write for all of it.
  leaseContainer: { letters: 'w', resourceType: 'c', serviceSignature: 'none', rbac: { kind: 'action', action: `${CONTAINERS}/write` } },
  deleteContainer: { letters: 'd', resourceType: 'c', serviceSignature: 'none', rbac: { kind: 'action', action: `${CONTAINERS}/delete` } },
  listBlobs: { letters: 'l', resourceType: 'c', serviceSignature: 'container', rbac: { kind: 'dataAction', action: `${BLOBS}/read` } },
  readBlob: { letters: 'r', resourceType: 'o', serviceSignature: 'blob', rbac: { kind: 'dataAction', action: `${BLOBS}/read` } },
  putBlob: { letters: 'w', createLetter: 'c', resourceType: 'o', serviceSignature: 'blob', rbac: { kind: 'dataAction', action: `${BLOBS}/write`, createAction: `${BLOBS}/add/action` } },
  writeBlob: { letters: 'w', resourceType: 'o', serviceSignature: 'blob', rbac: { kind: 'dataAction', action: `${BLOBS}/write` } },
  stageBlock: { letters: 'wc', resourceType: 'o', serviceSignature: 'blob', rbac: { kind: 'dataAction', action: `${BLOBS}/write`, createAction: `${BLOBS}/add/action` } },
  append: { letters: 'wa', resourceType: 'o', serviceSignature: 'blob', rbac: { kind: 'dataAction', action: `${BLOBS}/write`, createAction: `${BLOBS}/add/action` } },
  movePath: { letters: 'm', resourceType: 'o', serviceSignature: 'blob', rbac: { kind: 'dataAction', action: `${BLOBS}/move/action` } },
  changePathAccess: { letters: 'p', resourceType: 'o', serviceSignature: 'blob', rbac: { kind: 'dataAction', action: `${BLOBS}/modifyPermissions/action` } },
  deleteBlob: { letters: 'd', resourceType: 'o', serviceSignature: 'blob', rbac: { kind: 'dataAction', action: `${BLOBS}/delete` } },
} as const satisfies Readonly<Record<string, Needs>>;

const FILE_SERVICE = 'Microsoft.Storage/storageAccounts/fileServices';
const SHARES = `${FILE_SERVICE}/shares`;
const FILES = `${FILE_SERVICE}/fileshares/files`;

/** Azure: over REST a token reads and writes files past their access lists, and needs to be allowed that. */
function fileRoles(verb: 'read' | 'write' | 'delete'): Needs['rbac'] {
  return { kind: 'dataAction', action: `${FILES}/${verb}`, also: `${FILE_SERVICE}/${verb === 'read' ? 'read' : 'write'}FileBackupSemantics/action` };
}

export const fileNeeds = {
  listShares: { letters: 'l', resourceType: 's', serviceSignature: 'none', rbac: { kind: 'action', action: `${SHARES}/read` } },
  readService: { letters: 'r', resourceType: 's', serviceSignature: 'none', rbac: { kind: 'action', action: `${FILE_SERVICE}/read` } },
  writeService: { letters: 'w', resourceType: 's', serviceSignature: 'none', rbac: { kind: 'action', action: `${FILE_SERVICE}/write` } },
  createShare: { letters: 'cw', resourceType: 'c', serviceSignature: 'none', rbac: { kind: 'action', action: `${SHARES}/write` } },
  readShare: { letters: 'r', resourceType: 'c', serviceSignature: 'none', rbac: { kind: 'action', action: `${SHARES}/read` } },
  writeShare: { letters: 'w', resourceType: 'c', serviceSignature: 'none', rbac: { kind: 'action', action: `${SHARES}/write` } },
  deleteShare: { letters: 'd', resourceType: 'c', serviceSignature: 'none', rbac: { kind: 'action', action: `${SHARES}/delete` } },
  listDirectory: { letters: 'l', resourceType: 'c', serviceSignature: 'container', rbac: fileRoles('read') },
  createDirectory: { letters: 'cw', resourceType: 'o', serviceSignature: 'container', rbac: fileRoles('write') },
  readDirectory: { letters: 'r', resourceType: 'o', serviceSignature: 'container', rbac: fileRoles('read') },
  writeDirectory: { letters: 'w', resourceType: 'o', serviceSignature: 'container', rbac: fileRoles('write') },
  deleteDirectory: { letters: 'd', resourceType: 'o', serviceSignature: 'container', rbac: fileRoles('delete') },
  createFile: { letters: 'w', createLetter: 'c', resourceType: 'o', serviceSignature: 'blob', rbac: fileRoles('write') },
  readFile: { letters: 'r', resourceType: 'o', serviceSignature: 'blob', rbac: fileRoles('read') },
  writeFile: { letters: 'w', resourceType: 'o', serviceSignature: 'blob', rbac: fileRoles('write') },
  deleteFile: { letters: 'd', resourceType: 'o', serviceSignature: 'blob', rbac: fileRoles('delete') },
} as const satisfies Readonly<Record<string, Needs>>;

export interface Asked {
  /** @default 'blob' */
  readonly service?: SignedService;
  readonly account: StorageAccount;
  readonly target: Target;
  readonly credential: Credential;
}

/** Where roles are looked up: the container or share, or the account. */
function scopeOf({ account, target, service }: Asked): string {
  if (target.container === undefined) return account.resourceId;
  return service === 'file' ? `${account.resourceId}/fileServices/default/fileshares/${target.container}` : `${account.resourceId}/blobServices/default/containers/${target.container}`;
}

/** Throws AuthorizationPermissionMismatch and its siblings. Answers whether what is there may be replaced. */
export async function authorize(deps: BlobPlaneDeps, asked: Asked, need: Needs): Promise<{ readonly mayOverwrite: boolean }> {
  const { credential } = asked;
  const scope = scopeOf(asked);
  switch (credential.kind) {
    case 'key':
      if (need === needs.delegate) throw permissionMismatch('a user delegation key is given to a token of the directory, not to an account key.');
      return { mayOverwrite: true };
    case 'bearer':
      return requireRoles(deps, credential.ctx, need, scope);
    case 'signature': {
      const bySignature = checkLetters(credential, need);
      if (credential.ctx === undefined) return bySignature;
      const byRoles = await requireRoles(deps, credential.ctx, need, scope);
      return { mayOverwrite: bySignature.mayOverwrite && byRoles.mayOverwrite };
    }
  }
}

function checkLetters(credential: Extract<Credential, { kind: 'signature' }>, need: Needs): { readonly mayOverwrite: boolean } {
  const { grant } = credential;
  if (grant.kind === 'account' && need.serviceSignature !== 'blob' && !grant.resourceTypes.includes(need.resourceType)) throw resourceTypeMismatch(grant.resourceTypes, need);
  if (grant.kind === 'account' && need.serviceSignature === 'blob' && need.resourceType === 'o' && !grant.resourceTypes.includes('o')) throw resourceTypeMismatch(grant.resourceTypes, need);
  if (grant.kind !== 'account' && (need.serviceSignature === 'none' || (need.serviceSignature === 'container' && grant.kind === 'blob'))) {
    throw permissionMismatch(`a signature for a ${grant.kind} does not reach this operation.`);
  }
  if ([...need.letters].some((letter) => grant.permissions.includes(letter))) return { mayOverwrite: true };
  if (need.createLetter !== undefined && grant.permissions.includes(need.createLetter)) return { mayOverwrite: false };
  throw permissionMismatch(`the signature grants sp=${grant.permissions}; ${[...need.letters, ...(need.createLetter ?? '')].join(' or ')} is needed.`);
}

function resourceTypeMismatch(given: string, need: Needs): Error {
  return permissionMismatch(`the account signature is for srt=${given}; ${need.resourceType} is needed.`);
}

async function requireRoles(deps: BlobPlaneDeps, ctx: Context, need: Needs, scope: string): Promise<{ readonly mayOverwrite: boolean }> {
  const { kind, action, createAction, also } = need.rbac;
  try {
    if (also !== undefined) await deps.access.require(ctx, kind, also, scope);
    await deps.access.require(ctx, kind, action, scope);
    return { mayOverwrite: true };
  } catch (error) {
    if (!isFault(error, 'forbidden')) throw error;
    if (createAction === undefined) throw permissionMismatch(error.message);
    await deps.access.require(ctx, kind, createAction, scope).catch((second: unknown) => {
      throw isFault(second, 'forbidden') ? permissionMismatch(error.message) : second;
    });
    return { mayOverwrite: false };
  }
}
