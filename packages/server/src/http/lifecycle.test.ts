import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';
import type { Plane, PlaneReply, PlaneRoute } from '#planes/plane.ts';
import { startTestHttpServer } from './test-http-server.ts';

const open = { kind: 'public', why: 'a test' } as const;

function planeOf(...routes: PlaneRoute[]): Plane {
  return { name: 'toy', routes, renderFault: (fault) => ({ status: fault.status, body: { toy: fault.code } }) };
}

test('closing lets a running request finish, ends event streams and idle connections', async () => {
  let release: (reply: PlaneReply) => void = () => undefined;
  let started: () => void = () => undefined;
  const isRunning = new Promise<void>((resolve) => {
    started = resolve;
  });
  const toy = await startTestHttpServer({
    planes: [
      planeOf(
        {
          hosts: ['local'],
          method: 'GET',
          path: '/slow',
          permission: open,
          run: () =>
            new Promise((resolve) => {
              release = resolve;
              started();
            }),
        },
        { hosts: ['local'], method: 'GET', path: '/events', permission: open, run: async () => ({ status: 200, headers: { 'content-type': 'text/event-stream' }, body: new Readable({ read() {} }) }) },
      ),
    ],
  });
  const dispatcher = new Agent();
  const idle = connect(toy.port, '127.0.0.1');
  const idleEnded = new Promise((resolve) => idle.once('close', resolve));
  const events = await request(`${toy.local}/events`, { dispatcher });
  expect(events.headers['content-type']).toBe('text/event-stream');
  const slow = request(`${toy.local}/slow`, { dispatcher });
  await isRunning;
  const closed = toy.close();
  await expect(events.body.text()).rejects.toThrow();
  release({ status: 200, body: { done: true } });
  const reply = await slow;
  expect([reply.statusCode, reply.headers['connection'], await reply.body.json()]).toEqual([200, 'close', { done: true }]);
  await closed;
  await idleEnded;
  await expect(request(`${toy.local}/healthz`, { dispatcher })).rejects.toThrow();
  await dispatcher.destroy();
});

test('closing does not wait for ever: it aborts what still runs', async () => {
  let started: () => void = () => undefined;
  const isRunning = new Promise<void>((resolve) => {
    started = resolve;
  });
  const reasons: unknown[] = [];
  const toy = await startTestHttpServer({
    closeWaitMs: 20,
    planes: [
      planeOf({
        hosts: ['local'],
        method: 'GET',
        path: '/stuck',
        permission: open,
        run: (ctx) => {
          started();
          return new Promise(() => ctx.signal().addEventListener('abort', () => reasons.push(ctx.signal().reason)));
        },
      }),
    ],
  });
  const dispatcher = new Agent();
  const stuck = expect(request(`${toy.local}/stuck`, { dispatcher })).rejects.toThrow();
  await isRunning;
  await toy.close();
  expect(reasons).toMatchObject([{ message: 'The server is stopping.' }]);
  await stuck;
  await dispatcher.destroy();
});

test('a second server on the same port says so', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const address = blocker.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(startTestHttpServer({ planes: [], port })).rejects.toMatchObject({ code: 'PortInUse' });
  blocker.close();
});

test('a route without a permission, and a route mounted twice, stop the start', async () => {
  const bare: unknown = { hosts: ['local'], method: 'GET', path: '/bare', run: async () => ({ status: 200 }) };
  await expect(startTestHttpServer({ planes: [planeOf(bare as PlaneRoute)] })).rejects.toMatchObject({ code: 'RouteWithoutPermission' });
  const route: PlaneRoute = { hosts: ['local'], method: 'GET', path: '/twice', permission: open, run: async () => ({ status: 200 }) };
  await expect(startTestHttpServer({ planes: [planeOf(route, route)] })).rejects.toThrow(/already declared/);
});

test('the proxy tunnels to a target that the setting allows', async () => {
  const upstream = createServer((socket) => socket.end('hello from upstream'));
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const address = upstream.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const toy = await startTestHttpServer({ planes: [], proxyTargets: 'example.com, localhost' });
  const reply = await new Promise<string>((resolve) => {
    const socket = connect(toy.port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.write(`CONNECT localhost:${port} HTTP/1.1\r\nHost: x\r\n\r\n`);
  });
  expect(reply).toMatch(/^HTTP\/1\.1 200 [^\r]*\r\n\r\nhello from upstream$/);
  await toy.close();
  upstream.close();
});

test('both loopback addresses answer, and TLS on localhost too', async () => {
  const toy = await startTestHttpServer({ planes: [] });
  const dispatcher = new Agent({ connect: { ca: readFileSync(toy.tls.caFile, 'utf8') } });
  for (const origin of [`http://127.0.0.1:${toy.port}`, `http://localhost:${toy.port}`, `https://localhost:${toy.port}`]) {
    const reply = await request(`${origin}/healthz`, { dispatcher });
    expect(await reply.body.json()).toEqual({ status: 'alive' });
  }
  await dispatcher.destroy();
  await toy.close();
});
