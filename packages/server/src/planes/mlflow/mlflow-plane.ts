// The MLflow plane: what unmodified `mlflow` clients (2.x, 3.x) talk to, with a workspace's tracking URI.
// Source: contracts/mlflow.md.

import { Fault } from '#kernel/faults.ts';
import type { Plane, PlaneRoute } from '#planes/plane.ts';
import type { Database } from '#storage/database.ts';
import type { Artifacts } from '#tracking/artifacts.ts';
import type { Tracking } from '#tracking/tracking.ts';
import { artifactEndpoints } from './artifact-endpoints.ts';
import { routesOf, SCOPES, workspaceIdOf } from './endpoint.ts';
import { renderMlflowFault } from './error-envelope.ts';
import { experimentEndpoints } from './experiment-endpoints.ts';
import { loggedModelEndpoints } from './logged-model-endpoints.ts';
import { modelVersionEndpoints } from './model-version-endpoints.ts';
import { pageLinks } from './page-links.ts';
import type { ModelAssets } from './ports.ts';
import { registeredModelEndpoints } from './registered-model-endpoints.ts';
import { Registry } from './registry.ts';
import { runEndpoints } from './run-endpoints.ts';

/**
 * The level of MLflow's protocol that is served: logged models are (3.0), spans over OTLP are not (3.4). Clients read
 * only this number to choose where spans go.
 */
const PROTOCOL_VERSION = '3.3.0';

export interface MlflowPlaneDeps {
  readonly database: Database;
  readonly tracking: Tracking;
  readonly artifacts: Artifacts;
  readonly assets: ModelAssets;
  /** Where the studio is: `http://localhost:7443`. */
  readonly studioOrigin: string;
}

export function createMlflowPlane(deps: MlflowPlaneDeps): Plane {
  const { database, tracking, artifacts, assets } = deps;
  const registry = new Registry({ database, assets });
  const endpoints = [
    ...experimentEndpoints(tracking),
    ...runEndpoints(tracking),
    ...loggedModelEndpoints(tracking, artifacts),
    ...artifactEndpoints(tracking, artifacts, assets),
    ...registeredModelEndpoints(registry, assets),
    ...modelVersionEndpoints(registry, assets, tracking),
  ];
  return {
    name: 'mlflow',
    routes: [
      ...endpoints.flatMap(routesOf),
      ...pageLinks(deps.studioOrigin),
      ...SCOPES.flatMap((scope) => [probe(`${scope}/version`, PROTOCOL_VERSION), probe(`${scope}/health`, 'OK')]),
      ...unserved(),
    ],
    renderFault: renderMlflowFault,
  };
}

function probe(path: string, answer: string): PlaneRoute {
  return {
    hosts: ['api', 'local'],
    method: 'GET',
    path,
    permission: { kind: 'action', action: 'Microsoft.MachineLearningServices/workspaces/read', scope: workspaceIdOf },
    run: async () => ({ status: 200, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: answer }),
  };
}

/** Everything else below /mlflow: clients fall back to older calls only on exactly this code. */
function unserved(): readonly PlaneRoute[] {
  return (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method) => ({
    hosts: ['api', 'local'],
    method,
    path: '/mlflow/*',
    permission: { kind: 'authenticated' },
    async run(_ctx, request): Promise<never> {
      const why = /\/workspaces\/[^/]+\/(?:ajax-)?api\//i.test(request.rawPath)
        ? 'Experiments, runs, metrics, artifacts, registered models and logged models of MLflow 2 and 3 are; traces, prompts and calls that only MLflow 1 has are not.'
        : 'The tracking URI is /mlflow/v2.0 followed by the resource id of the workspace.';
      throw new Fault('notFound', 'EndpointNotFound', `${request.method} ${request.rawPath} is not served. ${why}`);
    },
  }));
}
