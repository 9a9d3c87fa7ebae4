// The scene: a whole server with a workspace of its own, reached through its public wire, and what fills it: real jobs.

import { randomUUID } from 'node:crypto';
import { type ApiClient, openApi } from '../../cli/src/api-client.ts';
import { openWorkspace, type WorkspaceApi } from '../../cli/src/workspace-api.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { insertPrincipal } from '@lazurite/server/storage/identity-store.ts';
import { ARM_AUDIENCE, startTestServer, type TestServer } from '../../testkit/src/test-server.ts';

export interface JobSpec {
  readonly displayName: string;
  readonly command: string;
  readonly experiment: string;
  /** Folder of code to upload. */
  readonly code?: string;
  readonly inputs?: JsonObject;
  readonly outputs?: JsonObject;
  readonly more?: JsonObject;
}

export interface Scene {
  readonly server: TestServer;
  readonly api: ApiClient;
  readonly workspace: WorkspaceApi;
  /** Of the studio: plain HTTP on loopback. */
  readonly origin: string;
  /** Path of the workspace's pages. */
  readonly home: string;
  /** Submits a command job in an environment without packages. Returns its name. */
  submit(spec: JobSpec): Promise<string>;
  statusOf(job: string): Promise<string>;
  /** Waits until the job is in one of the states; throws when it ends in another. */
  until(job: string, ...statuses: readonly string[]): Promise<void>;
  /** A call of MLflow's REST API. */
  mlflow(method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<JsonObject>;
  /** A one-time address that signs a browser in: as the owner, or as a new person without any right. */
  signInLink(who?: 'owner' | 'stranger'): Promise<string>;
  stop(): Promise<void>;
}

const ENDED = new Set(['Completed', 'Failed', 'Canceled']);

export async function openScene(group: string, name: string): Promise<Scene> {
  const server = await startTestServer();
  const { connection, composition } = server;
  const api = openApi(connection);
  const groupId = `/subscriptions/${connection.subscriptionId}/resourceGroups/${group}`;
  const workspace = openWorkspace(api, group, name);
  await api.arm('PUT', groupId, { body: { location: connection.region }, apiVersion: '2024-11-01' });
  await api.arm('PUT', workspace.id, { body: { location: connection.region, identity: { type: 'SystemAssigned' }, properties: {} } });
  await settled(async () => {
    const state = stringAt(objectAt(await api.arm('GET', workspace.id), 'properties'), 'provisioningState');
    if (state === 'Failed' || state === 'Canceled') throw new Error(`The workspace is ${state}: ${server.errors().join('\n')}`);
    return state === 'Succeeded';
  });
  const origin = `http://localhost:${connection.port}`;
  const statusOf = async (job: string): Promise<string> => stringAt(objectAt(await workspace.getJob(job), 'properties'), 'status') ?? '';

  return {
    server,
    api,
    workspace,
    origin,
    home: `/workspaces/${connection.subscriptionId}/${group}/${name}`,
    statusOf,
    async submit(spec) {
      const job = await workspace.submit({
        name: undefined,
        code: spec.code === undefined ? undefined : { local: spec.code },
        environment: { conda: undefined, image: 'lazurite/local-python' },
        properties: {
          jobType: 'Command',
          displayName: spec.displayName,
          experimentName: spec.experiment,
          command: spec.command,
          inputs: spec.inputs ?? {},
          outputs: spec.outputs ?? {},
          ...spec.more,
        },
        localInputs: [],
      });
      return stringAt(job, 'name') ?? '';
    },
    async until(job, ...statuses) {
      await settled(async () => {
        const status = await statusOf(job);
        if (ENDED.has(status) && !statuses.includes(status)) throw new Error(`The job ${job} is ${status}, not ${statuses.join(' or ')}.`);
        return statuses.includes(status);
      });
    },
    async mlflow(method, path, body) {
      const response = await api.request(method, `${connection.origins.api}/mlflow/v2.0${workspace.id}/api/2.0/mlflow/${path}`, body);
      const answer: unknown = await response.json();
      if (!response.ok || !isJsonObject(answer)) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`);
      return answer;
    },
    async signInLink(who = 'owner') {
      const objectId = who === 'owner' ? composition.machine.installation.ownerId : randomUUID();
      if (who === 'stranger')
        await composition.database.transaction((tx) => insertPrincipal(tx, { id: objectId, kind: 'User', displayName: 'Sam Stranger', userPrincipalName: `sam-${objectId.slice(0, 8)}@example.org` }));
      const { token } = await composition.tokens.issueFor(objectId, ARM_AUDIENCE);
      const response = await fetch(`${origin}/signin/links`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
      return `${origin}/signin?code=${encodeURIComponent(stringAt(await response.json(), 'code') ?? '')}`;
    },
    async stop() {
      await api.close();
      await server.stop();
    },
  };
}

/** Asks again and again until the answer is yes; for what has no event to wait for. */
export async function settled(isSo: () => Promise<boolean>, limitMs = 120_000): Promise<void> {
  for (const deadline = Date.now() + limitMs; !(await isSo()); ) {
    if (Date.now() > deadline) throw new Error(`Not so after ${limitMs / 1000} s: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
