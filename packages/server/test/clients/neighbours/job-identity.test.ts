// A job acts as the managed identity of its compute, and as no other.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { startTestServer, type TestServer } from '../../../../testkit/src/test-server.ts';

const ML = 'api-version=2024-10-01';
let server: TestServer;
let group = '';
beforeAll(async () => {
  server = await startTestServer();
  group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/acting`;
});
afterAll(async () => {
  await server?.stop();
});

async function send(method: string, path: string, body?: object): Promise<JsonObject> {
  const answer = await server.send('management', { method, path, headers: await server.bearer(), body });
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  return answer.json;
}

async function settled(path: string, name: string, words: readonly string[]): Promise<JsonObject> {
  for (;;) {
    const properties = objectAt(await send('GET', path), 'properties');
    if (words.includes(stringAt(properties, name) ?? '')) return properties;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Asks the managed-identity endpoint as a client in a job does, and fails when the answer is not as expected. */
const script = (own: string, named: string, foreign: string): string => `
import base64, json, os, urllib.error, urllib.request
def ask(choice=""):
    url = os.environ["IDENTITY_ENDPOINT"] + "?api-version=2019-08-01&resource=https://management.azure.com/" + choice
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    answer = json.load(opener.open(urllib.request.Request(url, headers={"X-IDENTITY-HEADER": os.environ["IDENTITY_HEADER"]})))
    body = answer["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["oid"]
assert ask() == "${own}"
assert ask("&client_id=${named}") == "${own}"
assert os.environ["DEFAULT_IDENTITY_CLIENT_ID"] == "${named}"
try:
    ask("&client_id=${foreign}")
except urllib.error.HTTPError as error:
    assert error.code == 400
else:
    raise SystemExit("a foreign identity gave a token")
`;

test('the identity of the compute is that of the job; one that the compute does not carry is refused', async () => {
  const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/acting`;
  const identity = (name: string): string => `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  await send('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
  const [own, foreign] = [
    await send('PUT', `${identity('worker')}?api-version=2024-11-30`, { location: 'local' }),
    await send('PUT', `${identity('other')}?api-version=2024-11-30`, { location: 'local' }),
  ].map((body) => objectAt(body, 'properties'));
  await send('PUT', `${workspace}?${ML}`, { location: 'local' });
  await settled(`${workspace}?${ML}`, 'provisioningState', ['Succeeded']);
  await send('PUT', `${workspace}/environments/env/versions/1?${ML}`, { properties: { image: 'lazurite/local-python' } });
  const compute = { computeType: 'AmlCompute', properties: { vmSize: 'X', scaleSettings: { maxNodeCount: 1, minNodeCount: 0 } } };
  await send('PUT', `${workspace}/computes/cpu?${ML}`, { location: 'local', identity: { type: 'UserAssigned', userAssignedIdentities: { [identity('worker')]: {} } }, properties: compute });
  await settled(`${workspace}/computes/cpu?${ML}`, 'provisioningState', ['Succeeded']);

  const [ownId = '', ownClient = '', foreignClient = ''] = [stringAt(own, 'principalId'), stringAt(own, 'clientId'), stringAt(foreign, 'clientId')];
  const encoded = Buffer.from(script(ownId, ownClient, foreignClient)).toString('base64');
  const job = (clientId: string) => ({
    properties: {
      jobType: 'Command',
      computeId: `${workspace}/computes/cpu`,
      environmentId: `${workspace}/environments/env/versions/1`,
      identity: { identityType: 'Managed', clientId },
      command: `python -c "import base64; exec(base64.b64decode('${encoded}'))"`,
    },
  });
  const ENDS = ['Completed', 'Failed', 'Canceled'];
  await send('PUT', `${workspace}/jobs/mine?${ML}`, job(ownClient));
  await send('PUT', `${workspace}/jobs/theirs?${ML}`, job(foreignClient));
  expect(stringAt(await settled(`${workspace}/jobs/mine?${ML}`, 'status', ENDS), 'status')).toBe('Completed');
  const refused = await settled(`${workspace}/jobs/theirs?${ML}`, 'status', ENDS);
  expect([stringAt(refused, 'status'), JSON.stringify(refused)]).toEqual(['Failed', expect.stringContaining('IdentityNotFound')]);
});
