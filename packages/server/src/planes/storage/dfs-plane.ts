// The Data Lake plane: every request of {account}.dfs.{domain}. Filesystems are the containers and paths the blobs of the
// Blob plane; credentials and roles are the same.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Plane, PlaneReply, PlaneRequest, PlaneRoute } from '#planes/plane.ts';
import { authorize } from './access.ts';
import { answerOrFault as answerBlobCall } from './blob-plane.ts';
import { authenticate, present } from './credentials.ts';
import { findPathOperation } from './dfs/operations.ts';
import { refuseUnsupported } from './headers.ts';
import type { BlobPlaneDeps } from './plane-deps.ts';
import { versionOf, withCommonHeaders } from './reply.ts';
import { checkNames } from './target.ts';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'] as const;
const MAX_APPEND_BYTES = 4000 * 1024 * 1024;
/** Azure: the same faults have other names here. */
const CODES: Readonly<Record<string, string>> = {
  ContainerNotFound: 'FilesystemNotFound',
  ContainerAlreadyExists: 'FilesystemAlreadyExists',
  BlobNotFound: 'PathNotFound',
  BlobAlreadyExists: 'PathAlreadyExists',
};

async function answer(ctx: Context, deps: BlobPlaneDeps, request: PlaneRequest): Promise<PlaneReply> {
  versionOf(request.headers);
  const presented = await present(deps, request);
  const { account, target, query } = presented;
  const value = (name: string): string => (query.get(name)?.[0] ?? '').toLowerCase();
  const credential = await authenticate(ctx, deps, presented);
  const operation = findPathOperation({
    method: request.method,
    level: target.container === undefined ? 'account' : target.blob === undefined ? 'filesystem' : 'path',
    resource: value('resource'),
    action: value('action'),
    isMove: (request.headers['x-ms-rename-source'] ?? '') !== '',
  });
  const { mayOverwrite } = await authorize(deps, { account, target, credential }, operation.needs);
  checkNames(target);
  refuseUnsupported(request.headers);
  return operation.run({ ...presented, ctx, deps, credential, mayOverwrite });
}

function faultReply(fault: Fault, request: { readonly requestId: string; readonly method: string }): PlaneReply {
  const code = fault.kind === 'internal' ? 'InternalError' : (CODES[fault.code] ?? fault.code);
  const headers = { ...fault.headers, 'x-ms-error-code': code, 'x-ms-request-id': request.requestId };
  return request.method === 'HEAD' ? { status: fault.status, headers } : { status: fault.status, headers, body: { error: { code, message: `${fault.message}\nRequestId:${request.requestId}` } } };
}

/** Observed: @azure/storage-file-datalake sends its calls of the Blob protocol here when the domain is not Azure's own. */
function isBlobCall(request: PlaneRequest): boolean {
  return [...request.query.keys()].some((name) => /^(restype|comp)$/i.test(name));
}

async function answerOrFault(ctx: Context, deps: BlobPlaneDeps, request: PlaneRequest): Promise<PlaneReply> {
  if (isBlobCall(request)) return answerBlobCall(ctx, deps, request);
  try {
    return withCommonHeaders(await answer(ctx, deps, request), request.headers, ctx.correlationId);
  } catch (error) {
    if (!(error instanceof Fault) || error.kind === 'internal') throw error;
    return withCommonHeaders(faultReply(error, { requestId: ctx.correlationId, method: request.method }), request.headers, ctx.correlationId);
  }
}

export function createDfsPlane(deps: BlobPlaneDeps): Plane {
  const route = (method: (typeof METHODS)[number]): PlaneRoute => ({
    hosts: ['dfs'],
    method,
    path: '/*',
    permission: { kind: 'own', why: 'SharedKey, shared access signatures and bearer tokens of the storage protocols; each operation names what it needs' },
    ...(method === 'PATCH' || method === 'PUT' || method === 'POST' ? { body: 'stream' as const, maxBodyBytes: MAX_APPEND_BYTES } : {}),
    run: (ctx, request) => answerOrFault(ctx, deps, request),
  });
  return { name: 'dfs', routes: METHODS.map(route), renderFault: faultReply };
}
