// Page links: `mlflow` prints `{tracking uri}/#/experiments/{id}/runs/{run}` after a run. A browser that follows it is sent
// to the workspace's page in the studio; the part after `#` stays with the browser, and the page understands it.
// Source: observed: mlflow 2.22 and 3.x, `View run … at:`.

import type { PlaneRequest, PlaneRoute } from '#planes/plane.ts';
import { SCOPES } from './endpoint.ts';

/** Routes of the tracking URIs themselves. `studioOrigin` is for browsers that come by the name of the data planes. */
export function pageLinks(studioOrigin: string): readonly PlaneRoute[] {
  return SCOPES.flatMap((path) => [redirect('local', path, ''), redirect('api', path, studioOrigin)]);
}

function redirect(host: 'local' | 'api', path: string, origin: string): PlaneRoute {
  return {
    hosts: [host],
    method: 'GET',
    path,
    permission: { kind: 'public', why: 'it says only where the studio is; the page it leads to asks who comes' },
    run: async (_ctx, request) => ({ status: 302, headers: { Location: `${origin}${pageOf(request)}`, 'Cache-Control': 'no-store' } }),
  };
}

function pageOf({ params }: PlaneRequest): string {
  return `/workspaces/${[params['subscriptionId'], params['resourceGroup'], params['workspace']].map((part) => encodeURIComponent(part ?? '')).join('/')}`;
}
