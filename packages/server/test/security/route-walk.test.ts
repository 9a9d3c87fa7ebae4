// The route walk: every mounted route and everything Resource Manager answers, as nobody, stranger, reader and owner.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListedRoute } from '#arm/address/route-list.ts';
import { fileOperations } from '#planes/storage/file/operations.ts';
import type { MountedRoute } from '#http/server.ts';
import type { RawAnswer } from '../../../testkit/src/raw-request.ts';
import { ARM_AUDIENCE } from '../../../testkit/src/test-server.ts';
import { type Caller, startWorld, type World } from './world.ts';

const CALLERS: readonly Caller[] = ['nobody', 'stranger', 'reader', 'owner'];
interface Visit {
  readonly route: string;
  readonly method: string;
  readonly permission: string;
  readonly action: string;
  visit(caller: Caller): Promise<RawAnswer>;
}

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.server.stop();
});

/** Answers that break the rule, as text. Owner last: what changes, changes when the others have been refused. */
async function breaches(visits: readonly Visit[], rule: (status: number, caller: Caller, visit: Visit, answer: RawAnswer) => boolean): Promise<readonly string[]> {
  const found: string[] = [];
  for (const caller of CALLERS) {
    const queue = [...visits];
    const walk = async (): Promise<void> => {
      for (let visit = queue.shift(); visit !== undefined; visit = queue.shift()) {
        const answer = await visit.visit(caller);
        if (answer.status >= 500 && answer.status !== 501 && !visit.route.endsWith('/readyz')) found.push(`${caller} ${visit.method} ${visit.route}: ${answer.status} ${answer.text.slice(0, 200)}`);
        else if (!rule(answer.status, caller, visit, answer))
          found.push(`${caller} ${visit.method} ${visit.route} (${visit.action || visit.permission}): ${answer.status} ${answer.text.slice(0, 200)}`);
      }
    };
    await Promise.all(Array.from({ length: 6 }, walk));
  }
  return found;
}

const VERSIONS: readonly (readonly [RegExp, string])[] = [
  [/roleAssignments|roleDefinitions/, '2022-04-01'],
  [/Microsoft\.MachineLearningServices/, '2024-10-01'],
  [/Microsoft\.Storage/, '2023-05-01'],
  [/Microsoft\.KeyVault/, '2023-07-01'],
  [/Microsoft\.Insights/, '2020-02-02'],
  [/./, '2022-09-01'],
];

/** The template with the names of what is there; the last one is replaced when something missing is wanted. */
function fillArm(route: ListedRoute, isMissing: boolean): string {
  const { subscription, account, workspace } = world;
  const names: Readonly<Record<string, string>> = {
    subscriptionId: subscription,
    resourceGroupName: 'walk',
    resourceGroup: 'walk',
    location: 'local',
    operationId: '11111111-1111-1111-1111-111111111111',
    namespace: 'Microsoft.MachineLearningServices',
    scope: workspace.slice(1),
    workspaceName: 'first',
    workspace: 'first',
    computeName: 'cpu',
    datastoreName: 'workspaceblobstore',
    codeName: 'code',
    environmentName: 'env',
    modelName: 'model',
    dataName: 'data',
    versionName: '1',
    version: '1',
    jobName: 'ended',
    storageAccountName: account,
    accountName: account,
    tagName: 'default',
    identitieName: 'default',
    roleDefinitionName: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
    roleAssignmentName: '22222222-2222-2222-2222-222222222222',
  };
  const last = route.path.lastIndexOf('{');
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string, at: number) => {
    if (isMissing && at === last) return 'nothing-here';
    if (name === 'name') return route.path.startsWith('/subscriptions/{name}') ? subscription : /resourceGroups\/\{name\}/.test(route.path) ? 'walk' : 'code';
    return names[name] ?? 'nothing-here';
  });
  return `${path}?api-version=${VERSIONS.find(([pattern]) => pattern.test(route.path))?.[1] ?? ''}`;
}

