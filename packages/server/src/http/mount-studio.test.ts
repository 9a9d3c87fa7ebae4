import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestHttpServer, type TestHttpServer } from './test-http-server.ts';

const SCRIPT = 'console.log("studio");';
const dispatcher = new Agent();
let folder: string;
let toy: TestHttpServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lazurite-studio-'));
  const dist = join(folder, 'dist');
  mkdirSync(join(dist, 'assets'), { recursive: true });
  writeFileSync(join(dist, 'index.html'), '<!doctype html><title>studio</title>');
  writeFileSync(join(dist, 'assets', 'main-Ab12Cd34.js'), SCRIPT);
  writeFileSync(join(dist, 'assets', 'main-Ab12Cd34.js.br'), brotliCompressSync(SCRIPT));
  writeFileSync(join(dist, '.env.json'), '{}');
  writeFileSync(join(folder, 'outside.json'), '{}');
  toy = await startTestHttpServer({ planes: [], studioDir: dist });
});

afterAll(async () => {
  await dispatcher.destroy();
  await toy.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' | 'POST' = 'GET') => request(`${toy.local}${path}`, { dispatcher, headers, method });
const page = { accept: 'text/html,*/*' };

test('a page address gets the first page, under a strict policy, never cached', async () => {
  for (const path of ['/', '/workspaces/x/jobs?status=Running']) {
    const reply = await get(path, page);
    expect(await reply.body.text()).toContain('<title>studio</title>');
    expect(reply.headers['content-security-policy']).toContain("default-src 'self'");
    expect(reply.headers).toMatchObject({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff', 'content-type': 'text/html; charset=utf-8' });
  }
});

test('hashed files are kept for ever, packed when the browser can, and revalidate', async () => {
  const plain = await get('/assets/main-Ab12Cd34.js');
  expect(await plain.body.text()).toBe(SCRIPT);
  expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  const packed = await get('/assets/main-Ab12Cd34.js', { 'accept-encoding': 'gzip, br' });
  expect(packed.headers['content-encoding']).toBe('br');
  expect(brotliDecompressSync(Buffer.from(await packed.body.arrayBuffer())).toString()).toBe(SCRIPT);
  const again = await get('/assets/main-Ab12Cd34.js', { 'if-none-match': String(plain.headers['etag']) });
  expect(again.statusCode).toBe(304);
  const head = await get('/assets/main-Ab12Cd34.js', {}, 'HEAD');
  expect(head.headers['content-length']).toBe(String(SCRIPT.length));
});

test('what is no page and no file stays a fault', async () => {
  for (const [path, headers] of [
    ['/assets/gone-Ab12Cd34.js', page],
    ['/api/studio/none', page],
    ['/workspaces/x', { accept: 'application/json' }],
    ['/workspaces/x', { ...page, authorization: 'Bearer owner' }],
    ['/..%2foutside.json', {}],
    ['/%2e%2e/outside.json', {}],
    ['/.env.json', {}],
    ['/assets/..%5c..%5coutside.json', {}],
  ] as const) {
    const reply = await get(path, headers);
    expect([path, reply.statusCode]).toEqual([path, 404]);
    expect(await reply.body.json()).toMatchObject({ error: { code: 'NotFound' } });
  }
  const cut = await get('/index.html%00.json', {});
  expect([cut.statusCode, await cut.body.json()]).toMatchObject([400, { error: { code: 'InvalidUri' } }]);
  const post = await get('/', page, 'POST');
  expect(post.statusCode).toBe(404);
  await post.body.dump();
});
