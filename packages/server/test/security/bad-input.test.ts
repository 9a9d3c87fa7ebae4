// Bad input, over the wire: Azure's status and code, a sentence, never a 500, and nothing left behind.

import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectAt, stringAt } from '#kernel/json.ts';
import { type RawAnswer, type RawCall, rawRequest } from '../../../testkit/src/raw-request.ts';
import { countTraces } from './traces.ts';
import { ML_VERSION, RG_VERSION, startWorld, type World } from './world.ts';

let world: World;
let before: Readonly<Record<string, number>>;
beforeAll(async () => {
  world = await startWorld();
  before = await countTraces(world.server);
});
afterAll(async () => {
  await world?.server.stop();
});

/** On a connection of its own: some requests break it. */
const send = (host: string, call: RawCall): Promise<RawAnswer> => {
  const { connection, ca } = world.server;
  return rawRequest({ port: connection.port, hostname: host === 'localhost' ? host : `${host}.${connection.domain}`, ca }, call);
};
const arm = (call: RawCall): Promise<RawAnswer> => send('management', { ...call, headers: { ...world.arm.owner, ...call.headers } });
const armKept = (call: RawCall): Promise<RawAnswer> => world.manage(call);
const code = (answer: RawAnswer): string => stringAt(objectAt(answer.json, 'error'), 'code') ?? stringAt(answer.json, 'error_code') ?? '';

function expectRefusal(answer: RawAnswer, label: unknown, status: number, wanted: string | RegExp): void {
  expect([label, answer.status, answer.text.slice(0, 300)]).toEqual([label, status, expect.anything()]);
  expect([label, code(answer)]).toEqual([label, expect.stringMatching(wanted)]);
  const message = stringAt(objectAt(answer.json, 'error'), 'message') ?? '';
  expect([label, message.length > 20 && /[.)]$/.test(message)]).toEqual([label, true]);
  expect(message).not.toMatch(/\bat .*\.ts:\d+|node_modules|select .* from|undefined|\[object/);
}