function armVisits(): readonly Visit[] {
  return world.server.composition.arm.routes().map((route) => ({
    route: route.path,
    method: route.method,
    permission: route.permission === 'authenticated' ? 'authenticated' : 'action',
    action: route.permission === 'authenticated' ? '' : route.permission,
    visit(caller) {
      const isWrite = ['PUT', 'PATCH', 'DELETE'].includes(route.method);
      const body = isWrite || route.method === 'POST' ? { body: {} } : {};
      return world.manage({ method: route.method, path: fillArm(route, isWrite && caller === 'owner'), ...body }, caller);
    },
  }));
}

describe('Resource Manager', () => {
  test('every route: nobody 401, stranger refused, reader reads and writes nothing, owner never refused', async () => {
    const visits = armVisits();
    expect(visits.length).toBeGreaterThan(100);
    const found = await breaches(visits, (status, caller, { permission, action, route }, answer) => {
      // A calculation over the body alone, for whoever has a token; the body here is empty.
      if (route.endsWith('/calculateTemplateHash') && caller !== 'nobody') return status === 400;
      switch (caller) {
        case 'nobody':
          return status === 401 && answer.headers['www-authenticate'] !== undefined;
        case 'stranger':
          // Azure: subscriptions and groups are listed as far as one may see them; whoever has a token may ask for tenants and words.
          if (status === 200) return route === '/tenants' || route.endsWith('/eventcategories') || route === '/providers/{namespace}/operations' || answer.text.startsWith('{"value":[]');
          return permission === 'authenticated' ? status === 404 : status === 403;
        case 'reader':
          if (permission === 'authenticated') return status === 200 || status === 404;
          return action.endsWith('/read') ? status !== 401 && status !== 403 : status === 403;
        case 'owner':
          return status !== 401 && status !== 403;
      }
    });
    expect(found).toEqual([]);
    const reads = visits.filter(({ method }) => method === 'GET');
    const answers = await Promise.all(reads.map((visit) => visit.visit('owner')));
    // What is not there: operations and one role assignment.
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(reads.length / 2);
  });

  test('answers nobody on paths that no route has, whatever the method', async () => {
    for (const path of ['/', '/nothing', '/subscriptions/x/y/z', '/batch', '/subscriptions/..%2f..%2f']) {
      for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE']) expect([method, path, (await world.manage({ method, path }, 'nobody')).status]).toEqual([method, path, 401]);
    }
  });

  test('is the same behind the studio and on loopback', async () => {
    for (const host of ['studio', 'localhost']) {
      for (const path of [`${world.workspace}?api-version=2024-10-01`, `${world.workspace}/jobs?api-version=2024-10-01`]) {
        const seen = await Promise.all(CALLERS.map(async (caller) => (await world.server.send(host, { method: 'GET', path, headers: world.arm[caller] })).status));
        expect([host, path, ...seen]).toEqual([host, path, 401, 403, 200, 200]);
      }
    }
  });

  test('tells the state of an operation to who started it and to readers of its resource', async () => {
    const path = `${world.group}/providers/Microsoft.MachineLearningServices/workspaces/passing?api-version=2024-10-01`;
    const made = await world.put(path, { location: 'local' });
    const poll = new URL(String(made.headers['azure-asyncoperation']));
    const ask = async (caller: Caller) => (await world.manage({ method: 'GET', path: poll.pathname + poll.search }, caller)).status;
    expect(await Promise.all(CALLERS.map(ask))).toEqual([401, 404, 200, 200]);
  });
});

const HOST_NAMES: Readonly<Record<string, string>> = { management: 'management', login: 'login', api: 'local.api', studio: 'studio', local: 'localhost' };

/** A plane's route with names of what is there. */
function fillPlane(route: MountedRoute): string {
  const { subscription, workspace } = world;
  const names: Readonly<Record<string, string>> = {
    subscriptionId: subscription,
    subscription,
    resourceGroup: 'walk',
    group: 'walk',
    workspace: 'first',
    tenant: world.server.connection.tenantId,
    run: 'ended',
    ...(route.owner === 'graph' ? { version: 'v1.0', id: world.server.composition.machine.installation.ownerId } : {}),
  };
  const path = route.path.replaceAll(/:(\w+)/g, (_whole, name: string) => names[name] ?? 'nothing-here').replace('*', 'nothing/here');
  const query = new URLSearchParams({
    run_id: 'ended',
    path: 'user_logs/std_log.txt',
    metric_key: 'x',
    experiment_id: '1',
    experiment_name: 'Default',
    name: 'model',
    workspace,
    scope: workspace,
    principalId: world.server.composition.machine.installation.ownerId,
  });
  return `${path}?${query.toString()}`;
}

