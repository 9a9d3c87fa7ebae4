// Endpoint: one call of MLflow's API as data, and how endpoints become routes of a plane.
// Source: contracts/mlflow.md §1.1, §15.1, §15.8.

import type { Context } from '#kernel/context.ts';
import type { PlaneReply, PlaneRequest, PlaneRoute } from '#planes/plane.ts';
import { Fields } from './fields.ts';

const PROVIDER = 'Microsoft.MachineLearningServices';

/** RBAC actions below the provider's workspaces. */
export type MlflowAction =
  | 'experiments/read'
  | 'experiments/write'
  | 'experiments/delete'
  | 'experiments/runs/read'
  | 'experiments/runs/write'
  | 'experiments/runs/delete'
  | 'models/read'
  | 'models/write'
  | 'models/delete'
  | 'models/versions/read'
  | 'models/versions/write'
  | 'models/versions/delete';

/** One call, its workspace resolved. */
export interface Call {
  readonly ctx: Context;
  /** Lower-cased ARM id. */
  readonly workspaceKey: string;
  readonly fields: Fields;
  readonly request: PlaneRequest;
}

export interface Endpoint {
  readonly method: PlaneRoute['method'];
  /** Below the workspace's tracking URI and `/api` or `/ajax-api`: `2.0/mlflow/runs/create`. */
  readonly path: string;
  readonly action: MlflowAction;
  /** @default 'json' for POST, PATCH and DELETE, 'none' for GET */
  readonly body?: PlaneRoute['body'];
  readonly maxBodyBytes?: number;
  /** The answer's JSON object. */
  run(call: Call): Promise<object>;
}

/** An endpoint whose answer is no JSON object. */
export interface RawEndpoint extends Omit<Endpoint, 'run'> {
  reply(call: Call): Promise<PlaneReply>;
}

// Datasets of log-inputs bring profiles of 16 MiB each.
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Both version segments mean the same: clients choose one by their own version. */
export const SCOPES: readonly string[] = ['v1.0', 'v2.0'].map(
  (version) => `/mlflow/${version}/subscriptions/:subscriptionId/resourceGroups/:resourceGroup/providers/${PROVIDER}/workspaces/:workspace`,
);

export function workspaceIdOf(request: PlaneRequest): string {
  const { subscriptionId, resourceGroup, workspace } = request.params;
  return `/subscriptions/${subscriptionId ?? ''}/resourceGroups/${resourceGroup ?? ''}/providers/${PROVIDER}/workspaces/${workspace ?? ''}`;
}

export function routesOf(endpoint: Endpoint | RawEndpoint): readonly PlaneRoute[] {
  const isRead = endpoint.method === 'GET';
  return SCOPES.flatMap((scope) =>
    ['api', 'ajax-api'].map(
      (api): PlaneRoute => ({
        hosts: ['api', 'local'],
        method: endpoint.method,
        path: `${scope}/${api}/${endpoint.path}`,
        permission: { kind: 'action', action: `${PROVIDER}/workspaces/${endpoint.action}`, scope: workspaceIdOf },
        body: endpoint.body ?? (isRead ? 'none' : 'json'),
        maxBodyBytes: endpoint.maxBodyBytes ?? MAX_BODY_BYTES,
        async run(ctx, request) {
          const fields = isRead || endpoint.body === 'stream' ? Fields.ofQuery(request.query) : Fields.ofBody(request.body);
          const call: Call = { ctx, workspaceKey: workspaceIdOf(request).toLowerCase(), fields, request };
          if ('reply' in endpoint) return endpoint.reply(call);
          return { status: 200, headers: { 'Content-Type': 'application/json' }, body: await endpoint.run(call) };
        },
      }),
    ),
  );
}