describe('bodies', () => {
  const at = (path: string) => `${world.workspace}${path}?${ML_VERSION}`;

  test('that are no JSON, of the wrong encoding, too deep, or of another type', async () => {
    const json = { 'content-type': 'application/json' };
    const cases: readonly (readonly [string, string | Buffer, Readonly<Record<string, string>>, number, string])[] = [
      ['cut off', '{"properties": {', json, 400, 'InvalidRequestContent'],
      ['trailing text', '{} x', json, 400, 'InvalidRequestContent'],
      ['single quotes', "{'a': 1}", json, 400, 'InvalidRequestContent'],
      ['a number', '1', json, 400, 'InvalidRequestContent'],
      ['null', 'null', json, 400, 'InvalidRequestContent'],
      ['an array', '[]', json, 400, 'InvalidRequestContent'],
      ['nothing', '', json, 400, 'InvalidRequestContent'],
      ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), json, 400, 'InvalidRequestContent'],
      ['not gzip', 'plain', { ...json, 'content-encoding': 'gzip' }, 400, 'InvalidRequestContent'],
      ['an unknown encoding', '{}', { ...json, 'content-encoding': 'br' }, 415, 'UnsupportedContentEncoding'],
      ['nested 100,000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, json, 400, 'InvalidRequestContent'],
      ['objects nested 5,000 deep', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`, json, 400, 'InvalidRequestContent'],
      ['__proto__', '{"__proto__": {"location": "local"}}', json, 400, 'InvalidRequestContent'],
    ];
    for (const [label, body, headers, status, wanted] of cases) {
      for (const path of [at('/environments/bad/versions/1'), at('/jobs/bad'), `${world.group}/providers/Microsoft.MachineLearningServices/workspaces/bad?${ML_VERSION}`]) {
        expectRefusal(await arm({ method: 'PUT', path, body, headers }), label, status, wanted);
      }
    }
  });

  test('that are too large: 413, also without a declared length', async () => {
    const huge = JSON.stringify({ properties: { image: 'x'.repeat(5 * 2 ** 20) } });
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const answer = await arm({ method: 'PUT', path: at('/environments/bad/versions/1'), body: huge, headers: { 'content-type': 'application/json', ...headers } }).catch((error: unknown) => error);
      // A caller that still writes may see its connection close; one that reads sees 413.
      if (answer instanceof Error) expect(String(answer)).toMatch(/EPIPE|ECONNRESET/);
      else expect(answer).toMatchObject({ status: 413, json: { error: { code: 'RequestBodyTooLarge' } } });
    }
    // What two readers could take for bodies of different lengths is no request at all.
    expect((await arm({ method: 'PUT', path: at('/jobs/bad'), body: '{}', headers: { 'content-length': '2', 'transfer-encoding': 'chunked' } })).status).toBe(400);
    const bomb = (await import('node:zlib')).gzipSync(Buffer.alloc(64 * 2 ** 20, 32));
    expectRefusal(await arm({ method: 'PUT', path: at('/jobs/bad'), body: bomb, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } }), 'bomb', 413, 'RequestBodyTooLarge');
  });

  test('with values of the wrong type name the property', async () => {
    const environment = { environmentId: `${world.workspace}/environments/env/versions/1` };
    const cases: readonly (readonly [string, unknown, string])[] = [
      ['/environments/bad/versions/1', { properties: { image: 5 } }, 'properties.image'],
      ['/environments/bad/versions/1', { properties: { image: 'x', tags: { a: 1 } } }, 'properties.tags'],
      ['/environments/bad/versions/1', { properties: [] }, 'properties'],
      ['/environments/bad/versions/1', { properties: {} }, 'properties'],
      ['/data/bad/versions/1', { properties: { dataType: 'uri_moon', dataUri: 'azureml://datastores/x/paths/y' } }, 'properties.dataType'],
      ['/computes/bad', { properties: { computeType: 'Toaster' } }, 'properties.computeType'],
      ['/computes/bad', { properties: { computeType: 'AmlCompute', properties: { scaleSettings: { maxNodeCount: 'many' } } } }, 'properties.properties.scaleSettings'],
      ['/jobs/bad', { properties: { jobType: 'Command', command: 7, ...environment } }, 'properties.command'],
      ['/jobs/bad', { properties: { jobType: 'Command', command: '${{inputs.missing}}', ...environment } }, 'properties.command'],
      ['/jobs/bad', { properties: { jobType: 'Command', command: 'true', ...environment, resources: { instanceCount: -1 } } }, 'properties.resources'],
      ['/jobs/bad', { properties: { jobType: 'Command', command: 'true', ...environment, limits: { jobLimitsType: 'Command', timeout: 'soon' } } }, 'properties.limits'],
      ['/jobs/bad', { properties: { jobType: 'Command', command: 'true', ...environment, environmentVariables: { 'A=B': 'x' } } }, 'properties.environmentVariables'],
      ['/jobs/bad', { properties: { jobType: 'Command', command: 'true', ...environment, outputs: { '../../etc': { jobOutputType: 'uri_folder' } } } }, 'properties.outputs'],
      ['/jobs/bad', { properties: { jobType: 'Command', command: 'true', ...environment, inputs: { 'a/b': { jobInputType: 'literal', value: '1' } } } }, 'properties.inputs'],
      ['/jobs/bad', { properties: { jobType: 'Dance' } }, 'properties.jobType'],
    ];
    for (const [path, body, target] of cases) {
      const answer = await arm({ method: 'PUT', path: at(path), body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
      expectRefusal(answer, [path, body], 400, /./);
      expect([path, body, stringAt(objectAt(answer.json, 'error'), 'target')]).toEqual([path, body, expect.stringContaining(target)]);
    }
  });

  test('the database cannot hold: NUL and lone surrogates in texts', async () => {
    for (const text of ['a\\u0000b', 'a\\ud800b']) {
      for (const body of [`{"location":"local","tags":{"a":"${text}"}}`, `{"location":"local","tags":{"${text}":"a"}}`, `{"location":"${text}"}`]) {
        const answer = await arm({ method: 'PUT', path: `/subscriptions/${world.subscription}/resourceGroups/bad?${RG_VERSION}`, body, headers: { 'content-type': 'application/json' } });
        expectRefusal(answer, body, 400, /./);
      }
      const tracking = await send('localhost', {
        method: 'POST',
        path: `/mlflow/v2.0${world.workspace}/api/2.0/mlflow/runs/set-tag`,
        headers: { ...world.arm.owner, 'content-type': 'application/json' },
        body: `{"run_id":"ended","key":"${text}","value":"${text}"}`,
      });
      expect([text, tracking.status]).toEqual([text, 400]);
    }
    for (const path of [
      `/mlflow/v2.0${world.workspace}/api/2.0/mlflow/runs/get?run_id=a%00b`,
      `/mlflow/v2.0${world.workspace}/api/2.0/mlflow/logged-models/a%00b`,
      `/api/studio${world.workspace}/jobs?search=a%00b`,
      `${world.workspace}/jobs?${ML_VERSION}&tag=a%00b`,
      `/subscriptions/a%00b?${RG_VERSION}`,
    ]) {
      expect([path, (await send('localhost', { method: 'GET', path, headers: world.arm.owner })).status]).toEqual([path, 400]);
    }
    for (const path of [
      `/mlflow/v2.0${world.workspace}/api/2.0/mlflow/runs/get?run_id=%ff%ed%a0%80`,
      `/api/studio${world.workspace}/jobs?search=%ff`,
      `${world.workspace}/jobs?${ML_VERSION}&tag=%ff`,
    ]) {
      expect([path, (await send('localhost', { method: 'GET', path, headers: world.arm.owner })).status]).toEqual([path, expect.toSatisfy((status: number) => status < 500)]);
    }
  });
});

describe('addresses', () => {
  test('with missing, malformed or unknown api-versions', async () => {
    const get = (query: string) => arm({ method: 'GET', path: `${world.workspace}${query}` });
    expectRefusal(await get(''), 'none', 400, 'MissingApiVersionParameter');
    expectRefusal(await get('?api-version='), 'empty', 400, /ApiVersionParameter/);
    for (const version of ['latest', "2024-10-01'--", '2024-13-01', '20241001', '../..'])
      expectRefusal(await get(`?api-version=${encodeURIComponent(version)}`), version, 400, /InvalidApiVersionParameter|NoRegisteredProviderFound/);
    for (const version of ['1999-01-01', '2099-01-01']) expectRefusal(await get(`?api-version=${version}`), version, 400, 'NoRegisteredProviderFound');
  });

  test('in another letter case mean the same resource', async () => {
    const { workspace } = world;
    for (const path of [workspace.toUpperCase(), workspace.toLowerCase(), workspace.replace('resourceGroups', 'RESOURCEGROUPS')]) {
      const answer = await arm({ method: 'GET', path: `${path}?${ML_VERSION.replace('api-version', 'API-Version')}` });
      expect([path, answer.status, stringAt(answer.json, 'id')]).toEqual([path, 200, workspace]);
    }
    // Azure: names of jobs keep their case.
    expect((await arm({ method: 'GET', path: `${workspace}/jobs/ENDED?${ML_VERSION}` })).status).toBe(404);
    expect((await arm({ method: 'GET', path: `${workspace.toUpperCase()}/JOBS/ended?${ML_VERSION}` })).status).toBe(200);
  });

  const TRAVERSALS = [
    '..',
    '.',
    '%2e%2e',
    '%2E%2E',
    '%2e',
    '..%2f..%2fetc',
    '%2fetc%2fpasswd',
    'a%2fb',
    '..%5c..',
    'a%5cb',
    'a%00b',
    '%00',
    '%zz',
    '%c0%ae',
    '%ff',
    '%252e%252e',
    'a%0ab',
    'a%0d%0ab',
    '~root',
    'C:%5cx',
    '%EF%BC%8E%EF%BC%8E',
    'a%20b',
    '*',
    'a'.repeat(300),
    '%F0%9F%98%80',
  ];

  test('with names outside the pattern, or that climb', async () => {
    const collections = ['jobs', 'computes', 'datastores', 'environments/env/versions', 'codes/code/versions', 'data/data/versions', 'models/model/versions', 'codes', 'models'];
    for (const name of TRAVERSALS) {
      for (const collection of collections) {
        const answer = await armKept({ method: 'PUT', path: `${world.workspace}/${collection}/${name}?${ML_VERSION}`, body: { properties: {} } });
        expectRefusal(answer, [collection, name], 400, /InvalidResourceName|InvalidResourceId|InvalidUri|InvalidRequestContent|ValidationError|InvalidParameter/);
        expect([collection, name, (await armKept({ method: 'GET', path: `${world.workspace}/${collection}/${name}?${ML_VERSION}` })).status]).toEqual([
          collection,
          name,
          expect.toSatisfy((status: number) => status === 400 || status === 404),
        ]);
      }
      for (const path of [
        `${world.group}/providers/Microsoft.MachineLearningServices/workspaces/${name}?${ML_VERSION}`,
        `${world.group}/providers/Microsoft.Storage/storageAccounts/${name}?api-version=2023-05-01`,
      ]) {
        expectRefusal(await armKept({ method: 'PUT', path, body: { location: 'local' } }), [path], 400, /./);
      }
    }
  });

  test('that climb out of blob containers, artifacts, logs and the studio', async () => {
    const { workspace, account, container } = world;
    const tracking = `/mlflow/v2.0${workspace}/api/2.0`;
    const studio = `/api/studio${workspace}/runs/ended`;
    for (const name of [
      '../x',
      '..%2fx',
      '%2e%2e%2fx',
      '..%2f..%2f..%2f..%2fetc%2fpasswd',
      '%2fetc%2fpasswd',
      '/etc/passwd',
      '..%5cx',
      'a%5c..%5c..%5cx',
      'a%00b',
      'a/../../x',
      'a/%2e%2e/%2e%2e/x',
      '%252e%252e%252fx',
      'C:%5cx',
    ]) {
      for (const path of [`${tracking}/mlflow-artifacts/artifacts/ExperimentRun/dcid.ended/${name}`, `${tracking}/mlflow-artifacts/artifacts/${name}`]) {
        for (const method of ['PUT', 'GET', 'DELETE']) {
          const answer = await world.server.send('localhost', { method, path, headers: world.arm.owner, ...(method === 'PUT' ? { body: 'x' } : {}) });
          expect([method, path, answer.status]).toEqual([method, path, expect.toSatisfy((status: number) => status === 400 || status === 404)]);
        }
      }
      const listing = await world.server.send('localhost', { method: 'GET', path: `${tracking}/mlflow/artifacts/list?run_id=ended&path=${name}`, headers: world.arm.owner });
      expect([name, listing.status]).toEqual([name, 400]);
      for (const call of ['content', 'artifacts', 'downloadLink', 'code/content']) {
        const answer = await world.server.send('localhost', { method: 'GET', path: `${studio}/${call}?path=${name}`, headers: world.arm.owner });
        if (call === 'downloadLink' && answer.status === 200) {
          const link = await world.server.send('localhost', { method: 'GET', path: stringAt(answer.json, 'url') ?? '' });
          expect([call, name, link.status]).toEqual([call, name, expect.toSatisfy((status: number) => status === 400 || status === 404)]);
        } else expect([call, name, answer.status]).toEqual([call, name, expect.toSatisfy((status: number) => status === 400 || status === 404)]);
      }
      for (const host of ['localhost', 'studio']) {
        for (const path of [`/${name}`, `/assets/${name}`, `/assets/../../../../package.json`]) {
          const answer = await world.server.send(host, { method: 'GET', path });
          expect([host, path, answer.status, /root:|"version"/.test(answer.text)]).toEqual([host, path, expect.toSatisfy((status: number) => [400, 401, 404].includes(status)), false]);
        }
      }
      // Azure: `..` in a blob's name is a name like another; here it never becomes a path.
      const blob = await world.server.send(`${account}.blob`, { method: 'GET', path: `/${container}/${name}`, headers: { ...world.storage.owner, 'x-ms-version': '2024-11-04' } });
      expect([name, blob.status]).toEqual([name, expect.toSatisfy((status: number) => status === 400 || status === 404)]);
      const badContainer = await world.server.send(`${account}.blob`, { method: 'PUT', path: `/${name}?restype=container`, headers: { ...world.storage.owner, 'x-ms-version': '2024-11-04' } });
      expect([name, badContainer.status >= 400 && badContainer.status < 500]).toEqual([name, true]);
    }
  });

  test('a blob whose name climbs stays in its container and on no path', async () => {
    const { account, container } = world;
    const headers = { ...world.storage.owner, 'x-ms-version': '2024-11-04' };
    for (const name of ['..%2f..%2f..%2fescaped', 'a%5c..%5c..%5cescaped', '.%2e/escaped']) {
      const path = `/${container}/${name}`;
      const put = await send(`${account}.blob`, { method: 'PUT', path, headers: { ...headers, 'x-ms-blob-type': 'BlockBlob' }, body: Buffer.alloc(32 * 1024, 'x') });
      expect([name, put.status]).toEqual([name, 201]);
      const stray = Object.keys(await countTraces(world.server)).filter((trace) => trace.includes('escaped'));
      expect(stray).toEqual([]);
      expect((await send(`${account}.blob`, { method: 'DELETE', path, headers })).status).toBe(202);
    }
  });

  test('of hosts that are not ours are refused, whatever says so', async () => {
    const { port, domain } = world.server.connection;
    const ask = (headers: Readonly<Record<string, string>>, host = 'management') =>
      send(host, { method: 'GET', path: `${world.workspace}?${ML_VERSION}`, headers: { ...world.arm.owner, ...headers } });
    for (const host of ['evil.example', `management.${domain}.evil.example`, `evil.${domain}.`, 'localhost.evil.example', '169.254.169.254', `a.b.c.blob.${domain}`])
      expect([host, (await ask({ host })).status]).toEqual([host, 421]);
    for (const host of ['a b', 'a@b', '[::1', `management.${domain}:99999999`, 'a/b', '..'])
      expect([host, (await ask({ host })).status]).toEqual([host, expect.toSatisfy((status: number) => status === 400 || status === 421)]);
    // DNS rebinding: a foreign name that leads to loopback.
    expect((await send('localhost', { method: 'GET', path: '/api/studio/config', headers: { host: `rebound.example:${port}` } })).status).toBe(421);
    // A page of another origin may not write with what it finds in the browser.
    const crossed = await send('localhost', { method: 'POST', path: '/signin/links', headers: { ...world.arm.owner, origin: 'https://evil.example' } });
    expect(crossed.status).toBe(403);
    // Forwarding headers change nothing: links carry the host that was asked.
    const listed = await ask({ 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', 'x-original-url': '/subscriptions', 'x-http-method-override': 'DELETE' });
    expect([listed.status, listed.text.includes('evil.example')]).toEqual([200, false]);
  });
});

describe('tokens', () => {
  const seal = (header: object, claims: object, sign: (input: string) => string): string => {
    const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${input}.${sign(input)}`;
  };
  const status = async (token: string) => {
    const answer = await send('management', { method: 'GET', path: `${world.workspace}?${ML_VERSION}`, headers: { authorization: token } });
    expect([token.slice(0, 40), answer.status, typeof answer.headers['www-authenticate']]).toEqual([token.slice(0, 40), 401, 'string']);
    return code(answer);
  };

  test('that are forged, unsigned, of another key, expired, or for another audience', async () => {
    const genuine = world.arm.owner['authorization']?.slice('Bearer '.length) ?? '';
    const [head = '', body = '', signature = ''] = genuine.split('.');
    const header: object = JSON.parse(Buffer.from(head, 'base64url').toString());
    const claims: object = JSON.parse(Buffer.from(body, 'base64url').toString());
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const rsa = (input: string) => createSign('RSA-SHA256').update(input).sign(privateKey, 'base64url');
    const forged = [
      seal({ ...header, alg: 'none' }, claims, () => ''),
      seal({ alg: 'none' }, claims, () => signature),
      seal(header, claims, rsa),
      seal({ ...header, kid: '../../etc/passwd' }, claims, rsa),
      seal({ ...header, kid: "x' or '1'='1" }, claims, rsa),
      seal({ ...header, jwk: publicKey.export({ format: 'jwk' }) }, claims, rsa),
      seal({ ...header, jku: `http://127.0.0.1:${world.server.connection.port}/keys` }, claims, rsa),
      seal({ ...header, alg: 'HS256' }, claims, () => signature),
      `${head}.${Buffer.from(JSON.stringify({ ...claims, oid: world.principals.reader.objectId })).toString('base64url')}.${signature}`,
      `${head}.${body}`,
      `${head}.${body}.`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
    ];
    for (const token of forged) expect([token.slice(0, 30), await status(`Bearer ${token}`)]).toEqual([token.slice(0, 30), 'InvalidAuthenticationToken']);
    for (const header of ['Bearer', 'Bearer ', 'Basic b3duZXI6b3duZXI=', `Digest ${genuine}`, genuine, 'Bearer a b c', 'Bearer \u00e9', `Bearer ${'x'.repeat(20_000)}`])
      expect([header.slice(0, 30), await status(header)]).toEqual([header.slice(0, 30), expect.stringMatching(/Authentication/)]);
    const { tokens, machine } = world.server.composition;
    const expired = await tokens.issueFor(machine.installation.cliPrincipalId, 'https://management.azure.com', -60);
    expect(await status(`Bearer ${expired.token}`)).toBe('ExpiredAuthenticationToken');
    for (const audience of ['https://storage.azure.com', 'https://vault.azure.net', 'https://graph.microsoft.com']) {
      expect([audience, await status(`Bearer ${(await tokens.issueFor(machine.installation.cliPrincipalId, audience)).token}`)]).toEqual([
        audience,
        expect.stringMatching(/Audience|AuthenticationToken/),
      ]);
    }
  });

  test('of the token service: bad grants are answered in its own words', async () => {
    const { tenantId, clientId } = world.server.connection;
    const ask = (form: Readonly<Record<string, string>>, tenant = tenantId) =>
      send('login', { method: 'POST', path: `/${tenant}/oauth2/v2.0/token`, body: new URLSearchParams(form).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    for (const form of [
      {},
      { grant_type: 'client_credentials' },
      { grant_type: 'password', client_id: clientId, username: 'a', password: 'b' },
      { grant_type: 'client_credentials', client_id: clientId, client_secret: 'wrong', scope: 'https://management.azure.com/.default' },
      { grant_type: 'client_credentials', client_id: "' or 1=1 --", client_secret: 'x', scope: 'x' },
    ]) {
      const answer = await ask(form);
      expect([form, answer.status >= 400 && answer.status < 500, stringAt(answer.json, 'error_description')]).toEqual([form, true, expect.stringMatching(/^AADSTS\d+: /)]);
    }
    expect((await ask({ grant_type: 'client_credentials' }, '..%2f..')).status).toBeLessThan(500);
    for (const header of ['', 'x', world.server.connection.identityHeader.slice(0, -1)]) {
      const answer = await send('localhost', {
        method: 'GET',
        path: '/msi/token?api-version=2019-08-01&resource=https://management.azure.com',
        headers: header === '' ? {} : { 'x-identity-header': header },
      });
      expect([header, answer.status]).toEqual([header, 401]);
    }
  });
});

test('refused requests left no row, no file and no error', async () => {
  const after = await countTraces(world.server);
  const changed = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
  // Tokens were issued, and blobs written and deleted, on purpose.
  expect(changed.filter((name) => !/^table (activity_log|blob_garbage|signing_keys|.*token.*|.*session.*)$/.test(name))).toEqual([]);
  expect(world.server.errors()).toEqual([]);
});