function planeVisits(isWanted: (route: MountedRoute) => boolean): readonly Visit[] {
  return world.server.composition.http
    .mountedRoutes()
    .filter((route) => route.owner !== 'arm' && route.host !== 'blob' && isWanted(route))
    .map((route) => ({
      route: `${route.host} ${route.path}`,
      method: route.method,
      permission: route.permission,
      action: route.action ?? '',
      visit(caller) {
        const host = HOST_NAMES[route.host] ?? route.host;
        const body = ['POST', 'PUT', 'PATCH', 'DELETE'].includes(route.method) && route.owner !== 'login' ? { body: {} } : {};
        return world.server.send(host, { method: route.method, path: fillPlane(route), headers: world.arm[caller], ...body, isHeadOnly: route.path.endsWith('/events') });
      },
    }));
}

describe('the planes', () => {
  test('name who may call for every route, and say why where anybody may', () => {
    const routes = world.server.composition.http.mountedRoutes();
    expect(new Set(routes.map((route) => route.permission))).toEqual(new Set(['public', 'own', 'authenticated', 'action', 'arm']));
    const open = new Set(routes.filter((route) => route.permission === 'public').map((route) => route.path));
    expect([...open].toSorted()).toEqual(
      [
        '/healthz',
        '/readyz',
        '/metadata/endpoints',
        // Links that MLflow prints: they lead to the studio, which asks who it is.
        ...['v1.0', 'v2.0'].map((version) => `/mlflow/${version}/subscriptions/:subscriptionId/resourceGroups/:resourceGroup/providers/Microsoft.MachineLearningServices/workspaces/:workspace`),
        '/metadata/identity/oauth2/token',
        '/discovery',
        '/discovery/workspaces/*',
        // Refuses every registry by its name.
        '/registrymanagement/v1.0/registries/*',
        '/discovery/keys',
        '/common/discovery/instance',
        '/:tenant/discovery/keys',
        '/:tenant/discovery/v2.0/keys',
        '/:tenant/.well-known/openid-configuration',
        '/:tenant/v2.0/.well-known/openid-configuration',
        // Worth nothing until a person who is signed in approves it.
        '/:tenant/oauth2/devicecode',
        '/:tenant/oauth2/v2.0/devicecode',
        '/api/studio/config',
      ].toSorted(),
    );
  });

  test('guarded routes: nobody 401, stranger 403, reader reads and writes nothing, owner never refused', async () => {
    const visits = planeVisits((route) => route.permission === 'action' || route.permission === 'authenticated');
    expect(visits.length).toBeGreaterThan(200);
    const found = await breaches(visits, (status, caller, { permission, action, route }, answer) => {
      // A person's route; the callers here are service principals.
      if (route.endsWith('/signin/links')) return status === (caller === 'nobody' ? 401 : 403);
      if (route.endsWith('/metrics') && action === 'Microsoft.Insights/metrics/read') return caller === 'nobody' ? status === 401 : caller === 'owner' ? status === 200 : status === 403;
      // The whole server's; the reader reads the subscription.
      if (action.startsWith('Lazurite/') && caller === 'reader') return status === 403;
      // The questions are in the body, which is empty here; each is answered as the write that it stands for (the studio's tests).
      if (route.endsWith('/api/studio/checks')) return status === (caller === 'nobody' ? 401 : 400);
      // Of these everybody with a token gets an answer: descriptions of types, and what they themselves may see or do.
      if (route.includes('/api/studio/') && permission === 'authenticated') {
        if (caller === 'nobody') return status === 401;
        return caller === 'stranger' ? !answer.text.includes('"id":"/subscriptions/') : status === 200 || status === 404;
      }
      // Everybody may ask for themselves; here everybody asks for the owner.
      if (permission === 'authenticated' && /(^| \/)graph\b/.test(route)) {
        if (caller === 'nobody') return status === 401;
        return status !== 401 && (caller === 'owner' || status !== 200 || !answer.text.includes(world.server.composition.machine.installation.ownerId));
      }
      if (permission === 'authenticated') return caller === 'nobody' ? status === 401 : status === 404;
      switch (caller) {
        case 'nobody':
          return status === 401;
        case 'stranger':
          return status === 403;
        case 'reader':
          return action.endsWith('/read') ? status !== 401 && status !== 403 : status === 403;
        case 'owner':
          return status !== 401 && status !== 403;
      }
    });
    expect(found).toEqual([]);
  }, 120_000);

  test('routes with credentials of their own: a bearer token opens none of them', async () => {
    const visits = planeVisits((route) => route.permission === 'own');
    const found = await breaches(visits, (status, _caller, { route, method }) => {
      // Pages for people: they show a form, and nothing of anybody.
      if (/\/(signin|authorize|logout|devicelogin)$/.test(route)) return method === 'GET' ? status < 500 : status >= 400;
      return status >= 400;
    });
    expect(found).toEqual([]);
  });

  test('public routes show nothing of anybody', async () => {
    const secrets = [world.server.connection.clientSecret, world.server.connection.identityHeader, world.workspace, world.account];
    const found = await breaches(
      planeVisits((route) => route.permission === 'public'),
      (_status, _caller, _visit, answer) => secrets.every((secret) => !answer.text.includes(secret)),
    );
    expect(found).toEqual([]);
  });
});

