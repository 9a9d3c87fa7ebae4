// One server for a file of workspace tests, and Resource Manager on it over the wire.

import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { startTestServer, type TestPrincipal, type TestServer } from '../../../../testkit/src/test-server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: JsonObject;
}

export interface WorkspaceServer {
  readonly server: TestServer;
  readonly subscription: string;
  /** Id of a workspace in the test's group. */
  id(name: string): string;
  neighbour(type: string, name: string): string;
  /** `version`: of the machine-learning API unless the path has one. */
  arm(method: string, path: string, body?: object, options?: { readonly version?: string; readonly as?: TestPrincipal }): Promise<Answer>;
  /** The same, and waits until the operation that it starts has ended; answers the last poll of its Location. */
  wait(method: string, path: string, body?: object, options?: { readonly version?: string }): Promise<Answer>;
  /** A workspace that is there, as GET answers it. */
  create(name: string, body?: JsonObject): Promise<JsonObject>;
  stop(): Promise<void>;
}

export const GROUP = 'Field-RG';

export async function startWorkspaceServer(): Promise<WorkspaceServer> {
  const server = await startTestServer();
  const subscription = `/subscriptions/${server.connection.subscriptionId}`;
  const group = `${subscription}/resourceGroups/${GROUP}`;
  const arm: WorkspaceServer['arm'] = async (method, path, body, options = {}) => {
    const query = path.includes('api-version=') ? '' : `${path.includes('?') ? '&' : '?'}api-version=${options.version ?? '2026-05-01'}`;
    const { status, headers, json } = await server.send('management', { method, path: `${path}${query}`, headers: await server.bearer(options.as), body });
    return { status, headers, body: json };
  };
  const wait: WorkspaceServer['wait'] = async (method, path, body, options) => {
    let answer = await arm(method, path, body, options);
    while (answer.status === 202) {
      const { pathname, search } = new URL(String(answer.headers['location']));
      await new Promise((resolve) => setTimeout(resolve, 30));
      answer = await arm('GET', `${pathname}${search}`);
    }
    return answer;
  };
  const id = (name: string): string => `${group}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
  await arm('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
  return {
    server,
    subscription,
    id,
    neighbour: (type, name) => `${group}/providers/${type}/${name}`,
    arm,
    wait,
    async create(name, body = {}) {
      const made = await wait('PUT', id(name), { location: 'local', identity: { type: 'SystemAssigned' }, ...body });
      if (made.status !== 200) throw new Error(`PUT ${name} answered ${made.status}: ${JSON.stringify(made.body)}`);
      return (await arm('GET', id(name))).body;
    },
    stop: () => server.stop(),
  };
}

export function propertiesOf(body: JsonObject): JsonObject {
  return objectAt(body, 'properties');
}

/** Status, code and the properties that are named. */
export function refusalOf({ status, body }: Answer): readonly [status: number, code: string, targets: readonly string[]] {
  const error = objectAt(body, 'error');
  const details = Array.isArray(error['details']) ? error['details'].filter(isJsonObject) : [];
  const targets = details.length > 0 ? details.map((detail) => stringAt(detail, 'target') ?? '') : [stringAt(error, 'target') ?? ''];
  return [status, stringAt(error, 'code') ?? '', targets];
}
