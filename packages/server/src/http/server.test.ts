import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Agent, ProxyAgent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DOMAIN, startTestHttpServer, type TestHttpServer, toyPlane } from './test-http-server.ts';

const seen = { secondReads: 0 } as { secondReads: number; onAborted?: () => void };
let toy: TestHttpServer;
let proxy: ProxyAgent;
let direct: Agent;

beforeAll(async () => {
  toy = await startTestHttpServer({ planes: [toyPlane(seen)] });
  const ca = readFileSync(toy.tls.caFile, 'utf8');
  proxy = new ProxyAgent({ uri: toy.local, requestTls: { ca } });
  direct = new Agent();
});

afterAll(async () => {
  await proxy.destroy();
  await direct.destroy();
  await toy.close();
});

/** Bytes as they stand, for what no client library would send. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(toy.port, '127.0.0.1');
    let reply = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      reply += chunk;
    });
    socket.on('close', () => resolve(reply));
    socket.on('error', reject);
    socket.write(text);
  });
}

const local = (path: string, init: Record<string, unknown> = {}) => request(`${toy.local}${path}`, { dispatcher: direct, method: 'GET', ...init });

describe('over TLS through the proxy', () => {
  test('every kind of host verifies against the authority and reaches its own routes', async () => {
    const management = await request(`https://management.${DOMAIN}//subscriptions/A%2Fb?api-version=1`, { dispatcher: proxy, headers: { authorization: 'Bearer owner' } });
    expect(await management.body.json()).toMatchObject({ path: '/subscriptions/A%2Fb', origin: `https://management.${DOMAIN}`, caller: 'owner' });
    const api = await request(`https://local.api.${DOMAIN}:${toy.port}/TOY/echo/KeepCase?a=%2B`, { dispatcher: proxy });
    expect(await api.body.json()).toEqual({ params: { Name: 'KeepCase' }, rawQuery: 'a=%2B', url: `https://local.api.${DOMAIN}:${toy.port}/TOY/echo/KeepCase?a=%2B`, hostLabel: 'local' });
    const blob = await request(`https://acct1.blob.${DOMAIN}/c/Dir//a%20b%2Fc/`, { dispatcher: proxy, method: 'PUT', body: Buffer.alloc(300_000) });
    expect(blob.statusCode).toBe(201);
    expect(blob.headers).toMatchObject({ 'x-ms-version': '2025-01-05', 'x-name': 'c/Dir//a%20b%2Fc/', 'x-account': 'acct1', 'x-size': '300000' });
    await blob.body.dump();
  });

  test('a HEAD carries the length of the blob, a stream its bytes', async () => {
    const head = await request(`https://acct1.blob.${DOMAIN}/c/b`, { dispatcher: proxy, method: 'HEAD' });
    expect(head.headers).toMatchObject({ 'content-length': '123456', etag: '"0x1"', 'content-type': 'text/plain' });
    const get = await request(`https://acct1.blob.${DOMAIN}/c/b`, { dispatcher: proxy });
    expect(await get.body.text()).toBe('hello world');
  });

  test('a service that is not offered is refused by name', async () => {
    const reply = await request(`https://acct1.web.${DOMAIN}/c`, { dispatcher: proxy });
    expect(reply.statusCode).toBe(501);
    expect(await reply.body.json()).toMatchObject({ error: { code: 'ServiceNotSupported' } });
  });

  test('unknown routes answer in the envelope of the host', async () => {
    const management = await request(`https://management.${DOMAIN}/x`, { dispatcher: proxy });
    expect([management.statusCode, await management.body.json()]).toMatchObject([401, { error: { code: 'AuthenticationFailed' } }]);
    expect(management.headers['www-authenticate']).toContain(`authorization_uri="https://login.${DOMAIN}:${toy.port}/common"`);
    const api = await request(`https://local.api.${DOMAIN}/nothing`, { dispatcher: proxy });
    expect([api.statusCode, api.headers['x-envelope'], await api.body.json()]).toMatchObject([404, 'toy', { toy: 'NotFound' }]);
  });
});

describe('the proxy', () => {
  test('leads nowhere else', async () => {
    for (const target of ['example.com:443', '127.0.0.1:1', '169.254.169.254:80', `evil-${DOMAIN}:443`, 'nonsense']) {
      const reply = await raw(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
      expect(reply).toMatch(/^HTTP\/1\.1 40[03] /);
      expect(reply).toContain('ProxyTargetNotAllowed');
    }
  });

  test('an absolute-form request for a foreign host is refused', async () => {
    expect(await raw('GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 /);
  });

  test('an absolute-form request for loopback is answered', async () => {
    expect(await raw(`GET http://localhost:${toy.port}/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('host names', () => {
  test.each([
    ['a foreign name', 'attacker.example', 421, 'MisdirectedRequest'],
    ['a name that ends like ours', `evil${DOMAIN}`, 421, 'MisdirectedRequest'],
    ['a virtual host without TLS', `management.${DOMAIN}`, 421, 'HttpsRequired'],
    ['a malformed name', 'a/b', 400, 'InvalidHostName'],
    ['an object property', `constructor.${DOMAIN}`, 421, 'MisdirectedRequest'],
  ])('%s is refused', async (_what, host, status, code) => {
    const reply = await raw(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(reply).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(reply).toContain(code);
  });

  test('a missing Host is refused', async () => {
    expect(await raw('GET /healthz HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('a page of another origin may not change state', async () => {
    const post = (headers: Record<string, string>) => local('/toy/json', { method: 'POST', body: '{}', headers });
    const foreign = await post({ origin: 'https://attacker.example' });
    expect([foreign.statusCode, await foreign.body.json()]).toMatchObject([403, { error: { code: 'OriginNotAllowed' } }]);
    const own = await post({ origin: toy.local });
    expect(own.statusCode).toBe(200);
    await own.body.dump();
    const hidden = await post({ origin: 'null' });
    expect(hidden.statusCode).toBe(403);
    await hidden.body.dump();
  });
});

describe('bodies', () => {
  const post = (body: string | Buffer, headers: Record<string, string> = {}, path = '/toy/json') => local(path, { method: 'POST', body, headers });

  test.each([
    ['{"a": 1,\n  "b" 2}', 'line 2, column 7'],
    ['{"a": ', 'too early'],
    ['nul', 'line 1'],
    ['{"__proto__": {"x": 1}}', '__proto__'],
    [`${'['.repeat(200)}${']'.repeat(200)}`, 'deep'],
  ])('malformed JSON %s answers 400 and says where', async (body, where) => {
    const reply = await post(body);
    expect(reply.statusCode).toBe(400);
    const fault = (await reply.body.json()) as { toy: string; message: string };
    expect(fault.toy).toBe('InvalidRequestContent');
    expect(fault.message).toContain(where);
  });

  test('bytes that are not UTF-8 or not gzip answer 400', async () => {
    for (const [body, headers] of [
      [Buffer.from([0x22, 0xff, 0x22]), {}],
      [Buffer.from('not gzip'), { 'content-encoding': 'gzip' }],
    ] as const) {
      const reply = await post(body, headers);
      expect(reply.statusCode).toBe(400);
      await reply.body.dump();
    }
    const unknown = await post('{}', { 'content-encoding': 'zstd' });
    expect(unknown.statusCode).toBe(415);
    await unknown.body.dump();
  });

  test('gzip is read, and its limit counts what comes out', async () => {
    const small = await post(gzipSync('{"a":1}'), { 'content-encoding': 'gzip' });
    expect(await small.body.json()).toEqual({ body: { a: 1 } });
    const bomb = await post(gzipSync(`"${' '.repeat(10_000_000)}"`), { 'content-encoding': 'gzip' });
    expect(bomb.statusCode).toBe(413);
    await bomb.body.dump();
  });

  test('an empty body is no body; a content type that is none does not matter', async () => {
    const reply = await post('', { 'content-type': 'nonsense' });
    expect(await reply.body.json()).toEqual({ body: null });
  });

  test('too large answers 413, declared or chunked, and the reply arrives', async () => {
    const declared = await post(Buffer.alloc(1001, 32));
    expect([declared.statusCode, await declared.body.json()]).toMatchObject([413, { toy: 'RequestBodyTooLarge' }]);
    const big = await post(Buffer.alloc(20_000_000, 32));
    expect(big.statusCode).toBe(413);
    await big.body.dump();
    const chunked = await local('/toy/json', {
      method: 'POST',
      body: (async function* () {
        for (let i = 0; i < 50; i += 1) yield Buffer.alloc(100, 32);
      })(),
    });
    expect(chunked.statusCode).toBe(413);
    await chunked.body.dump();
  });

  test('forms', async () => {
    const form = await post('a=1&b=x+y&a=2', { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }, '/toy/form');
    expect(await form.body.json()).toEqual({ body: { a: '1', b: 'x y' } });
    const json = await post('{}', { 'content-type': 'application/json' }, '/toy/form');
    expect(json.statusCode).toBe(415);
    await json.body.dump();
  });

  test('permission is checked before the body is read', async () => {
    const headers = (token?: string): Record<string, string> => (token === undefined ? {} : { authorization: token });
    for (const [token, status, code] of [
      [undefined, 401, 'AuthenticationFailed'],
      ['Basic x', 401, 'InvalidAuthenticationToken'],
      ['Bearer stranger', 403, 'AuthorizationFailed'],
    ] as const) {
      const reply = await post('{malformed', headers(token), '/toy/guarded');
      expect([reply.statusCode, await reply.body.json()]).toMatchObject([status, { toy: code }]);
      if (status === 401) expect(reply.headers['www-authenticate']).toContain('/common"');
    }
    expect(seen.secondReads).toBe(0);
    const large = await post(Buffer.alloc(50_000_000, 32), headers(), '/toy/guarded');
    expect(large.statusCode).toBe(401);
    await large.body.dump();
    const owner = await post('{"x":1}', headers('Bearer owner'), '/toy/guarded');
    expect(await owner.body.json()).toEqual({ caller: 'owner', body: { x: 1 } });
  });

  test('a caller that waits for 100 gets its refusal instead', async () => {
    const refused = await raw(`POST /toy/guarded HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 200000\r\n\r\n`.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    expect(refused).toMatch(/^HTTP\/1\.1 401 /);
    const accepted = await raw('POST /toy/json HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}');
    expect(accepted).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });
});

describe('replies', () => {
  test('carry request ids, and echo those of the caller when they are safe', async () => {
    const reply = await local('/toy/echo/x', { headers: { 'x-ms-correlation-request-id': 'c-1', 'x-ms-client-request-id': 'client 1' } });
    expect(reply.headers['x-ms-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(reply.headers).toMatchObject({ 'x-ms-correlation-request-id': 'c-1', 'x-content-type-options': 'nosniff' });
    expect(reply.headers['x-ms-client-request-id']).toBeUndefined();
    await reply.body.dump();
  });

  test('an unexpected error shows nothing of the inside and is logged with its request id', async () => {
    const reply = await local('/toy/fails');
    const text = await reply.body.text();
    expect(reply.statusCode).toBe(500);
    expect(text).not.toContain('select');
    const line = toy.lines.find((one) => one.includes('http.failed') && one.includes(String(reply.headers['x-ms-request-id'])));
    expect(line).toContain('select * from secrets');
  });

  test('a secret inside an error does not reach the log', async () => {
    const reply = await local('/subscriptions/broken?sig=abcdefghij', { headers: { authorization: 'Bearer topsecrettoken' } });
    expect(reply.statusCode).toBe(500);
    await reply.body.dump();
    expect(toy.lines.join('\n')).not.toMatch(/c2VjcmV0|topsecrettoken|abcdefghij/);
  });

  test('a stream that fails at its first read is still a fault', async () => {
    const reply = await local('/toy/fails-late');
    expect([reply.statusCode, await reply.body.json()]).toMatchObject([404, { toy: 'BytesGone' }]);
  });

  test('405 names what is allowed, 404 the path, 400 a bad escape', async () => {
    const wrong = await local('/toy/JSON', { method: 'DELETE' });
    expect([wrong.statusCode, wrong.headers['allow'], await wrong.body.json()]).toMatchObject([405, 'POST', { toy: 'HttpMethodNotAllowed' }]);
    const missing = await local('/toy/missing');
    expect([missing.statusCode, await missing.body.json()]).toMatchObject([404, { toy: 'NotFound' }]);
    const nowhere = await local('/nowhere');
    expect([nowhere.statusCode, await nowhere.body.json()]).toMatchObject([404, { error: { code: 'NotFound' } }]);
    expect(await raw('GET /toy/%ZZ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*InvalidUri/);
    expect(await raw('PROPFIND /toy/json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 405 /);
  });

  test('long request lines are read, endless ones refused', async () => {
    const long = await local(`/toy/echo/x?q=${'a'.repeat(64_000)}`);
    expect(long.statusCode).toBe(200);
    await long.body.dump();
    expect(await raw(`GET /toy/echo/x?q=${'a'.repeat(200_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 [\s\S]*RequestHeaderTooLarge/);
    expect(await raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('metrics are for operators; probes for everyone', async () => {
    const nobody = await local('/metrics');
    expect(nobody.statusCode).toBe(401);
    await nobody.body.dump();
    const owner = await local('/metrics', { headers: { authorization: 'Bearer owner' } });
    expect(await owner.body.text()).toContain('lazurite_http_request_duration_seconds_bucket{le="0.002",host="local",method="GET",route="/toy/Echo/:Name",status="200"}');
    const ready = await local('/readyz');
    expect(await ready.body.json()).toEqual({ status: 'ready' });
  });
});

test('a caller that goes away aborts the work', async () => {
  const aborted = new Promise<void>((resolve) => {
    seen.onAborted = resolve;
  });
  const controller = new AbortController();
  const pending = local('/toy/waits', { signal: controller.signal });
  setTimeout(() => controller.abort(), 100);
  await expect(pending).rejects.toThrow();
  await aborted;
});

test("an upload that breaks off is nobody's fault", async () => {
  for (const path of ['/toy/json', '/toy/form', '/toy/drain']) {
    const before = toy.lines.length;
    const socket = connect(toy.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\na=1`, () => setTimeout(() => socket.destroy(), 50));
    await closed;
    while (!toy.lines.slice(before).some((line) => line.includes('http.request'))) await new Promise((resolve) => setTimeout(resolve, 5));
    const lines = toy.lines.slice(before).join('\n');
    expect(lines).toContain('"status":499');
    expect(lines).not.toContain('http.failed');
  }
});

test('every mounted route says who may call it', () => {
  const routes = toy.server.mountedRoutes();
  expect(routes).toContainEqual({ host: 'local', method: 'POST', path: '/toy/guarded', owner: 'toy', permission: 'action', action: 'Toy/write' });
  expect(routes.every(({ permission }) => permission !== '')).toBe(true);
});
