import { createServer, type IncomingMessage, request } from 'node:http';
import { expect, test } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { createLog } from '#telemetry/log.ts';
import { Exchange } from '../exchange.ts';
import { ConnectionLost, openBody, readJson } from './request-body.ts';

/** Sends the head and some bytes of a body, goes away, and answers what became of the read. */
async function breakOff(read: (exchange: Exchange) => Promise<unknown>, headers: Record<string, string>): Promise<unknown> {
  let settle: (outcome: unknown) => void = () => undefined;
  const outcome = new Promise((resolve) => {
    settle = resolve;
  });
  const server = createServer((req: IncomingMessage, res) => {
    const log = createLog({ level: 'error', write: () => undefined });
    const exchange = new Exchange({ req, res, kind: 'local', hostLabel: '', origin: 'http://localhost', target: '/', log, clock: systemClock, isAwaitingContinue: false });
    read(exchange).then(settle, settle);
    client.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const client = request({ host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0, method: 'POST', headers });
  client.on('error', () => undefined);
  client.write('{"a":');
  const result = await outcome;
  server.close();
  return result;
}

async function drain(exchange: Exchange): Promise<unknown> {
  let sizeBytes = 0;
  for await (const chunk of openBody(exchange, 1000)) sizeBytes += chunk.length;
  return sizeBytes;
}

test.each([
  ['of known length', { 'content-length': '100' }],
  ['in chunks', { 'transfer-encoding': 'chunked' }],
])('reading a body %s ends when the caller goes away', async (_what, headers) => {
  expect(await breakOff((exchange) => readJson(exchange, 1000), headers)).toBeInstanceOf(ConnectionLost);
  expect(await breakOff(drain, headers)).toBeInstanceOf(Error);
});