describe('Blob storage', () => {
  const put = { 'x-ms-blob-type': 'BlockBlob' };
  const operations: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly needs: 'read' | 'write' | 'control';
  }[] = [
    { method: 'GET', path: '/azureml-blobstore/there.txt', needs: 'read' },
    { method: 'HEAD', path: '/azureml-blobstore/there.txt', needs: 'read' },
    { method: 'GET', path: '/azureml-blobstore/there.txt?comp=metadata', needs: 'read' },
    { method: 'GET', path: '/azureml-blobstore?restype=container&comp=list', needs: 'read' },
    { method: 'GET', path: '/azureml-blobstore?restype=container', needs: 'read' },
    { method: 'GET', path: '/?comp=list', needs: 'read' },
    { method: 'PUT', path: '/azureml-blobstore/new.txt', headers: put, body: 'x', needs: 'write' },
    { method: 'PUT', path: '/azureml-blobstore/there.txt', headers: put, body: 'x', needs: 'write' },
    { method: 'PUT', path: '/azureml-blobstore/b.txt?comp=block&blockid=AAAA', body: 'x', needs: 'write' },
    { method: 'PUT', path: '/azureml-blobstore/there.txt?comp=metadata', headers: { 'x-ms-meta-a': 'b' }, needs: 'write' },
    { method: 'PUT', path: '/azureml-blobstore/there.txt?comp=properties', needs: 'write' },
    { method: 'PUT', path: '/azureml-blobstore/there.txt?comp=lease', headers: { 'x-ms-lease-action': 'break' }, needs: 'write' },
    { method: 'PUT', path: '/azureml-blobstore/there.txt?comp=tier', headers: { 'x-ms-access-tier': 'Cool' }, needs: 'control' },
    { method: 'PUT', path: '/brand-new?restype=container', needs: 'write' },
    { method: 'DELETE', path: '/azureml-blobstore/missing.txt', needs: 'write' },
    { method: 'DELETE', path: '/missing?restype=container', needs: 'write' },
    { method: 'POST', path: '/?restype=service&comp=userdelegationkey', body: '<KeyInfo><Start>2026-01-01T00:00:00Z</Start><Expiry>2026-01-02T00:00:00Z</Expiry></KeyInfo>', needs: 'control' },
    { method: 'PUT', path: '/?restype=service&comp=properties', body: '<StorageServiceProperties/>', needs: 'control' },
    { method: 'POST', path: '/', needs: 'control' },
    { method: 'PATCH', path: '/azureml-blobstore/there.txt', needs: 'control' },
    { method: 'OPTIONS', path: '/azureml-blobstore/there.txt', needs: 'control' },
  ];

  test('every operation: nobody and strangers refused, reader reads and writes nothing, owner never refused', async () => {
    const send = (caller: Caller, method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: string) =>
      world.server.send(`${world.account}.blob`, {
        method,
        path: path.replace('/azureml-blobstore', `/${world.container}`),
        headers: { 'x-ms-version': '2024-11-04', ...world.storage[caller], ...headers },
        body,
      });
    expect((await send('owner', 'PUT', '/azureml-blobstore/there.txt', put, 'there')).status).toBe(201);
    const visits = operations.map(({ method, path, headers, body, needs }) => ({
      route: path,
      method,
      permission: 'own',
      action: needs,
      visit: (caller: Caller) => send(caller, method, path, headers, body),
    }));
    const found = await breaches(visits, (status, caller, { method, action }) => {
      // Azure: without a rule of the account, a preflight is refused to everybody.
      if (method === 'OPTIONS') return status === 403;
      if (caller === 'nobody') return status === 401;
      if (caller === 'stranger') return status >= 400;
      if (caller === 'reader') return action === 'read' ? status === 200 : action === 'write' ? status === 403 : true;
      return status !== 401 && status !== 403;
    });
    expect(found).toEqual([]);
  });

  test('a token for Resource Manager is no token for storage, and the other way round', async () => {
    const arm = await world.server.bearer(undefined, ARM_AUDIENCE);
    const blob = await world.server.send(`${world.account}.blob`, { method: 'GET', path: `/${world.container}/there.txt`, headers: { ...arm, 'x-ms-version': '2024-11-04' } });
    expect(blob.status).toBe(401);
    expect((await world.server.send('management', { method: 'GET', path: `${world.workspace}?api-version=2024-10-01`, headers: world.storage.owner })).status).toBe(401);
    expect((await world.server.send('localhost', { method: 'GET', path: `${world.workspace}?api-version=2024-10-01`, headers: world.storage.owner })).status).toBe(401);
  });
});

