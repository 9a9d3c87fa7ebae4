// The Files plane: every request of {account}.file.{domain}, from its raw path to its answer. Credentials are those of the
// Blob plane; signatures name shares and files, and tokens need to say that they read and write past access lists.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Plane, PlaneReply, PlaneRequest, PlaneRoute } from '#planes/plane.ts';
import { authorize } from '../access.ts';
import { authenticate, present } from '../credentials.ts';
import { invalidHeader, missingHeader } from '../faults.ts';
import type { BlobPlaneDeps } from '../plane-deps.ts';
import { faultReply, versionOf, withCommonHeaders } from '../reply.ts';
import { refuseUnsupported } from './file-headers.ts';
import { findFileOperation } from './operations.ts';
import { checkShareName } from './target.ts';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** A range of 4 MiB, and room for a body that is refused in words. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const INTENT = 'x-ms-file-request-intent';

async function answer(ctx: Context, deps: BlobPlaneDeps, request: PlaneRequest): Promise<PlaneReply> {
  versionOf(request.headers);
  if (request.method === 'OPTIONS') throw new Fault('forbidden', 'CorsPreflightFailure', 'CORS not enabled or no matching rule found for this request.');
  const presented = await present(deps, request, 'file');
  const { account, target, query } = presented;
  const value = (name: string): string => (query.get(name)?.[0] ?? '').toLowerCase();
  const credential = await authenticate(ctx, deps, presented);
  const operation = findFileOperation({
    method: request.method,
    target,
    restype: value('restype'),
    comp: value('comp'),
    hasCopySource: (request.headers['x-ms-copy-source'] ?? '') !== '',
  });
  // Observed: @azure/storage-file-share 12.33 sends it for directories and files only.
  if (credential.kind === 'bearer' && (operation.level === 'directory' || operation.level === 'file')) {
    const intent = request.headers[INTENT] ?? '';
    if (intent === '') throw missingHeader(INTENT);
    if (intent.toLowerCase() !== 'backup') throw invalidHeader(INTENT, intent, 'backup is accepted.');
  }
  const { mayOverwrite } = await authorize(deps, { service: 'file', account, target, credential }, operation.needs);
  if (target.container !== undefined) checkShareName(target.container);
  refuseUnsupported(presented);
  return operation.run({ ...presented, ctx, deps, credential, mayOverwrite });
}

export function createFilePlane(deps: BlobPlaneDeps): Plane {
  const route = (method: (typeof METHODS)[number]): PlaneRoute => ({
    hosts: ['file'],
    method,
    path: '/*',
    permission: { kind: 'own', why: 'SharedKey, shared access signatures and bearer tokens of the Files protocol; each operation names what it needs' },
    ...(method === 'PUT' ? { body: 'stream' as const, maxBodyBytes: MAX_BODY_BYTES } : {}),
    async run(ctx, request) {
      try {
        return withCommonHeaders(await answer(ctx, deps, request), request.headers, ctx.correlationId);
      } catch (error) {
        if (!(error instanceof Fault) || error.kind === 'internal') throw error;
        return withCommonHeaders(faultReply(error, { requestId: ctx.correlationId, method: request.method }), request.headers, ctx.correlationId);
      }
    },
  });
  return { name: 'file', routes: METHODS.map(route), renderFault: faultReply };
}
