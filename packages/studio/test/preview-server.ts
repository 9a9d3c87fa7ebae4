// A server to look at the pages with, without the rest of Lazurite: the real studio plane on a real database filled with
// plausible jobs; sign-in and Resource Manager answer just enough. `node packages/studio/test/preview-server.ts [port]`.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';
import { Readable } from 'node:stream';
import type { BlobService } from '@lazurite/server/blobs/blob-service.ts';
import { systemClock } from '@lazurite/server/kernel/clock.ts';
import { silentLog } from '@lazurite/server/kernel/context.ts';
import { Fault, toFault } from '@lazurite/server/kernel/faults.ts';
import { systemPrincipal } from '@lazurite/server/kernel/principal.ts';
import type { PlaneRequest } from '@lazurite/server/planes/plane.ts';
import type { ArtifactEntry, StudioDeps } from '@lazurite/server/planes/studio/ports.ts';
import { createStudioPlane } from '@lazurite/server/planes/studio/studio-plane.ts';
import { publishEvent } from '@lazurite/server/storage/notify.ts';
import { sql } from 'kysely';
import { testDatabase } from '../../testkit/src/test-database.ts';

const SUBSCRIPTION = '5f2a7c1e-90b4-4c1e-8d0f-3b9a6c2e7d41';
const WORKSPACE_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/research/providers/Microsoft.MachineLearningServices/workspaces/tumours`;
const WORKSPACE = WORKSPACE_ID.toLowerCase();
const DIST = join(import.meta.dirname, '../dist');
const CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";
const port = Number(process.argv[2] ?? 5199);
const { database } = await testDatabase();
const db = database.sql;
let isSignedIn = true;

const script =
  'import mlflow\nfrom sklearn.datasets import load_breast_cancer\nfrom sklearn.linear_model import SGDClassifier\n\n\ndef main() -> None:\n    data = load_breast_cancer()\n    model = SGDClassifier(loss="log_loss")\n    for epoch in range(60):\n        model.partial_fit(data.data, data.target, classes=[0, 1])\n        mlflow.log_metric("accuracy", model.score(data.data, data.target), step=epoch)\n\n\nif __name__ == "__main__":\n    main()\n';
const started = Date.now() - 190_000;
let epochs = 220;
let log = Array.from({ length: 4000 }, (_, i) => logLine(i)).join('');
function logLine(i: number): string {
  if (i === 0) return '\u001b[1mUsing environment cancer-train:4 (cached)\u001b[0m\n';
  if (i % 97 === 0) return `\u001b[33mWARNING\u001b[0m  learning rate lowered to ${(0.1 / (1 + i / 500)).toFixed(4)}\n`;
  return `${new Date(started + i * 45).toISOString()} \u001b[32mINFO\u001b[0m  epoch ${Math.floor(i / 18)} batch ${i % 18}  loss=\u001b[36m${(0.7 * Math.exp(-i / 1500) + 0.02).toFixed(5)}\u001b[0m\n`;
}

await seed();
const files: Record<string, () => Buffer> = {
  'user_logs/std_log.txt': () => Buffer.from(log),
  'system_logs/lifecycler/execution.log': () => Buffer.from('preparing\nstarting\n'),
  'outputs/model/model.pkl': () => randomBytes(48_213),
  'outputs/model/MLmodel': () => Buffer.from('artifact_path: model\nflavors:\n  sklearn:\n    pickled_model: model.pkl\n'),
  'outputs/metrics.json': () => Buffer.from('{"accuracy": 0.9701, "auc": 0.9934}\n'),
  'outputs/confusion.csv': () => Buffer.from('actual,predicted,count\n0,0,201\n0,1,11\n1,0,6\n1,1,351\n'),
};

const deps: StudioDeps = {
  database,
  blobs: codeBlobs(),
  ticketKey: randomBytes(32),
  accounts: { find: async () => ({ account: 'tumoursstore' }) },
  timeline: {
    list: async (_db, _ws, run) =>
      run.startsWith('queued')
        ? [{ attempt: 1, phase: 'queued', startedAt: new Date(started), endedAt: null }]
        : [
            { attempt: 1, phase: 'queued', startedAt: new Date(started - 9000), endedAt: new Date(started - 8200) },
            { attempt: 1, phase: 'preparing', startedAt: new Date(started - 8200), endedAt: new Date(started), node: 'cpu-0' },
            { attempt: 1, phase: 'running', startedAt: new Date(started), endedAt: run.startsWith('live') ? null : new Date(started + 94_000), node: 'cpu-0' },
            ...(run.startsWith('live') ? [] : [{ attempt: 1, phase: 'finalizing', startedAt: new Date(started + 94_000), endedAt: new Date(started + 95_300), node: 'cpu-0' }]),
          ],
  },
  data: {
    listParams: async () => [
      { key: 'alpha', value: '0.0001' },
      { key: 'loss', value: 'log_loss' },
      { key: 'penalty', value: 'elasticnet' },
      { key: 'epochs', value: '60' },
    ],
    listTags: async () => [
      { key: 'team', value: 'oncology' },
      { key: 'baseline', value: '' },
      { key: 'mlflow.user', value: 'x' },
    ],
  },
  series: {
    listMetricKeys: async (_db, runNo) =>
      Number(runNo) % 50 === 7
        ? []
        : ['accuracy', 'loss', 'val/accuracy', 'val/loss', 'learning_rate', 'gradient_norm'].map((key) => ({ key, count: epochs, lastStep: epochs - 1, lastValue: valueOf(key, epochs - 1) })),
    readSeries: async (_db, _run, keys, window) =>
      keys.map((key) => ({
        key,
        total: epochs,
        points: Array.from({ length: epochs }, (_, step) => ({ step, timestamp: started + step * 800, value: valueOf(key, step) })).filter(
          (point) => point.step >= (window.fromStep ?? 0) && point.step <= (window.toStep ?? Infinity),
        ),
      })),
  },
  artifacts: {
    async list(_ws, _run, path) {
      const prefix = path === '' ? '' : `${path}/`;
      const entries = new Map<string, ArtifactEntry>();
      for (const [name, content] of Object.entries(files)) {
        if (!name.startsWith(prefix)) continue;
        const child = prefix + (name.slice(prefix.length).split('/')[0] ?? '');
        entries.set(child, child === name ? { path: child, isFolder: false, sizeBytes: content().length } : { path: child, isFolder: true });
      }
      return [...entries.values()];
    },
    async open(_ws, _run, path, range) {
      const content = files[path]?.();
      if (content === undefined) throw new Fault('notFound', 'ArtifactNotFound', `There is no artifact ${path}.`);
      if (range !== undefined && range.start >= content.length) throw new Fault('rangeNotSatisfiable', 'InvalidRange', 'beyond the end');
      return {
        sizeBytes: content.length,
        contentType: 'application/octet-stream',
        stream: Readable.from([range === undefined ? content : content.subarray(range.start, (range.end ?? content.length) + 1)]),
      };
    },
  },
  config: () => ({
    tenantId: 'tenant',
    clientId: 'studio',
    authority: '/tenant',
    armAudience: 'https://management.lazurite.localhost',
    defaultSubscription: SUBSCRIPTION,
    region: 'local',
    version: 'preview',
  }),
};

const plane = createStudioPlane(deps);
createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    const fault = toFault(error);
    const reply = plane.renderFault(fault, { requestId: '3f6d1c52-preview', method: request.method ?? 'GET' });
    response.writeHead(reply.status, { 'Content-Type': 'application/json', 'x-ms-request-id': '3f6d1c52-preview' }).end(JSON.stringify(reply.body));
  });
}).listen(port, '127.0.0.1', () => process.stdout.write(`http://localhost:${port}\n`));
setInterval(grow, 1000);

function valueOf(key: string, step: number): number {
  const noise = Math.sin(step * 12.9898 + key.length * 78.233) * 0.5;
  if (key.endsWith('accuracy')) return 0.975 - 0.36 * Math.exp(-step / (key.startsWith('val') ? 38 : 28)) + noise * 0.012;
  if (key.endsWith('loss')) return 0.06 + 0.66 * Math.exp(-step / 34) + noise * 0.025;
  return key === 'learning_rate' ? 0.1 / (1 + step / 40) : 1.8 * Math.exp(-step / 60) + 0.3 + noise * 0.3;
}

async function grow(): Promise<void> {
  epochs += 1;
  log += logLine(4000 + epochs * 3) + logLine(4001 + epochs * 3);
  await database.transaction(async (tx) => {
    for (const topic of ['metrics', 'log']) await publishEvent(tx, { topic, key: `${WORKSPACE}/jobs/live_lapis_1` });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', `http://localhost:${port}`);
  const json = (body: unknown, status = 200): void => void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  if (url.pathname === '/preview/session') {
    isSignedIn = url.searchParams.get('in') === 'yes';
    return json({});
  }
  if (url.pathname === '/tenant/oauth2/v2.0/authorize') {
    const target = new URL(url.searchParams.get('redirect_uri') ?? '');
    target.search = new URLSearchParams(isSignedIn ? { code: 'c', state: url.searchParams.get('state') ?? '' } : { error: 'login_required', state: url.searchParams.get('state') ?? '' }).toString();
    return void response.writeHead(302, { Location: target.href }).end();
  }
  if (url.pathname === '/tenant/oauth2/v2.0/token') {
    const claims = Buffer.from(JSON.stringify({ name: 'Ada Nowak', upn: 'ada@lazurite.localhost' })).toString('base64url');
    return json({ access_token: `h.${claims}.s`, expires_in: 3600 });
  }
  if (url.pathname.startsWith('/subscriptions')) return json(arm(url.pathname));
  for (const route of plane.routes) {
    const params = match(route.path, url.pathname);
    if (params === undefined || route.method !== request.method) continue;
    const abort = new AbortController();
    response.on('close', () => abort.abort());
    const input: PlaneRequest = {
      method: 'GET',
      rawPath: url.pathname,
      rawQuery: url.search.slice(1),
      url,
      query: url.searchParams,
      headers: {},
      params,
      hostLabel: '',
      remoteAddress: '',
      body: undefined,
      stream: Readable.from([]),
    };
    const reply = await route.run({ principal: systemPrincipal, correlationId: 'preview', log: silentLog, clock: systemClock, signal: abort.signal }, input);
    response.writeHead(reply.status, { 'Content-Type': 'application/json', ...reply.headers });
    if (reply.body instanceof Readable) reply.body.pipe(response);
    else response.end(typeof reply.body === 'string' || Buffer.isBuffer(reply.body) ? reply.body : JSON.stringify(reply.body));
    return;
  }
  const path = normalize(url.pathname);
  const type = path.endsWith('.js') ? 'text/javascript' : path.endsWith('.css') ? 'text/css' : path.endsWith('.svg') ? 'image/svg+xml' : 'text/html';
  const content = await readFile(type === 'text/html' ? join(DIST, 'index.html') : join(DIST, path));
  response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': CSP }).end(content);
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const names = pattern.split('/');
  const parts = path.split('/');
  if (names.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, name] of names.entries()) {
    const part = parts[i] ?? '';
    if (name.startsWith(':')) params[name.slice(1)] = decodeURIComponent(part);
    else if (name.toLowerCase() !== part.toLowerCase()) return undefined;
  }
  return params;
}

function arm(path: string): unknown {
  const made = { createdAt: '2026-09-02T08:00:00Z', createdBy: 'Ada Nowak', lastModifiedAt: new Date(started).toISOString() };
  const resource = (id: string, properties: object): object => ({ id, name: id.split('/').at(-1), location: 'local', properties, systemData: made });
  if (path === '/subscriptions') return { value: [{ subscriptionId: SUBSCRIPTION }] };
  if (path.endsWith('/workspaces')) return { value: ['tumours', 'retinopathy', 'forecasting-eu'].map((name) => resource(WORKSPACE_ID.replace(/tumours$/, name), {})) };
  if (path.endsWith('/computes'))
    return {
      value: [
        resource(`${WORKSPACE_ID}/computes/cpu`, {
          computeType: 'AmlCompute',
          provisioningState: 'Succeeded',
          properties: { scaleSettings: { minNodeCount: 0, maxNodeCount: 4 }, nodeStateCounts: { idleNodeCount: 1, runningNodeCount: 2, preparingNodeCount: 0 } },
        }),
      ],
    };
  if (/\/(models)\/[^/]+\/versions$/.test(path))
    return { value: ['1', '2', '3'].map((version) => resource(`${path}/${version}`, { modelType: 'mlflow_model', modelUri: 'azureml://jobs/calm_opal_12/outputs/artifacts/paths/model' })) };
  if (path.endsWith('/models'))
    return { value: ['tumour-classifier', 'baseline'].map((name) => resource(`${WORKSPACE_ID}/models/${name}`, { latestVersion: '3', description: 'Benign or malignant, from 30 measurements' })) };
  if (path.includes('/jobs/')) return resource(path, { jobType: 'Command' });
  return { value: [] };
}

function codeBlobs(): BlobService {
  const refuse = async (): Promise<never> => {
    throw new Fault('notImplemented', 'Preview', 'The preview reads only.');
  };
  const blob = (name: string, sizeBytes: number) => ({ name, kind: 'BlockBlob' as const, sizeBytes, etag: '', contentType: 'text/plain', metadata: {}, createdAt: new Date(), modifiedAt: new Date() });
  return {
    ensureContainer: refuse,
    putBlob: refuse,
    appendBlob: refuse,
    deleteBlob: refuse,
    deletePrefix: refuse,
    deleteAccount: refuse,
    findBlob: async (address) => blob(address.name, script.length),
    readBlob: async (address) => ({ properties: blob(address.name, script.length), stream: Readable.from([script]) }),
    listBlobs: async () => ({ blobs: ['train.py', 'features.py', 'conf/params.yml', 'README.md'].map((name) => blob(`LocalUpload/abc/src/${name}`, script.length)), prefixes: [] }),
  };
}

async function seed(): Promise<void> {
  await sql`insert into experiments (id, workspace_key, name) values ('e1', ${WORKSPACE}, 'breast-cancer'), ('e2', ${WORKSPACE}, 'ablation'), ('e3', ${WORKSPACE}, 'nightly')`.execute(db);
  await sql`insert into runs (workspace_key, run_id, experiment_id, display_name, status, owner, user_id, user_name, status_reason, created_at, started_at, ended_at)
    select ${WORKSPACE}, (array['calm','brave','quiet','amber','clever'])[1 + i % 5] || '_' || (array['opal','topaz','beryl','agate'])[1 + i % 4] || '_' || i, 'e' || (1 + i % 3),
      (array['calm','brave','quiet','amber','clever'])[1 + i % 5] || '_' || (array['opal','topaz','beryl','agate'])[1 + i % 4] || '_' || i,
      case when i % 11 = 0 then 'Failed' when i % 29 = 0 then 'Canceled' else 'Completed' end, 'job', 'u', (array['Ada Nowak','Grace Ito','Emil Berg'])[1 + i % 3],
      case when i % 11 = 0 then '{"code":"UserError","message":"The command ended with exit code 1.\\nFileNotFoundError: [Errno 2] No such file or directory: ''data/train.csv''"}'::jsonb end,
      now() - (20001 - i) * interval '7 minutes', now() - (20001 - i) * interval '7 minutes' + interval '3 seconds', now() - (20001 - i) * interval '7 minutes' + (20 + i % 900) * interval '1 second'
    from generate_series(1, 20000) i`.execute(db);
  await sql`insert into runs (workspace_key, run_id, experiment_id, display_name, status, owner, user_id, user_name, status_reason, created_at, started_at) values
    (${WORKSPACE}, 'queued_beryl_2', 'e1', 'elastic net, wide grid', 'Queued', 'job', 'u', 'Grace Ito', '{"code":"WaitingForNodes","message":"Waiting for 1 node of cluster cpu: 2 of 2 are busy with live_lapis_1 and quiet_agate_9; position 1 in the queue."}', now() - interval '2 minutes', null),
    (${WORKSPACE}, 'preparing_3', 'e2', 'without texture features', 'Preparing', 'job', 'u', 'Emil Berg', null, now() - interval '40 seconds', null),
    (${WORKSPACE}, 'live_lapis_1', 'e1', 'elastic net, 60 epochs', 'Running', 'job', 'u', 'Ada Nowak', null, ${new Date(started - 9000)}, ${new Date(started)})`.execute(db);
  const properties = JSON.stringify({
    jobType: 'Command',
    command: 'python train.py --data ${{inputs.data}} --alpha ${{inputs.alpha}} --out ${{outputs.model}}',
    description: 'Logistic regression by stochastic gradient descent',
    codeId: `${WORKSPACE_ID}/codes/1f0c9a52/versions/1`,
    environmentId: `${WORKSPACE_ID}/environments/cancer-train/versions/4`,
    computeId: `${WORKSPACE_ID}/computes/cpu`,
    environmentVariables: { OMP_NUM_THREADS: '2' },
    inputs: { data: { jobInputType: 'uri_folder', uri: `azureml:${WORKSPACE_ID}/data/wisconsin/versions/2`, mode: 'ReadOnlyMount' }, alpha: { jobInputType: 'literal', value: '0.0001' } },
    outputs: { model: { jobOutputType: 'mlflow_model', mode: 'ReadWriteMount', assetName: 'tumour-classifier' } },
    limits: { timeout: 'PT1H' },
  });
  await sql`insert into resources (key, id, type, name, parent_key, etag, provisioning_state, system_data, properties)
    select workspace_key || '/jobs/' || run_id, ${WORKSPACE_ID} || '/jobs/' || run_id, 'microsoft.machinelearningservices/workspaces/jobs', run_id, workspace_key, 'e', 'Succeeded', '{}', ${properties}::jsonb from runs`.execute(
    db,
  );
  await sql`insert into resources (key, id, type, name, parent_key, etag, provisioning_state, system_data, properties) values
    (${`${WORKSPACE}/models/tumour-classifier/versions/3`}, ${`${WORKSPACE_ID}/models/tumour-classifier/versions/3`}, 'microsoft.machinelearningservices/workspaces/models/versions', '3', ${`${WORKSPACE}/models/tumour-classifier`}, 'e', 'Succeeded', '{}', '{"modelUri":"azureml://jobs/live_lapis_1/outputs/artifacts/paths/model"}'),
    (${`${WORKSPACE}/codes/1f0c9a52/versions/1`}, 'x', 'microsoft.machinelearningservices/workspaces/codes/versions', '1', ${`${WORKSPACE}/codes/1f0c9a52`}, 'e', 'Succeeded', '{}', '{"codeUri":"https://tumoursstore.blob.lazurite.localhost:7443/c/LocalUpload/abc/src"}')`.execute(
    db,
  );
  await sql`analyze`.execute(db);
}