describe('Azure Files', () => {
  test('every operation: nobody and strangers refused, reader reads and writes nothing, owner never refused', async () => {
    const send = (caller: Caller, method: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
      world.server.send(`${world.account}.file`, { method, path, headers: { 'x-ms-version': '2024-11-04', 'x-ms-file-request-intent': 'backup', ...world.storage[caller], ...headers } });
    const file = { 'x-ms-type': 'file', 'x-ms-content-length': '10' };
    for (const path of ['/walked?restype=share', '/walked/dir?restype=directory']) expect((await send('owner', 'PUT', path)).status).toBe(201);
    expect((await send('owner', 'PUT', '/walked/dir/file', file)).status).toBe(201);
    const places = { service: '/?restype=service', share: '/walked?restype=share', directory: '/walked/dir?restype=directory', file: '/walked/dir/file?' } as const;
    const visits = fileOperations.flatMap(({ name, level, methods, comp = '', hasCopySource }) =>
      methods.map((method): Visit => {
        const headers = { ...file, 'x-ms-range': 'bytes=0-0', 'x-ms-write': 'clear', ...(hasCopySource === true ? { 'x-ms-copy-source': 'https://nowhere' } : {}) };
        const path = `${places[level]}&comp=${comp}`.replace(/(\?)?&comp=$/, '').replace('?&', '?');
        return {
          route: name,
          method,
          permission: 'own',
          action: method === 'GET' || method === 'HEAD' ? 'read' : 'write',
          visit: (caller) => send(caller, method, path, method === 'PUT' ? headers : {}),
        };
      }),
    );
    expect(visits.length).toBeGreaterThan(40);
    const found = await breaches(visits, (status, caller, { action }) => {
      if (caller === 'nobody') return status === 401;
      if (caller === 'stranger') return status === 403;
      if (caller === 'reader') return action === 'read' ? status === 200 : status === 403;
      return status !== 401 && status !== 403;
    });
    expect(found).toEqual([]);
    expect((await send('reader', 'GET', '/walked/dir/other', { 'x-ms-file-request-intent': '' })).status).toBe(400);
  });
});

test('the walk left no error in the log', () => {
  expect(world.server.errors()).toEqual([]);
});
