// Credentials: SharedKey, a signature in the query, or a bearer token. Nothing else, and never nothing.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Principal } from '#kernel/principal.ts';
import type { PlaneRequest } from '#planes/plane.ts';
import type { BlobPlaneDeps } from './plane-deps.ts';
import { authenticationFailed } from './faults.ts';
import type { StorageAccount } from './ports.ts';
import { verifySharedKey } from './shared-key.ts';
import { type Grant, verifySignature } from './signatures.ts';
import { parseQuery, parseTarget, type Target } from './target.ts';

export type Credential =
  | { readonly kind: 'key' }
  /** `ctx` speaks for the signer of a user-delegation signature, whose roles count too. */
  | { readonly kind: 'signature'; readonly grant: Grant; readonly ctx?: Context }
  | { readonly kind: 'bearer'; readonly ctx: Context; readonly principal: Principal };

/** Whose signatures count: the Blob protocol's (also for paths), or those of Azure Files. */
export type SignedService = 'blob' | 'file';

export interface Presented {
  readonly service: SignedService;
  readonly accountName: string;
  readonly account: StorageAccount;
  readonly target: Target;
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly request: PlaneRequest;
}

const ACCOUNT_NAME = /^[a-z0-9]{3,24}$/;

/** What the request is about. Throws ResourceNotFound where the host names no account of this server. */
export async function present(deps: BlobPlaneDeps, request: PlaneRequest, service: SignedService = 'blob'): Promise<Presented> {
  const accountName = request.hostLabel.toLowerCase();
  const account = ACCOUNT_NAME.test(accountName) ? await deps.accounts.find(accountName) : undefined;
  if (account === undefined) throw new Fault('notFound', 'ResourceNotFound', `The specified resource does not exist: there is no storage account ${accountName} on this server.`);
  return { service, accountName, account, target: parseTarget(request.rawPath), query: parseQuery(request.rawQuery), request };
}

/** Who is calling. Throws NoAuthenticationInformation, AuthenticationFailed, InvalidAuthenticationInfo. */
export async function authenticate(ctx: Context, deps: BlobPlaneDeps, presented: Presented): Promise<Credential> {
  const authorization = presented.request.headers['authorization'] ?? '';
  if (authorization.startsWith('SharedKey ')) {
    verifySharedKey(presented.accountName, presented.account, presented.request, deps.clock.now());
    return { kind: 'key' };
  }
  if (/^Bearer /i.test(authorization)) return authenticateBearer(ctx, deps, authorization);
  if (authorization !== '') throw new Fault('invalid', 'InvalidAuthenticationInfo', 'The authorization scheme is not supported; SharedKey and Bearer are.');
  if (presented.query.has('sig')) return authenticateSignature(ctx, deps, presented);
  throw new Fault('unauthenticated', 'NoAuthenticationInformation', 'Server failed to authenticate the request. Send a SharedKey or Bearer Authorization header, or a shared access signature.', {
    headers: { 'www-authenticate': challenge(deps) },
  });
}

function challenge(deps: BlobPlaneDeps): string {
  return `Bearer authorization_uri=${deps.authorizationUri} resource_id=https://storage.azure.com`;
}

export async function authenticateBearer(ctx: Context, deps: BlobPlaneDeps, authorization: string): Promise<Credential> {
  try {
    const principal = await deps.access.authenticate(ctx, authorization);
    return { kind: 'bearer', ctx: { ...ctx, principal }, principal };
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'unauthenticated') throw error;
    throw new Fault('unauthenticated', 'InvalidAuthenticationInfo', `Server failed to authenticate the request: ${error.message}`, { headers: { 'www-authenticate': challenge(deps) }, cause: error });
  }
}

/** Also for the source of a copy, whose signature is in its own URL. */
export async function authenticateSignature(ctx: Context, deps: BlobPlaneDeps, presented: Presented): Promise<Credential> {
  const grant = verifySignature({ ...presented, delegationMaster: deps.delegationMaster, nowMs: deps.clock.now() });
  if (grant.signer === undefined) return { kind: 'signature', grant };
  const principal = await deps.access.findPrincipal(grant.signer.objectId, grant.signer.tenantId);
  if (principal === undefined) throw authenticationFailed('the principal behind this user delegation signature is no longer there.');
  return { kind: 'signature', grant, ctx: { ...ctx, principal } };
}
