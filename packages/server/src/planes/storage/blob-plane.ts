// The Blob plane: every request of {account}.blob.{domain}, from its raw path to its answer.
//   account -> target -> operation -> credential -> access -> operation's run -> answer with the protocol's headers

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Plane, PlaneReply, PlaneRequest, PlaneRoute } from '#planes/plane.ts';
import { authorize } from './access.ts';
import { answerBatch, isBatch } from './blob/batch.ts';
import { MAX_PUT_BYTES } from './blob/blob-operations.ts';
import type { BlobPlaneDeps } from './plane-deps.ts';
import { authenticate, present } from './credentials.ts';
import { refuseUnsupported } from './headers.ts';
import { findOperation } from './blob/operations.ts';
import { faultReply, versionOf, withCommonHeaders } from './reply.ts';
import { checkNames } from './target.ts';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'] as const;

async function answer(ctx: Context, deps: BlobPlaneDeps, request: PlaneRequest): Promise<PlaneReply> {
  versionOf(request.headers);
  if (request.method === 'OPTIONS') throw new Fault('forbidden', 'CorsPreflightFailure', 'CORS not enabled or no matching rule found for this request.');
  const presented = await present(deps, request);
  const { accountName, account, target, query } = presented;
  const value = (name: string): string => (query.get(name)?.[0] ?? '').toLowerCase();
  if (isBatch(request.method, value('comp'))) {
    const credential = await authenticate(ctx, deps, presented);
    return answerBatch(request, credential, target, (each) => answerOrFault(ctx, deps, each));
  }
  const credential = await authenticate(ctx, deps, presented);
  const operation = findOperation({
    method: request.method,
    target,
    restype: value('restype'),
    comp: value('comp'),
    hasCopySource: (request.headers['x-ms-copy-source'] ?? '') !== '',
    blobType: request.headers['x-ms-blob-type'] ?? '',
  });
  const { mayOverwrite } = await authorize(deps, { account, target, credential }, operation.needs);
  checkNames(target);
  refuseUnsupported(request.headers);
  try {
    return await operation.run({ ctx, deps, request, accountName, account, target, query, credential, mayOverwrite });
  } catch (error) {
    if (!mayOverwrite && error instanceof Fault && error.code === 'BlobAlreadyExists') {
      throw new Fault('forbidden', 'UnauthorizedBlobOverwrite', 'This request is not authorized to perform blob overwrites.', { cause: error });
    }
    throw error;
  }
}

/** Faults of the protocol become answers here, where the request's own headers are known; anything else is the server's. */
export async function answerOrFault(ctx: Context, deps: BlobPlaneDeps, request: PlaneRequest): Promise<PlaneReply> {
  try {
    return withCommonHeaders(await answer(ctx, deps, request), request.headers, ctx.correlationId);
  } catch (error) {
    if (!(error instanceof Fault) || error.kind === 'internal') throw error;
    return withCommonHeaders(faultReply(error, { requestId: ctx.correlationId, method: request.method }), request.headers, ctx.correlationId);
  }
}

export function createBlobPlane(deps: BlobPlaneDeps): Plane {
  const route = (method: (typeof METHODS)[number]): PlaneRoute => ({
    hosts: ['blob'],
    method,
    path: '/*',
    permission: { kind: 'own', why: 'SharedKey, shared access signatures and bearer tokens of the Blob protocol; each operation names what it needs' },
    ...(method === 'PUT' || method === 'POST' ? { body: 'stream' as const, maxBodyBytes: MAX_PUT_BYTES } : {}),
    run: (ctx, request) => answerOrFault(ctx, deps, request),
  });
  return { name: 'blob', routes: METHODS.map(route), renderFault: faultReply };
}
