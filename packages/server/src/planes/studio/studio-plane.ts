// The studio plane: the studio's own small API beside Resource Manager.
// Source: design/studio-and-cli.md (one request per pane; live rows; series downsampled by the server).

import type { Fault } from '#kernel/faults.ts';
import type { Plane, PlaneReply } from '../plane.ts';
import { accessRoutes } from './access.ts';
import { checkRoutes } from './checks.ts';
import { codeRoutes } from './code.ts';
import { dependentRoutes } from './dependents.ts';
import { fileRoutes } from './files.ts';
import { jobRoutes } from './jobs.ts';
import { createLiveFeed } from './live-feed.ts';
import { metricRoutes } from './metrics.ts';
import { operationRoutes } from './operations.ts';
import { STUDIO_HOSTS, type StudioDeps } from './ports.ts';
import { resourceTypeRoutes } from './resource-types.ts';
import { READ as READ_ALL, resourceRoutes } from './resources.ts';
import { scopeOfQuery, workspaceKeyOfQuery } from './scope.ts';

const EVENT_STREAM = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' } as const;

export function createStudioPlane(deps: StudioDeps): Plane {
  const feed = createLiveFeed(deps.database);
  return {
    name: 'studio',
    routes: [
      {
        hosts: STUDIO_HOSTS,
        method: 'GET',
        path: '/api/studio/config',
        permission: { kind: 'public', why: 'a page needs the tenant and the client id before it can sign anyone in' },
        async run() {
          return { status: 200, headers: { 'Cache-Control': 'no-cache' }, body: deps.config() };
        },
      },
      {
        hosts: STUDIO_HOSTS,
        method: 'GET',
        path: '/api/studio/events',
        permission: { kind: 'action', action: 'Microsoft.MachineLearningServices/workspaces/jobs/read', scope: workspaceKeyOfQuery },
        async run(ctx, request) {
          return { status: 200, headers: EVENT_STREAM, body: await feed.open(workspaceKeyOfQuery(request), ctx.signal()) };
        },
      },
      {
        hosts: STUDIO_HOSTS,
        method: 'GET',
        path: '/api/studio/resources/events',
        // Why the permission to list: the events tell which resources there are, and when they change.
        permission: { kind: 'action', action: READ_ALL, scope: scopeOfQuery },
        async run(ctx, request) {
          return { status: 200, headers: EVENT_STREAM, body: await feed.openAt(scopeOfQuery(request).toLowerCase(), ctx.signal()) };
        },
      },
      ...resourceTypeRoutes(deps),
      ...resourceRoutes(deps),
      ...checkRoutes(deps),
      ...dependentRoutes(deps),
      ...operationRoutes(deps),
      ...accessRoutes(deps),
      ...jobRoutes(deps),
      ...metricRoutes(deps),
      ...fileRoutes(deps),
      ...codeRoutes(deps),
    ],
    renderFault,
  };
}

/** Resource Manager's error envelope, with the request id beside it: the page shows both. */
function renderFault(fault: Fault, request: { readonly requestId: string }): PlaneReply {
  return {
    status: fault.status,
    headers: { ...fault.headers },
    body: {
      error: {
        code: fault.code,
        message: fault.message,
        ...(fault.target === undefined ? {} : { target: fault.target }),
        ...(fault.details.length === 0 ? {} : { details: fault.details }),
        requestId: request.requestId,
      },
    },
  };
}
