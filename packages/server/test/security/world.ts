// World: a server with everything that routes speak of, and callers of every kind.

import { stringAt } from '#kernel/json.ts';
import type { RawAnswer, RawCall } from '../../../testkit/src/raw-request.ts';
import { startTestServer, STORAGE_AUDIENCE, type TestPrincipal, type TestServer } from '../../../testkit/src/test-server.ts';

export const ML_VERSION = 'api-version=2024-10-01';
export const RG_VERSION = 'api-version=2022-09-01';

export type Headers = Readonly<Record<string, string>>;

export interface World {
  readonly server: TestServer;
  readonly subscription: string;
  readonly group: string;
  readonly workspace: string;
  /** Another workspace, with an account of its own. */
  readonly other: string;
  readonly account: string;
  /** Container of the default datastore. */
  readonly container: string;
  readonly otherAccount: string;
  readonly otherContainer: string;
  readonly principals: { readonly stranger: TestPrincipal; readonly reader: TestPrincipal; readonly contributor: TestPrincipal; readonly dataScientist: TestPrincipal };
  /** Authorization headers for Resource Manager and the data planes, by caller. */
  readonly arm: Readonly<Record<Caller, Headers>>;
  /** The same for storage. */
  readonly storage: Readonly<Record<Caller, Headers>>;
  /** Resource Manager as the owner; throws when the answer is no success. */
  put(path: string, body?: object): Promise<RawAnswer>;
  manage(call: RawCall, as?: Caller): Promise<RawAnswer>;
  /** Path of a job of that name in the workspace. */
  job(name: string): string;
}

export type Caller = 'nobody' | 'stranger' | 'reader' | 'owner';

/** A group with two workspaces; in the first an environment, a code, a model, data, a compute, and a job that ended. */
export async function startWorld(): Promise<World> {
  const server = await startTestServer();
  const subscription = server.connection.subscriptionId;
  const group = `/subscriptions/${subscription}/resourceGroups/walk`;
  const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/first`;
  const other = `${group}/providers/Microsoft.MachineLearningServices/workspaces/second`;
  const [stranger, reader, contributor, dataScientist] = await Promise.all([
    server.createPrincipal({ name: 'stranger' }),
    server.createPrincipal({ name: 'reader', roles: ['reader', 'blobDataReader', 'fileDataPrivilegedReader'] }),
    server.createPrincipal({ name: 'contributor', roles: ['contributor'] }),
    server.createPrincipal({ name: 'scientist', roles: ['dataScientist'] }),
  ]);
  const headers = async (audience?: string): Promise<Readonly<Record<Caller, Headers>>> => ({
    nobody: {},
    stranger: await server.bearer(stranger, audience),
    reader: await server.bearer(reader, audience),
    owner: await server.bearer(undefined, audience),
  });
  const arm = await headers();

  const manage = (call: RawCall, as: Caller = 'owner'): Promise<RawAnswer> => server.send('management', { ...call, headers: { ...arm[as], ...call.headers } });
  const put = async (path: string, body: object = {}): Promise<RawAnswer> => {
    const answer = await manage({ method: 'PUT', path, body });
    if (answer.status >= 300) throw new Error(`PUT ${path} answered ${answer.status}: ${answer.text}`);
    return answer;
  };
  const settled = async (path: string, isDone: (answer: RawAnswer) => boolean): Promise<RawAnswer> => {
    for (const until = Date.now() + 60_000; Date.now() < until; ) {
      const answer = await manage({ method: 'GET', path });
      if (isDone(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${path} is not ready after a minute. ${server.errors().join('')}`);
  };
  const propertyOf = (answer: RawAnswer, name: string): string => stringAt(answer.json['properties'], name) ?? '';

  await put(`${group}?${RG_VERSION}`, { location: 'local' });
  const accounts: string[] = [];
  for (const id of [workspace, other]) {
    await put(`${id}?${ML_VERSION}`, { location: 'local', identity: { type: 'SystemAssigned' } });
    const made = await settled(`${id}?${ML_VERSION}`, (answer) => propertyOf(answer, 'provisioningState') === 'Succeeded');
    accounts.push(propertyOf(made, 'storageAccount').split('/').at(-1) ?? '');
  }
  const [account = '', otherAccount = ''] = accounts;
  const containerOf = async (id: string): Promise<string> => propertyOf(await manage({ method: 'GET', path: `${id}/datastores/workspaceblobstore?${ML_VERSION}` }), 'containerName');
  const [container, otherContainer] = [await containerOf(workspace), await containerOf(other)];
  const uri = `${server.composition.names.storageEndpoint(account, 'blob')}/${container}/code`;
  await put(`${workspace}/environments/env/versions/1?${ML_VERSION}`, { properties: { image: 'lazurite/local-python' } });
  await put(`${workspace}/codes/code/versions/1?${ML_VERSION}`, { properties: { codeUri: uri } });
  await put(`${workspace}/data/data/versions/1?${ML_VERSION}`, { properties: { dataType: 'uri_folder', dataUri: 'azureml://datastores/workspaceblobstore/paths/x' } });
  await put(`${workspace}/models/model/versions/1?${ML_VERSION}`, { properties: { modelType: 'custom_model', modelUri: 'azureml://datastores/workspaceblobstore/paths/x' } });
  await put(`${workspace}/computes/cpu?${ML_VERSION}`, {
    location: 'local',
    properties: { computeType: 'AmlCompute', properties: { vmSize: 'X', scaleSettings: { maxNodeCount: 1, minNodeCount: 0 } } },
  });
  const job = (name: string): string => `${workspace}/jobs/${name}`;
  const command = { properties: { jobType: 'Command', command: 'echo done', environmentId: `${workspace}/environments/env/versions/1` } };
  for (const name of ['ended', 'foreign']) {
    await put(`${job(name)}?${ML_VERSION}`, command);
    await settled(`${job(name)}?${ML_VERSION}`, (answer) => ['Completed', 'Failed', 'Canceled'].includes(propertyOf(answer, 'status')));
  }
  const storage = await headers(STORAGE_AUDIENCE);
  return {
    server,
    subscription,
    group,
    workspace,
    other,
    account,
    container,
    otherAccount,
    otherContainer,
    principals: { stranger, reader, contributor, dataScientist },
    arm,
    storage,
    put,
    manage,
    job,
  };
}
