// The MLflow plane on a real HTTP server, database and blob store, for clients that run as processes of their own.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBlobService } from '@lazurite/server/blobs/create-blob-service.ts';
import { openLocalDisk } from '@lazurite/server/blobs/local-disk.ts';
import { createHttpServer } from '@lazurite/server/http/server.ts';
import { loadTls } from '@lazurite/server/http/tls.ts';
import { systemClock } from '@lazurite/server/kernel/clock.ts';
import { Fault } from '@lazurite/server/kernel/faults.ts';
import { anonymous, type Principal } from '@lazurite/server/kernel/principal.ts';
import { createMlflowPlane } from '@lazurite/server/planes/mlflow/mlflow-plane.ts';
import { createLog } from '@lazurite/server/telemetry/log.ts';
import { createMetrics } from '@lazurite/server/telemetry/metrics.ts';
import { createArtifacts } from '@lazurite/server/tracking/artifacts.ts';
import { createTracking } from '@lazurite/server/tracking/tracking.ts';
import { testDatabase } from '../../../../testkit/src/test-database.ts';
import { memoryAssets } from './memory-assets.ts';

const WORKSPACE = '/subscriptions/00000000-0000-0000-0000-0000000000aa/resourceGroups/Team/providers/Microsoft.MachineLearningServices/workspaces/Lab';

export interface MlflowServer {
  readonly trackingUri: string;
  /** Lower-cased id of the workspace. */
  readonly workspaceKey: string;
  /** What was logged as an error. */
  readonly errors: string[];
  readonly database: Awaited<ReturnType<typeof testDatabase>>['database'];
  close(): Promise<void>;
}

/** Tokens: `owner` may do everything, `reader` may read, `job:<run id>` is the token of that job. */
export async function startMlflowServer(): Promise<MlflowServer> {
  const dir = mkdtempSync(join(tmpdir(), 'lazurite-mlflow-'));
  const { database, close } = await testDatabase();
  const errors: string[] = [];
  const workspaceKey = WORKSPACE.toLowerCase();
  const accounts = { find: async (key: string) => (key === workspaceKey ? { account: 'labstore' } : undefined) };
  const blobs = createBlobService({ database, bytes: openLocalDisk(join(dir, 'bytes'), systemClock), clock: systemClock });
  const plane = createMlflowPlane({ database, tracking: createTracking({ database, accounts }), artifacts: createArtifacts({ blobs, accounts }), assets: memoryAssets(), studioOrigin: 'http://localhost' });
  const server = await createHttpServer({
    settings: { host: '127.0.0.1', port: 0, domain: 'mlflow.localhost', region: 'local', proxyTargets: '' },
    tls: await loadTls({ dataDir: dir, domain: 'mlflow.localhost', region: 'local', clock: systemClock }),
    planes: [plane],
    arm: {
      handle: async () => ({ status: 404 }),
      renderFault: (fault) => ({ status: fault.status, body: { error: { code: fault.code, message: fault.message } } }),
    },
    authenticator: { authenticate: async (authorization) => principalOf(authorization.replace(/^Bearer /, ''), workspaceKey) },
    authorizer: {
      async require(ctx, action, scope) {
        const isAllowed = scope.toLowerCase() === workspaceKey && (ctx.principal.displayName !== 'reader' || action.endsWith('/read'));
        if (!isAllowed) throw new Fault('forbidden', 'AuthorizationFailed', `${ctx.principal.displayName} may not ${action} at ${scope}.`);
      },
      async requireData() {},
    },
    log: createLog({ level: 'error', write: (line) => void errors.push(line) }),
    metrics: createMetrics({ isProcessIncluded: false }),
    isReady: async () => true,
  });
  const { port } = await server.listen();
  return {
    trackingUri: `http://127.0.0.1:${port}/mlflow/v2.0${WORKSPACE}`,
    workspaceKey,
    errors,
    database,
    async close() {
      await server.close();
      await close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function principalOf(token: string, workspaceKey: string): Principal {
  const base = { ...anonymous, objectId: '11111111-1111-1111-1111-111111111111' };
  if (token === 'owner' || token === 'reader') return { ...base, kind: 'User', displayName: token };
  if (token.startsWith('job:')) return { ...base, kind: 'ManagedIdentity', displayName: token, jobKey: `${workspaceKey}/jobs/${token.slice(4)}` };
  throw new Fault('unauthenticated', 'InvalidAuthenticationToken', 'The access token is invalid.');
}
