// Page links: `mlflow` prints `{tracking uri}/#/experiments/{id}/runs/{run}` after a run. A browser that follows it is sent
// to the workspace's page in the studio; the part after `#` stays with the browser, and the page understands it.
// Source: observed: mlflow 2.22 and 3.x, `View run … at:`.

import type { PlaneRequest, PlaneRoute } from '#planes/plane.ts';
import { SCOPES } from './endpoint.ts';

/** Routes of the tracking URIs themselves. `studioOrigin` is where browsers sign in: `http://localhost:7443`. */
export function pageLinks(studioOrigin: string): readonly PlaneRoute[] {
  return SCOPES.map((path) => ({
    hosts: ['api', 'local'],
    method: 'GET',
    path,
    permission: { kind: 'public', why: 'it says only where the studio is; the page it leads to asks who comes' },
    async run(_ctx, request) {
      // Why: the browser's session belongs to one name; jobs log to 127.0.0.1, people sign in at localhost, on a port that may be forwarded.
      const origin = request.url.hostname === 'localhost' ? '' : studioOrigin;
      return { status: 302, headers: { Location: `${origin}${pageOf(request)}`, 'Cache-Control': 'no-store' } };
    },
  }));
}

function pageOf({ params }: PlaneRequest): string {
  return `/workspaces/${[params['subscriptionId'], params['resourceGroup'], params['workspace']].map((part) => encodeURIComponent(part ?? '')).join('/')}`;
}
